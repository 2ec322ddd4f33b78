"""Checks that what the code of a user gives as a history is one, before it is judged."""

from __future__ import annotations

import msgspec
from beehive_spec.vocabulary import History, Repeat

from beehive_conformance.programs.program import Program, numbered

_DECODER = msgspec.msgpack.Decoder(History)


def malformed(program: Program, history: History) -> str:
    """Return what prevents a history from being a history of the program, or an empty text.

    Whether the documents allow the history is not checked here.
    """
    try:
        # Encoded and decoded, because msgspec does not check the fields of a struct that exists.
        _DECODER.decode(msgspec.msgpack.encode(history))
    except (msgspec.MsgspecError, TypeError, ValueError, OverflowError) as error:
        return str(error)
    steps, seen = len(program.steps), len(history.steps)
    if seen > steps:
        return f"{seen} steps were seen, the program has {steps}"
    if seen < steps and history.died is None:
        return f"{seen} of {steps} steps were seen, and `died` is not set"
    last = 0
    for number, ((step, started), rounds) in enumerate(zip(numbered(program), history.steps, strict=False), 1):
        last += len(started)
        if not rounds or (len(rounds) > 1 and not isinstance(step, Repeat)):
            return f"step {number} has {len(rounds)} values of Seen, expected one"
        if any(each.times < 1 for each in rounds):
            return f"step {number} was seen {min(each.times for each in rounds)} times, expected 1 or more"
        for each in (each for one in rounds for each in one.returned):
            if not 1 <= each.operation <= last:
                return f"operation {each.operation} returned in step {number}, expected one of 1 to {last}"
    return ""
