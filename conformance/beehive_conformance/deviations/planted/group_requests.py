"""Planted faults in synchronous messages to groups: nobody is known to have them; they test the suite."""

from __future__ import annotations

from collections.abc import Iterator

from beehive_spec.answers import Answers
from beehive_spec.rules.group_requests import (
    begin_to_count,
    find_group_to_ask,
    look,
    register_group_request,
    spread_request,
    time_out_count,
)
from beehive_spec.rules.requests import (
    put_response,
)
from beehive_spec.state import RETURNED, State, finish, with_channel, with_process
from msgspec.structs import replace

from beehive_conformance.deviations.overlay import Affects, planted
from beehive_conformance.deviations.planted.requests import take_back


def _group_times_out_and_takes_back(answers: Answers, state: State, pid: int) -> Iterator[State]:
    yield from look(answers, state, pid)
    yield from time_out_count(answers, take_back(state, state.processes[pid].message), pid)


def _skip_a_module(answers: Answers, state: State, pid: int) -> Iterator[State]:
    process = state.processes[pid]
    if len(process.members) == process.expected > 1:
        state = with_process(state, pid, replace(process, members=process.members[1:]))
    yield from spread_request(answers, state, pid)


def _spread_first(answers: Answers, state: State, pid: int) -> Iterator[State]:
    for after in register_group_request(answers, state, pid):
        yield replace(after, requests=state.requests)


def _room_for_one_less(answers: Answers, state: State, pid: int) -> Iterator[State]:
    for after in register_group_request(answers, state, pid):
        index = after.processes[pid].channel
        channel = after.pool[index]
        yield with_channel(after, index, replace(channel, capacity=max(0, channel.capacity - 1)))


def _expect(more: int, answers: Answers, state: State, pid: int) -> Iterator[State]:
    for after in find_group_to_ask(answers, state, pid):
        process = after.processes[pid]
        if process.expected > 1:
            yield with_process(after, pid, replace(process, expected=process.expected + more))
        else:
            yield after


def _expect_one_more(answers: Answers, state: State, pid: int) -> Iterator[State]:
    return _expect(1, answers, state, pid)


def _expect_one_less(answers: Answers, state: State, pid: int) -> Iterator[State]:
    return _expect(-1, answers, state, pid)


def _one_ms_late(answers: Answers, state: State, pid: int) -> Iterator[State]:
    for after in begin_to_count(answers, state, pid):
        process = after.processes[pid]
        timer = None if process.timer is None else process.timer + 1
        yield with_process(after, pid, replace(process, timer=timer))


def _group_stays_registered(answers: Answers, state: State, pid: int) -> Iterator[State]:
    yield from look(answers, state, pid)
    for after in time_out_count(answers, state, pid):
        yield replace(after, requests=state.requests)


def _drop_the_second(answers: Answers, state: State, pid: int) -> Iterator[State]:
    if state.pool[state.processes[pid].channel].queue:
        yield finish(state, pid, RETURNED)
    else:
        yield from put_response(answers, state, pid)


PLANTED_GROUP_REQUESTS = (
    planted(
        "group_sync_skips_a_module",
        "send_to_group_sync leaves out the first module of the group",
        "GSYNC-1",
        Affects.MESSAGE,
        {("send_to_group_sync", "spread"): _skip_a_module},
    ),
    planted(
        "group_sync_is_not_registered",
        "the id of a send_to_group_sync is not entered",
        "GSYNC-2",
        Affects.CALLER,
        {("send_to_group_sync", "enter"): _spread_first},
    ),
    planted(
        "group_sync_waits_for_one_more",
        "send_to_group_sync waits for one response more than the group has modules",
        "GSYNC-3",
        Affects.CALLER,
        {("send_to_group_sync", "start"): _expect_one_more},
    ),
    planted(
        "group_sync_waits_for_one_less",
        "send_to_group_sync returns when one response is still missing",
        "GSYNC-4",
        Affects.CALLER,
        {("send_to_group_sync", "start"): _expect_one_less},
    ),
    planted(
        "group_sync_times_out_late",
        "send_to_group_sync times out one millisecond late",
        "GSYNC-5",
        Affects.TIMING_OR_LOG_TEXT,
        {("send_to_group_sync", "count"): _one_ms_late},
    ),
    planted(
        "group_sync_stays_registered",
        "the entry of a send_to_group_sync that timed out stays",
        "GSYNC-7",
        Affects.CALLER,
        {("send_to_group_sync", "collect"): _group_stays_registered},
    ),
    planted(
        "group_sync_keeps_too_few",
        "one response less is kept than the group has modules",
        "GSYNC-9",
        Affects.CALLER,
        {("send_to_group_sync", "enter"): _room_for_one_less},
    ),
    planted(
        "group_sync_takes_its_message_back",
        "a send_to_group_sync that times out takes its message out of the channels again",
        "GSYNC-10",
        Affects.MESSAGE,
        {("send_to_group_sync", "collect"): _group_times_out_and_takes_back},
    ),
    planted(
        "second_response_is_dropped",
        "a second response to a send_to_group_sync is not counted",
        "GSYNC-8",
        Affects.CALLER,
        {("send_resp", "put"): _drop_the_second},
    ),
)
