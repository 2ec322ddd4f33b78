"""How a synchronous message is sent to a group, and how its responses are counted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import cast

from msgspec.structs import replace

from beehive_spec.answers import Answers
from beehive_spec.channels import can_put, park_sender, put, queue_sender
from beehive_spec.rules.messages import alone, fill, has_full, is_queued, met_full
from beehive_spec.rules.move import Move, Rules
from beehive_spec.rules.requests import (
    REFUSED,
    UNSENT,
    end_waiting,
    idle,
    limit,
    queue_to_leave,
    register,
    unregister,
)
from beehive_spec.state import NOBODY, RETURNED, Process, State, finish, move_to, with_process
from beehive_spec.vocabulary import ErrorKind, SendToGroupSync


def _time(answers: Answers, timeout: int) -> int | str | None:
    return limit(timeout, answers.group_sync_zero, answers.group_sync_negative)


def find_group_to_ask(answers: Answers, state: State, pid: int) -> Iterator[State]:
    """Get the modules of the group, and see what the timeout means."""
    process = state.processes[pid]
    operation = cast(SendToGroupSync, process.operation)
    time = _time(answers, operation.timeout)
    members = next((members for group, members in state.groups if group == operation.group), None)
    if members is None:
        yield from _nobody(answers.group_sync_unknown, state, pid, time)
    elif not members and answers.group_sync_empty != "returned":
        yield from _nobody(answers.group_sync_empty, state, pid, time)
    if time in (REFUSED, UNSENT):
        yield finish(state, pid, ErrorKind.OTHER if time == REFUSED else ErrorKind.TIMEOUT)
    elif members is None or (not members and answers.group_sync_empty != "returned"):
        return
    else:
        timer = None if answers.group_sync_timer == "waiting" else cast("int | None", time)
        yield with_process(
            state,
            pid,
            replace(process, place="enter", members=members, expected=len(members), timer=timer),
        )


def _nobody(answer: str, state: State, pid: int, time: int | str | None) -> Iterator[State]:
    match answer:
        case "returned":
            yield finish(state, pid, RETURNED)
        case "timeout":
            timer = 0 if time in (REFUSED, UNSENT) else cast("int | None", time)
            yield with_process(state, pid, replace(state.processes[pid], place="idle", timer=timer))
        case _:
            yield finish(state, pid, ErrorKind.UNKNOWN_GROUP)


def register_group_request(answers: Answers, state: State, pid: int) -> Iterable[State]:
    """Enter the id of the message with a response channel that has room for every module of the group."""
    registered = register(answers, state, pid, state.processes[pid].expected)
    if registered is None:
        return (finish(state, pid, ErrorKind.OTHER),)
    if answers.group_sync_put == "none" and has_full(state, state.processes[pid].members):
        return (move_to(registered, pid, "full"),)
    return (move_to(registered, pid, "spread"),)


def spread_request(answers: Answers, state: State, pid: int) -> Iterator[State]:
    """Put the message into the channel of one module of those left; then begin to count."""
    process = state.processes[pid]
    if not process.members:
        waits = answers.group_sync_put == "waits" and is_queued(state, pid)
        yield move_to(state, pid, "room" if waits else "count")
        return
    if alone(state, pid) and answers.receivers == "fifo":
        channels = [state.pool[index] for _, index in process.members]
        if all(can_put(channel) and not channel.closed for channel in channels):
            for _, index in process.members:
                (state,) = put(state, index, process.message, answers.receivers)
            yield with_process(state, pid, replace(state.processes[pid], members=()))
            return
    for member in process.members:
        rest = tuple(other for other in process.members if other != member)
        yield from _spread_to(answers, with_process(state, pid, replace(process, members=rest)), pid, member[1])


def _spread_to(answers: Answers, state: State, pid: int, index: int) -> Iterator[State]:
    process = state.processes[pid]
    channel = state.pool[index]
    if channel.closed:
        yield move_to(state, pid, "shut")
    elif can_put(channel):
        yield from put(state, index, process.message, answers.receivers)
    elif answers.group_sync_put == "waits":
        if answers.group_sync_timer == "each":
            process = replace(process, timer=_limited(answers, process))
        if process.members:
            yield queue_sender(with_process(state, pid, process), pid, index, process.message)
        parked = park_sender(with_process(state, pid, process), pid, index)
        yield with_process(parked, pid, replace(parked.processes[pid], channel=process.channel))
    elif answers.group_sync_put == "left":
        yield queue_to_leave(answers.group_sync_late, state, pid, index, _limited(answers, process))
    elif answers.group_sync_put == "withdrawn":
        yield queue_sender(state, pid, index, process.message)
    else:
        yield from met_full(answers.group_sync_put, state, pid)


def _limited(answers: Answers, process: Process) -> int | None:
    return cast("int | None", _time(answers, cast(SendToGroupSync, process.operation).timeout))


def full(answers: Answers, state: State, pid: int) -> Iterable[State]:
    """End: a channel was full; the entry of the id is gone."""
    return (unregister(answers, state, pid, state.processes[pid].channel, ErrorKind.OTHER),)


def spread_on(answers: Answers, state: State, pid: int) -> Iterable[State]:
    """Go on to the other modules: there was room."""
    return (move_to(state, pid, "spread"),)


def spread_shut(answers: Answers, state: State, pid: int) -> Iterable[State]:
    """Leave a module out, or end: its channel was closed before there was room. The entry is gone if it ends."""
    if answers.group_sync_closed == "goes_on":
        return (move_to(state, pid, "spread"),)
    channel = state.processes[pid].channel
    return (unregister(answers, state, pid, channel, ErrorKind(answers.group_sync_closed)),)


def spread_cut(answers: Answers, state: State, pid: int) -> Iterable[State]:
    """Go on waiting for responses, or end: a channel was closed before there was room. Then the entry is gone too."""
    if answers.group_sync_closed == "goes_on":
        return (move_to(state, pid, "collect"),)
    channel = state.processes[pid].channel
    return (unregister(answers, state, pid, channel, ErrorKind(answers.group_sync_closed)),)


def begin_to_count(answers: Answers, state: State, pid: int) -> Iterator[State]:
    """Begin to wait for the responses."""
    process = replace(state.processes[pid], place="collect")
    if answers.group_sync_timer != "whole":
        process = replace(process, timer=_limited(answers, process))
    if isinstance(answers.group_sync_look, int):
        yield with_process(state, pid, replace(process, poll=answers.group_sync_look))
        yield with_process(state, pid, replace(process, poll=0))
    else:
        yield with_process(state, pid, process)


def is_complete(answers: Answers, state: State, pid: int) -> bool:
    """Tell whether as many responses have arrived as the group has modules."""
    process = state.processes[pid]
    expected = process.expected
    if answers.group_sync_count != "at_start":
        group = cast(SendToGroupSync, process.operation).group
        expected = len(dict(state.groups).get(group, ()))
    return state.pool[process.channel].length >= expected


def look(answers: Answers, state: State, pid: int) -> Iterable[State]:
    """Return if all responses are there, when it is time to look; what waits for room is taken back unless left."""
    process = state.processes[pid]
    arrived = state.pool[process.channel].length
    if not _is_due(answers, process, arrived):
        return ()
    if is_complete(answers, state, pid):
        return (unregister(answers, state, pid, process.channel, RETURNED),)
    if process.poll == 0:
        return (with_process(state, pid, replace(process, poll=cast(int, answers.group_sync_look))),)
    if _looks_at_responses(answers) and arrived > process.looked:
        return (with_process(state, pid, replace(process, looked=arrived)),)
    return ()


def _is_due(answers: Answers, process: Process, arrived: int) -> bool:
    if process.timer == 0 or process.poll == 0:
        return True
    return answers.group_sync_look == "at_once" and (arrived > process.looked or not _looks_at_responses(answers))


def _looks_at_responses(answers: Answers) -> bool:
    """Tell whether it looks when it begins to wait and at each response, and not when the group changes."""
    return answers.group_sync_count == "at_response" and answers.group_sync_look == "at_once"


def time_out_count(answers: Answers, state: State, pid: int) -> Iterable[State]:
    """End with a timeout when the time is over; the entry of the id is gone."""
    process = state.processes[pid]
    # What was complete at an earlier instant is found by the last look; what comes at this instant may be too late.
    if process.timer != 0 or (process.expected == 0 and is_complete(answers, state, pid)):
        return ()
    state = end_waiting(answers.group_sync_late, state, pid)
    return (unregister(answers, state, pid, process.channel, ErrorKind.TIMEOUT),)


def time_out(answers: Answers, state: State, pid: int) -> Iterable[State]:
    """Give up when the time is over; what waits for room is taken back or left there, as group_sync_late says."""
    return (
        (move_to(end_waiting(answers.group_sync_late, state, pid), pid, "late"),)
        if state.processes[pid].timer == 0
        else ()
    )


def late(answers: Answers, state: State, pid: int) -> Iterator[State]:
    """Leave the message at one more channel, or end with a timeout; the entry of the id is gone then."""
    process = state.processes[pid]
    if answers.group_sync_late == "left" and process.members:
        for member in process.members:
            rest = tuple(other for other in process.members if other != member)
            yield from _leave(answers, with_process(state, pid, replace(process, members=rest)), pid, member[1])
    else:
        yield unregister(answers, state, pid, process.channel, ErrorKind.TIMEOUT)


def _leave(answers: Answers, state: State, pid: int, index: int) -> Iterator[State]:
    channel, message = state.pool[index], state.processes[pid].message
    if channel.closed:
        yield state
    elif can_put(channel):
        yield from put(state, index, message, answers.receivers)
    else:
        yield queue_sender(state, NOBODY, index, message)


GROUP_REQUEST_RULES: Rules = {
    ("send_to_group_sync", "start"): (
        Move("find", find_group_to_ask, ("enter", "idle", "end"), ("GSYNC-1", "OVER-1", "OVER-4")),
    ),
    ("send_to_group_sync", "idle"): (Move("time out", idle, ("end",), ("GSYNC-5",)),),
    ("send_to_group_sync", "enter"): (
        Move(
            "enter",
            register_group_request,
            ("spread", "full", "end"),
            ("GSYNC-2", "GSYNC-9", "FIELD-3", "FIELD-4"),
        ),
    ),
    ("send_to_group_sync", "spread"): (
        Move(
            "put",
            spread_request,
            ("spread", "room", "shut", "fill", "full", "count"),
            ("GSYNC-1", "MSG-1", "MSG-2", "MSG-3"),
        ),
    ),
    ("send_to_group_sync", "fill"): (Move("put", fill, ("fill", "full"), ("GSYNC-1", "MSG-1", "MSG-2", "MSG-3")),),
    ("send_to_group_sync", "full"): (Move("fail", full, ("end",), ("GSYNC-7",)),),
    ("send_to_group_sync", "sent"): (Move("go on", spread_on, ("spread",), ("GSYNC-1",), local=True),),
    ("send_to_group_sync", "shut"): (Move("go on", spread_shut, ("spread", "end"), ("CLEAN-5", "GSYNC-7")),),
    ("send_to_group_sync", "room"): (Move("time out", time_out, ("late",), ("GSYNC-5", "GSYNC-10")),),
    ("send_to_group_sync", "cut"): (Move("go on", spread_cut, ("collect", "end"), ("CLEAN-5", "GSYNC-7")),),
    ("send_to_group_sync", "count"): (Move("begin", begin_to_count, ("collect",), ("GSYNC-3",)),),
    ("send_to_group_sync", "collect"): (
        Move("look", look, ("collect", "end"), ("GSYNC-3", "GSYNC-4", "GSYNC-7", "GSYNC-8", "FIELD-3")),
        Move("time out", time_out_count, ("end",), ("GSYNC-5", "GSYNC-7", "GSYNC-10", "FIELD-3")),
    ),
    ("send_to_group_sync", "late"): (
        Move("fail", late, ("late", "end"), ("GSYNC-1", "GSYNC-5", "GSYNC-7", "FIELD-3")),
    ),
}
