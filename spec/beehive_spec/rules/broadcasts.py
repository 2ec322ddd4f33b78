"""How a message is sent to a group without waiting for responses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from beehive_spec.channels import can_put, park_sender, put, queue_sender, withdraw
from beehive_spec.rules.move import IN_TRANSIT, Move, Rules, ignore_or_refuse, rules_for
from beehive_spec.rules.spreading import (
    can_put_now,
    continue_spreading,
    fill,
    finish_with_any,
    has_closed,
    has_full,
    is_alone,
    is_queued,
    put_into_all_or_none,
    skip_or_stop,
    without_member,
)
from beehive_spec.rules.turn import Turn
from beehive_spec.state import NOBODY, RETURNED, State, with_process
from beehive_spec.vocabulary import ErrorKind, SendToGroup

ABOUT_A_CLOSED_CHANNEL = (ErrorKind.CLOSED, ErrorKind.UNKNOWN_MODULE, ErrorKind.OTHER)
"""The kinds of an error about a module that was cleaned up, where no question asks for the kind."""


def find_group(turn: Turn[SendToGroup]) -> Iterable[State]:
    """Find the modules of the group."""
    answers, state, group = turn.answers, turn.state, turn.operation.group
    members = next((members for name, members in state.groups if name == group), None)
    if members is None:
        return ignore_or_refuse(turn, answers.broadcast_unknown, ErrorKind.UNKNOWN_GROUP)
    if not members and answers.broadcast_empty == "refused":
        return (turn.finish(ErrorKind.UNKNOWN_GROUP),)
    return (turn.with_process(replace(turn.process, place="spread", members=members)),)


def spread(turn: Turn[SendToGroup]) -> Iterator[State]:
    """Put the message into the channel of one of the remaining modules; if it is full, do as broadcast_full says.

    Where the operation waits for room, it waits at this channel alone, or at all that are full at the same time.
    """
    state, process = turn.state, turn.process
    if not process.members:
        if is_queued(turn):
            yield turn.move_to("room")
        else:
            yield from finish_with_any(turn, ABOUT_A_CLOSED_CHANNEL if process.expected else (RETURNED,))
        return
    if turn.answers.broadcast_full == "none" and has_full(state, process.members):
        is_told = turn.answers.broadcast_closed != "goes_on" and has_closed(state, process.members)
        yield turn.with_process(replace(process, place="full", expected=process.expected or int(is_told)))
        return
    if turn.answers.broadcast_full == "none":
        yield from put_into_all_or_none(turn, turn.answers.broadcast_closed == "refused")
        return
    if is_alone(turn) and turn.answers.receivers == "fifo":
        ready = [index for _, index in process.members if can_put_now(state, index)]
        if len(ready) == len(process.members) == len(set(ready)):
            for index in ready:
                (state,) = put(state, index, process.message, turn.answers.receivers)
            yield with_process(state, turn.pid, replace(state.processes[turn.pid], members=()))
            return
    for member in process.members:
        yield from spread_to(without_member(turn, member), member[1])


def spread_to(turn: Turn[SendToGroup], index: int) -> Iterator[State]:
    """Put the message into one channel of a group, or do as broadcast_full says if it is full."""
    state, process = turn.state, turn.process
    channel = state.pool[index]
    if channel.closed:
        yield turn.move_to("shut")
    elif can_put(channel):
        yield from put(state, index, process.message, turn.answers.receivers)
    elif turn.answers.broadcast_full == "handed_over":
        yield queue_sender(state, NOBODY, index, process.message)
    elif turn.answers.broadcast_full == "waits":
        yield park_sender(state, turn.pid, index)
        if process.members:
            yield queue_sender(state, turn.pid, index, process.message)
    else:
        yield from skip_or_stop(turn, turn.answers.broadcast_full)


def fail_broadcast(turn: Turn[SendToGroup]) -> Iterator[State]:
    """End: a channel was full, and perhaps another one closed. With `none`, all were looked at in one move before."""
    answers, process = turn.answers, turn.process
    looks = answers.broadcast_full != "none" and answers.broadcast_closed != "goes_on"
    is_told = looks and has_closed(turn.state, process.members)
    yield from finish_with_any(turn, ABOUT_A_CLOSED_CHANNEL if is_told or process.expected else (ErrorKind.OTHER,))


def skip_closed_or_end(turn: Turn[SendToGroup]) -> Iterator[State]:
    """Skip a module, or end: its channel was closed before there was room."""
    match turn.answers.broadcast_closed:
        case "goes_on":
            yield turn.move_to("spread")
        case "reported":
            yield turn.with_process(replace(turn.process, place="spread", expected=1))
        case _:
            yield from finish_with_any(turn.at(withdraw(turn.state, turn.pid)), ABOUT_A_CLOSED_CHANNEL)


BROADCAST_RULES: Rules = rules_for(
    SendToGroup,
    {
        "start": (Move("find group", find_group, ("spread", "end"), ("BCAST-1", "BCAST-2", "OVER-1", "OVER-4")),),
        "spread": (
            Move(
                "put",
                spread,
                ("spread", "room", "shut", "fill", "full", "end"),
                ("BCAST-1", "BCAST-2", "BCAST-3", "BCAST-4", "OVER-2", "OVER-3", *IN_TRANSIT, "MSG-4"),
            ),
        ),
        "fill": (Move("put", fill, ("fill", "full"), ("BCAST-1", "BCAST-2", *IN_TRANSIT, "MSG-4")),),
        "full": (Move("fail", fail_broadcast, ("end",), ("BCAST-1", "CLEAN-5")),),
        "sent": (Move("continue", continue_spreading, ("spread",), ("BCAST-1",), local=True),),
        "shut": (Move("skip or fail", skip_closed_or_end, ("spread", "end"), ("CLEAN-5",)),),
    },
)
