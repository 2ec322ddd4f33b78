"""The exploration of a model: every program up to a length, state by state and move by move."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from msgspec.structs import replace

from beehive_spec.automaton import MAKERS, NO_TAG, EdgeStep, ended
from beehive_spec.distinguish import operations_of
from beehive_spec.invariants.invariant import Checked, Invariant, Invariants, MoveTaken, Situation, StepTaken
from beehive_spec.model import Model
from beehive_spec.normal_form import live_tags, normal
from beehive_spec.rules import Move, Rule, Turn
from beehive_spec.state import INITIAL, State


class Violation(NamedTuple):
    """An invariant that does not hold: its name, and the steps of the shortest program that shows it."""

    invariant: str
    program: tuple[EdgeStep, ...]


class Explored(NamedTuple):
    """What an exploration has found.

    `settled` is the number of different settled states. `passed` is the number of states that the steps from them
    pass through, and `moves` that of the moves between these; what two steps have in common counts twice.
    `violations` has the first violation of each invariant.
    """

    settled: int
    passed: int
    moves: int
    violations: tuple[Violation, ...]


def explore_model(model: Model, alphabet: Sequence[EdgeStep], length: int, invariants: Invariants) -> Explored:
    """Run every program of up to `length` steps over an alphabet, and check the invariants that the answers call for.

    Equal states are followed once. Raises Inconclusive if a step takes more moves than the budget of the model
    allows, or if its moves never end.
    """
    return _Exploration(model, invariants).run(alphabet, length)


class _Exploration:
    """One exploration; the rules of its model report each move before the model sees where it leads."""

    def __init__(self, model: Model, invariants: Invariants) -> None:
        self._model = model
        self._watched = model._replace(
            rules={
                key: tuple([replace(move, apply=self._watch(move)) for move in moves])
                for key, moves in model.rules.items()
            }
        )
        self._invariants = invariants.under(model.answers)
        self._program: tuple[EdgeStep, ...] = ()
        self._moves: dict[State, list[State]] = {}
        self._violations: dict[str, Violation] = {}

    def run(self, alphabet: Sequence[EdgeStep], length: int) -> Explored:
        programs: dict[State, tuple[EdgeStep, ...]] = {INITIAL: ()}
        frontier = [INITIAL]
        passed = moves = 0
        for _ in range(length):
            following = []
            for before in frontier:
                for step in alphabet:
                    self._program = (*programs[before], step)
                    for after in self._step(before, step):
                        if after not in programs:
                            programs[after] = self._program
                            following.append(after)
                    passed += len(self._moves)
                    moves += sum(len(each) for each in self._moves.values())
            frontier = following
        return Explored(len(programs), passed, moves, tuple(self._violations.values()))

    def _step(self, before: State, step: EdgeStep) -> Iterable[State]:
        """Return the normal forms of the states in which a step may end, after checking everything on the way."""
        tags = _free_tags(before, step)
        self._moves = {}
        settled = _in_order(ended(self._watched, (before,), step, tags))
        taken = StepTaken(self._model, before, step, tags, frozenset(settled), self._moves)
        self._check(self._invariants.of_steps, taken)
        after = dict.fromkeys(normal(state, before)[1] for state in settled)
        for state in (*settled, *after):
            situation = Situation(self._model.answers, state)
            self._check(self._invariants.of_states, situation)
            self._check(self._invariants.of_settled_states, situation)
        return after

    def _watch(self, move: Move[Any]) -> Rule[Any]:
        """Return the rule of a move that also checks each state to which it leads."""

        def apply(turn: Turn[Any]) -> Sequence[State]:
            after = tuple(move.apply(turn))
            self._moves.setdefault(turn.state, []).extend(after)
            for state in after:
                self._check(self._invariants.of_moves, MoveTaken(turn, state))
                self._check(self._invariants.of_states, Situation(turn.answers, state))
            return after

        return apply

    def _check(self, invariants: Iterable[Invariant[Checked]], value: Checked) -> None:
        for invariant in invariants:
            if not invariant.holds(value):
                self._violations.setdefault(invariant.name, Violation(invariant.name, self._program))


def _free_tags(state: State, step: EdgeStep) -> tuple[int, ...]:
    """Return the lowest free tag for each operation of a step that makes a message, and `NO_TAG` for the others."""
    live = live_tags(state)
    free = (tag for tag in itertools.count() if tag not in live)
    return tuple(next(free) if isinstance(each, MAKERS) else NO_TAG for each in operations_of(step))


def _in_order(states: Iterable[State]) -> Sequence[State]:
    """Return states in an order that is the same in every run."""
    found = list(states)
    return sorted(found, key=repr) if len(found) > 1 else found
