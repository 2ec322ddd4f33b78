"""The overlays for which records exist: each is a change of the model's rules that one clause forbids.

Overlays of the same operation change different places of it, so they can be combined in any order.
"""

from __future__ import annotations

from collections.abc import Iterator

from beehive_spec.channels import can_put, put, queue_sender
from beehive_spec.rules import Move, Turn
from beehive_spec.rules.broadcasts import spread
from beehive_spec.rules.modules import close_and_finish, left_groups
from beehive_spec.rules.move import rules_for_delivery
from beehive_spec.rules.requests import end_request, enter_module_request
from beehive_spec.rules.spreading import is_queued
from beehive_spec.state import (
    NOBODY,
    RETURNED,
    Delivered,
    State,
    finish,
    fork,
    move_to,
    vanish,
    with_channel,
)
from beehive_spec.vocabulary import (
    CleanUp,
    Operation,
    Receive,
    SendSync,
    SendToGroup,
)
from msgspec.structs import replace

from beehive_conformance.deviations.overlay import BOUNDED, Affects, make_overlay, replaced

LINGERING = 20
"""Milliseconds between leaving the maps and closing the channel, as measured on Go v1.13.0."""


def _linger(turn: Turn[CleanUp]) -> Iterator[State]:
    yield turn.with_process(replace(turn.process, place="await", timer=LINGERING))


def _end_lingering(turn: Turn[CleanUp]) -> Iterator[State]:
    if turn.process.timer == 0:
        yield from close_and_finish(turn)


def _leave_one_group(turn: Turn[CleanUp]) -> Iterator[State]:
    left = list(left_groups(turn))
    for after in left or (turn.state,):
        yield move_to(after, turn.pid, "close")


def _receive_nothing(turn: Turn[Receive]) -> Iterator[State]:
    yield turn.finish(Delivered(None, False))


def _keep_no_response(turn: Turn[SendSync]) -> Iterator[State]:
    for after in enter_module_request(turn):
        index = after.processes[turn.pid].channel
        is_entered = index != turn.process.channel
        yield with_channel(after, index, replace(after.pool[index], capacity=0)) if is_entered else after


def _return_no_response(turn: Turn[SendSync]) -> Iterator[State]:
    yield end_request(turn, Delivered(None, False))


def _spread_later(turn: Turn[SendToGroup]) -> Iterator[State]:
    state, process = turn.state, turn.process
    has_to_wait = is_queued(turn) or any(not can_put(state.pool[index]) for _, index in process.members)
    if has_to_wait and turn.answers.broadcast_full != "handed_over":
        yield from spread(turn)
        return
    for _, index in process.members:
        state = fork(state, process, "deliver", index)
    yield finish(state, turn.pid, RETURNED)


def _deliver(turn: Turn[Operation]) -> Iterator[State]:
    state, process = turn.state, turn.process
    channel = state.pool[process.channel]
    if channel.closed:
        yield vanish(state, turn.pid)
    elif can_put(channel):
        for after in put(state, process.channel, process.message, turn.answers.receivers):
            yield vanish(after, turn.pid)
    else:
        yield vanish(queue_sender(state, NOBODY, process.channel, process.message), turn.pid)


RECORDED = (
    make_overlay(
        "broadcast_is_overtaken",
        "send_to_group returns before the message is in the channels, so a later message can overtake it",
        "BCAST-4",
        Affects.MESSAGE,
        {
            **replaced(SendToGroup, {"spread": _spread_later}),
            **rules_for_delivery({"deliver": (Move("deliver", _deliver, (), ()),)}),
        },
    ),
    make_overlay(
        "clean_up_leaves_one_group",
        "clean_up removes the module from only one of its groups",
        "CLEAN-2",
        Affects.CALLER,
        replaced(CleanUp, {"leave": _leave_one_group}),
    ),
    make_overlay(
        "clean_up_lingers",
        "clean_up waits 20 ms before it closes the channel",
        "OVER-5",
        Affects.TIMING_OR_LOG_TEXT,
        replaced(CleanUp, {"close": _linger, "await": _end_lingering}),
    ),
    make_overlay(
        "receive_returns_nothing",
        "receive returns an empty message and no error when its module is cleaned up",
        "RECV-4",
        Affects.CALLER,
        replaced(Receive, {"shut": _receive_nothing}),
    ),
    make_overlay(
        "sync_returns_nothing",
        "send_sync returns an empty message and no error when its module is cleaned up while it waits for room",
        "SYNC-7",
        Affects.CALLER,
        replaced(SendSync, {"shut": _return_no_response}),
        BOUNDED,
    ),
    make_overlay(
        "response_is_thrown_away",
        "send_resp throws away a response that arrives before send_sync waits for it",
        "RESP-4",
        Affects.CALLER,
        replaced(SendSync, {"enter": _keep_no_response}),
        BOUNDED,
    ),
)
