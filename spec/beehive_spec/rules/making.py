"""How messages and responses are made; nothing of it touches the bus."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from msgspec.structs import replace

from beehive_spec.answers import Answers
from beehive_spec.rules.move import Move, Rules
from beehive_spec.state import State, finish
from beehive_spec.vocabulary import Made, MakeMessage, MakeResponse

PER_MILLISECOND = {"milliseconds": 1, "microseconds": 1_000, "nanoseconds": 1_000_000}
"""How many units of a timestamp a millisecond has; a second has a thousand milliseconds."""


def timestamps(answers: Answers, age: int) -> tuple[int, ...]:
    """Return what the timestamp of a message, made `age` milliseconds after the first, may be less that of the first.

    In whole seconds it depends on where in its second the first message was made.
    """
    if answers.timestamp_unit in PER_MILLISECOND:
        return (age * PER_MILLISECOND[answers.timestamp_unit],)
    whole, rest = divmod(age, 1_000)
    return (whole, whole + 1) if rest else (whole,)


def _made(answers: Answers, state: State, pid: int, message: Made) -> Iterator[State]:
    age = state.off_bus.age or 0
    state = replace(state, off_bus=replace(state.off_bus, age=age))
    for timestamp in timestamps(answers, age):
        yield finish(
            state,
            pid,
            Made(
                parent=message.parent,
                source=message.source,
                group=message.group,
                operation=message.operation,
                resource=message.resource,
                content=message.content,
                timestamp=timestamp,
            ),
        )


def make_message(answers: Answers, state: State, pid: int) -> Iterator[State]:
    """Make a message with the parts that it is given, a new id and the time."""
    given = cast(MakeMessage, state.processes[pid].operation)
    message = Made(
        parent=given.parent,
        source=given.source,
        group=given.group,
        operation=given.operation,
        resource=given.resource,
        content=given.content,
    )
    yield from _made(answers, state, pid, message)


def make_response(answers: Answers, state: State, pid: int) -> Iterator[State]:
    """Make a message whose parent is the one that it responds to, with a new id and the time."""
    given = cast(MakeResponse, state.processes[pid].operation)
    yield from _made(answers, state, pid, Made(parent=given.id, content=given.content))


MAKING_RULES: Rules = {
    ("make_message", "start"): (
        Move("make", make_message, ("end",), ("MSG-5", "MSG-7", "MSG-8", "MSG-9", "OVER-4", "OVER-5")),
    ),
    ("make_response", "start"): (
        Move("make", make_response, ("end",), ("MSG-5", "MSG-6", "MSG-7", "MSG-9", "OVER-4", "OVER-5")),
    ),
}
