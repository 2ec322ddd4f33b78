"""How messages and responses are made; the bus is not touched."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from beehive_spec.answers import Answers
from beehive_spec.off_bus import PER_SECOND, OffBusState
from beehive_spec.rules.move import Move, Rules, rules_for
from beehive_spec.rules.turn import Turn
from beehive_spec.state import State, finish
from beehive_spec.vocabulary import Made, MakeMessage, MakeResponse, Operation

PER_MILLISECOND = {"milliseconds": 1, "microseconds": 1_000, "nanoseconds": 1_000_000}
"""Units of a timestamp in one millisecond; the other unit is the second."""


def stamped(answers: Answers, off_bus: OffBusState) -> Iterator[tuple[int, OffBusState]]:
    """Yield the possible timestamps of a message made now, less that of the first, each with what follows from it.

    In whole seconds the difference depends on when within its second the first message was made. A timestamp narrows
    that down, so later ones agree with it, and none is earlier than one before.
    """
    age = off_bus.age or 0
    off_bus = replace(off_bus, age=age)
    if answers.timestamp_unit in PER_MILLISECOND:
        yield age * PER_MILLISECOND[answers.timestamp_unit], off_bus
        return
    least, greatest = off_bus.phase
    for second in range((least + age) // PER_SECOND, (greatest + age) // PER_SECOND + 1):
        begin = second * PER_SECOND - age
        phase = (max(least, begin), min(greatest, begin + PER_SECOND - 1))
        yield second, replace(off_bus, phase=phase)


def _finish_with(turn: Turn[Operation], message: Made) -> Iterator[State]:
    for timestamp, off_bus in stamped(turn.answers, turn.state.off_bus):
        yield finish(replace(turn.state, off_bus=off_bus), turn.pid, replace(message, timestamp=timestamp))


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
