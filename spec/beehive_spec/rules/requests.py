"""How a synchronous message is sent to a module, and how it is responded to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import cast

from msgspec.structs import replace

from beehive_spec.answers import UNBOUNDED as ANY_NUMBER
from beehive_spec.answers import Answers
from beehive_spec.channels import (
    can_put,
    close,
    leave_behind,
    park_receiver,
    park_sender,
    put,
    queue_sender,
    take,
    withdraw,
)
from beehive_spec.rules.move import Move, Rules
from beehive_spec.state import (
    NOBODY,
    RETURNED,
    UNBOUNDED,
    Channel,
    Delivered,
    Result,
    State,
    finish,
    fork,
    lookup,
    move_to,
    move_to_channel,
    with_process,
)
from beehive_spec.vocabulary import ErrorKind, MessageId, SendResp, SendSync, SendToGroupSync

REFUSED, UNSENT = "refused", "unsent"


def limit(timeout: int, zero: str | int, negative: str | int) -> int | str | None:
    """Return the time that a timeout means: milliseconds, None for ever, `REFUSED` or `UNSENT`."""
    if timeout > 0:
        return timeout
    answer = zero if timeout == 0 else negative
    match answer:
        case "at_once":
            return 0
        case "forever":
            return None
        case _:
            return answer


def is_refused(answers: Answers, state: State, request: MessageId) -> bool:
    """Tell whether a message with this id may not be sent: it is empty, or another one waits for responses to it."""
    if not request and answers.empty_id == "refused":
        return True
    return answers.sync_same_id == "refused" and lookup(state.requests, request) is not None


def register(answers: Answers, state: State, pid: int, room: int) -> State | None:
    """Return the state with a new response channel under the id of the message, or None if the id is refused."""
    process = state.processes[pid]
    request = cast("SendSync | SendToGroupSync", process.operation).id
    if is_refused(answers, state, request):
        return None
    entry = (request, len(state.pool))
    requests = tuple(sorted([*[pair for pair in state.requests if pair[0] != request], entry]))
    pool = (*state.pool, Channel(room))
    state = replace(state, requests=requests, pool=pool)
    return with_process(state, pid, replace(process, channel=entry[1]))


def unregister(answers: Answers, state: State, pid: int, index: int, result: Result) -> State:
    """Return the state in which a request has ended: nothing waits for it, its entry is gone."""
    request = cast("SendSync | SendToGroupSync", state.processes[pid].operation).id
    state = withdraw(state, pid)
    entered = index != NOBODY and answers.sync_same_id == "replaced_any"
    if entered or lookup(state.requests, request) == index:
        requests = tuple([pair for pair in state.requests if pair[0] != request])
        state = replace(state, requests=requests)
    if index != NOBODY and answers.response_left != "stays":
        state = close(state, index)
    return finish(state, pid, result)


def find_to_ask(answers: Answers, state: State, pid: int) -> Iterator[State]:
    """Get the channel of the module, and see what the timeout means."""
    process = state.processes[pid]
    operation = cast(SendSync, process.operation)
    index = lookup(state.channels, operation.module)
    time = limit(operation.timeout, answers.sync_zero, answers.sync_negative)
    asks = index is not None or answers.sync_unknown == "goes_on"
    if index is None and answers.sync_unknown == "refused":
        yield finish(state, pid, ErrorKind.UNKNOWN_MODULE)
    if time == UNSENT:
        yield finish(state, pid, ErrorKind.TIMEOUT)
    if time == REFUSED or (asks and is_refused(answers, state, operation.id)):
        yield finish(state, pid, ErrorKind.OTHER)
    elif time == UNSENT:
        return
    elif asks:
        timer = None if answers.sync_timer == "waiting" else cast("int | None", time)
        first = "put" if answers.sync_order == "put_first" and index is not None else "enter"
        members = () if index is None else ((operation.module, index),)
        yield with_process(state, pid, replace(process, place=first, members=members, timer=timer))
    elif answers.sync_unknown == "timeout":
        yield with_process(state, pid, replace(process, place="idle", timer=cast("int | None", time)))


def idle(answers: Answers, state: State, pid: int) -> Iterable[State]:
    """End with a timeout when the time is over: nobody was asked."""
    return (finish(state, pid, ErrorKind.TIMEOUT),) if state.processes[pid].timer == 0 else ()


def put_request(answers: Answers, state: State, pid: int) -> Iterator[State]:
    """Put the message into the channel of the module, or wait for room, or end: the entry of the id is gone then."""
    process = state.processes[pid]
    index = process.members[0][1]
    channel = state.pool[index]
    if channel.closed:
        yield move_to(state, pid, "shut")
    elif can_put(channel):
        for after in put(state, index, process.message, answers.receivers):
            yield move_to(after, pid, "sent")
    elif answers.full == "refused":
        yield unregister(answers, state, pid, process.channel, ErrorKind.OTHER)
    elif answers.sync_put == "waits" or process.channel == NOBODY:
        own = process.channel
        parked = park_sender(state, pid, index)
        yield with_process(parked, pid, replace(parked.processes[pid], channel=own))
    elif answers.sync_put == "withdrawn":
        yield move_to(queue_sender(state, pid, index, process.message), pid, "sent")
    else:
        operation = cast(SendSync, process.operation)
        time = limit(operation.timeout, answers.sync_zero, answers.sync_negative)
        left = queue_to_leave(answers.sync_late, state, pid, index, cast("int | None", time))
        yield move_to(left, pid, "sent")


def queue_to_leave(late: str, state: State, pid: int, index: int, time: int | None) -> State:
    """Return the state in which a message waits for room in the background, if need be until the time is over."""
    process = state.processes[pid]
    if late == "left":
        return queue_sender(state, NOBODY, index, process.message)
    delivery = len(state.processes)
    return park_sender(fork(state, replace(process, timer=time), "room", index), delivery, index)


def register_request(answers: Answers, state: State, pid: int) -> Iterable[State]:
    """Enter the id of the message with a new response channel."""
    room = UNBOUNDED if answers.response_room == ANY_NUMBER else int(answers.response_room)
    registered = register(answers, state, pid, room)
    if registered is None:
        return (finish(state, pid, ErrorKind.OTHER),)
    puts = answers.sync_order == "register_first" and registered.processes[pid].members
    return (move_to(registered, pid, "put" if puts else "listen"),)


def request_sent(answers: Answers, state: State, pid: int) -> Iterable[State]:
    """Go on: the message is in the channel of the module, or waits there without holding up the call."""
    return (move_to(state, pid, "enter" if answers.sync_order == "put_first" else "listen"),)


def request_shut(answers: Answers, state: State, pid: int) -> Iterable[State]:
    """End, or go on: the channel was closed before there was room. Where it ends, the entry of the id is gone."""
    own = state.processes[pid].channel
    if answers.sync_closed == "goes_on":
        listens = own != NOBODY and pid in state.pool[own].receivers
        return (move_to(state, pid, "await" if listens else "sent"),)
    channel = state.processes[pid].channel
    return (unregister(answers, state, pid, channel, ErrorKind(answers.sync_closed)),)


def listen(answers: Answers, state: State, pid: int) -> Iterable[State]:
    """Take the response if it is there already, else begin to wait for it."""
    process = state.processes[pid]
    taken = take(state, process.channel, answers.senders)
    if taken:
        after, message = taken[0]
        return (with_process(after, pid, replace(process, place="got", message=message)),)
    if answers.sync_timer != "whole":
        timeout = cast(SendSync, process.operation).timeout
        time = limit(timeout, answers.sync_zero, answers.sync_negative)
        state = with_process(state, pid, replace(process, timer=cast("int | None", time)))
    return (park_receiver(state, pid, process.channel),)


def time_out(answers: Answers, state: State, pid: int) -> Iterable[State]:
    """Give up when the time is over; what waits for room is taken back or left there, as sync_late says."""
    return (
        (move_to(end_waiting(answers.sync_late, state, pid), pid, "late"),) if state.processes[pid].timer == 0 else ()
    )


def end_waiting(late: str, state: State, pid: int) -> State:
    """Return the state in which a process whose time is over waits no more; its message does if it is left."""
    return leave_behind(state, pid) if late == "left" else withdraw(state, pid)


def late(answers: Answers, state: State, pid: int) -> Iterable[State]:
    """End with a timeout; the entry of the id is gone."""
    return (unregister(answers, state, pid, state.processes[pid].channel, ErrorKind.TIMEOUT),)


def responded(answers: Answers, state: State, pid: int) -> Iterable[State]:
    """Return the response; the entry of the id is gone, and what waits for room is taken back unless it was left."""
    process = state.processes[pid]
    message = process.message
    return (unregister(answers, state, pid, process.channel, Delivered(message.tag, message.sync)),)


def find_request(answers: Answers, state: State, pid: int) -> Iterable[State]:
    """Look for the parent among the requests; if it is not there, log an error and return."""
    process = state.processes[pid]
    parent: MessageId = cast(SendResp, process.operation).parent
    index = lookup(state.requests, parent) if parent or answers.empty_id != "unanswered" else None
    if index is None:
        return (finish(replace(state, must_log=True), pid, RETURNED),)
    return (move_to_channel(state, pid, "put", index),)


def put_response(answers: Answers, state: State, pid: int) -> Iterator[State]:
    """Put the response into the channel of the request, or do what the answers say if there is no room."""
    process = state.processes[pid]
    channel = state.pool[process.channel]
    if channel.closed:
        yield finish(state, pid, RETURNED)
        if answers.response_left == "refused":
            yield move_to(state, pid, "shut")
    elif can_put(channel):
        for after in put(state, process.channel, process.message, answers.receivers):
            yield finish(after, pid, RETURNED)
    elif answers.response_full != "waits":
        yield finish(state, pid, RETURNED if answers.response_full == "dropped" else ErrorKind.OTHER)
    else:
        yield park_sender(state, pid, process.channel)


def response_sent(answers: Answers, state: State, pid: int) -> Iterable[State]:
    """Return: the response has found room."""
    return (finish(state, pid, RETURNED),)


def response_shut(answers: Answers, state: State, pid: int) -> Iterator[State]:
    """Return, or end with an error: the request has ended before there was room."""
    if answers.response_left == "refused":
        yield finish(state, pid, ErrorKind.CLOSED)
        yield finish(state, pid, ErrorKind.OTHER)
    else:
        yield finish(state, pid, RETURNED)


TIME_OUT = Move("time out", time_out, ("late",), ("SYNC-4", "SYNC-8"))

REQUEST_RULES: Rules = {
    ("send_sync", "start"): (
        Move("find", find_to_ask, ("put", "enter", "idle", "end"), ("SYNC-5", "OVER-1", "OVER-4")),
    ),
    ("send_sync", "idle"): (Move("time out", idle, ("end",), ("SYNC-4", "SYNC-5")),),
    ("send_sync", "enter"): (
        Move("enter", register_request, ("put", "listen", "end"), ("SYNC-2", "FIELD-3", "FIELD-4")),
    ),
    ("send_sync", "put"): (
        Move("put", put_request, ("sent", "room", "shut", "end"), ("SYNC-1", "SYNC-6", "MSG-1", "MSG-2", "MSG-3")),
    ),
    ("send_sync", "sent"): (Move("go on", request_sent, ("enter", "listen"), ("SYNC-1",), local=True),),
    ("send_sync", "room"): (TIME_OUT,),
    ("send_sync", "shut"): (Move("go on", request_shut, ("sent", "await", "end"), ("CLEAN-5", "SYNC-6", "SYNC-7")),),
    ("send_sync", "listen"): (Move("listen", listen, ("got", "await"), ("SYNC-3", "RESP-1")),),
    ("send_sync", "await"): (TIME_OUT,),
    ("send_sync", "late"): (Move("fail", late, ("end",), ("SYNC-4", "SYNC-6", "FIELD-3")),),
    ("send_sync", "got"): (
        Move(
            "return",
            responded,
            ("end",),
            ("SYNC-3", "SYNC-6", "SYNC-7", "RESP-1", "MSG-1", "MSG-2", "MSG-10", "MSG-11"),
        ),
    ),
    ("send_resp", "start"): (
        Move("find", find_request, ("put", "end"), ("RESP-1", "RESP-2", "RESP-3", "OVER-4", "OVER-5")),
    ),
    ("send_resp", "put"): (Move("put", put_response, ("end", "room", "shut"), ("RESP-1", "MSG-1", "MSG-4")),),
    ("send_resp", "sent"): (Move("return", response_sent, ("end",), ("RESP-1",), local=True),),
    ("send_resp", "shut"): (Move("return", response_shut, ("end",), ("RESP-3",), local=True),),
}
