"""How messages are put into and taken out of channels, how processes wait there, and how a channel is closed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from beehive_spec.answers import UNBOUNDED
from beehive_spec.state import (
    NO_BOUND,
    NOBODY,
    Channel,
    Message,
    State,
    fork,
    move_to,
    move_to_channel,
    with_channel,
    with_process,
)


def _choose(waiting: tuple[int, ...], order: str) -> tuple[int, ...]:
    return waiting[:1] if order == "fifo" else tuple(sorted(waiting))


def capacity_of(answer: str | int) -> int:
    """Return the capacity of a channel for an answer: a number, or `UNBOUNDED`."""
    return NO_BOUND if answer == UNBOUNDED else int(answer)


def can_put(channel: Channel) -> bool:
    """Return whether a put into an open channel needs no waiting."""
    return bool(channel.receivers) or channel.capacity == NO_BOUND or channel.length < channel.capacity


def put(state: State, index: int, message: Message, order: str) -> Sequence[State]:
    """Return the states after a put that needs no waiting; a waiting receiver is handed the message."""
    channel = state.pool[index]
    if not channel.receivers:
        return (with_channel(state, index, appended(channel, message, 1)),)
    after = []
    for pid in _choose(channel.receivers, order):
        served = with_channel(state, index, replace(channel, receivers=_without(channel.receivers, pid)))
        after.append(with_process(served, pid, replace(served.processes[pid], place="got", message=message)))
    return after


def appended(channel: Channel, message: Message, count: int) -> Channel:
    """Return the channel with a message put `count` times."""
    queue = channel.queue
    if queue and queue[-1][0] == message:
        queue = (*queue[:-1], (message, queue[-1][1] + count))
    else:
        queue = (*queue, (message, count))
    return replace(channel, queue=queue, length=channel.length + count)


def removed(channel: Channel, count: int) -> Channel:
    """Return the channel without the first `count` messages, which must belong to one run."""
    (message, run), rest = channel.queue[0], channel.queue[1:]
    queue = rest if run == count else ((message, run - count), *rest)
    return replace(channel, queue=queue, length=channel.length - count)


def take(state: State, index: int, order: str) -> Sequence[tuple[State, Message]]:
    """Return what can be taken out of a channel without waiting, with the state after it; nothing if it is empty."""
    channel = state.pool[index]
    if not channel.queue:
        return [(after, entry) for entry, after in _served_senders(state, index, channel, order)]
    message = channel.queue[0][0]
    taken = removed(channel, 1)
    if not taken.senders:
        return ((with_channel(state, index, taken), message),)
    served = _served_senders(state, index, taken, order)
    return [(with_channel(after, index, appended(after.pool[index], entry, 1)), message) for entry, after in served]


def _served_senders(state: State, index: int, channel: Channel, order: str) -> Iterator[tuple[Message, State]]:
    positions = range(1) if order == "fifo" else range(len(channel.senders))
    for position in positions[: len(channel.senders)]:
        pid, message = channel.senders[position]
        rest = (*channel.senders[:position], *channel.senders[position + 1 :])
        after = with_channel(state, index, replace(channel, senders=rest))
        if pid != NOBODY and after.processes[pid].place == "room":
            after = move_to(after, pid, "sent")
        yield message, after


def park_receiver(state: State, pid: int, index: int) -> State:
    """Return the state in which a process waits for a message in a channel."""
    channel = state.pool[index]
    state = with_channel(state, index, replace(channel, receivers=(*channel.receivers, pid)))
    return move_to_channel(state, pid, "await", index)


def queue_sender(state: State, pid: int, index: int, message: Message) -> State:
    """Return the state in which a message waits for room in a channel."""
    channel = state.pool[index]
    return with_channel(state, index, replace(channel, senders=(*channel.senders, (pid, message))))


def park_sender(state: State, pid: int, index: int) -> State:
    """Return the state in which a process waits for room in a channel."""
    return move_to_channel(queue_sender(state, pid, index, state.processes[pid].message), pid, "room", index)


def withdraw(state: State, pid: int) -> State:
    """Return the state in which a process no longer waits at any channel."""
    for index, channel in enumerate(state.pool):
        if _waits(channel, pid):
            senders = tuple([x for x in channel.senders if x[0] != pid])
            left = replace(channel, receivers=_without(channel.receivers, pid), senders=senders)
            state = with_channel(state, index, left)
    return state


def leave_behind(state: State, pid: int) -> State:
    """Return the state in which a process no longer waits at any channel, but its message still waits for room."""
    for index, channel in enumerate(state.pool):
        if _waits(channel, pid):
            senders = tuple([(NOBODY, x[1]) if x[0] == pid else x for x in channel.senders])
            left = replace(channel, receivers=_without(channel.receivers, pid), senders=senders)
            state = with_channel(state, index, left)
    return state


def deliver_later(state: State, pid: int) -> State:
    """Return the state in which a process no longer waits at any channel, but its message does while its time lasts.

    The message is delivered to each channel in the background, with the timer of the process.
    """
    if state.processes[pid].timer is None:
        return leave_behind(state, pid)
    for index, channel in enumerate(state.pool):
        if _waits(channel, pid):
            delivery = len(state.processes)
            senders = tuple([(delivery, x[1]) if x[0] == pid else x for x in channel.senders])
            left = replace(channel, receivers=_without(channel.receivers, pid), senders=senders)
            is_sender = senders != channel.senders
            state = with_channel(state, index, left)
            state = fork(state, state.processes[pid], "room", index) if is_sender else state
    return state


def _waits(channel: Channel, pid: int) -> bool:
    return pid in channel.receivers or (bool(channel.senders) and any(x[0] == pid for x in channel.senders))


def _without(receivers: tuple[int, ...], pid: int) -> tuple[int, ...]:
    return tuple([x for x in receivers if x != pid])


def close_channel(state: State, index: int) -> State:
    """Return the state with a channel closed and every process that waited there woken.

    A woken process is in the place `cut` if it already collects responses, else in `shut`. A process that has only
    queued its message and does not wait yet is moved too. One that has been handed what it waited for is not woken.
    """
    channel = state.pool[index]
    state = with_channel(state, index, replace(channel, closed=True, receivers=(), senders=()))
    for pid in (*channel.receivers, *[pid for pid, _ in channel.senders if pid != NOBODY]):
        place = state.processes[pid].place
        if place != "got":
            state = move_to(state, pid, "cut" if place in ("collect", "cut") else "shut")
    return state
