"""Runs the programs again on which two targets behaved differently, because some differ from run to run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import msgspec
from beehive_spec.vocabulary import History, Seen

from beehive_conformance.judging.harness import Harness, HarnessSetup, digest_of
from beehive_conformance.programs.capability import Capability
from beehive_conformance.programs.program import Program
from beehive_conformance.runs.examine import Examination
from beehive_conformance.runs.plan import Plan, program_sources

RUNS = 10
"""How many times a program is run on each target before a difference between them counts."""


def confirmed(before: Examination, after: Examination, plan: Plan) -> Examination:
    """Return `after` without the digests of programs on which the two targets do not always behave differently.

    A program stays if no history of one target was ever seen on the other. What only one of them can show is left out
    of the comparison. Raises TargetError if a target cannot be opened again.
    """
    differing = list(_differing(before, after, plan))
    if not differing:
        return after
    hidden = before.lacks | after.lacks
    seen: list[tuple[set[bytes], set[bytes]]] = [(set(), set()) for _ in differing]
    with _harness(before) as one, _harness(after) as other:
        for _ in range(RUNS):
            left = [index for index, (here, there) in enumerate(seen) if not here & there]
            programs = [differing[index][1] for index in left]
            for side, harness in enumerate((one, other)):
                for index, digest in zip(left, _digests(harness, programs, hidden), strict=True):
                    seen[index][side].add(digest)
    digests = list(after.digests)
    for (place, _), (here, there) in zip(differing, seen, strict=True):
        if here & there:
            digests[place] = b""
    return replace(after, digests=digests)


def _differing(before: Examination, after: Examination, plan: Plan) -> Iterator[tuple[int, Program]]:
    """Yield the programs that conformed on both targets with different histories, with their places in the plan."""
    both = zip(_programs(before, plan), _programs(after, plan), before.digests, after.digests, strict=False)
    for place, (program, same, one, other) in enumerate(both):
        if program == same and one and other and one != other:
            yield place, program


def _programs(examination: Examination, plan: Plan) -> Iterator[Program]:
    for source in program_sources(plan, examination.answers, frozenset(Capability) - examination.lacks):
        yield from source.programs


def _harness(examination: Examination) -> Harness:
    overlays = tuple(each.overlay for each in examination.records)
    return Harness(HarnessSetup(examination.target, examination.answers, overlays, examination.answers))


def _digests(harness: Harness, programs: Sequence[Program], hidden: frozenset[Capability]) -> Iterator[bytes]:
    for _, history in harness.run(programs):
        yield digest_of(_without(history, hidden))


def _without(history: History, hidden: frozenset[Capability]) -> History:
    """Return the history without what one of the targets cannot show."""
    return msgspec.structs.replace(
        history, steps=tuple(tuple(_less(seen, hidden) for seen in step) for step in history.steps)
    )


def _less(seen: Seen, hidden: frozenset[Capability]) -> Seen:
    if Capability.FIELDS in hidden:
        seen = msgspec.structs.replace(seen, fields=None)
    if Capability.LOGS in hidden:
        seen = msgspec.structs.replace(seen, logged=Seen().logged)
    return seen
