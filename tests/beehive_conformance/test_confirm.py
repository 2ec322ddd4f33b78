"""Two targets differ on a program only if they differ on it in every run, in what both of them show."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pytest
from beehive_conformance.deviations.baselines import DEFAULT_ANSWERS
from beehive_conformance.judging import harness
from beehive_conformance.programs.capability import Capability
from beehive_conformance.programs.program import Program
from beehive_conformance.runs.confirm import confirmed
from beehive_conformance.runs.examine import Examination
from beehive_conformance.runs.plan import Plan, program_sources
from beehive_conformance.targets.spec import TargetKind, TargetSpec
from beehive_spec.vocabulary import Fields, History, Level, ModuleName, Seen

PLAN = Plan(only="SEND-1")
ONE, OTHER = TargetSpec(TargetKind.GO, "v1.0.0"), TargetSpec(TargetKind.GO, "v2.0.0")


class Shows:
    """A target that shows one of several observations, another one in each run."""

    def __init__(self, *seen: Seen) -> None:
        self.seen = seen
        self.runs = 0
        self.name = "fake"
        self.capabilities = frozenset(Capability)

    def run(self, programs: Iterable[Program]) -> Iterator[tuple[Program, History]]:
        now = self.seen[self.runs % len(self.seen)]
        self.runs += 1
        for program in programs:
            yield program, History(steps=((now,),))

    def close(self) -> None:
        pass


QUIET, LOUD, LOUDER = Seen(), Seen(logged=Level.WARNING), Seen(logged=Level.ERROR)
WITH_FIELDS = Seen(fields=Fields(channels=(ModuleName("m"),)))


def examined(target: TargetSpec, digest: bytes, lacks: frozenset[Capability] = frozenset()) -> Examination:
    sources = program_sources(PLAN, DEFAULT_ANSWERS, frozenset(Capability) - lacks)
    programs = [program for source in sources for program in source.programs]
    assert len(programs) > 1
    return Examination(target, DEFAULT_ANSWERS, (), lacks=lacks, digests=[b"same", *[digest] * (len(programs) - 1)])


@pytest.mark.parametrize(
    ("shown", "lacks", "differs"),
    [
        ((QUIET,), "", False),
        ((LOUD,), "", True),
        ((LOUD, QUIET), "", False),
        ((LOUD, LOUDER), "", True),
        ((WITH_FIELDS,), "", True),
        ((WITH_FIELDS,), Capability.FIELDS, False),
        ((LOUD,), Capability.LOGS, False),
    ],
)
def test_a_difference_counts_if_it_shows_in_every_run(
    shown: tuple[Seen, ...], lacks: str, differs: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    targets = {ONE: Shows(QUIET), OTHER: Shows(*shown)}
    monkeypatch.setattr(harness.registry, "open_target", lambda spec, model: targets[spec])
    missing = frozenset({Capability(lacks)} if lacks else ())
    before, after = examined(ONE, b"one"), examined(OTHER, b"other", missing)
    found = confirmed(before, after, PLAN)
    assert found.digests == [b"same", *[b"other" if differs else b""] * (len(after.digests) - 1)]


def test_targets_that_never_differed_are_not_opened_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(harness.registry, "open_target", None)
    after = examined(OTHER, b"one")
    assert confirmed(examined(ONE, b"one"), after, PLAN) is after
