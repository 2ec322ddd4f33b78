"""Explores one target: all words up to a length, then every edge of the automaton, and pairs behind a sample."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

import msgspec
from beehive_spec.answers import Answers
from beehive_spec.automaton import Automaton
from beehive_spec.model import Model

from beehive_conformance.checking.judge import with_overlays
from beehive_conformance.deviations import OVERLAYS
from beehive_conformance.deviations.baselines import Record
from beehive_conformance.generation.edge_cover import Cover, Pairs, cover, pairs
from beehive_conformance.generation.exhaustive import Alphabet, alphabet_for, count_programs, exhaustive_programs
from beehive_conformance.judging.harness_pool import HarnessPool
from beehive_conformance.programs.program import Program
from beehive_conformance.runs.examine import Examination, Notify, count, examine_by
from beehive_conformance.targets.registry import Entry

EXHAUSTIVE, COVER, PAIRS = "exhaustive", "cover", "pairs"
CHECKPOINT = 2_000
"""Programs after which what has been found is kept: a second of work."""


class Reach(msgspec.Struct, frozen=True):
    """How far to explore: `shard` of `shards` parts, `cover` and `sample` 0 where there is to be none."""

    length: int
    cover: int = 0
    sample: int = 0
    seed: int = 0
    shard: int = 1
    shards: int = 1


class Phase(NamedTuple):
    """One source of programs, with how many there are and how many steps these have."""

    name: str
    programs: Callable[[], Iterable[Program]]
    size: int
    steps: int


class Territory(NamedTuple):
    """What is to be explored."""

    letters: Alphabet
    exhaustive: int
    cover: Cover | None
    pairs: Pairs | None
    phases: tuple[Phase, ...]


class Watch(NamedTuple):
    """Who is told of each program with its steps, and when to keep what is known."""

    program: Callable[[Phase, int], None]
    keep: Callable[[Examination], None]


def territory(answers: Answers, records: Sequence[Record], reach: Reach, tell: Callable[[int], None]) -> Territory:
    """Walk the automaton under a target's answers and records and return what is to be explored.

    Raises Inconclusive where an edge takes more moves than the budget of the model allows.
    """
    letters = alphabet_for(answers.capacity if isinstance(answers.capacity, int) else None)
    sizes = [count_programs(length, letters) for length in range(reach.length + 1)]
    steps = sum((sizes[length] - sizes[length - 1]) * (length + 1) for length in range(1, reach.length + 1))
    phases = [Phase(EXHAUSTIVE, lambda: exhaustive_programs(reach.length, letters), sizes[-1], steps)]
    found, sampled = None, None
    if reach.cover:
        automaton = Automaton(Model(answers, with_overlays(OVERLAYS[each.overlay] for each in records)))
        found = cover(automaton, letters, reach.cover, tell)
        phases.append(Phase(COVER, lambda: found.programs(reach.length), *found.sizes(reach.length)))
        if reach.sample:
            sampled = pairs(found, reach.sample, reach.seed)
            phases.append(Phase(PAIRS, sampled.programs, *sampled.sizes()))
    return Territory(letters, sizes[-1], found, sampled, tuple(_part(each, reach) for each in phases))


def _part(phase: Phase, reach: Reach) -> Phase:
    """Return the part of a phase that belongs to a shard: every so many programs one."""
    if reach.shards == 1:
        return phase
    first = reach.shard - 1

    def programs() -> Iterator[Program]:
        return islice(phase.programs(), first, None, reach.shards)

    size = len(range(first, phase.size, reach.shards))
    return Phase(phase.name, programs, size, phase.steps * size // phase.size if phase.size else 0)


def explore(
    entry: Entry,
    answers: Answers,
    records: Sequence[Record],
    there: Territory,
    before: Callable[[Examination], None],
    watch: Watch,
    workers: int = 1,
    notice: Notify = lambda _: None,
) -> Examination:
    """Run what is to be explored on a target and judge it; `before` fills in what an earlier run has found.

    Programs that were counted before are not run again. What is known is kept now and then, between two programs:
    an interruption costs what came after the last time.
    """

    def run(examination: Examination, pool: HarnessPool) -> None:
        before(examination)
        for phase in there.phases:
            counts = examination.tallies.setdefault(phase.name, Counter())
            done = counts.total()
            if done == phase.size:
                continue
            results = pool.results(islice(phase.programs(), done, None))
            for number, (program, judged) in enumerate(results, 1):
                count(examination, counts, program, judged)
                watch.program(phase, len(program.steps))
                if number % CHECKPOINT == 0:
                    watch.keep(examination)
            watch.keep(examination)

    return examine_by(entry, answers, records, run, workers, notice)
