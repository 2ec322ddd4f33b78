"""What an invariant of the model is, and what it is checked on: a move, a state, or a whole step."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, NamedTuple, TypeVar

from beehive_spec.answers import Answers
from beehive_spec.automaton import EdgeStep
from beehive_spec.model import Model
from beehive_spec.rules.turn import Turn
from beehive_spec.state import State


class MoveTaken(NamedTuple):
    """One move: the turn of the operation that moved, and the state after it."""

    turn: Turn[Any]
    after: State


class Situation(NamedTuple):
    """One state, under the answers of the model."""

    answers: Answers
    state: State


class StepTaken(NamedTuple):
    """One step from a settled state: the states in which it may end, and the moves that it takes.

    `before` is in normal form, so an operation keeps its place in `processes` until the end of the step. `tags` are
    those of the messages that the step makes.
    """

    model: Model
    before: State
    step: EdgeStep
    tags: Sequence[int]
    ended: frozenset[State]
    moves: Mapping[State, Sequence[State]]


Checked = TypeVar("Checked")


def always(_: Answers) -> bool:
    """Return True: the invariant holds under all answers."""
    return True


class Invariant(NamedTuple, Generic[Checked]):
    """Something that holds in the model: `holds` says what, and `under` says for which answers."""

    holds: Callable[[Checked], bool]
    under: Callable[[Answers], bool] = always

    @property
    def name(self) -> str:
        """The name of the function that checks it."""
        return self.holds.__name__

    @property
    def sentence(self) -> str:
        """What it says."""
        return (self.holds.__doc__ or "").partition("\n\n")[0]


class Invariants(NamedTuple):
    """Invariants of single moves, of every state, of settled states and of whole steps."""

    of_moves: tuple[Invariant[MoveTaken], ...] = ()
    of_states: tuple[Invariant[Situation], ...] = ()
    of_settled_states: tuple[Invariant[Situation], ...] = ()
    of_steps: tuple[Invariant[StepTaken], ...] = ()

    def under(self, answers: Answers) -> Invariants:
        """Return those that hold under the given answers."""
        return Invariants(
            _under(self.of_moves, answers),
            _under(self.of_states, answers),
            _under(self.of_settled_states, answers),
            _under(self.of_steps, answers),
        )

    @property
    def names(self) -> frozenset[str]:
        """The names of all of them."""
        return frozenset(each.name for kind in self for each in kind)


def _under(invariants: tuple[Invariant[Checked], ...], answers: Answers) -> tuple[Invariant[Checked], ...]:
    return tuple([each for each in invariants if each.under(answers)])
