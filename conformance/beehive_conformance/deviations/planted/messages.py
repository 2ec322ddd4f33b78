"""Faults planted in sending and receiving, to test the suite; no implementation is known to have them."""

from __future__ import annotations

from collections.abc import Iterator

from beehive_spec.channels import park_receiver
from beehive_spec.rules import Turn
from beehive_spec.rules.broadcasts import spread
from beehive_spec.rules.messages import find_to_receive, find_to_send, put_message, take_message
from beehive_spec.state import (
    RETURNED,
    Delivered,
    State,
    delivered,
    finish,
    lookup,
    move_to,
    with_channel,
    with_process,
)
from beehive_spec.vocabulary import ErrorKind, Receive, Send, SendToGroup
from msgspec.structs import replace

from beehive_conformance.deviations.overlay import Affects, make_overlay, replaced


def _send_within_groups(turn: Turn[Send]) -> Iterator[State]:
    state, module = turn.state, turn.operation.module
    is_grouped = any(name == module for _, members in state.groups for name, _ in members)
    if is_grouped or not state.groups or lookup(state.channels, module) is None:
        yield from find_to_send(turn)
    else:
        yield turn.finish(ErrorKind.UNKNOWN_MODULE)


def _check_the_client(turn: Turn[Send]) -> Iterator[State]:
    client = turn.operation.client
    if client and lookup(turn.state.channels, client) is None:
        yield turn.finish(ErrorKind.OTHER)
    else:
        yield from find_to_send(turn)


def _enter_the_id(turn: Turn[Send]) -> Iterator[State]:
    state, name = turn.state, turn.operation.id
    if lookup(state.requests, name) is None:
        entered = tuple(sorted((*state.requests, (name, turn.process.channel))))
        turn = turn.at(replace(state, requests=entered))
    yield from put_message(turn)


def _lose(turn: Turn[Send]) -> Iterator[State]:
    if turn.state.pool[turn.process.channel].receivers:
        yield from put_message(turn)
    else:
        yield turn.finish(RETURNED)


def _put_with_the_flag(turn: Turn[Send]) -> Iterator[State]:
    process = turn.process
    if turn.state.pool[process.channel].queue:
        process = replace(process, message=replace(process.message, sync=True))
    yield from put_message(turn.at(turn.with_process(process)))


def _wait_for_a_receiver(turn: Turn[Send]) -> Iterator[State]:
    channel = turn.state.pool[turn.process.channel]
    if channel.queue and not channel.receivers and not channel.closed:
        yield turn.move_to("await")
    else:
        yield from put_message(turn)


def _skip_one(turn: Turn[SendToGroup]) -> Iterator[State]:
    process = turn.process
    if len(process.members) > 1:
        yield turn.with_process(replace(process, members=process.members[1:], place="rest"))
    else:
        yield from spread(turn)


def _send_to_every_module(turn: Turn[SendToGroup]) -> Iterator[State]:
    if turn.process.members:
        yield turn.with_process(replace(turn.process, members=turn.state.channels, place="rest"))
    else:
        yield from spread(turn)


def _spread_to_the_rest(turn: Turn[SendToGroup]) -> Iterator[State]:
    for after in spread(turn):
        yield move_to(after, turn.pid, "rest") if after.processes[turn.pid].place == "spread" else after


def _wait_after_broadcast(turn: Turn[SendToGroup]) -> Iterator[State]:
    if any(turn.state.pool[index].queue for _, index in turn.process.members):
        yield turn.move_to("await")
    else:
        yield from spread(turn)


def _take_the_newest(turn: Turn[Receive]) -> Iterator[State]:
    index = turn.process.channel
    channel = turn.state.pool[index]
    if len(channel.queue) > 1 and not channel.senders:
        message, run = channel.queue[-1]
        rest = channel.queue[:-1] if run == 1 else (*channel.queue[:-1], (message, run - 1))
        taken = replace(channel, queue=rest, length=channel.length - 1)
        yield finish(with_channel(turn.state, index, taken), turn.pid, delivered(message))
    else:
        yield from take_message(turn)


def _take_a_copy(turn: Turn[Receive]) -> Iterator[State]:
    channel = turn.state.pool[turn.process.channel]
    if channel.queue:
        message = channel.queue[0][0]
        yield turn.finish(delivered(message))
    else:
        yield from take_message(turn)


def _take_without_its_content(turn: Turn[Receive]) -> Iterator[State]:
    for after in take_message(turn):
        process = after.processes[turn.pid]
        if isinstance(process.result, Delivered):
            yield with_process(after, turn.pid, replace(process, result=Delivered(None, process.result.sync)))
        else:
            yield after


def _fail_if_another_waits(turn: Turn[Receive]) -> Iterator[State]:
    others = turn.state.pool[turn.process.channel].receivers
    for after in take_message(turn):
        waits = after.processes[turn.pid].place == "await"
        yield turn.finish(ErrorKind.OTHER) if waits and others else after


def _wait_for_a_module(turn: Turn[Receive]) -> Iterator[State]:
    for after in find_to_receive(turn):
        unknown = after.processes[turn.pid].result is ErrorKind.UNKNOWN_MODULE
        yield turn.move_to("await") if unknown else after


def _always_wait(turn: Turn[Receive]) -> Iterator[State]:
    index = turn.process.channel
    if turn.state.pool[index].closed:
        yield turn.move_to("shut")
    else:
        yield park_receiver(turn.state, turn.pid, index)


PLANTED_MESSAGES = (
    make_overlay(
        "send_knows_only_grouped_modules",
        "send does not find a module that is in no group, once there is a group",
        "OVER-1",
        Affects.EVERY_MODULE,
        replaced(Send, {"start": _send_within_groups}),
    ),
    make_overlay(
        "send_asks_who_sends",
        "send fails if the name of its client is not the name of a module",
        "OVER-6",
        Affects.CALLER,
        replaced(Send, {"start": _check_the_client}),
    ),
    make_overlay(
        "send_enters_its_id",
        "send enters the id of its message as if a call waited for a response",
        "FIELD-3",
        Affects.CALLER,
        replaced(Send, {"put": _enter_the_id}),
    ),
    make_overlay(
        "send_loses_messages",
        "send loses the message if no receive is waiting",
        "SEND-1",
        Affects.MESSAGE,
        replaced(Send, {"put": _lose}),
    ),
    make_overlay(
        "send_waits_for_a_receiver",
        "send waits while another message is still in the channel",
        "SEND-2",
        Affects.CALLER,
        replaced(Send, {"put": _wait_for_a_receiver}),
    ),
    make_overlay(
        "send_sets_the_sync_flag",
        "send sets the sync flag of a message if the channel already holds one",
        "MSG-4",
        Affects.MESSAGE,
        replaced(Send, {"put": _put_with_the_flag}),
    ),
    make_overlay(
        "broadcast_skips_a_module",
        "send_to_group skips the first module of the group",
        "BCAST-1",
        Affects.MESSAGE,
        replaced(SendToGroup, {"spread": _skip_one, "rest": _spread_to_the_rest}),
    ),
    make_overlay(
        "broadcast_reaches_everybody",
        "send_to_group sends to every module of the bus",
        "BCAST-2",
        Affects.EVERY_MODULE,
        replaced(SendToGroup, {"spread": _send_to_every_module, "rest": _spread_to_the_rest}),
    ),
    make_overlay(
        "broadcast_waits_for_receivers",
        "send_to_group never returns if a channel already holds a message",
        "BCAST-3",
        Affects.CALLER,
        replaced(SendToGroup, {"spread": _wait_after_broadcast}),
    ),
    make_overlay(
        "receive_takes_the_newest",
        "receive takes the newest message first",
        "OVER-2",
        Affects.MESSAGE,
        replaced(Receive, {"take": _take_the_newest}),
    ),
    make_overlay(
        "receive_takes_a_copy",
        "receive leaves a queued message in the channel, so it can be received again",
        "OVER-3",
        Affects.MESSAGE,
        replaced(Receive, {"take": _take_a_copy}),
    ),
    make_overlay(
        "receive_loses_the_content",
        "receive returns a queued message without its content",
        "MSG-1",
        Affects.MESSAGE,
        replaced(Receive, {"take": _take_without_its_content}),
    ),
    make_overlay(
        "receive_waits_beside_a_message",
        "receive waits even though the channel holds a message",
        "RECV-1",
        Affects.CALLER,
        replaced(Receive, {"take": _always_wait}),
    ),
    make_overlay(
        "receive_does_not_wait",
        "receive fails if the channel is empty and another receive already waits there",
        "RECV-2",
        Affects.CALLER,
        replaced(Receive, {"take": _fail_if_another_waits}),
    ),
    make_overlay(
        "receive_waits_for_a_module",
        "receive waits forever for a module that is not there",
        "RECV-3",
        Affects.CALLER,
        replaced(Receive, {"start": _wait_for_a_module}),
    ),
)
