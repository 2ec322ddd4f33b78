"""Planted faults in messages that ask a module, and in responses: nobody is known to have them."""

from __future__ import annotations

from collections.abc import Iterator

from beehive_spec.answers import Answers
from beehive_spec.rules.requests import (
    find_request,
    find_to_ask,
    late,
    listen,
    put_request,
    register_request,
    responded,
)
from beehive_spec.state import RETURNED, Message, State, finish, move_to, with_channel, with_process
from beehive_spec.vocabulary import ErrorKind, MessageId
from msgspec.structs import replace

from beehive_conformance.deviations.overlay import Affects, planted


def _without_the_flag(answers: Answers, state: State, pid: int) -> Iterator[State]:
    process = state.processes[pid]
    plain = replace(process, message=replace(process.message, sync=False))
    yield from put_request(answers, with_process(state, pid, plain), pid)


def _put_no_request(answers: Answers, state: State, pid: int) -> Iterator[State]:
    yield move_to(state, pid, "sent")


def _register_and_forget(answers: Answers, state: State, pid: int) -> Iterator[State]:
    for after in register_request(answers, state, pid):
        yield replace(after, requests=state.requests)


def _register_under_another_id(answers: Answers, state: State, pid: int) -> Iterator[State]:
    for after in register_request(answers, state, pid):
        process = after.processes[pid]
        entries = (
            ("?" + name, index) if index == process.channel else (name, index) for name, index in after.requests
        )
        yield replace(after, requests=tuple((MessageId(name), index) for name, index in entries))


def _listen_for_nothing(answers: Answers, state: State, pid: int) -> Iterator[State]:
    for after in listen(answers, state, pid):
        channel = after.processes[pid].channel
        deaf = replace(after.pool[channel], receivers=())
        yield with_channel(after, channel, deaf) if after.processes[pid].place == "await" else after


def _one_ms_early(answers: Answers, state: State, pid: int) -> Iterator[State]:
    for after in listen(answers, state, pid):
        process = after.processes[pid]
        early = process.timer is not None and process.timer > 0 and process.place == "await"
        timer = process.timer - 1 if early and process.timer is not None else process.timer
        yield with_process(after, pid, replace(process, timer=timer))


def _return_for_an_unknown_module(answers: Answers, state: State, pid: int) -> Iterator[State]:
    for after in find_to_ask(answers, state, pid):
        unknown = after.processes[pid].result is ErrorKind.UNKNOWN_MODULE
        yield finish(state, pid, ErrorKind.TIMEOUT) if unknown else after


def _stay_registered(answers: Answers, state: State, pid: int) -> Iterator[State]:
    for after in late(answers, state, pid):
        yield replace(after, requests=state.requests)


def take_back(state: State, message: Message) -> State:
    """Return the state in which a message is in no queue any more."""
    for index, channel in enumerate(state.pool):
        queue = tuple(run for run in channel.queue if run[0] != message)
        if queue != channel.queue:
            length = sum(count for _, count in queue)
            state = with_channel(state, index, replace(channel, queue=queue, length=length))
    return state


def _time_out_and_take_back(answers: Answers, state: State, pid: int) -> Iterator[State]:
    yield from late(answers, take_back(state, state.processes[pid].message), pid)


def _respond_to_nobody(answers: Answers, state: State, pid: int) -> Iterator[State]:
    for after in responded(answers, state, pid):
        yield with_process(after, pid, replace(after.processes[pid], result=ErrorKind.TIMEOUT))


def _return_without_a_response(answers: Answers, state: State, pid: int) -> Iterator[State]:
    for after in late(answers, state, pid):
        yield with_process(after, pid, replace(after.processes[pid], result=RETURNED))


def _wait_for_a_parent(answers: Answers, state: State, pid: int) -> Iterator[State]:
    for after in find_request(answers, state, pid):
        yield move_to(state, pid, "await") if after.must_log else after


def _answer_any_request(answers: Answers, state: State, pid: int) -> Iterator[State]:
    for after in find_request(answers, state, pid):
        if after.must_log and state.requests:
            process = replace(state.processes[pid], place="put", channel=state.requests[0][1])
            yield with_process(state, pid, process)
        else:
            yield after


PLANTED_REQUESTS = (
    planted(
        "sync_flag_is_missing",
        "a message that was sent synchronously arrives without the sync flag",
        "MSG-3",
        Affects.MESSAGE,
        {("send_sync", "put"): _without_the_flag},
    ),
    planted(
        "any_response_is_taken",
        "a response to an unknown parent goes to another request",
        "RESP-3",
        Affects.CALLER,
        {("send_resp", "start"): _answer_any_request},
    ),
    planted(
        "sync_sends_nothing",
        "send_sync does not put its message",
        "SYNC-1",
        Affects.MESSAGE,
        {("send_sync", "put"): _put_no_request},
    ),
    planted(
        "sync_is_not_registered",
        "the id of a send_sync is not entered",
        "SYNC-2",
        Affects.CALLER,
        {("send_sync", "enter"): _register_and_forget},
    ),
    planted(
        "sync_changes_the_id",
        "a synchronous message gets another id, so no response to its own reaches the sender",
        "MSG-2",
        Affects.CALLER,
        {("send_sync", "enter"): _register_under_another_id},
    ),
    planted(
        "sync_is_deaf",
        "a response that arrives while send_sync waits does not end it",
        "SYNC-3",
        Affects.CALLER,
        {("send_sync", "listen"): _listen_for_nothing},
    ),
    planted(
        "sync_times_out_early",
        "send_sync times out one millisecond early",
        "SYNC-4",
        Affects.TIMING_OR_LOG_TEXT,
        {("send_sync", "listen"): _one_ms_early},
    ),
    planted(
        "sync_does_not_know_modules",
        "send_sync to a module that is not there ends with a timeout at once",
        "SYNC-5",
        Affects.CALLER,
        {("send_sync", "start"): _return_for_an_unknown_module},
    ),
    planted(
        "sync_stays_registered",
        "the entry of a send_sync that timed out stays",
        "SYNC-6",
        Affects.CALLER,
        {("send_sync", "late"): _stay_registered},
    ),
    planted(
        "sync_returns_without_a_response",
        "send_sync returns without an error when the time is over",
        "SYNC-7",
        Affects.CALLER,
        {("send_sync", "late"): _return_without_a_response},
    ),
    planted(
        "sync_takes_its_message_back",
        "a send_sync that times out takes its message out of the channel again",
        "SYNC-8",
        Affects.MESSAGE,
        {("send_sync", "late"): _time_out_and_take_back},
    ),
    planted(
        "response_is_not_passed_on",
        "the operation that waits for a response ends with a timeout when it comes",
        "RESP-1",
        Affects.CALLER,
        {("send_sync", "got"): _respond_to_nobody},
    ),
    planted(
        "stray_response_waits",
        "a response that nobody waits for waits for ever",
        "RESP-3",
        Affects.CALLER,
        {("send_resp", "start"): _wait_for_a_parent},
    ),
)
