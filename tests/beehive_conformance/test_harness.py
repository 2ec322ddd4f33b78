"""A harness pairs every program with its result, in order, whatever the target can run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import pytest
from beehive_conformance.checking.judge import VerdictKind
from beehive_conformance.judging.harness import Harness, HarnessSetup
from beehive_conformance.programs.capability import Capability
from beehive_conformance.programs.program import Program
from beehive_conformance.targets.reference.core import CoreTarget
from beehive_conformance.targets.spec import TargetKind, TargetSpec
from beehive_conformance.targets.target import Ran, Target, TargetError
from beehive_spec.answers import Answers
from beehive_spec.vocabulary import AddModule, MakeMessage, ModuleName

ADDS = Program((AddModule(module=ModuleName("a")),))
MAKES = Program((MakeMessage(),))


class WithoutMessages(CoreTarget):
    """The reference as a target that cannot make messages; it takes all programs before it runs the first."""

    capabilities = frozenset(Capability) - {Capability.MESSAGES}  # type: ignore[assignment]  # as the property

    def run(self, programs: Iterable[Program]) -> Iterator[Ran]:
        return super().run(list(programs))


class Changed(CoreTarget):
    """The reference with its pairs changed by a function."""

    def __init__(self, change: Callable[[list[Ran]], list[Ran]]) -> None:
        super().__init__()
        self._change = change

    def run(self, programs: Iterable[Program]) -> Iterator[Ran]:
        return iter(self._change(list(super().run(programs))))


def harness_of(target: Target) -> Harness:
    harness = Harness(HarnessSetup(TargetSpec(TargetKind.CORE), Answers()))
    harness.target = target
    return harness


@pytest.mark.parametrize(
    "programs", [[], [MAKES], [ADDS, MAKES], [MAKES, MAKES, ADDS, MAKES, ADDS, ADDS, MAKES]], ids=len
)
def test_a_program_that_the_target_cannot_run_is_not_judged_and_keeps_its_place(programs: list[Program]) -> None:
    expected = {ADDS: VerdictKind.CONFORMS, MAKES: VerdictKind.NOT_JUDGED}
    results = [(program, judged.kind) for program, judged in harness_of(WithoutMessages()).results(iter(programs))]
    assert results == [(program, expected[program]) for program in programs]


def test_a_target_that_keeps_a_history_to_itself_is_an_error() -> None:
    with pytest.raises(TargetError, match=f"core yielded no history of program {ADDS.id}"):
        list(harness_of(Changed(lambda ran: ran[:-1])).results([MAKES, ADDS]))


def test_a_target_that_changes_the_order_is_an_error() -> None:
    with pytest.raises(TargetError, match=f"core yielded program {ADDS.id} where {MAKES.id} was next"):
        list(harness_of(Changed(lambda ran: ran[::-1])).results([MAKES, ADDS]))


def test_a_target_that_yields_a_history_too_many_is_an_error() -> None:
    with pytest.raises(TargetError, match="core yielded more histories than programs"):
        list(harness_of(Changed(lambda ran: ran * 2)).results([ADDS]))
