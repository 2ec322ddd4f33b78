"""Planted faults in sending, broadcasting and receiving: nobody is known to have them; they test the suite."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from beehive_spec.answers import Answers
from beehive_spec.channels import park_receiver
from beehive_spec.rules.messages import find_to_receive, find_to_send, put_message, spread, take_message
from beehive_spec.state import RETURNED, Delivered, State, finish, lookup, move_to, with_channel, with_process
from beehive_spec.vocabulary import ErrorKind, Send
from msgspec.structs import replace

from beehive_conformance.deviations.overlay import Affects, planted


def _send_within_groups(answers: Answers, state: State, pid: int) -> Iterator[State]:
    module = cast(Send, state.processes[pid].operation).module
    is_grouped = any(name == module for _, members in state.groups for name, _ in members)
    if is_grouped or not state.groups or lookup(state.channels, module) is None:
        yield from find_to_send(answers, state, pid)
    else:
        yield finish(state, pid, ErrorKind.UNKNOWN_MODULE)


def _ask_who_sends(answers: Answers, state: State, pid: int) -> Iterator[State]:
    client = state.processes[pid].operation.client
    if client and lookup(state.channels, client) is None:
        yield finish(state, pid, ErrorKind.OTHER)
    else:
        yield from find_to_send(answers, state, pid)


def _enter_the_id(answers: Answers, state: State, pid: int) -> Iterator[State]:
    process = state.processes[pid]
    name = cast(Send, process.operation).id
    if lookup(state.requests, name) is None:
        entered = tuple(sorted((*state.requests, (name, process.channel))))
        state = replace(state, requests=entered)
    yield from put_message(answers, state, pid)


def _lose(answers: Answers, state: State, pid: int) -> Iterator[State]:
    if state.pool[state.processes[pid].channel].receivers:
        yield from put_message(answers, state, pid)
    else:
        yield finish(state, pid, RETURNED)


def _put_with_the_flag(answers: Answers, state: State, pid: int) -> Iterator[State]:
    process = state.processes[pid]
    if state.pool[process.channel].queue:
        process = replace(process, message=replace(process.message, sync=True))
    yield from put_message(answers, with_process(state, pid, process), pid)


def _wait_for_a_receiver(answers: Answers, state: State, pid: int) -> Iterator[State]:
    process = state.processes[pid]
    channel = state.pool[process.channel]
    if channel.queue and not channel.receivers and not channel.closed:
        yield move_to(state, pid, "await")
    else:
        yield from put_message(answers, state, pid)


def _skip_one(answers: Answers, state: State, pid: int) -> Iterator[State]:
    process = state.processes[pid]
    if len(process.members) > 1:
        state = with_process(state, pid, replace(process, members=process.members[1:], place="rest"))
        yield state
    else:
        yield from spread(answers, state, pid)


def _tell_everybody(answers: Answers, state: State, pid: int) -> Iterator[State]:
    process = state.processes[pid]
    if process.members:
        yield with_process(state, pid, replace(process, members=state.channels, place="rest"))
    else:
        yield from spread(answers, state, pid)


def _rest(answers: Answers, state: State, pid: int) -> Iterator[State]:
    for after in spread(answers, state, pid):
        yield move_to(after, pid, "rest") if after.processes[pid].place == "spread" else after


def _wait_after_broadcast(answers: Answers, state: State, pid: int) -> Iterator[State]:
    process = state.processes[pid]
    if process.members and any(state.pool[index].queue for _, index in process.members):
        yield move_to(state, pid, "await")
    else:
        yield from spread(answers, state, pid)


def _take_the_newest(answers: Answers, state: State, pid: int) -> Iterator[State]:
    index = state.processes[pid].channel
    channel = state.pool[index]
    if len(channel.queue) > 1 and not channel.senders:
        message, run = channel.queue[-1]
        rest = channel.queue[:-1] if run == 1 else (*channel.queue[:-1], (message, run - 1))
        taken = replace(channel, queue=rest, length=channel.length - 1)
        yield finish(with_channel(state, index, taken), pid, Delivered(message.tag, message.sync))
    else:
        yield from take_message(answers, state, pid)


def _take_a_copy(answers: Answers, state: State, pid: int) -> Iterator[State]:
    channel = state.pool[state.processes[pid].channel]
    if channel.queue:
        message = channel.queue[0][0]
        yield finish(state, pid, Delivered(message.tag, message.sync))
    else:
        yield from take_message(answers, state, pid)


def _take_without_its_content(answers: Answers, state: State, pid: int) -> Iterator[State]:
    for after in take_message(answers, state, pid):
        result = after.processes[pid].result
        if isinstance(result, Delivered):
            yield with_process(after, pid, replace(after.processes[pid], result=Delivered(None, result.sync)))
        else:
            yield after


def _do_not_wait(answers: Answers, state: State, pid: int) -> Iterator[State]:
    others = state.pool[state.processes[pid].channel].receivers
    for after in take_message(answers, state, pid):
        waits = after.processes[pid].place == "await"
        yield finish(state, pid, ErrorKind.OTHER) if waits and others else after


def _wait_for_a_module(answers: Answers, state: State, pid: int) -> Iterator[State]:
    for after in find_to_receive(answers, state, pid):
        gone = after.processes[pid].result is ErrorKind.UNKNOWN_MODULE
        yield move_to(state, pid, "await") if gone else after


def _never_take_what_is_there(answers: Answers, state: State, pid: int) -> Iterator[State]:
    process = state.processes[pid]
    if state.pool[process.channel].closed:
        yield move_to(state, pid, "shut")
    else:
        yield park_receiver(state, pid, process.channel)


PLANTED_MESSAGES = (
    planted(
        "send_knows_only_grouped_modules",
        "send does not find a module that is in no group, once there are groups",
        "OVER-1",
        Affects.EVERY_MODULE,
        {("send", "start"): _send_within_groups},
    ),
    planted(
        "send_asks_who_sends",
        "send ends with an error if a client that has a name, but not that of a module, calls it",
        "OVER-6",
        Affects.CALLER,
        {("send", "start"): _ask_who_sends},
    ),
    planted(
        "send_enters_its_id",
        "the id of a message that was sent plainly is entered as if somebody waited for a response",
        "FIELD-3",
        Affects.CALLER,
        {("send", "put"): _enter_the_id},
    ),
    planted(
        "send_loses_messages",
        "a message that nobody waits for yet is lost",
        "SEND-1",
        Affects.MESSAGE,
        {("send", "put"): _lose},
    ),
    planted(
        "send_waits_for_a_receiver",
        "a send waits while a message is still in the channel",
        "SEND-2",
        Affects.CALLER,
        {("send", "put"): _wait_for_a_receiver},
    ),
    planted(
        "send_sets_the_sync_flag",
        "a message that was sent plainly to a channel with messages arrives with the sync flag",
        "MSG-4",
        Affects.MESSAGE,
        {("send", "put"): _put_with_the_flag},
    ),
    planted(
        "broadcast_skips_a_module",
        "send_to_group leaves out the first module of the group",
        "BCAST-1",
        Affects.MESSAGE,
        {("send_to_group", "spread"): _skip_one, ("send_to_group", "rest"): _rest},
    ),
    planted(
        "broadcast_reaches_everybody",
        "send_to_group sends to every module of the bus",
        "BCAST-2",
        Affects.EVERY_MODULE,
        {("send_to_group", "spread"): _tell_everybody, ("send_to_group", "rest"): _rest},
    ),
    planted(
        "broadcast_waits_for_receivers",
        "send_to_group waits for ever if a channel has a message already",
        "BCAST-3",
        Affects.CALLER,
        {("send_to_group", "spread"): _wait_after_broadcast},
    ),
    planted(
        "receive_takes_the_newest",
        "receive takes the newest message first",
        "OVER-2",
        Affects.MESSAGE,
        {("receive", "take"): _take_the_newest},
    ),
    planted(
        "receive_takes_a_copy",
        "a message that was waiting in a channel can be received again and again",
        "OVER-3",
        Affects.MESSAGE,
        {("receive", "take"): _take_a_copy},
    ),
    planted(
        "receive_loses_the_content",
        "a message that was waiting in a channel arrives without its content",
        "MSG-1",
        Affects.MESSAGE,
        {("receive", "take"): _take_without_its_content},
    ),
    planted(
        "receive_waits_beside_a_message",
        "receive waits although a message is in the channel",
        "RECV-1",
        Affects.CALLER,
        {("receive", "take"): _never_take_what_is_there},
    ),
    planted(
        "receive_does_not_wait",
        "receive ends with an error if the channel is empty and somebody waits there already",
        "RECV-2",
        Affects.CALLER,
        {("receive", "take"): _do_not_wait},
    ),
    planted(
        "receive_waits_for_a_module",
        "receive waits for ever for a module that is not there",
        "RECV-3",
        Affects.CALLER,
        {("receive", "start"): _wait_for_a_module},
    ),
)
