"""The overlays of which records are known: each a change of the model's rules that one clause forbids.

Overlays that touch the same operation change different places of it, so that they can be laid over each
other in any order.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType

from beehive_spec.answers import Answers
from beehive_spec.channels import can_put, put, queue_sender
from beehive_spec.rules.group_requests import look, time_out_count
from beehive_spec.rules.messages import is_queued, spread
from beehive_spec.rules.modules import close, leave
from beehive_spec.rules.requests import find_request, unregister
from beehive_spec.state import NOBODY, RETURNED, Delivered, State, finish, fork, move_to, vanish, with_process
from beehive_spec.vocabulary import ErrorKind
from msgspec.structs import replace

from beehive_conformance.deviations.overlay import BOUNDED, Affects, Overlay, OverlayName, replacing

LINGERING = 20
"""Milliseconds between leaving the maps and closing the channel, as measured on Go v1.13.0."""


def _linger(answers: Answers, state: State, pid: int) -> Iterator[State]:
    process = state.processes[pid]
    yield with_process(state, pid, replace(process, place="await", timer=LINGERING))


def _end_lingering(answers: Answers, state: State, pid: int) -> Iterator[State]:
    if state.processes[pid].timer == 0:
        yield from close(answers, state, pid)


def _leave_one_group(answers: Answers, state: State, pid: int) -> Iterator[State]:
    for after in leave(answers, state, pid):
        yield move_to(after, pid, "close")


def _receive_nothing(answers: Answers, state: State, pid: int) -> Iterator[State]:
    yield finish(state, pid, Delivered(None, False))


def _respond_nothing(answers: Answers, state: State, pid: int) -> Iterator[State]:
    yield unregister(answers, state, pid, state.processes[pid].channel, Delivered(None, False))


def _log_no_error(answers: Answers, state: State, pid: int) -> Iterator[State]:
    for after in find_request(answers, state, pid):
        yield replace(after, must_log=state.must_log)


def _spread_later(answers: Answers, state: State, pid: int) -> Iterator[State]:
    process = state.processes[pid]
    has_to_wait = is_queued(state, pid) or any(not can_put(state.pool[index]) for _, index in process.members)
    if has_to_wait and answers.broadcast_full != "handed_over":
        yield from spread(answers, state, pid)
        return
    for _, index in process.members:
        state = fork(state, process, "deliver", index)
    yield finish(state, pid, RETURNED)


def _deliver(answers: Answers, state: State, pid: int) -> Iterator[State]:
    process = state.processes[pid]
    channel = state.pool[process.channel]
    if channel.closed:
        yield vanish(state, pid)
    elif can_put(channel):
        for after in put(state, process.channel, process.message, answers.receivers):
            yield vanish(after, pid)
    else:
        yield vanish(queue_sender(state, NOBODY, process.channel, process.message), pid)


def _overlook(answers: Answers, state: State, pid: int) -> Iterator[State]:
    process = state.processes[pid]
    timer = process.timer
    if process.poll is None:
        yield from look(answers, state, pid)
        yield from time_out_count(answers, state, pid)
        return
    if process.poll == 0:
        for after in look(answers, with_process(state, pid, replace(process, timer=None)), pid):
            ended = after.processes[pid].result is not None
            yield after if ended else with_process(after, pid, replace(after.processes[pid], timer=timer))
    if timer == 0:
        yield unregister(answers, state, pid, process.channel, ErrorKind.TIMEOUT)


RECORDED = (
    Overlay(
        OverlayName("broadcast_is_overtaken"),
        "send_to_group returns before the message is in the channels, so a later message can overtake it",
        "BCAST-4",
        Affects.MESSAGE,
        replacing(
            "put later",
            {("send_to_group", "spread"): _spread_later, ("delivery", "deliver"): _deliver},
        ),
    ),
    Overlay(
        OverlayName("clean_up_leaves_one_group"),
        "clean_up removes the module from one of its groups only",
        "CLEAN-2",
        Affects.CALLER,
        replacing("leave one group", {("clean_up", "leave"): _leave_one_group}),
    ),
    Overlay(
        OverlayName("clean_up_lingers"),
        "clean_up waits 20 ms before it closes the channel",
        "OVER-5",
        Affects.TIMING_OR_LOG_TEXT,
        replacing("linger", {("clean_up", "close"): _linger, ("clean_up", "await"): _end_lingering}),
    ),
    Overlay(
        OverlayName("group_sync_overlooks_responses"),
        "send_to_group_sync times out although every response came in time, if it has not looked since",
        "GSYNC-3",
        Affects.CALLER,
        replacing("overlook", {("send_to_group_sync", "collect"): _overlook}),
        MappingProxyType({"group_sync_look": 20}),
    ),
    Overlay(
        OverlayName("receive_returns_nothing"),
        "a receive whose module is cleaned up returns an empty message and no error",
        "RECV-4",
        Affects.CALLER,
        replacing("return an empty message", {("receive", "shut"): _receive_nothing}),
    ),
    Overlay(
        OverlayName("sync_returns_nothing"),
        "a send_sync whose module is cleaned up while it waits for room returns an empty message and no error",
        "SYNC-7",
        Affects.CALLER,
        replacing("return an empty message", {("send_sync", "shut"): _respond_nothing}),
        BOUNDED,
    ),
    Overlay(
        OverlayName("stray_response_logs_no_error"),
        "a response that nobody waits for is not logged as an error",
        "RESP-2",
        Affects.TIMING_OR_LOG_TEXT,
        replacing("find", {("send_resp", "start"): _log_no_error}),
    ),
)
