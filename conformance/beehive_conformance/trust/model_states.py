"""How large the model is under each set of answers, and whether its invariants hold there."""

from __future__ import annotations

from typing import NamedTuple

from beehive_spec.answers import Answers
from beehive_spec.automaton import EdgeStep
from beehive_spec.invariants import Explored, Invariants, explore_model
from beehive_spec.model import Model
from beehive_spec.vocabulary import InspectFields, Repeat

from beehive_conformance.deviations.baselines import DEFAULT_ANSWERS, baselines
from beehive_conformance.generation.exhaustive import alphabet_for

EXPLORED_LENGTH = 4
"""The greatest length of the programs over which the states are counted, which takes less than a second."""
SMALL_CAPACITY = 2
"""The capacity of a channel where an answer gives a greater one, so that short programs fill a channel."""


class ModelStates(NamedTuple):
    """What the exploration of the model found under one set of answers; `names` says whose answers they are."""

    names: tuple[str, ...]
    answers: Answers
    explored: Explored


def answer_sets() -> dict[Answers, tuple[str, ...]]:
    """Return the default answers, also with a bound, and those of each baseline, with the names of each set.

    Raises InputError if a baseline cannot be read.
    """
    named = [("default", DEFAULT_ANSWERS), _bounded("default", DEFAULT_ANSWERS)]
    for target, baseline in baselines().items():
        is_large = (baseline.answers.bound or 0) > SMALL_CAPACITY
        named.append(_bounded(target, baseline.answers) if is_large else (target, baseline.answers))
    names: dict[Answers, tuple[str, ...]] = {}
    for name, answers in named:
        names[answers] = (*names.get(answers, ()), name)
    return names


def _bounded(name: str, answers: Answers) -> tuple[str, Answers]:
    return f"{name}, capacity {SMALL_CAPACITY}", answers.with_answers({"capacity": SMALL_CAPACITY})


def counted_steps() -> tuple[EdgeStep, ...]:
    """Return the steps over which the states are counted: those of bounded-exhaustive programs, each taken once."""
    return tuple(each for each in alphabet_for().steps if not isinstance(each, Repeat | InspectFields))


def count_states(invariants: Invariants, length: int) -> tuple[ModelStates, ...]:
    """Explore the model under each set of answers, over programs of up to `length` steps, and check invariants.

    Raises Inconclusive if a step takes more moves than the budget of the model allows.
    """
    steps = counted_steps()
    return tuple(
        ModelStates(names, answers, explore_model(Model(answers), steps, length, invariants))
        for answers, names in answer_sets().items()
    )
