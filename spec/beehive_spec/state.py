"""The state of the model: frozen, hashable values, and the few ways in which a channel or a process changes.

The garbage collector leaves them alone: they are made of earlier values only, so none is part of a cycle.
"""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from beehive_spec.off_bus import NO_OFF_BUS, OffBusState
from beehive_spec.vocabulary import ErrorKind, GroupName, Made, MessageId, ModuleName, Operation

NOBODY = -1
"""Stands for the process of a message that is put in the background, for which nobody waits."""
UNBOUNDED = -1
"""The capacity of a channel that is never full."""


class Message(Struct, frozen=True, cache_hash=True, gc=False, order=True):
    """A message on its way; `tag` tells it from every other message that is on its way.

    Messages have an order because what goes on in the background is sorted by them.
    """

    tag: int
    sync: bool


class Delivered(Struct, frozen=True, cache_hash=True, gc=False):
    """The outcome of an operation that returned a message; the tag is None for a message nobody made.

    `changed` are the parts that are not what they were when the message was sent.
    """

    tag: int | None
    sync: bool
    changed: tuple[str, ...] = ()


RETURNED = "returned"
Result = str | ErrorKind | Delivered | Made
"""`RETURNED`, the kind of an error, or the message that was returned or made."""


class Channel(Struct, frozen=True, cache_hash=True, gc=False):
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


class Process(Struct, frozen=True, cache_hash=True, gc=False):
    """An operation on its way: where it is, what it holds, and how long its timers still run.

    The places `turn`, `room` and `await` are passive: a process leaves them when another one wakes it, or
    when its timer is due. `poll` is the time to the next look of an operation that looks periodically. `expected` is
    how many responses a request to a group needs, and 0 once they were there at an earlier instant; for a broadcast
    it is 1 once it has met a closed channel that it will report. `unseen` is
    work that goes on in the background of an operation; nobody observes its end. `looked` is how many responses were
    there when an operation that looks at each response looked last, -1 before.
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
    looked: int = -1


class State(Struct, frozen=True, cache_hash=True, gc=False):
    """Everything that decides what can happen next; times are relative, so equal situations are equal states."""

    channels: Members = ()
    groups: tuple[tuple[GroupName, Members], ...] = ()
    requests: tuple[tuple[MessageId, int], ...] = ()
    pool: tuple[Channel, ...] = ()
    processes: tuple[Process, ...] = ()
    clock: int = 0
    must_log: bool = False
    died: str = ""
    off_bus: OffBusState = NO_OFF_BUS


START = State()


def lookup(pairs: tuple[tuple[str, int], ...], name: str) -> int | None:
    """Return what a map has under a name, or None."""
    for key, value in pairs:
        if key == name:
            return value
    return None


def with_process(state: State, pid: int, process: Process) -> State:
    """Return the state with one process replaced."""
    processes = [*state.processes]
    processes[pid] = process
    return replace(state, processes=tuple(processes))


def with_channel(state: State, index: int, channel: Channel) -> State:
    """Return the state with one channel replaced."""
    pool = [*state.pool]
    pool[index] = channel
    return replace(state, pool=tuple(pool))


def move_to(state: State, pid: int, place: str) -> State:
    """Return the state with a process in another place."""
    return with_process(state, pid, replace(state.processes[pid], place=place))


def move_to_channel(state: State, pid: int, place: str, channel: int) -> State:
    """Return the state with a process in another place, at a channel."""
    return with_process(state, pid, replace(state.processes[pid], place=place, channel=channel))


def finish(state: State, pid: int, result: Result) -> State:
    """Return the state in which a process has returned; the next operation of its client may start."""
    process = state.processes[pid]
    ended = replace(process, place="end", timer=None, poll=None, result=result, at=state.clock)
    state = with_process(state, pid, ended)
    client = process.operation.client
    if client:
        for other, next_one in enumerate(state.processes):
            if next_one.place == "turn" and next_one.operation.client == client:
                return move_to(state, other, "start")
    return state


def fork(state: State, process: Process, place: str, channel: int) -> State:
    """Return the state in which the message of a process is also delivered to a channel in the background."""
    delivery = replace(process, name="delivery", place=place, channel=channel, poll=None, members=(), unseen=True)
    return replace(state, processes=(*state.processes, delivery))


def vanish(state: State, pid: int) -> State:
    """Return the state in which work in the background has ended."""
    return with_process(state, pid, replace(state.processes[pid], place="end", result=RETURNED, timer=None))
