"""Faults planted in synchronous messages to groups, to test the suite; no implementation is known to have them."""

from __future__ import annotations

from collections.abc import Iterator

from beehive_spec.rules import Turn
from beehive_spec.rules.collecting import check_responses, start_collecting, time_out_collecting
from beehive_spec.rules.group_requests import enter_group_request, find_group_to_ask, spread_request
from beehive_spec.rules.responses import put_response
from beehive_spec.state import RETURNED, State, with_channel, with_process
from beehive_spec.vocabulary import SendResp, SendToGroupSync
from msgspec.structs import replace

from beehive_conformance.deviations.overlay import Affects, make_overlay, replaced
from beehive_conformance.deviations.planted.requests import without_message


def _time_out_and_take_back(turn: Turn[SendToGroupSync]) -> Iterator[State]:
    yield from check_responses(turn)
    yield from time_out_collecting(turn.at(without_message(turn.state, turn.process.message)))


def _skip_a_module(turn: Turn[SendToGroupSync]) -> Iterator[State]:
    process = turn.process
    if len(process.members) == process.expected > 1:
        turn = turn.at(turn.with_process(replace(process, members=process.members[1:])))
    yield from spread_request(turn)


def _enter_nothing(turn: Turn[SendToGroupSync]) -> Iterator[State]:
    for after in enter_group_request(turn):
        yield replace(after, requests=turn.state.requests)


def _keep_one_less(turn: Turn[SendToGroupSync]) -> Iterator[State]:
    for after in enter_group_request(turn):
        index = after.processes[turn.pid].channel
        channel = after.pool[index]
        yield with_channel(after, index, replace(channel, capacity=max(0, channel.capacity - 1)))


def _expect(more: int, turn: Turn[SendToGroupSync]) -> Iterator[State]:
    for after in find_group_to_ask(turn):
        process = after.processes[turn.pid]
        if process.expected > 1:
            yield with_process(after, turn.pid, replace(process, expected=process.expected + more))
        else:
            yield after


def _expect_one_more(turn: Turn[SendToGroupSync]) -> Iterator[State]:
    return _expect(1, turn)


def _expect_one_less(turn: Turn[SendToGroupSync]) -> Iterator[State]:
    return _expect(-1, turn)


def _start_one_ms_late(turn: Turn[SendToGroupSync]) -> Iterator[State]:
    for after in start_collecting(turn):
        process = after.processes[turn.pid]
        timer = None if process.timer is None else process.timer + 1
        yield with_process(after, turn.pid, replace(process, timer=timer))


def _leave_the_entry(turn: Turn[SendToGroupSync]) -> Iterator[State]:
    yield from check_responses(turn)
    for after in time_out_collecting(turn):
        yield replace(after, requests=turn.state.requests)


def _drop_the_second(turn: Turn[SendResp]) -> Iterator[State]:
    if turn.state.pool[turn.process.channel].queue:
        yield turn.finish(RETURNED)
    else:
        yield from put_response(turn)


PLANTED_GROUP_REQUESTS = (
    make_overlay(
        "group_sync_skips_a_module",
        "send_to_group_sync skips the first module of the group",
        "GSYNC-1",
        Affects.MESSAGE,
        replaced(SendToGroupSync, {"spread": _skip_a_module}),
    ),
    make_overlay(
        "group_sync_is_not_registered",
        "send_to_group_sync does not enter the id of its message",
        "GSYNC-2",
        Affects.CALLER,
        replaced(SendToGroupSync, {"enter": _enter_nothing}),
    ),
    make_overlay(
        "group_sync_waits_for_one_more",
        "send_to_group_sync waits for one response more than the group has modules",
        "GSYNC-3",
        Affects.CALLER,
        replaced(SendToGroupSync, {"start": _expect_one_more}),
    ),
    make_overlay(
        "group_sync_waits_for_one_less",
        "send_to_group_sync returns while one response is still missing",
        "GSYNC-4",
        Affects.CALLER,
        replaced(SendToGroupSync, {"start": _expect_one_less}),
    ),
    make_overlay(
        "group_sync_times_out_late",
        "send_to_group_sync times out one millisecond late",
        "GSYNC-5",
        Affects.TIMING_OR_LOG_TEXT,
        replaced(SendToGroupSync, {"count": _start_one_ms_late}),
    ),
    make_overlay(
        "group_sync_stays_registered",
        "send_to_group_sync leaves its entry behind when it times out",
        "GSYNC-7",
        Affects.CALLER,
        replaced(SendToGroupSync, {"collect": _leave_the_entry}),
    ),
    make_overlay(
        "group_sync_keeps_too_few",
        "send_to_group_sync keeps one response fewer than the group has modules",
        "GSYNC-9",
        Affects.CALLER,
        replaced(SendToGroupSync, {"enter": _keep_one_less}),
    ),
    make_overlay(
        "group_sync_takes_its_message_back",
        "send_to_group_sync removes its message from the channels when it times out",
        "GSYNC-10",
        Affects.MESSAGE,
        replaced(SendToGroupSync, {"collect": _time_out_and_take_back}),
    ),
    make_overlay(
        "second_response_is_dropped",
        "send_resp drops a second response to a send_to_group_sync",
        "GSYNC-8",
        Affects.CALLER,
        replaced(SendResp, {"put": _drop_the_second}),
    ),
)
