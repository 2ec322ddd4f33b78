"""How a response finds the request to which it belongs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from beehive_spec.channels import can_put, park_sender, put
from beehive_spec.rules.move import IN_TRANSIT, Move, Rules, rules_for
from beehive_spec.rules.turn import Turn
from beehive_spec.state import RETURNED, State, finish, lookup
from beehive_spec.vocabulary import ErrorKind, Level, SendResp


def find_request(turn: Turn[SendResp]) -> Iterable[State]:
    """Find the request with the id of the parent; if there is none, log that and end."""
    state, parent = turn.state, turn.operation.parent
    index = lookup(state.requests, parent) if parent or turn.answers.empty_id != "unanswered" else None
    if index is None:
        level = Level.ERROR if turn.answers.response_logged == "error" else Level.INFO
        result = RETURNED if turn.answers.response_unknown == "returned" else ErrorKind.OTHER
        return (finish(replace(state, must_log=level), turn.pid, result),)
    return (turn.move_to_channel("put", index),)


def put_response(turn: Turn[SendResp]) -> Iterator[State]:
    """Put the response into the channel of the request; if there is no room, do as response_full says."""
    answers, state, process = turn.answers, turn.state, turn.process
    channel = state.pool[process.channel]
    if channel.closed:
        yield turn.finish(RETURNED)
        if answers.response_left == "refused":
            yield turn.move_to("shut")
    elif can_put(channel):
        for after in put(state, process.channel, process.message, answers.receivers):
            yield finish(after, turn.pid, RETURNED)
    elif answers.response_full != "waits":
        yield turn.finish(RETURNED if answers.response_full == "dropped" else ErrorKind.OTHER)
    else:
        yield park_sender(state, turn.pid, process.channel)


def return_responded(turn: Turn[SendResp]) -> Iterable[State]:
    """Return: the response has found room."""
    return (turn.finish(RETURNED),)


def end_unread_response(turn: Turn[SendResp]) -> Iterator[State]:
    """Return, or end with an error: the request has ended before there was room."""
    if turn.answers.response_left == "refused":
        yield turn.finish(ErrorKind.CLOSED)
        yield turn.finish(ErrorKind.OTHER)
    else:
        yield turn.finish(RETURNED)


RESPONSE_RULES: Rules = rules_for(
    SendResp,
    {
        "start": (
            Move("find request", find_request, ("put", "end"), ("RESP-1", "RESP-2", "RESP-3", "OVER-4", "OVER-5")),
        ),
        "put": (Move("put", put_response, ("end", "room", "shut"), ("RESP-1", "RESP-4", *IN_TRANSIT, "MSG-4")),),
        "sent": (Move("return", return_responded, ("end",), ("RESP-1",), local=True),),
        "shut": (Move("return or fail", end_unread_response, ("end",), ("RESP-3",), local=True),),
    },
)
