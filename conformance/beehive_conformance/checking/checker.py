"""Checks a history against an automaton: a walk that follows what was observed, up to the first forbidden step.

It depends on neither targets nor rules, only on the automaton, the program and the history.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import NamedTuple

from beehive_spec.automaton import Automaton, EdgeStep, Node
from beehive_spec.model import Inconclusive
from beehive_spec.vocabulary import Died, History, InspectFields, Operation, OperationNumber, Repeat, Seen, Step

from beehive_conformance.checking.walk import Walk
from beehive_conformance.programs.program import Program, numbered


class CheckResult(StrEnum):
    """Whether one automaton allows one history."""

    ALLOWED = "allowed"
    FORBIDDEN = "forbidden"
    INCONCLUSIVE = "inconclusive"


class Difference(NamedTuple):
    """Where a history first differs from everything that the automaton allows.

    `step` counts from 1. `seen` is what was observed there, None if the process died without it. `allowed` is
    everything that would have been allowed.
    """

    step: int
    seen: Seen | None
    allowed: tuple[Seen, ...]
    died: Died | None = None


def check(
    program: Program, history: History, automaton: Automaton, shows_logs: bool = True
) -> tuple[CheckResult, Difference | None]:
    """Return whether the automaton allows the history of the program, and if not, where it differs.

    The result is inconclusive if following the history takes more moves than the model's budget allows.
    """
    walk = Walk(automaton, shows_logs)
    try:
        difference = _walk(program, history, walk)
    except Inconclusive:
        return CheckResult.INCONCLUSIVE, None
    return (CheckResult.ALLOWED, None) if difference is None else (CheckResult.FORBIDDEN, difference)


def nodes_along(program: Program, history: History, automaton: Automaton, shows_logs: bool = True) -> Iterator[Node]:
    """Yield the node after each step that the automaton allows, up to the first difference.

    Raises Inconclusive if a step takes more moves than the model's budget allows.
    """
    walk = Walk(automaton, shows_logs)
    for index, ((step, started), rounds) in enumerate(zip(numbered(program), history.steps, strict=False)):
        if _follow(walk, index, step, started, rounds) is not None:
            return
        yield walk.node


def _walk(program: Program, history: History, walk: Walk) -> Difference | None:
    for index, (step, started) in enumerate(numbered(program)):
        if index >= len(history.steps):
            return _death(walk, index, step, started, history.died)
        difference = _follow(walk, index, step, started, history.steps[index])
        if difference is not None:
            return difference
    if history.died is not None:
        # No step may begin after the last one, so no move of the model can explain the death.
        return Difference(len(program.steps), None, (), history.died)
    return None


def _follow(
    walk: Walk,
    index: int,
    step: Step,
    started: Sequence[tuple[OperationNumber, Operation]],
    rounds: Sequence[Seen],
) -> Difference | None:
    if isinstance(step, Repeat):
        missed = _repeat(walk, step, started[0][0], rounds)
        if missed is not None:
            return Difference(index + 1, missed, tuple(walk.allowed(step.operation, started)))
    elif isinstance(step, InspectFields):
        if not walk.inspect_fields(rounds[0]):
            return Difference(index + 1, rounds[0], tuple(walk.allowed_fields()))
    elif len(rounds) != 1 or not walk.step(step, started, rounds[0]):
        return Difference(index + 1, rounds[0] if rounds else Seen(), tuple(walk.allowed(step, started)))
    return None


def _repeat(walk: Walk, step: Repeat, number: OperationNumber, rounds: Sequence[Seen]) -> Seen | None:
    done = 0
    for seen in rounds:
        left = seen.times
        while left:
            part = Seen(returned=seen.returned, logged=seen.logged, times=left)
            followed = walk.rounds(step.operation, number, part, done, step.times)
            if not followed:
                return seen
            done += followed
            left -= followed
    ended = bool(rounds) and not any(each.operation == number for each in rounds[-1].returned)
    return None if done == step.times or (ended and done < step.times) else Seen(times=done)


def _death(
    walk: Walk,
    index: int,
    step: EdgeStep | Repeat | InspectFields,
    started: Sequence[tuple[OperationNumber, Operation]],
    died: Died | None,
) -> Difference | None:
    if isinstance(step, InspectFields):
        return Difference(index + 1, None, tuple(walk.allowed_fields()), died)
    edge, times = (step.operation, step.times) if isinstance(step, Repeat) else (step, 1)
    if died is not None and walk.may_die(edge, started, died.kind, times):
        return None
    return Difference(index + 1, None, tuple(walk.allowed(edge, started)), died)
