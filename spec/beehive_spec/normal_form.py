"""The observation of a step, and the normal form of a state, in which equivalent situations are equal."""

from __future__ import annotations

from typing import TypeAlias, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from beehive_spec.state import NOBODY, Channel, OperationResult, Process, State
from beehive_spec.vocabulary import Level

_Name = TypeVar("_Name", bound=str)

RankedReturn: TypeAlias = tuple[int, OperationResult, int]
"""One operation that returned: its rank among the pending operations, its result, and the milliseconds since the step
began."""


class Observation(Struct, frozen=True, cache_hash=True, gc=False):
    """What can be observed of a step.

    `returned` is sorted by rank. `must_log` is the lowest level that has to be logged; more may be logged.
    """

    returned: tuple[RankedReturn, ...] = ()
    must_log: Level = Level.NOTHING
    died: str = ""


def normal(state: State, before: State | None = None) -> tuple[Observation, State]:
    """Return the observation of a step, and the state in its normal form, in which equivalent situations are equal.

    Ended operations are removed and the others are renumbered in their order. Unreachable channels are removed and
    the others are renumbered in the order in which they are reached. `before` is the state in which the step started,
    if there was only one; it saves time because most steps leave most numbers unchanged.
    """
    if state.died:
        # Nothing else of the step can be observed after the process has died.
        return Observation(died=state.died), State(died=state.died)
    processes = state.processes
    stay = len(processes)
    while stay and processes[stay - 1].result is not None:
        stay -= 1
    if before is None or not _keeps_its_numbers(state, before, stay):
        return _renumbered_state(state)
    ended = enumerate(processes[stay:], stay)
    # All of them have a result; the condition tells the type checker.
    returned = tuple([(rank, each.result, each.at) for rank, each in ended if each.result is not None])
    return Observation(returned, state.must_log), _at_the_beginning(state, processes[:stay])


def _keeps_its_numbers(state: State, before: State, stay: int) -> bool:
    """Return whether only the newest operations, none in the background, ended and all channels are reachable."""
    processes, known = state.processes, len(before.processes)
    if (
        stay < known
        or len(state.pool) != len(before.pool)
        or state.channels is not before.channels
        or state.groups is not before.groups
        or state.requests is not before.requests
        or processes[:known] != before.processes
    ):
        return False
    if known == stay == len(processes):
        return not known or not any(process.unseen for process in processes)
    return all(
        not process.unseen and (process.result is None) == (pid < stay) for pid, process in enumerate(processes)
    )


def _renumbered_state(state: State) -> tuple[Observation, State]:
    returned: list[RankedReturn] = []
    kept: list[Process] = []
    unseen: list[tuple[int, Process]] = []
    rank = {NOBODY: NOBODY}
    seen = 0
    processes = state.processes
    for pid, process in enumerate(processes):
        result = process.result
        if process.unseen:
            if result is None:
                unseen.append((pid, process))
            continue
        if result is None:
            rank[pid] = len(kept)
            kept.append(process)
        else:
            returned.append((seen, result, process.at))
        seen += 1
    unseen.sort(key=lambda each: (each[1].timer is None, each[1].timer or 0, each[1].message, each[1].channel))
    for pid, process in unseen:
        rank[pid] = len(kept)
        kept.append(process)
    observation = Observation(tuple(returned), state.must_log)
    state = _in_order(_at_the_beginning(state, tuple(kept)))
    if len(kept) == len(processes) and _is_plain(rank):
        return observation, state
    return observation, replace(state, pool=tuple([_with_ranks(channel, rank) for channel in state.pool]))


def _at_the_beginning(state: State, processes: tuple[Process, ...]) -> State:
    return State(state.channels, state.groups, state.requests, state.pool, processes, off_bus=state.off_bus)


def _is_plain(numbers: dict[int, int]) -> bool:
    """Return whether a renumbering changes nothing."""
    return [*numbers] == [*numbers.values()]


def _in_order(state: State) -> State:
    pool, processes = state.pool, state.processes
    order = {NOBODY: NOBODY}
    for pairs in (state.channels, *[members for _, members in state.groups], state.requests):
        for _, index in pairs:
            if index not in order:
                order[index] = len(order) - 1
    for process in processes:
        for index in (process.channel, *[index for _, index in process.members]):
            if index not in order:
                order[index] = len(order) - 1
    if len(order) > len(pool) and _is_plain(order):
        return state
    return replace(
        state,
        channels=_renumbered(state.channels, order),
        groups=tuple([(group, _renumbered(members, order)) for group, members in state.groups]),
        requests=_renumbered(state.requests, order),
        pool=tuple([pool[index] for index in order if index != NOBODY]),
        processes=tuple([_relocated(process, order) for process in processes]),
    )


def _relocated(process: Process, order: dict[int, int]) -> Process:
    channel = order[process.channel]
    members = _renumbered(process.members, order) if process.members else ()
    if channel == process.channel and members == process.members:
        return process
    return replace(process, channel=channel, members=members)


def _renumbered(pairs: tuple[tuple[_Name, int], ...], order: dict[int, int]) -> tuple[tuple[_Name, int], ...]:
    return tuple([(name, order[index]) for name, index in pairs])


def _with_ranks(channel: Channel, rank: dict[int, int]) -> Channel:
    if not channel.receivers and not channel.senders:
        return channel
    receivers = tuple([rank[pid] for pid in channel.receivers])
    senders = tuple([(rank[pid], message) for pid, message in channel.senders])
    return replace(channel, receivers=receivers, senders=senders)


def live_tags(state: State) -> set[int]:
    """Return the tags of the messages that may still be observed."""
    tags = {process.message.tag for process in state.processes}
    for channel in state.pool:
        for message, _ in channel.queue:
            tags.add(message.tag)
        for _, message in channel.senders:
            tags.add(message.tag)
    return tags
