"""The spec's model as a target: it does what the model allows, chosen at random where several things are allowed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from random import Random
from typing import TypeVar

from beehive_spec.answers import Answers
from beehive_spec.automaton import Automaton
from beehive_spec.model import MOVE_BUDGET, Inconclusive, Model
from beehive_spec.vocabulary import (
    DeathKind,
    Died,
    History,
    InspectFields,
    Operation,
    OperationNumber,
    Repeat,
    Seen,
    Step,
)

from beehive_conformance.checking.judge import MAX_NODES, with_overlays
from beehive_conformance.checking.walk import Walk
from beehive_conformance.deviations.baselines import DEFAULT_ANSWERS
from beehive_conformance.deviations.overlay import Overlay
from beehive_conformance.programs.capability import Capability
from beehive_conformance.programs.program import Program, numbered
from beehive_conformance.targets.target import Ran, TargetError

_T = TypeVar("_T")


class ModelTarget:
    """The model under some answers; with overlays it is a faulty implementation.

    Where several observations are possible, a random one is chosen, which depends on the seed and the program alone.
    """

    def __init__(
        self,
        answers: Answers = DEFAULT_ANSWERS,
        overlays: Sequence[Overlay] = (),
        seed: int = 0,
        budget: int = MOVE_BUDGET,
        varies: bool = False,
    ) -> None:
        """Follow the model under `answers` with `overlays`; a step may take up to `budget` moves.

        If it `varies`, the choices also depend on how often the program was run before.
        """
        self._name = "+".join(("model", *(each.name for each in overlays)))
        self._automaton = Automaton(Model(answers, with_overlays(overlays), budget))
        self._seed = seed
        self._runs: Counter[Program] | None = Counter() if varies else None

    @property
    def name(self) -> str:
        """The target's name on the command line."""
        return self._name

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What the target can show."""
        return frozenset(Capability)

    def run(self, programs: Iterable[Program]) -> Iterator[Ran]:
        """Run each program from the start and yield it with its history, in order.

        Raises TargetError if a step has more possibilities than the model's budget allows.
        """
        for program in programs:
            if len(self._automaton) > MAX_NODES:
                self._automaton.clear()
            try:
                random = self._random(program)
                yield program, _run(self._automaton, program, random)
            except Inconclusive as problem:
                raise TargetError(f"the model cannot run program {program.id}: {problem}") from problem

    def _random(self, program: Program) -> Random:
        if self._runs is None:
            return Random(f"{self._seed}/{program.id}")
        self._runs[program] += 1
        return Random(f"{self._seed}/{program.id}/{self._runs[program]}")

    def close(self) -> None:
        """Free the nodes of the automaton."""
        self._automaton.clear()


def _run(automaton: Automaton, program: Program, random: Random) -> History:
    walk = _RandomWalk(automaton, random)
    steps: list[tuple[Seen, ...]] = []
    for step, started in numbered(program):
        seen = walk.step(step, started)
        if walk.died:
            return History(tuple(steps), Died(DeathKind(walk.died), "as the model says"))
        steps.append(seen)
    return History(tuple(steps))


class _RandomWalk:
    def __init__(self, automaton: Automaton, random: Random) -> None:
        self._walk = Walk(automaton)
        self._random = random
        self.died = ""

    def step(self, step: Step, started: Sequence[tuple[OperationNumber, Operation]]) -> tuple[Seen, ...]:
        match step:
            case InspectFields():
                return (self._walk.take_fields(self._choose),)
            case Repeat():
                return tuple(self._rounds(step, started[0][0]))
            case _:
                seen, self.died = self._walk.take(step, started, self._choose)
                return (seen,)

    def _rounds(self, step: Repeat, number: OperationNumber) -> list[Seen]:
        rounds: list[Seen] = []
        left = step.times
        while left and not self.died:
            seen, self.died = self._walk.take_rounds(step.operation, number, left, self._choose)
            left -= seen.times
            _fold(rounds, seen)
            if not any(each.operation == number for each in seen.returned):
                break
        return rounds

    def _choose(self, possible: Sequence[_T]) -> _T:
        if len(possible) == 1:
            return possible[0]
        # The automaton lists the possibilities in the order of a set, which differs between processes.
        return sorted(possible, key=repr)[int(self._random.random() * len(possible))]


def _fold(rounds: list[Seen], seen: Seen) -> None:
    """Add one or more rounds; rounds equal to the previous ones are counted with them."""
    last = rounds[-1] if rounds else None
    if last is None or (last.returned, last.logged) != (seen.returned, seen.logged):
        rounds.append(seen)
    else:
        rounds[-1] = Seen(returned=seen.returned, logged=seen.logged, times=last.times + seen.times)
