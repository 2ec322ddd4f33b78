"""Explores one target: all programs up to a length, then every edge of the automaton, then pairs of steps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple, Protocol

import msgspec
from beehive_spec.answers import Answers
from beehive_spec.automaton import Automaton
from beehive_spec.model import Model

from beehive_conformance.checking.judge import with_overlays
from beehive_conformance.checking.other_answers import NOTHING_FITS, Fitting
from beehive_conformance.deviations import OVERLAYS
from beehive_conformance.deviations.baselines import Record
from beehive_conformance.generation.edge_cover import Cover, Pairs, cover, pairs
from beehive_conformance.generation.exhaustive import Alphabet, alphabet_for, count_programs, exhaustive_programs
from beehive_conformance.judging.harness_pool import HarnessPool
from beehive_conformance.measuring.measure import Notify
from beehive_conformance.programs.program import Program
from beehive_conformance.runs.examine import Examination, count, examine_with
from beehive_conformance.targets.spec import TargetSpec

EXHAUSTIVE, COVER, PAIRS = "exhaustive", "cover", "pairs"
CHECKPOINT_EVERY = 2_000
"""Programs between two checkpoints: about a second of work."""


class Bounds(msgspec.Struct, frozen=True):
    """The bounds of an exploration.

    `length` is the number of steps up to which all programs are run, `cover` the number of steps up to which edges
    of the automaton are covered (0: none), `sample` the number of edges behind which all pairs of steps are run (0:
    none). Part `shard` of `shards` is run.
    """

    length: int
    cover: int = 0
    sample: int = 0
    seed: int = 0
    shard: int = 1
    shards: int = 1


class Phase(NamedTuple):
    """One source of programs, with the number of programs and the total number of their steps."""

    name: str
    programs: Callable[[], Iterable[Program]]
    size: int
    steps: int


class ExplorationPlan(NamedTuple):
    """The programs of an exploration: `exhaustive` counts those of the first phase, without shards."""

    alphabet: Alphabet
    exhaustive: int
    cover: Cover | None
    pairs: Pairs | None
    phases: tuple[Phase, ...]


class ExplorationObserver(Protocol):
    """Follows an exploration."""

    def begin(self, examination: Examination) -> None:
        """Called before the first program; may fill in the results of an interrupted exploration."""

    def judged(self, phase: Phase, steps: int) -> None:
        """Called after each program with the number of its steps."""

    def checkpoint(self, examination: Examination) -> None:
        """Called from time to time between two programs, and after each phase."""


def plan_exploration(
    answers: Answers, records: Sequence[Record], bounds: Bounds, on_nodes: Callable[[int], None]
) -> ExplorationPlan:
    """Walk the automaton under the answers and records of a target, and return the plan of its exploration.

    `on_nodes` is called with the number of nodes found so far. Raises Inconclusive if an edge takes more moves than
    the budget of the model allows.
    """
    alphabet = alphabet_for(answers.bound)
    sizes = [count_programs(length, alphabet) for length in range(bounds.length + 1)]
    steps = sum((sizes[length] - sizes[length - 1]) * (length + 1) for length in range(1, bounds.length + 1))
    phases = [Phase(EXHAUSTIVE, lambda: exhaustive_programs(bounds.length, alphabet), sizes[-1], steps)]
    found, sampled = None, None
    if bounds.cover:
        automaton = Automaton(Model(answers, with_overlays(OVERLAYS[each.overlay] for each in records)))
        found = cover(automaton, alphabet, bounds.cover, on_nodes)
        phases.append(Phase(COVER, lambda: found.programs(bounds.length), *found.sizes(bounds.length)))
        if bounds.sample:
            sampled = pairs(found, bounds.sample, bounds.seed)
            phases.append(Phase(PAIRS, sampled.programs, *sampled.sizes()))
    return ExplorationPlan(alphabet, sizes[-1], found, sampled, tuple(_shard_of(each, bounds) for each in phases))


def _shard_of(phase: Phase, bounds: Bounds) -> Phase:
    """Return the part of a phase that belongs to a shard: every `shards`-th program."""
    if bounds.shards == 1:
        return phase
    first = bounds.shard - 1

    def programs() -> Iterator[Program]:
        return islice(phase.programs(), first, None, bounds.shards)

    size = len(range(first, phase.size, bounds.shards))
    return Phase(phase.name, programs, size, phase.steps * size // phase.size if phase.size else 0)


def explore(
    target: TargetSpec,
    answers: Answers,
    records: Sequence[Record],
    plan: ExplorationPlan,
    observer: ExplorationObserver,
    workers: int = 1,
    notice: Notify = lambda _: None,
    fitting: Fitting = NOTHING_FITS,
) -> Examination:
    """Run the programs of a plan on a target and judge them; `fitting` is as for `examine`.

    Programs that the observer's `begin` has counted already are not run again. An interruption loses the work since
    the last checkpoint.
    """

    def run(examination: Examination, pool: HarnessPool) -> None:
        observer.begin(examination)
        for phase in plan.phases:
            done = examination.tallies.setdefault(phase.name, Counter()).total()
            if done == phase.size:
                continue
            results = pool.results(islice(phase.programs(), done, None))
            for number, (program, judged) in enumerate(results, 1):
                count(examination, phase.name, program, judged)
                observer.judged(phase, len(program.steps))
                if number % CHECKPOINT_EVERY == 0:
                    observer.checkpoint(examination)
            observer.checkpoint(examination)

    return examine_with(target, answers, records, run, workers, notice, fitting=fitting)
