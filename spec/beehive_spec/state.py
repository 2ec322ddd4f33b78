"""The state of the model: frozen, hashable values, and the few ways in which a channel or a process changes.

The values are not tracked by the garbage collector: each refers to earlier values only, so they form no cycles.
"""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from beehive_spec.off_bus import NO_OFF_BUS, OffBusState
from beehive_spec.vocabulary import ErrorKind, GroupName, Level, Made, MessageId, ModuleName, Operation

NOBODY = -1
"""The process of a message that waits for room in the background, without an operation waiting for it."""
NO_CHANNEL = -1
"""The channel of a process that has not found a channel, or whose module has none."""
NO_BOUND = -1
"""The capacity of a channel that is never full."""
DELIVERY = "delivery"
"""The name of the process of a message that is delivered in the background."""


class Message(Struct, frozen=True, cache_hash=True, gc=False, order=True):
    """A message in transit; `tag` distinguishes it from every other message in transit.

    `regrouped` tells whether the group in its route is the one to which it was sent, instead of the one that its
    sender gave it. Messages are ordered because background work is sorted by them.
    """

    tag: int
    sync: bool
    regrouped: bool = False


class Delivered(Struct, frozen=True, cache_hash=True, gc=False):
    """The result of an operation that returned a message; the tag is None for a message that nobody sent.

    `changed` lists the parts that differ from those of the message that was sent.
    """

    tag: int | None
    sync: bool
    changed: tuple[str, ...] = ()


def delivered(message: Message) -> Delivered:
    """Return the result of an operation that returned a message which somebody sent."""
    return Delivered(message.tag, message.sync, ("group",) if message.regrouped else ())


RETURNED = "returned"
OperationResult = str | ErrorKind | Delivered | Made
"""`RETURNED`, the kind of an error, or the message that the operation returned or made."""


class Channel(Struct, frozen=True, cache_hash=True, gc=False):
    """A queue of messages, run-length encoded, with the processes that wait at its two ends.

    `receivers` are processes in the order of their arrival. `senders` are pairs of a process, or `NOBODY`, and its
    message; a process in a place other than `room` does not wait for its own put.
    """

    capacity: int
    queue: tuple[tuple[Message, int], ...] = ()
    length: int = 0
    closed: bool = False
    receivers: tuple[int, ...] = ()
    senders: tuple[tuple[int, Message], ...] = ()


Member = tuple[ModuleName, int]
"""A module and its channel, by the index in the pool."""
Members = tuple[Member, ...]


class Process(Struct, frozen=True, cache_hash=True, gc=False):
    """A running operation: where it is, what it holds, and how long its timers still run.

    The places `turn`, `room` and `await` are passive: a process leaves them when another one wakes it, or
    when its timer expires. `poll` is the time until an operation polls next, None if it does not poll. `expected` is
    the number of responses that a request to a group needs if it counts the modules at the start; for a broadcast it
    is 1 once it has met a closed channel that it will report. `in_time` is whether the responses that a request to a
    group needs were there before this instant, if that decides how it ends at its timeout. `unseen` marks work in the
    background, whose end cannot be observed. `looked` is the number of responses at the last check of an operation
    that checks at each response, and -1 before the first check. For a start, `looked` is the number of modules that
    have tried to register, and `expected` is 1 if a module did not register.
    """

    operation: Operation
    name: str
    place: str
    message: Message
    channel: int = NO_CHANNEL
    timer: int | None = None
    poll: int | None = None
    members: Members = ()
    expected: int = 0
    result: OperationResult | None = None
    at: int = 0
    unseen: bool = False
    looked: int = -1
    in_time: bool = False


class State(Struct, frozen=True, cache_hash=True, gc=False):
    """Everything that determines what can happen next; times are relative, so equal situations are equal states."""

    channels: Members = ()
    groups: tuple[tuple[GroupName, Members], ...] = ()
    requests: tuple[tuple[MessageId, int], ...] = ()
    pool: tuple[Channel, ...] = ()
    processes: tuple[Process, ...] = ()
    clock: int = 0
    must_log: Level = Level.NOTHING
    died: str = ""
    off_bus: OffBusState = NO_OFF_BUS


INITIAL = State()


def lookup(pairs: tuple[tuple[str, int], ...], name: str) -> int | None:
    """Return the value that a map has for a name, or None."""
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


def finish(state: State, pid: int, result: OperationResult) -> State:
    """Return the state in which a process has ended; the next operation of its client may start."""
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
    delivery = Process(
        process.operation, DELIVERY, place, process.message, channel=channel, timer=process.timer, unseen=True
    )
    return replace(state, processes=(*state.processes, delivery))


def vanish(state: State, pid: int) -> State:
    """Return the state in which work in the background has ended."""
    return with_process(state, pid, replace(state.processes[pid], place="end", result=RETURNED, timer=None))
