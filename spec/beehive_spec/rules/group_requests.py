"""How a synchronous message is sent to a group."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from beehive_spec.channels import can_put, deliver_later, leave_behind, park_sender, put, queue_sender
from beehive_spec.rules.collecting import (
    check_responses,
    errors_of_closed,
    has_all,
    leaves_unreached,
    limit_of_group,
    start_collecting,
    time_out_collecting,
    was_complete,
)
from beehive_spec.rules.move import IN_TRANSIT, Move, Rules, rules_for
from beehive_spec.rules.requests import (
    end_request,
    end_with_any,
    enter_request,
    error_of_timeout,
    is_refused,
    stop_waiting,
    time_out_idle,
)
from beehive_spec.rules.spreading import (
    continue_spreading,
    fill,
    has_full,
    is_alone,
    is_queued,
    put_into_all_or_none,
    skip_or_stop,
    without_member,
)
from beehive_spec.rules.turn import Turn
from beehive_spec.state import RETURNED, OperationResult, State, move_to, with_process
from beehive_spec.vocabulary import ErrorKind, SendToGroupSync


def find_group_to_ask(turn: Turn[SendToGroupSync]) -> Iterator[State]:
    """Find the modules of the group, and interpret the timeout.

    If there are several reasons to end at once, each of them may be the one that decides.
    """
    answers, operation = turn.answers, turn.operation
    error = error_of_timeout(operation.timeout, answers.group_sync_zero, answers.group_sync_negative)
    members = next((members for group, members in turn.state.groups if group == operation.group), None)
    answer = answers.group_sync_unknown if members is None else answers.group_sync_empty
    ends = not members and answer in (_ENDING_IF_MISSING if members is None else _ENDING_IF_EMPTY)
    reasons = set() if error is None else {error}
    if ends:
        match answer:
            case "returned":
                yield turn.finish(RETURNED)
            case "timeout":
                yield turn.with_process(replace(turn.process, place="idle", timer=limit_of_group(turn)))
            case _:
                reasons.add(ErrorKind.UNKNOWN_GROUP)
    if (reasons or ends) and is_refused(answers, turn.state, operation.id):
        reasons.add(ErrorKind.OTHER)
    if reasons and members and answers.group_sync_put in _ENDING and has_full(turn.state, members):
        reasons.add(ErrorKind.OTHER)
    if reasons or ends:
        yield from end_with_any(turn, sorted(reasons), None if error else limit_of_group(turn))
    elif not members and answer == "waits":
        yield turn.with_process(replace(turn.process, place="reserve", timer=limit_of_group(turn)))
    else:
        timer = None if answers.group_sync_timer == "waiting" else limit_of_group(turn)
        asked = members or ()
        count = len(asked)
        yield turn.with_process(
            replace(turn.process, place="enter", members=asked, expected=count, timer=timer, in_time=not count)
        )


_ENDING_IF_EMPTY = ("refused", "timeout")
"""The answers to group_sync_empty under which a call does not enter its id."""
_ENDING_IF_MISSING = (*_ENDING_IF_EMPTY, "returned")
"""The answers to group_sync_unknown under which a call does not enter its id."""
_ENDING = ("skips", "none", "stops")
"""The answers to group_sync_put under which a call ends if a channel is full."""


def enter_group_request(turn: Turn[SendToGroupSync]) -> Iterator[State]:
    """Enter the id of the message with a response channel that has room for every module of the group."""
    entered = enter_request(turn, turn.process.expected)
    if entered is None:
        yield from end_with_any(turn, (ErrorKind.OTHER,), limit_of_group(turn))
    else:
        yield move_to(entered, turn.pid, "spread")


def reserve_id(turn: Turn[SendToGroupSync]) -> Iterator[State]:
    """Enter the id of the message, for which there is nobody to ask; then wait for the timeout."""
    entered = enter_request(turn, 0)
    if entered is None:
        yield from end_with_any(turn, (ErrorKind.OTHER,), limit_of_group(turn))
    else:
        yield move_to(entered, turn.pid, "idle")


def spread_request(turn: Turn[SendToGroupSync]) -> Iterator[State]:
    """Put the message into the channel of one of the remaining modules; then start to count responses."""
    state, process = turn.state, turn.process
    if not process.members:
        waits = turn.answers.group_sync_put == "waits" and is_queued(turn)
        yield turn.move_to("room" if waits else "count")
        return
    if turn.answers.group_sync_put == "none":
        yield from put_into_all_or_none(turn, turn.answers.group_sync_closed != "goes_on")
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
    elif answers.group_sync_put in ("withdrawn", "left"):
        queued = queue_sender(state, pid, index, process.message)
        yield queued
        if process.members:
            yield move_to(queued, pid, "count")
    else:
        yield from skip_or_stop(turn, answers.group_sync_put)


def reach_next(turn: Turn[SendToGroupSync]) -> Iterator[State]:
    """Put the message into the channel of one more module, or wait for room there, once it waits for room nowhere.

    The call waits for responses at the same time. If the channel is closed, the call skips the module or ends.
    """
    for member in () if is_queued(turn) else turn.process.members:
        rest, index = without_member(turn, member), member[1]
        channel = turn.state.pool[index]
        if channel.closed:
            yield from _continue_or_fail(rest, "collect")
        elif can_put(channel):
            yield from put(rest.state, index, turn.process.message, turn.answers.receivers)
        else:
            yield queue_sender(rest.state, turn.pid, index, turn.process.message)


def fail_group_request(turn: Turn[SendToGroupSync]) -> Iterator[State]:
    """End: a channel was full, and perhaps another one closed; the entry of the id is gone."""
    yield from end_with_any(turn, (ErrorKind.OTHER, *errors_of_closed(turn)), limit_of_group(turn))


def skip_closed_or_fail(turn: Turn[SendToGroupSync]) -> Iterator[State]:
    """Skip a module, or end without the entry of the id: its channel was closed before there was room."""
    yield from _continue_or_fail(turn, "spread")


def keep_collecting_or_fail(turn: Turn[SendToGroupSync]) -> Iterator[State]:
    """Keep waiting for responses, or end without the entry of the id: a channel was closed before there was room."""
    yield from _continue_or_fail(turn, "collect")


def _continue_or_fail(turn: Turn[SendToGroupSync], place: str) -> Iterator[State]:
    answer = turn.answers.group_sync_closed
    if answer == "goes_on":
        yield turn.move_to(place)
    else:
        yield from end_with_any(turn, (ErrorKind(answer),), limit_of_group(turn))


def time_out_group_request(turn: Turn[SendToGroupSync]) -> Iterator[State]:
    """Stop waiting for room when the time is over; a message without room is taken back or left.

    Whether the call fails although it has all responses is said by group_sync_unnoticed.
    """
    if turn.process.timer != 0:
        return
    answers, pid = turn.answers, turn.pid
    for kind in errors_of_closed(turn):
        yield end_request(turn, kind)
    looks = answers.group_sync_unnoticed == "returned"
    after = stop_waiting(turn, answers.group_sync_put, answers.group_sync_late)
    if looks and has_all(answers, turn.state, turn.process, turn.operation):
        yield move_to(after, pid, "done")
    if not (looks and was_complete(turn)):
        yield move_to(after, pid, "late")


def leave_or_fail_late(turn: Turn[SendToGroupSync]) -> Iterator[State]:
    """Leave the message at one more channel, or end with a timeout; the entry of the id is gone at the end."""
    yield from _leave_or_end(turn, ErrorKind.TIMEOUT)


def leave_or_return_late(turn: Turn[SendToGroupSync]) -> Iterator[State]:
    """Leave the message at one more channel, or return; the entry of the id is gone at the end."""
    yield from _leave_or_end(turn, RETURNED)


def _leave_or_end(turn: Turn[SendToGroupSync], result: OperationResult) -> Iterator[State]:
    process = turn.process
    if process.members and leaves_unreached(turn.answers, result is RETURNED):
        for member in process.members:
            yield from _leave_at(without_member(turn, member), member[1], result)
    else:
        yield end_request(turn, result)


def _leave_at(turn: Turn[SendToGroupSync], index: int, result: OperationResult) -> Iterator[State]:
    answers, state, process = turn.answers, turn.state, turn.process
    channel = state.pool[index]
    if channel.closed:
        yield state
        if result is ErrorKind.TIMEOUT and answers.group_sync_closed != "goes_on":
            yield end_request(turn, ErrorKind(answers.group_sync_closed))
    elif can_put(channel):
        yield from put(state, index, process.message, answers.receivers)
    else:
        queued = queue_sender(state, turn.pid, index, process.message)
        yield leave_behind(queued, turn.pid) if answers.group_sync_late == "left" else deliver_later(queued, turn.pid)


GROUP_REQUEST_RULES: Rules = rules_for(
    SendToGroupSync,
    {
        "start": (
            Move(
                "find group", find_group_to_ask, ("enter", "reserve", "idle", "end"), ("GSYNC-1", "OVER-1", "OVER-4")
            ),
        ),
        "reserve": (Move("enter id", reserve_id, ("idle", "end"), ("GSYNC-2", "GSYNC-9", "FIELD-3", "FIELD-4")),),
        "idle": (Move("time out", time_out_idle, ("end",), ("GSYNC-5", "GSYNC-7", "FIELD-3")),),
        "enter": (
            Move(
                "enter id",
                enter_group_request,
                ("spread", "end"),
                ("GSYNC-2", "GSYNC-9", "FIELD-3", "FIELD-4"),
            ),
        ),
        "spread": (
            Move(
                "put",
                spread_request,
                ("spread", "room", "shut", "fill", "full", "count"),
                ("GSYNC-1", *IN_TRANSIT, "MSG-3"),
            ),
        ),
        "fill": (Move("put", fill, ("fill", "full"), ("GSYNC-1", *IN_TRANSIT, "MSG-3")),),
        "full": (Move("fail", fail_group_request, ("end",), ("GSYNC-7",)),),
        "sent": (Move("continue", continue_spreading, ("spread",), ("GSYNC-1",), local=True),),
        "shut": (Move("skip or fail", skip_closed_or_fail, ("spread", "end"), ("CLEAN-5", "GSYNC-7")),),
        "room": (
            Move("time out", time_out_group_request, ("late", "done", "end"), ("GSYNC-3", "GSYNC-5", "GSYNC-10")),
        ),
        "cut": (Move("continue or fail", keep_collecting_or_fail, ("collect", "end"), ("CLEAN-5", "GSYNC-7")),),
        "count": (Move("start to wait", start_collecting, ("collect",), ("GSYNC-3",)),),
        "collect": (
            Move(
                "check",
                check_responses,
                ("collect", "done", "end"),
                ("GSYNC-3", "GSYNC-4", "GSYNC-7", "GSYNC-8", "FIELD-3"),
            ),
            Move("time out", time_out_collecting, ("late", "end"), ("GSYNC-5", "GSYNC-7", "GSYNC-10", "FIELD-3")),
            Move("put", reach_next, ("collect", "end"), ("GSYNC-1", "GSYNC-7", *IN_TRANSIT, "MSG-3")),
        ),
        "late": (Move("fail", leave_or_fail_late, ("late", "end"), ("GSYNC-1", "GSYNC-5", "GSYNC-7", "FIELD-3")),),
        "done": (
            Move("return", leave_or_return_late, ("done", "end"), ("GSYNC-1", "GSYNC-3", "GSYNC-7", "FIELD-3")),
        ),
    },
)
