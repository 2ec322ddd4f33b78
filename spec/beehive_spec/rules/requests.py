"""How a synchronous message is sent to a module, and how it gets its response."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeAlias

from msgspec.structs import replace

from beehive_spec.answers import Answers
from beehive_spec.channels import (
    can_put,
    capacity_of,
    close_channel,
    deliver_later,
    leave_behind,
    park_receiver,
    park_sender,
    put,
    queue_sender,
    take,
    withdraw,
)
from beehive_spec.rules.move import IN_TRANSIT, Move, Rules, rules_for
from beehive_spec.rules.turn import Turn
from beehive_spec.state import (
    NO_CHANNEL,
    Channel,
    OperationResult,
    State,
    delivered,
    finish,
    lookup,
    move_to,
    with_process,
)
from beehive_spec.vocabulary import ErrorKind, MessageId, SendSync, SendToGroupSync

SyncOperation: TypeAlias = SendSync | SendToGroupSync
"""An operation that enters its id and waits for responses."""


def limit(timeout: int, zero: str | int, negative: str | int) -> int | None:
    """Return a timeout as milliseconds: None for no limit, and 0 if it is over at once or the call does not start."""
    if timeout > 0:
        return timeout
    match zero if timeout == 0 else negative:
        case int(milliseconds):
            return milliseconds
        case "forever":
            return None
        case _:
            return 0


def error_of_timeout(timeout: int, zero: str | int, negative: str | int) -> ErrorKind | None:
    """Return the error with which a call ends at once because of its timeout, or None if the call starts."""
    if timeout > 0:
        return None
    match zero if timeout == 0 else negative:
        case "unsent":
            return ErrorKind.TIMEOUT
        case "refused":
            return ErrorKind.OTHER
        case _:
            return None


def is_refused(answers: Answers, state: State, request: MessageId) -> bool:
    """Return whether a message with this id may not be sent: it is empty, or another call waits for its responses."""
    if not request and answers.empty_id == "refused":
        return True
    return answers.sync_same_id == "refused" and lookup(state.requests, request) is not None


def enter_request(turn: Turn[SyncOperation], room: int) -> State | None:
    """Return the state with a new response channel under the id of the message, or None if the id is refused."""
    state, request = turn.state, turn.operation.id
    if is_refused(turn.answers, state, request):
        return None
    entry = (request, len(state.pool))
    requests = tuple(sorted([*[pair for pair in state.requests if pair[0] != request], entry]))
    state = replace(state, requests=requests, pool=(*state.pool, Channel(room)))
    return with_process(state, turn.pid, replace(turn.process, channel=entry[1]))


def end_request(turn: Turn[SyncOperation], result: OperationResult) -> State:
    """Return the state in which a request has ended: it waits nowhere, and its entry is gone."""
    answers, request, index = turn.answers, turn.operation.id, turn.process.channel
    state = withdraw(turn.state, turn.pid)
    removes_any = index != NO_CHANNEL and answers.sync_same_id == "replaced_any"
    if removes_any or lookup(state.requests, request) == index:
        requests = tuple([pair for pair in state.requests if pair[0] != request])
        state = replace(state, requests=requests)
    if index != NO_CHANNEL and answers.response_left != "stays":
        state = close_channel(state, index)
    return finish(state, turn.pid, result)


def end_with_any(turn: Turn[SyncOperation], kinds: Iterable[ErrorKind], time: int | None) -> Iterator[State]:
    """Yield the states in which a request has ended with one of several errors, or a timeout if it has no time."""
    for kind in kinds:
        yield end_request(turn, kind)
    if time == 0:
        yield end_request(turn, ErrorKind.TIMEOUT)


def _limit(turn: Turn[SendSync]) -> int | None:
    return limit(turn.operation.timeout, turn.answers.sync_zero, turn.answers.sync_negative)


def find_to_ask(turn: Turn[SendSync]) -> Iterator[State]:
    """Find the channel of the module, and interpret the timeout.

    If there are several reasons to fail, each of them may be the one that is reported.
    """
    answers, operation, process = turn.answers, turn.operation, turn.process
    index = lookup(turn.state.channels, operation.module)
    error = error_of_timeout(operation.timeout, answers.sync_zero, answers.sync_negative)
    reasons = set() if error is None else {error}
    if index is None and answers.sync_unknown == "refused":
        reasons.add(ErrorKind.UNKNOWN_MODULE)
    if is_refused(answers, turn.state, operation.id):
        reasons.add(ErrorKind.OTHER)
    if reasons:
        if index is not None and answers.sync_full == "refused" and not can_put(turn.state.pool[index]):
            reasons.add(ErrorKind.OTHER)
        yield from end_with_any(turn, sorted(reasons), None if error else _limit(turn))
    if index is None and answers.sync_unknown == "timeout":
        yield turn.with_process(replace(process, place="idle", timer=_limit(turn)))
    elif not reasons:
        timer = None if answers.sync_timer == "waiting" else _limit(turn)
        first = "put" if answers.sync_order == "put_first" and index is not None else "enter"
        members = () if index is None else ((operation.module, index),)
        yield turn.with_process(replace(process, place=first, members=members, timer=timer))


def time_out_idle(turn: Turn[SyncOperation]) -> Iterable[State]:
    """End with a timeout when the time is over: nothing was sent; an entry of the id is gone."""
    return (end_request(turn, ErrorKind.TIMEOUT),) if turn.process.timer == 0 else ()


def put_request(turn: Turn[SendSync]) -> Iterator[State]:
    """Put the message into the channel of the module, or wait for room, or end without the entry of the id."""
    answers, state, pid, process = turn.answers, turn.state, turn.pid, turn.process
    index = process.members[0][1]
    channel = state.pool[index]
    if channel.closed:
        yield turn.move_to("shut")
    elif can_put(channel):
        for after in put(state, index, process.message, answers.receivers):
            yield move_to(after, pid, "sent")
    elif answers.sync_full == "refused":
        yield from end_with_any(turn, (ErrorKind.OTHER,), _limit(turn))
    elif answers.sync_put == "waits" or process.channel == NO_CHANNEL:
        parked = park_sender(state, pid, index)
        yield with_process(parked, pid, replace(parked.processes[pid], channel=process.channel))
    else:
        yield move_to(queue_sender(state, pid, index, process.message), pid, "sent")


def response_room(answers: Answers) -> int:
    """Return how many responses to a send_sync find room before it waits for them."""
    room = capacity_of(answers.response_room)
    # RESP-4: only surplus responses may be dropped, so the first one finds room.
    return 1 if room == 0 and answers.response_full == "dropped" else room


def enter_module_request(turn: Turn[SendSync]) -> Iterator[State]:
    """Enter the id of the message with a new response channel."""
    entered = enter_request(turn, response_room(turn.answers))
    if entered is None:
        yield from end_with_any(turn, (ErrorKind.OTHER,), _limit(turn))
        return
    puts = turn.answers.sync_order == "register_first" and entered.processes[turn.pid].members
    yield move_to(entered, turn.pid, "put" if puts else "listen")


def continue_sent_request(turn: Turn[SendSync]) -> Iterable[State]:
    """Continue: the message is in the channel of the module, or waits for room without delaying the call."""
    return (turn.move_to("enter" if turn.answers.sync_order == "put_first" else "listen"),)


def continue_or_fail_request(turn: Turn[SendSync]) -> Iterator[State]:
    """Continue, or end without the entry of the id: the channel was closed before there was room."""
    own, answer = turn.process.channel, turn.answers.sync_closed
    if answer == "goes_on":
        listens = own != NO_CHANNEL and turn.pid in turn.state.pool[own].receivers
        yield turn.move_to("await" if listens else "sent")
    else:
        yield from end_with_any(turn, (ErrorKind(answer),), _limit(turn))


def await_response(turn: Turn[SendSync]) -> Iterable[State]:
    """Take the response if it has arrived, else start to wait for it."""
    process = turn.process
    if turn.answers.sync_timer != "whole":
        process = replace(process, timer=_limit(turn))
    taken = take(turn.state, process.channel, turn.answers.senders)
    if taken:
        return [
            with_process(after, turn.pid, replace(process, place="got", message=message)) for after, message in taken
        ]
    return (park_receiver(turn.with_process(process), turn.pid, process.channel),)


def time_out_request(turn: Turn[SendSync]) -> Iterable[State]:
    """Stop waiting when the time is over; a message without room is taken back or left, as sync_late says."""
    if turn.process.timer != 0:
        return ()
    return (move_to(stop_waiting(turn, turn.answers.sync_put, turn.answers.sync_late), turn.pid, "late"),)


def stop_waiting(turn: Turn[SyncOperation], put_answer: str, late: str) -> State:
    """Return the state in which an operation whose time is over waits nowhere; its message does if it is left."""
    if late == "left":
        return leave_behind(turn.state, turn.pid)
    if turn.process.place == "room":
        return withdraw(turn.state, turn.pid)
    return leave_unput(turn, put_answer, late)


def leave_unput(turn: Turn[SyncOperation], put_answer: str, late: str) -> State:
    """Return the state in which an operation that has its responses waits nowhere; its message does if it is left.

    A message that is left waits for room until the time of the operation is over, or longer if it is left then too.
    """
    if put_answer != "left":
        return withdraw(turn.state, turn.pid)
    return leave_behind(turn.state, turn.pid) if late == "left" else deliver_later(turn.state, turn.pid)


def fail_late_request(turn: Turn[SendSync]) -> Iterable[State]:
    """End with a timeout; the entry of the id is gone."""
    return (end_request(turn, ErrorKind.TIMEOUT),)


def return_response(turn: Turn[SendSync]) -> Iterable[State]:
    """Return the response; the entry of the id is gone, and a message without room is taken back unless left."""
    answers, message = turn.answers, turn.process.message
    after = turn.at(leave_unput(turn, answers.sync_put, answers.sync_late))
    return (end_request(after, delivered(message)),)


_TIME_OUT = Move("time out", time_out_request, ("late",), ("SYNC-4", "SYNC-8"))

REQUEST_RULES: Rules = rules_for(
    SendSync,
    {
        "start": (Move("find module", find_to_ask, ("put", "enter", "idle", "end"), ("SYNC-5", "OVER-1", "OVER-4")),),
        "idle": (Move("time out", time_out_idle, ("end",), ("SYNC-4", "SYNC-5")),),
        "enter": (
            Move(
                "enter id", enter_module_request, ("put", "listen", "end"), ("SYNC-2", "RESP-4", "FIELD-3", "FIELD-4")
            ),
        ),
        "put": (
            Move(
                "put",
                put_request,
                ("sent", "room", "shut", "end"),
                ("SYNC-1", "SYNC-6", *IN_TRANSIT, "MSG-3"),
            ),
        ),
        "sent": (Move("continue", continue_sent_request, ("enter", "listen"), ("SYNC-1",), local=True),),
        "room": (_TIME_OUT,),
        "shut": (
            Move(
                "continue or fail",
                continue_or_fail_request,
                ("sent", "await", "end"),
                ("CLEAN-5", "SYNC-6", "SYNC-7"),
            ),
        ),
        "listen": (Move("listen", await_response, ("got", "await"), ("SYNC-3", "RESP-1", "RESP-4")),),
        "await": (_TIME_OUT,),
        "late": (Move("fail", fail_late_request, ("end",), ("SYNC-4", "SYNC-6", "FIELD-3")),),
        "got": (
            Move(
                "return",
                return_response,
                ("end",),
                ("SYNC-3", "SYNC-6", "SYNC-7", "RESP-1", *IN_TRANSIT),
            ),
        ),
    },
)
