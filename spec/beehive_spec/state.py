"""The state of the model: frozen, hashable values, and the few ways in which a channel or a process changes."""

from __future__ import annotations

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

made = tuple.__new__
"""Makes a named tuple from all its values: a third of the cost of `_replace`, and states are made all the time."""


def placed(process: Process, place: str) -> Process:
    """Return a process in another place."""
    operation, name, _, message, channel, timer, poll, members, expected, result, at, unseen = process
    return made(
        Process, (operation, name, place, message, channel, timer, poll, members, expected, result, at, unseen)
    )


def handed(process: Process, message: Message) -> Process:
    """Return a process that has been handed a message."""
    operation, name, _, _, channel, timer, poll, members, expected, result, at, unseen = process
    return made(
        Process, (operation, name, "got", message, channel, timer, poll, members, expected, result, at, unseen)
    )


def located(process: Process, place: str, channel: int) -> Process:
    """Return a process in another place, at a channel."""
    operation, name, _, message, _, timer, poll, members, expected, result, at, unseen = process
    return made(
        Process, (operation, name, place, message, channel, timer, poll, members, expected, result, at, unseen)
    )


def timed(process: Process, timer: int | None, poll: int | None, expected: int) -> Process:
    """Return a process whose timers run differently."""
    operation, name, place, message, channel, _, _, members, _, result, at, unseen = process
    return made(
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
    return made(State, (channels, groups, requests, pool, changed, clock, must_log, died, aside))


def started(state: State, operation: Operation, name: str, place: str, message: Message) -> State:
    """Return the state with one more process, which has done nothing yet."""
    channels, groups, requests, pool, processes, clock, must_log, died, aside = state
    process = made(Process, (operation, name, place, message, NOBODY, None, None, (), 0, None, 0, False))
    return made(State, (channels, groups, requests, pool, (*processes, process), clock, must_log, died, aside))


def quiet(state: State, processes: tuple[Process, ...]) -> State:
    """Return the state with other processes, as it is at the beginning of a step."""
    channels, groups, requests, pool, _, _, _, _, aside = state
    return made(State, (channels, groups, requests, pool, processes, 0, False, "", aside))


def with_pool(state: State, pool: tuple[Channel, ...]) -> State:
    """Return the state with other channels."""
    channels, groups, requests, _, processes, clock, must_log, died, aside = state
    return made(State, (channels, groups, requests, pool, processes, clock, must_log, died, aside))


def with_channel(state: State, index: int, channel: Channel) -> State:
    """Return the state with one channel replaced."""
    channels, groups, requests, pool, processes, clock, must_log, died, aside = state
    changed = (*pool[:index], channel, *pool[index + 1 :])
    return made(State, (channels, groups, requests, changed, processes, clock, must_log, died, aside))


def move_to(state: State, pid: int, place: str) -> State:
    """Return the state with a process in another place."""
    return with_process(state, pid, placed(state.processes[pid], place))


def finish(state: State, pid: int, result: Result) -> State:
    """Return the state in which a process has returned; the next operation of its client may start."""
    channels, groups, requests, pool, processes, clock, must_log, died, aside = state
    operation, name, _, message, channel, _, _, members, expected, _, _, unseen = processes[pid]
    ended = made(
        Process, (operation, name, "end", message, channel, None, None, members, expected, result, clock, unseen)
    )
    changed = (*processes[:pid], ended, *processes[pid + 1 :])
    state = made(State, (channels, groups, requests, pool, changed, clock, must_log, died, aside))
    client = operation.client
    if client:
        for other, next_one in enumerate(processes):
            if next_one.place == "turn" and next_one.operation.client == client:
                return move_to(state, other, "start")
    return state


def fork(state: State, process: Process, place: str, channel: int) -> State:
    """Return the state in which the message of a process is also delivered to a channel in the background."""
    operation, _, _, message, _, timer, _, _, expected, result, at, _ = process
    delivery = made(
        Process, (operation, "delivery", place, message, channel, timer, None, (), expected, result, at, True)
    )
    channels, groups, requests, pool, processes, clock, must_log, died, aside = state
    return made(State, (channels, groups, requests, pool, (*processes, delivery), clock, must_log, died, aside))


def vanish(state: State, pid: int) -> State:
    """Return the state in which work in the background has ended."""
    return with_process(state, pid, state.processes[pid]._replace(place="end", result=RETURNED, timer=None))
