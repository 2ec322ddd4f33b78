"""How a synchronous message is sent to a group."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from beehive_spec.channels import can_put, park_sender, put, queue_sender
from beehive_spec.rules.collecting import (
    check_responses,
    limit_of_group,
    start_collecting,
    time_out_collecting,
)
from beehive_spec.rules.move import Move, Rules, rules_for
from beehive_spec.rules.requests import (
    end_request,
    enter_request,
    error_of_timeout,
    queue_to_leave,
    stop_waiting,
    time_out_idle,
)
from beehive_spec.rules.spreading import (
    continue_spreading,
    fill,
    has_full,
    is_alone,
    is_queued,
    skip_or_stop,
    without_member,
)
from beehive_spec.rules.turn import Turn
from beehive_spec.state import NOBODY, RETURNED, State, move_to, with_process
from beehive_spec.vocabulary import ErrorKind, SendToGroupSync


def find_group_to_ask(turn: Turn[SendToGroupSync]) -> Iterator[State]:
    """Find the modules of the group, and interpret the timeout."""
    answers, operation = turn.answers, turn.operation
    error = error_of_timeout(operation.timeout, answers.group_sync_zero, answers.group_sync_negative)
    members = next((members for group, members in turn.state.groups if group == operation.group), None)
    asks_nobody = members is None or (not members and answers.group_sync_empty != "returned")
    if asks_nobody:
        yield _end_without_group(turn, answers.group_sync_unknown if members is None else answers.group_sync_empty)
    if error is not None:
        yield turn.finish(error)
    elif members is not None and not asks_nobody:
        timer = None if answers.group_sync_timer == "waiting" else limit_of_group(turn)
        yield turn.with_process(
            replace(turn.process, place="enter", members=members, expected=len(members), timer=timer)
        )


def _end_without_group(turn: Turn[SendToGroupSync], answer: str) -> State:
    match answer:
        case "returned":
            return turn.finish(RETURNED)
        case "timeout":
            return turn.with_process(replace(turn.process, place="idle", timer=limit_of_group(turn)))
        case _:
            return turn.finish(ErrorKind.UNKNOWN_GROUP)


def enter_group_request(turn: Turn[SendToGroupSync]) -> Iterable[State]:
    """Enter the id of the message with a response channel that has room for every module of the group."""
    entered = enter_request(turn, turn.process.expected)
    if entered is None:
        return (turn.finish(ErrorKind.OTHER),)
    if turn.answers.group_sync_put == "none" and has_full(turn.state, turn.process.members):
        return (move_to(entered, turn.pid, "full"),)
    return (move_to(entered, turn.pid, "spread"),)


def spread_request(turn: Turn[SendToGroupSync]) -> Iterator[State]:
    """Put the message into the channel of one of the remaining modules; then start to count responses."""
    state, process = turn.state, turn.process
    if not process.members:
        waits = turn.answers.group_sync_put == "waits" and is_queued(turn)
        yield turn.move_to("room" if waits else "count")
        return
    if is_alone(turn) and turn.answers.receivers == "fifo":
        channels = [state.pool[index] for _, index in process.members]
        if all(can_put(channel) and not channel.closed for channel in channels):
            for _, index in process.members:
                (state,) = put(state, index, process.message, turn.answers.receivers)
            yield with_process(state, turn.pid, replace(state.processes[turn.pid], members=()))
            return
    for member in process.members:
        yield from _spread_to(without_member(turn, member), member[1])


def _spread_to(turn: Turn[SendToGroupSync], index: int) -> Iterator[State]:
    answers, state, pid, process = turn.answers, turn.state, turn.pid, turn.process
    channel = state.pool[index]
    if channel.closed:
        yield turn.move_to("shut")
    elif can_put(channel):
        yield from put(state, index, process.message, answers.receivers)
    elif answers.group_sync_put == "waits":
        if answers.group_sync_timer == "each":
            process = replace(process, timer=limit_of_group(turn))
        waiting = turn.with_process(process)
        if process.members:
            yield queue_sender(waiting, pid, index, process.message)
        parked = park_sender(waiting, pid, index)
        yield with_process(parked, pid, replace(parked.processes[pid], channel=process.channel))
    elif answers.group_sync_put == "left":
        yield queue_to_leave(turn, answers.group_sync_late, index, limit_of_group(turn))
    elif answers.group_sync_put == "withdrawn":
        yield queue_sender(state, pid, index, process.message)
    else:
        yield from skip_or_stop(turn, answers.group_sync_put)


def fail_group_request(turn: Turn[SendToGroupSync]) -> Iterable[State]:
    """End: a channel was full; the entry of the id is gone."""
    return (end_request(turn, ErrorKind.OTHER),)


def skip_closed_or_fail(turn: Turn[SendToGroupSync]) -> Iterable[State]:
    """Skip a module, or end without the entry of the id: its channel was closed before there was room."""
    return (_continue_or_fail(turn, "spread"),)


def keep_collecting_or_fail(turn: Turn[SendToGroupSync]) -> Iterable[State]:
    """Keep waiting for responses, or end without the entry of the id: a channel was closed before there was room."""
    return (_continue_or_fail(turn, "collect"),)


def _continue_or_fail(turn: Turn[SendToGroupSync], place: str) -> State:
    answer = turn.answers.group_sync_closed
    return turn.move_to(place) if answer == "goes_on" else end_request(turn, ErrorKind(answer))


def time_out_group_request(turn: Turn[SendToGroupSync]) -> Iterable[State]:
    """Stop waiting when the time is over; a message without room is taken back or left, as group_sync_late says."""
    if turn.process.timer != 0:
        return ()
    return (move_to(stop_waiting(turn, turn.answers.group_sync_late), turn.pid, "late"),)


def leave_or_fail_late(turn: Turn[SendToGroupSync]) -> Iterator[State]:
    """Leave the message at one more channel, or end with a timeout; the entry of the id is gone at the end."""
    process = turn.process
    if turn.answers.group_sync_late == "left" and process.members:
        for member in process.members:
            yield from _leave_at(without_member(turn, member), member[1])
    else:
        yield end_request(turn, ErrorKind.TIMEOUT)


def _leave_at(turn: Turn[SendToGroupSync], index: int) -> Iterator[State]:
    state, message = turn.state, turn.process.message
    channel = state.pool[index]
    if channel.closed:
        yield state
    elif can_put(channel):
        yield from put(state, index, message, turn.answers.receivers)
    else:
        yield queue_sender(state, NOBODY, index, message)


GROUP_REQUEST_RULES: Rules = rules_for(
    SendToGroupSync,
    {
        "start": (Move("find group", find_group_to_ask, ("enter", "idle", "end"), ("GSYNC-1", "OVER-1", "OVER-4")),),
        "idle": (Move("time out", time_out_idle, ("end",), ("GSYNC-5",)),),
        "enter": (
            Move(
                "enter id",
                enter_group_request,
                ("spread", "full", "end"),
                ("GSYNC-2", "GSYNC-9", "FIELD-3", "FIELD-4"),
            ),
        ),
        "spread": (
            Move(
                "put",
                spread_request,
                ("spread", "room", "shut", "fill", "full", "count"),
                ("GSYNC-1", "MSG-1", "MSG-2", "MSG-3"),
            ),
        ),
        "fill": (Move("put", fill, ("fill", "full"), ("GSYNC-1", "MSG-1", "MSG-2", "MSG-3")),),
        "full": (Move("fail", fail_group_request, ("end",), ("GSYNC-7",)),),
        "sent": (Move("continue", continue_spreading, ("spread",), ("GSYNC-1",), local=True),),
        "shut": (Move("skip or fail", skip_closed_or_fail, ("spread", "end"), ("CLEAN-5", "GSYNC-7")),),
        "room": (Move("time out", time_out_group_request, ("late",), ("GSYNC-5", "GSYNC-10")),),
        "cut": (Move("continue or fail", keep_collecting_or_fail, ("collect", "end"), ("CLEAN-5", "GSYNC-7")),),
        "count": (Move("start to wait", start_collecting, ("collect",), ("GSYNC-3",)),),
        "collect": (
            Move(
                "check", check_responses, ("collect", "end"), ("GSYNC-3", "GSYNC-4", "GSYNC-7", "GSYNC-8", "FIELD-3")
            ),
            Move("time out", time_out_collecting, ("end",), ("GSYNC-5", "GSYNC-7", "GSYNC-10", "FIELD-3")),
        ),
        "late": (Move("fail", leave_or_fail_late, ("late", "end"), ("GSYNC-1", "GSYNC-5", "GSYNC-7", "FIELD-3")),),
    },
)
