"""The state of the model: frozen, hashable values, and the few ways in which a channel or a process changes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from beehive_spec.aside import NOTHING, Aside
from beehive_spec.vocabulary import ErrorKind, GroupName, Made, MessageId, ModuleName, Operation

NOBODY = -1
"""Stands for the process of a message that is put in the background, for which nobody waits."""
UNBOUNDED = -1
"""The capacity of a channel that is never full."""


class Message(NamedTuple):
    """A message on its way; `tag` tells it from every other message that is on its way."""

    tag: int
    sync: bool


class Delivered(NamedTuple):
    """The outcome of an operation that returned a message; the tag is None for a message nobody made.

    `changed` are the parts that are not what they were when the message was sent.
    """

    tag: int | None
    sync: bool
    changed: tuple[str, ...] = ()


RETURNED = "returned"
Result = str | ErrorKind | Delivered | Made
"""`RETURNED`, the kind of an error, or the message that was returned or made."""


class Channel(NamedTuple):
    """A queue of messages, run-length encoded, with those who wait at its two ends.

    `receivers` are processes in the order in which they came. `senders` are pairs of a process, or
    `NOBODY`, and its message; a process that is not in the place `room` does not wait for its own put.
    """

    capacity: int
    queue: tuple[tuple[Message, int], ...] = ()
    length: int = 0
    closed: bool = False
    receivers: tuple[int, ...] = ()
    senders: tuple[tuple[int, Message], ...] = ()


Members = tuple[tuple[ModuleName, int], ...]


class Process(NamedTuple):
    """An operation on its way: where it is, what it holds, and how long its timers still run.

    The places `turn`, `room` and `await` are passive: a process leaves them when another one wakes it, or
    when its timer is due. `poll` is the time to the next look of an operation that looks periodically. `expected` is
    how many responses a request to a group needs, and 0 once they were there at an earlier instant; for a broadcast
    it is 1 once it has met a closed channel that it will report. `unseen` is
    work that goes on in the background of an operation; nobody observes its end.
    """

    operation: Operation
    name: str
    place: str
    message: Message
    channel: int = NOBODY
    timer: int | None = None
    poll: int | None = None
    members: Members = ()
    expected: int = 0
    result: Result | None = None
    at: int = 0
    unseen: bool = False


class State(NamedTuple):
    """Everything that decides what can happen next; times are relative, so equal situations are equal states."""

    channels: Members = ()
    groups: tuple[tuple[GroupName, Members], ...] = ()
    requests: tuple[tuple[MessageId, int], ...] = ()
    pool: tuple[Channel, ...] = ()
    processes: tuple[Process, ...] = ()
    clock: int = 0
    must_log: bool = False
    died: str = ""
    aside: Aside = NOTHING


START = State()

_made = tuple.__new__
"""Makes a named tuple from all its values: a third of the cost of `_replace`, and states are made all the time."""


def placed(process: Process, place: str) -> Process:
    """Return a process in another place."""
    operation, name, _, message, channel, timer, poll, members, expected, result, at, unseen = process
    return _made(
        Process, (operation, name, place, message, channel, timer, poll, members, expected, result, at, unseen)
    )


def located(process: Process, place: str, channel: int) -> Process:
    """Return a process in another place, at a channel."""
    operation, name, _, message, _, timer, poll, members, expected, result, at, unseen = process
    return _made(
        Process, (operation, name, place, message, channel, timer, poll, members, expected, result, at, unseen)
    )


def timed(process: Process, timer: int | None, poll: int | None, expected: int) -> Process:
    """Return a process whose timers run differently."""
    operation, name, place, message, channel, _, _, members, _, result, at, unseen = process
    return _made(
        Process, (operation, name, place, message, channel, timer, poll, members, expected, result, at, unseen)
    )


def relocated(process: Process, channel: int, members: Members) -> Process:
    """Return a process whose channels have other numbers, itself if they have not."""
    if process.channel == channel and process.members == members:
        return process
    return process._replace(channel=channel, members=members)


def lookup(pairs: tuple[tuple[str, int], ...], name: str) -> int | None:
    """Return what a map has under a name, or None."""
    for key, value in pairs:
        if key == name:
            return value
    return None


def with_process(state: State, pid: int, process: Process) -> State:
    """Return the state with one process replaced."""
    channels, groups, requests, pool, processes, clock, must_log, died, aside = state
    changed = (*processes[:pid], process, *processes[pid + 1 :])
    return _made(State, (channels, groups, requests, pool, changed, clock, must_log, died, aside))


def started(state: State, operation: Operation, name: str, place: str, message: Message) -> State:
    """Return the state with one more process, which has done nothing yet."""
    channels, groups, requests, pool, processes, clock, must_log, died, aside = state
    process = _made(Process, (operation, name, place, message, NOBODY, None, None, (), 0, None, 0, False))
    return _made(State, (channels, groups, requests, pool, (*processes, process), clock, must_log, died, aside))


def quiet(state: State, processes: tuple[Process, ...]) -> State:
    """Return the state with other processes, as it is at the beginning of a step."""
    channels, groups, requests, pool, _, _, _, _, aside = state
    return _made(State, (channels, groups, requests, pool, processes, 0, False, "", aside))


def with_pool(state: State, pool: tuple[Channel, ...]) -> State:
    """Return the state with other channels."""
    channels, groups, requests, _, processes, clock, must_log, died, aside = state
    return _made(State, (channels, groups, requests, pool, processes, clock, must_log, died, aside))


def with_channel(state: State, index: int, channel: Channel) -> State:
    """Return the state with one channel replaced."""
    channels, groups, requests, pool, processes, clock, must_log, died, aside = state
    changed = (*pool[:index], channel, *pool[index + 1 :])
    return _made(State, (channels, groups, requests, changed, processes, clock, must_log, died, aside))


def move_to(state: State, pid: int, place: str) -> State:
    """Return the state with a process in another place."""
    return with_process(state, pid, placed(state.processes[pid], place))


def finish(state: State, pid: int, result: Result) -> State:
    """Return the state in which a process has returned; the next operation of its client may start."""
    channels, groups, requests, pool, processes, clock, must_log, died, aside = state
    operation, name, _, message, channel, _, _, members, expected, _, _, unseen = processes[pid]
    ended = _made(
        Process, (operation, name, "end", message, channel, None, None, members, expected, result, clock, unseen)
    )
    changed = (*processes[:pid], ended, *processes[pid + 1 :])
    state = _made(State, (channels, groups, requests, pool, changed, clock, must_log, died, aside))
    client = operation.client
    if client:
        for other, next_one in enumerate(processes):
            if next_one.place == "turn" and next_one.operation.client == client:
                return move_to(state, other, "start")
    return state


def fork(state: State, process: Process, place: str, channel: int) -> State:
    """Return the state in which the message of a process is also delivered to a channel in the background."""
    delivery = process._replace(name="delivery", place=place, channel=channel, members=(), poll=None, unseen=True)
    return state._replace(processes=(*state.processes, delivery))


def vanish(state: State, pid: int) -> State:
    """Return the state in which work in the background has ended."""
    return with_process(state, pid, state.processes[pid]._replace(place="end", result=RETURNED, timer=None))


def _choose(waiting: tuple[int, ...], order: str) -> tuple[int, ...]:
    return waiting[:1] if order == "fifo" else tuple(sorted(waiting))


def can_put(channel: Channel) -> bool:
    """Tell whether a put into an open channel needs no waiting."""
    return bool(channel.receivers) or channel.capacity == UNBOUNDED or channel.length < channel.capacity


def put(state: State, index: int, message: Message, order: str) -> Iterator[State]:
    """Yield the states after a put that needs no waiting; a waiting receiver is handed the message."""
    channel = state.pool[index]
    if not channel.receivers:
        yield with_channel(state, index, appended(channel, message, 1))
        return
    for pid in _choose(channel.receivers, order):
        served = with_channel(
            state, index, channel._replace(receivers=tuple(x for x in channel.receivers if x != pid))
        )
        yield with_process(served, pid, served.processes[pid]._replace(place="got", message=message))


def appended(channel: Channel, message: Message, count: int) -> Channel:
    """Return the channel with a message put `count` times."""
    queue = channel.queue
    if queue and queue[-1][0] == message:
        queue = (*queue[:-1], (message, queue[-1][1] + count))
    else:
        queue = (*queue, (message, count))
    return holding(channel, queue, channel.length + count)


def holding(channel: Channel, queue: tuple[tuple[Message, int], ...], length: int) -> Channel:
    """Return the channel with other messages in it."""
    capacity, _, _, closed, receivers, senders = channel
    return _made(Channel, (capacity, queue, length, closed, receivers, senders))


def removed(channel: Channel, count: int) -> Channel:
    """Return the channel without the first `count` messages, which must be of one run."""
    (message, run), rest = channel.queue[0], channel.queue[1:]
    queue = rest if run == count else ((message, run - count), *rest)
    return holding(channel, queue, channel.length - count)


def take(state: State, index: int, order: str) -> Iterator[tuple[State, Message]]:
    """Yield what can be taken out of a channel without waiting, and the state after it; nothing if it is empty."""
    channel = state.pool[index]
    if channel.queue:
        message = channel.queue[0][0]
        taken = removed(channel, 1)
        if not taken.senders:
            yield with_channel(state, index, taken), message
            return
        for entry, after in _served_senders(state, index, taken, order):
            yield with_channel(after, index, appended(after.pool[index], entry, 1)), message
    else:
        for entry, after in _served_senders(state, index, channel, order):
            yield after, entry


def _served_senders(state: State, index: int, channel: Channel, order: str) -> Iterator[tuple[Message, State]]:
    positions = range(1) if order == "fifo" else range(len(channel.senders))
    for position in positions[: len(channel.senders)]:
        pid, message = channel.senders[position]
        rest = (*channel.senders[:position], *channel.senders[position + 1 :])
        after = with_channel(state, index, channel._replace(senders=rest))
        if pid != NOBODY and after.processes[pid].place == "room":
            after = move_to(after, pid, "sent")
        yield message, after


def park_receiver(state: State, pid: int, index: int) -> State:
    """Return the state in which a process waits for a message in a channel."""
    channel = state.pool[index]
    state = with_channel(state, index, channel._replace(receivers=(*channel.receivers, pid)))
    return with_process(state, pid, located(state.processes[pid], "await", index))


def queue_sender(state: State, pid: int, index: int, message: Message) -> State:
    """Return the state in which a message waits for room in a channel."""
    channel = state.pool[index]
    return with_channel(state, index, channel._replace(senders=(*channel.senders, (pid, message))))


def park_sender(state: State, pid: int, index: int) -> State:
    """Return the state in which a process waits for room in a channel."""
    process = state.processes[pid]
    state = queue_sender(state, pid, index, process.message)
    return with_process(state, pid, located(process, "room", index))


def withdraw(state: State, pid: int) -> State:
    """Return the state in which a process waits at no channel any more."""
    pool = tuple(
        channel._replace(
            receivers=tuple(x for x in channel.receivers if x != pid),
            senders=tuple(x for x in channel.senders if x[0] != pid),
        )
        if pid in channel.receivers or any(x[0] == pid for x in channel.senders)
        else channel
        for channel in state.pool
    )
    return with_pool(state, pool)


def leave_behind(state: State, pid: int) -> State:
    """Return the state in which a process waits at no channel any more, and what it wanted to put still does."""
    pool = tuple(
        channel._replace(
            receivers=tuple(x for x in channel.receivers if x != pid),
            senders=tuple((NOBODY, x[1]) if x[0] == pid else x for x in channel.senders),
        )
        if pid in channel.receivers or any(x[0] == pid for x in channel.senders)
        else channel
        for channel in state.pool
    )
    return with_pool(state, pool)


def close(state: State, index: int) -> State:
    """Return the state with a channel closed and everyone who waited there woken.

    They are in the place `shut` then, or `cut` if they waited for something else at the same time.
    """
    channel = state.pool[index]
    woken = (*channel.receivers, *(pid for pid, _ in channel.senders if pid != NOBODY))
    state = with_channel(state, index, channel._replace(closed=True, receivers=(), senders=()))
    for pid in woken:
        place = state.processes[pid].place
        if place in ("await", "room"):
            state = move_to(state, pid, "shut")
        elif place == "collect":
            state = move_to(state, pid, "cut")
    return state
