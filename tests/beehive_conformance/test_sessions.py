"""Running sessions: exceptions and hangs of an implementation are deaths."""

from collections.abc import Callable, Iterator, Sequence

import pytest
from beehive.core.transitions import Core
from beehive_conformance.programs.capability import Capability
from beehive_conformance.programs.program import Program
from beehive_conformance.targets.reference import translate
from beehive_conformance.targets.reference.core import CoreSession
from beehive_conformance.targets.sessions import MAX_HUNG, run_sessions
from beehive_conformance.targets.target import TargetError
from beehive_spec.vocabulary import AddModule, CleanUp, DeathKind, Died, History, Operation, OperationNumber, Send

PROGRAM = Program((AddModule(module="a"), CleanUp(module="a"), Send(module="a", id="m")))


class FaultySession(CoreSession):
    """A core whose clean_up is replaced."""

    def start(self, started: Sequence[tuple[OperationNumber, Operation]]) -> None:
        if isinstance(started[0][1], CleanUp):
            self.clean_up()
        super().start(started)

    def clean_up(self) -> None:
        raise KeyError("boom")


class HangingSession(FaultySession):
    def clean_up(self) -> None:
        while True:
            pass


def histories(session: type[CoreSession], count: int = 1, limit: float = 60.0) -> Iterator[History]:
    def blame(error: Exception) -> Died:
        return Died(DeathKind.PANIC, repr(error))

    ran = run_sessions(session, frozenset(Capability), [PROGRAM] * count, blame, limit)
    return (history for _, history in ran)


def test_an_exception_of_the_implementation_is_a_death_in_its_step():
    (history,) = histories(FaultySession)
    assert len(history.steps) == 1
    assert history.died == Died(DeathKind.PANIC, "KeyError('boom')")


def test_an_exception_of_the_suite_is_raised():
    with pytest.raises(KeyError, match="boom"):
        list(run_sessions(FaultySession, frozenset(Capability), [PROGRAM]))


def test_an_operation_that_hangs_is_a_death_and_the_next_program_runs():
    first, second = histories(HangingSession, 2, limit=0.05)
    assert first.died is not None
    assert second.died is not None
    assert (first.died.kind, second.died.kind) == (DeathKind.HUNG, DeathKind.HUNG)


def test_a_target_that_hangs_repeatedly_is_given_up():
    with pytest.raises(TargetError, match=PROGRAM.id):
        list(histories(HangingSession, MAX_HUNG, limit=0.05))


def raised(work: Callable[[], object]) -> Exception:
    with pytest.raises(Exception) as caught:  # noqa: PT011  # any that comes
        work()
    return caught.value


def test_only_exceptions_from_the_sources_of_the_reference_are_its_death():
    assert translate.death(raised(lambda: {}["of the suite"])) is None
    death = translate.death(raised(lambda: Core.add_module(None, "a")))
    assert death is not None
    assert death.kind is DeathKind.PANIC
    assert "'NoneType' object has no attribute" in death.text
