"""How a synchronous message is sent to a group, and how its responses are counted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from beehive_spec.answers import Answers
from beehive_spec.channels import can_put, park_sender, put, queue_sender
from beehive_spec.rules.messages import (
    continue_spreading,
    fill,
    has_full,
    is_alone,
    is_queued,
    skip_or_stop,
    without_member,
)
from beehive_spec.rules.move import Move, Rules, rules_for
from beehive_spec.rules.requests import (
    end_request,
    enter_request,
    error_of_timeout,
    limit,
    queue_to_leave,
    stop_waiting,
    time_out_idle,
)
from beehive_spec.rules.turn import Turn
from beehive_spec.state import NOBODY, RETURNED, Process, State, move_to, with_process
from beehive_spec.vocabulary import ErrorKind, SendToGroupSync


def _limit(turn: Turn[SendToGroupSync]) -> int | None:
    return limit(turn.operation.timeout, turn.answers.group_sync_zero, turn.answers.group_sync_negative)


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
        timer = None if answers.group_sync_timer == "waiting" else _limit(turn)
        yield turn.with_process(
            replace(turn.process, place="enter", members=members, expected=len(members), timer=timer)
        )


def _end_without_group(turn: Turn[SendToGroupSync], answer: str) -> State:
    match answer:
        case "returned":
            return turn.finish(RETURNED)
        case "timeout":
            return turn.with_process(replace(turn.process, place="idle", timer=_limit(turn)))
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
            process = replace(process, timer=_limit(turn))
        waiting = turn.with_process(process)
        if process.members:
            yield queue_sender(waiting, pid, index, process.message)
        parked = park_sender(waiting, pid, index)
        yield with_process(parked, pid, replace(parked.processes[pid], channel=process.channel))
    elif answers.group_sync_put == "left":
        yield queue_to_leave(turn, answers.group_sync_late, index, _limit(turn))
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


def start_collecting(turn: Turn[SendToGroupSync]) -> Iterator[State]:
    """Start to wait for the responses."""
    answers = turn.answers
    process = replace(turn.process, place="collect")
    if answers.group_sync_timer != "whole":
        process = replace(process, timer=_limit(turn))
    if isinstance(answers.group_sync_look, int):
        yield turn.with_process(replace(process, poll=answers.group_sync_look))
        yield turn.with_process(replace(process, poll=0))
    else:
        yield turn.with_process(process)


def is_complete(answers: Answers, state: State, process: Process) -> bool:
    """Return whether a process collects responses and has as many as the group has modules."""
    operation = process.operation
    return isinstance(operation, SendToGroupSync) and _has_all(answers, state, process, operation)


def _has_all(answers: Answers, state: State, process: Process, operation: SendToGroupSync) -> bool:
    expected = process.expected
    if answers.group_sync_count != "at_start":
        expected = len(dict(state.groups).get(operation.group, ()))
    return state.pool[process.channel].length >= expected


def check_responses(turn: Turn[SendToGroupSync]) -> Iterable[State]:
    """Return if it is time to check and all responses have arrived; a message without room is taken back or left."""
    answers, process = turn.answers, turn.process
    arrived = turn.state.pool[process.channel].length
    if not _is_due(answers, process, arrived):
        return ()
    if _has_all(answers, turn.state, process, turn.operation):
        return (end_request(turn, RETURNED),)
    interval = answers.group_sync_look
    if process.poll == 0 and isinstance(interval, int):
        return (turn.with_process(replace(process, poll=interval)),)
    if _checks_at_responses(answers) and arrived > process.looked:
        return (turn.with_process(replace(process, looked=arrived)),)
    return ()


def _is_due(answers: Answers, process: Process, arrived: int) -> bool:
    if process.timer == 0 or process.poll == 0:
        return True
    return answers.group_sync_look == "at_once" and (arrived > process.looked or not _checks_at_responses(answers))


def _checks_at_responses(answers: Answers) -> bool:
    """Return whether the call checks when it starts to wait and at each response, but not when the group changes."""
    return answers.group_sync_count == "at_response" and answers.group_sync_look == "at_once"


def time_out_collecting(turn: Turn[SendToGroupSync]) -> Iterable[State]:
    """End with a timeout when the time is over; the entry of the id is gone."""
    process = turn.process
    # The last check finds responses that were complete at an earlier instant. Those of this instant may be late.
    if process.timer != 0 or (process.expected == 0 and _has_all(turn.answers, turn.state, process, turn.operation)):
        return ()
    return (end_request(turn.at(stop_waiting(turn, turn.answers.group_sync_late)), ErrorKind.TIMEOUT),)


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
