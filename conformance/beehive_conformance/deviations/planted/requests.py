"""Faults planted in synchronous messages to modules and in responses, to test the suite.

No implementation is known to have them.
"""

from __future__ import annotations

from collections.abc import Iterator

from beehive_spec.channels import appended, can_put, removed
from beehive_spec.rules import Turn
from beehive_spec.rules.requests import (
    await_response,
    enter_module_request,
    fail_late_request,
    find_to_ask,
    put_request,
    return_response,
)
from beehive_spec.rules.responses import find_request, put_response
from beehive_spec.state import RETURNED, Message, State, finish, with_channel, with_process
from beehive_spec.vocabulary import ErrorKind, MessageId, SendResp, SendSync
from msgspec.structs import replace

from beehive_conformance.deviations.overlay import BOUNDED, Affects, make_overlay, replaced


def _put_without_the_flag(turn: Turn[SendSync]) -> Iterator[State]:
    plain = replace(turn.process, message=replace(turn.process.message, sync=False))
    yield from put_request(turn.at(turn.with_process(plain)))


def _put_nothing(turn: Turn[SendSync]) -> Iterator[State]:
    yield turn.move_to("sent")


def _enter_nothing(turn: Turn[SendSync]) -> Iterator[State]:
    for after in enter_module_request(turn):
        yield replace(after, requests=turn.state.requests)


def _enter_another_id(turn: Turn[SendSync]) -> Iterator[State]:
    for after in enter_module_request(turn):
        process = after.processes[turn.pid]
        entries = (
            ("?" + name, index) if index == process.channel else (name, index) for name, index in after.requests
        )
        yield replace(after, requests=tuple((MessageId(name), index) for name, index in entries))


def _await_nothing(turn: Turn[SendSync]) -> Iterator[State]:
    for after in await_response(turn):
        process = after.processes[turn.pid]
        deaf = replace(after.pool[process.channel], receivers=())
        yield with_channel(after, process.channel, deaf) if process.place == "await" else after


def _wait_one_ms_less(turn: Turn[SendSync]) -> Iterator[State]:
    for after in await_response(turn):
        process = after.processes[turn.pid]
        early = process.timer is not None and process.timer > 0 and process.place == "await"
        timer = process.timer - 1 if early and process.timer is not None else process.timer
        yield with_process(after, turn.pid, replace(process, timer=timer))


def _time_out_at_an_unknown_module(turn: Turn[SendSync]) -> Iterator[State]:
    for after in find_to_ask(turn):
        unknown = after.processes[turn.pid].result is ErrorKind.UNKNOWN_MODULE
        yield turn.finish(ErrorKind.TIMEOUT) if unknown else after


def _leave_the_entry(turn: Turn[SendSync]) -> Iterator[State]:
    for after in fail_late_request(turn):
        yield replace(after, requests=turn.state.requests)


def without_message(state: State, message: Message) -> State:
    """Return the state in which no queue holds a message."""
    for index, channel in enumerate(state.pool):
        queue = tuple(run for run in channel.queue if run[0] != message)
        if queue != channel.queue:
            length = sum(count for _, count in queue)
            state = with_channel(state, index, replace(channel, queue=queue, length=length))
    return state


def _time_out_and_take_back(turn: Turn[SendSync]) -> Iterator[State]:
    yield from fail_late_request(turn.at(without_message(turn.state, turn.process.message)))


def _return_a_timeout(turn: Turn[SendSync]) -> Iterator[State]:
    for after in return_response(turn):
        yield with_process(after, turn.pid, replace(after.processes[turn.pid], result=ErrorKind.TIMEOUT))


def _return_without_a_response(turn: Turn[SendSync]) -> Iterator[State]:
    for after in fail_late_request(turn):
        yield with_process(after, turn.pid, replace(after.processes[turn.pid], result=RETURNED))


def _wait_for_a_parent(turn: Turn[SendResp]) -> Iterator[State]:
    for after in find_request(turn):
        yield turn.move_to("await") if after.must_log else after


def _log_nothing(turn: Turn[SendResp]) -> Iterator[State]:
    for after in find_request(turn):
        yield replace(after, must_log=turn.state.must_log)


def _respond_to_any_request(turn: Turn[SendResp]) -> Iterator[State]:
    for after in find_request(turn):
        if after.must_log and turn.state.requests:
            yield turn.move_to_channel("put", turn.state.requests[0][1])
        else:
            yield after


def _displace_the_oldest(turn: Turn[SendResp]) -> Iterator[State]:
    index = turn.process.channel
    channel = turn.state.pool[index]
    if channel.closed or can_put(channel) or not channel.queue:
        yield from put_response(turn)
    else:
        newer = appended(removed(channel, 1), turn.process.message, 1)
        yield finish(with_channel(turn.state, index, newer), turn.pid, RETURNED)


PLANTED_REQUESTS = (
    make_overlay(
        "sync_flag_is_missing",
        "send_sync does not set the sync flag of its message",
        "MSG-3",
        Affects.MESSAGE,
        replaced(SendSync, {"put": _put_without_the_flag}),
    ),
    make_overlay(
        "any_response_is_taken",
        "send_resp delivers a response with an unknown parent to another request",
        "RESP-3",
        Affects.CALLER,
        replaced(SendResp, {"start": _respond_to_any_request}),
    ),
    make_overlay(
        "sync_sends_nothing",
        "send_sync does not put its message into the channel",
        "SYNC-1",
        Affects.MESSAGE,
        replaced(SendSync, {"put": _put_nothing}),
    ),
    make_overlay(
        "sync_is_not_registered",
        "send_sync does not enter the id of its message",
        "SYNC-2",
        Affects.CALLER,
        replaced(SendSync, {"enter": _enter_nothing}),
    ),
    make_overlay(
        "sync_changes_the_id",
        "send_sync enters another id, so no response to its message reaches it",
        "MSG-2",
        Affects.CALLER,
        replaced(SendSync, {"enter": _enter_another_id}),
    ),
    make_overlay(
        "sync_is_deaf",
        "send_sync ignores a response that arrives while it waits",
        "SYNC-3",
        Affects.CALLER,
        replaced(SendSync, {"listen": _await_nothing}),
    ),
    make_overlay(
        "sync_times_out_early",
        "send_sync times out one millisecond early",
        "SYNC-4",
        Affects.TIMING_OR_LOG_TEXT,
        replaced(SendSync, {"listen": _wait_one_ms_less}),
    ),
    make_overlay(
        "sync_does_not_know_modules",
        "send_sync to an unknown module ends with a timeout at once",
        "SYNC-5",
        Affects.CALLER,
        replaced(SendSync, {"start": _time_out_at_an_unknown_module}),
    ),
    make_overlay(
        "sync_stays_registered",
        "send_sync leaves its entry behind when it times out",
        "SYNC-6",
        Affects.CALLER,
        replaced(SendSync, {"late": _leave_the_entry}),
    ),
    make_overlay(
        "sync_returns_without_a_response",
        "send_sync returns without an error when the timeout is over",
        "SYNC-7",
        Affects.CALLER,
        replaced(SendSync, {"late": _return_without_a_response}),
    ),
    make_overlay(
        "sync_takes_its_message_back",
        "send_sync removes its message from the channel when it times out",
        "SYNC-8",
        Affects.MESSAGE,
        replaced(SendSync, {"late": _time_out_and_take_back}),
    ),
    make_overlay(
        "response_is_not_passed_on",
        "send_sync ends with a timeout when its response arrives",
        "RESP-1",
        Affects.CALLER,
        replaced(SendSync, {"got": _return_a_timeout}),
    ),
    make_overlay(
        "first_response_is_displaced",
        "send_resp that finds no room displaces the oldest response, so send_sync returns a later one",
        "RESP-4",
        Affects.CALLER,
        replaced(SendResp, {"put": _displace_the_oldest}),
        BOUNDED,
    ),
    make_overlay(
        "stray_response_is_not_logged",
        "send_resp logs nothing about a response that no call waits for",
        "RESP-2",
        Affects.TIMING_OR_LOG_TEXT,
        replaced(SendResp, {"start": _log_nothing}),
    ),
    make_overlay(
        "stray_response_waits",
        "send_resp never returns if no call waits for the response",
        "RESP-3",
        Affects.CALLER,
        replaced(SendResp, {"start": _wait_for_a_parent}),
    ),
)
