"""How the moves of one step follow each other: they end, and their order may be restricted where it is local."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from graphlib import CycleError, TopologicalSorter

from msgspec.structs import replace

from beehive_spec.automaton import ended
from beehive_spec.invariants.invariant import StepTaken
from beehive_spec.model import Model
from beehive_spec.normal_form import normal
from beehive_spec.state import State


def moves_end(taken: StepTaken) -> bool:
    """No sequence of moves leads back to a state, so at one instant there are only finitely many moves."""
    return _is_acyclic(taken.moves)


def local_moves_hide_nothing(taken: StepTaken) -> bool:
    """A step ends in the same observations and states whether or not local moves are made first."""
    everywhere = ended(without_local_moves(taken.model), (taken.before,), taken.step, taken.tags)
    return {normal(state) for state in everywhere} == {normal(state) for state in taken.ended}


def without_local_moves(model: Model) -> Model:
    """Return the model in which no move is local."""
    rules = {key: tuple([replace(move, local=False) for move in moves]) for key, moves in model.rules.items()}
    return model._replace(rules=rules)


def _is_acyclic(moves: Mapping[State, Sequence[State]]) -> bool:
    try:
        TopologicalSorter(moves).prepare()
    except CycleError:
        return False
    return True
