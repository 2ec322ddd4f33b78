"""How messages and responses are made; the bus is not touched."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from beehive_spec.answers import Answers
from beehive_spec.rules.move import Move, Rules, rules_for
from beehive_spec.rules.turn import Turn
from beehive_spec.state import State, finish
from beehive_spec.vocabulary import Made, MakeMessage, MakeResponse, Operation

PER_MILLISECOND = {"milliseconds": 1, "microseconds": 1_000, "nanoseconds": 1_000_000}
"""Units of a timestamp in one millisecond; one second has a thousand milliseconds."""


def timestamps(answers: Answers, age: int) -> tuple[int, ...]:
    """Return the possible timestamps of a message made `age` milliseconds after the first, less that of the first.

    In whole seconds the difference depends on when within its second the first message was made.
    """
    if answers.timestamp_unit in PER_MILLISECOND:
        return (age * PER_MILLISECOND[answers.timestamp_unit],)
    whole, rest = divmod(age, 1_000)
    return (whole, whole + 1) if rest else (whole,)


def _finish_with(turn: Turn[Operation], message: Made) -> Iterator[State]:
    age = turn.state.off_bus.age or 0
    state = replace(turn.state, off_bus=replace(turn.state.off_bus, age=age))
    for timestamp in timestamps(turn.answers, age):
        yield finish(state, turn.pid, replace(message, timestamp=timestamp))


def make_message(turn: Turn[MakeMessage]) -> Iterator[State]:
    """Make a message with the given parts, a new id and the current time."""
    given = turn.operation
    message = Made(
        parent=given.parent,
        source=given.source,
        group=given.group,
        operation=given.operation,
        resource=given.resource,
        content=given.content,
    )
    yield from _finish_with(turn, message)


def make_response(turn: Turn[MakeResponse]) -> Iterator[State]:
    """Make a message whose parent is the message that it responds to, with a new id and the current time."""
    yield from _finish_with(turn, Made(parent=turn.operation.id, content=turn.operation.content))


MAKING_RULES: Rules = {
    **rules_for(
        MakeMessage,
        {
            "start": (
                Move("make", make_message, ("end",), ("MSG-5", "MSG-7", "MSG-8", "MSG-9", "OVER-4", "OVER-5")),
            ),
        },
    ),
    **rules_for(
        MakeResponse,
        {
            "start": (
                Move("make", make_response, ("end",), ("MSG-5", "MSG-6", "MSG-7", "MSG-9", "OVER-4", "OVER-5")),
            ),
        },
    ),
}
