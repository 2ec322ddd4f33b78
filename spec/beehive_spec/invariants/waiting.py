"""Where operations wait: at which channels, and in which places of the model."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from beehive_spec.answers import Answers
from beehive_spec.channels import can_put
from beehive_spec.invariants.calls import limit_of
from beehive_spec.invariants.invariant import MoveTaken, Situation
from beehive_spec.state import NO_CHANNEL, NOBODY, Channel, Process, State, lookup
from beehive_spec.vocabulary import (
    AddModule,
    AddModuleGroup,
    CleanUp,
    GroupName,
    MessageId,
    ModuleName,
    Operation,
    Receive,
    Register,
    SendSync,
    SendToGroup,
    SendToGroupSync,
    Sleep,
    Start,
)


def nobody_waits_for_a_message_that_is_there(situation: Situation) -> bool:
    """No operation waits for a message in a channel that has one."""
    return not any(channel.receivers and channel.queue for channel in situation.state.pool)


def nobody_waits_for_room_that_is_there(situation: Situation) -> bool:
    """No message waits for room in a channel that has room."""
    return not any(channel.senders and can_put(channel) for channel in situation.state.pool)


def no_channel_holds_too_much(situation: Situation) -> bool:
    """No channel has more messages than it may hold."""
    return not any(0 <= channel.capacity < channel.length for channel in situation.state.pool)


def nobody_waits_at_a_closed_channel(situation: Situation) -> bool:
    """No operation waits for a message or for room in a closed channel."""
    return not any(channel.closed and (channel.receivers or channel.senders) for channel in situation.state.pool)


def closing_wakes_who_waits(taken: MoveTaken) -> bool:
    """When a channel is closed, each operation that waits there is woken, unless an answer lets it go on anyway.

    One that has been handed what it also waited for may end with that.
    """
    before, after, pid = taken.turn.state, taken.after, taken.turn.pid
    closed = [old for old, new in zip(before.pool, after.pool, strict=False) if new.closed and not old.closed]
    waiting = [after.processes[each] for each in {*_waiting_at(closed)} - {pid, NOBODY}]
    return all(
        each.place in ("shut", "cut", "got") or goes_on_when_closed(taken.turn.answers, each) for each in waiting
    )


def who_waits_is_under_way(situation: Situation) -> bool:
    """Only operations that have not ended wait at a channel."""
    processes = situation.state.processes
    return all(pid == NOBODY or processes[pid].result is None for pid in _waiting_at(situation.state.pool))


def no_closed_channel_in_a_map(taken: MoveTaken) -> bool:
    """No channel in a map is closed, unless the module was put into the group while it was cleaned up."""
    before, after = taken.turn.state, taken.after
    if before.pool is after.pool and before.groups is after.groups and before.channels is after.channels:
        return True
    for _, index in (*after.channels, *after.requests):
        if after.pool[index].closed:
            return False
    new = set(_closed_in_groups(after)) - set(_closed_in_groups(before))
    return all(_overlapped(after, group, module) for group, module in new)


def entries_are_changed_by_their_own_operations(taken: MoveTaken) -> bool:
    """Only an operation on a module changes the entries of the module, and only a call with an id that of the id."""
    before, after, operation = taken.turn.state, taken.after, taken.turn.operation
    modules = {name for name, _ in {*before.channels} ^ {*after.channels}}
    modules |= {member for _, member in _memberships(before) ^ _memberships(after)}
    ids = {name for name, _ in {*before.requests} ^ {*after.requests}}
    return modules <= _modules_of(operation) and ids <= _ids_of(operation)


def nobody_is_stuck(situation: Situation) -> bool:
    """When everything has settled, whoever has not ended waits for what an operation or time can bring."""
    state = situation.state
    return bool(state.died) or all(
        process.result is not None or _can_be_woken(situation, pid, process)
        for pid, process in enumerate(state.processes)
    )


def _memberships(state: State) -> set[tuple[GroupName, ModuleName]]:
    return {(group, module) for group, members in state.groups for module, _ in members}


def _modules_of(operation: Operation) -> set[ModuleName]:
    match operation:
        case AddModule() | AddModuleGroup() | CleanUp() | Register():
            return {operation.module}
        case Start():
            return {*operation.modules}
        case _:
            return set()


def _ids_of(operation: Operation) -> set[MessageId]:
    return {operation.id} if isinstance(operation, SendSync | SendToGroupSync) else set()


def goes_on_when_closed(answers: Answers, process: Process) -> bool:
    """Return whether a channel that is closed makes no difference to an operation that waits for room there."""
    match process.operation:
        case SendToGroup():
            return answers.broadcast_closed == "goes_on"
        case SendSync():
            return answers.sync_closed == "goes_on"
        case SendToGroupSync():
            return answers.group_sync_closed == "goes_on"
        case _:
            return False


def _waiting_at(channels: Iterable[Channel]) -> Iterator[int]:
    for channel in channels:
        yield from channel.receivers
        yield from (pid for pid, _ in channel.senders)


def _closed_in_groups(state: State) -> Iterator[tuple[GroupName, ModuleName]]:
    for group, members in state.groups:
        for module, index in members:
            if state.pool[index].closed:
                yield group, module


def _overlapped(state: State, group: GroupName, module: ModuleName) -> bool:
    operations = [process.operation for process in state.processes]
    joins = (each for each in operations if isinstance(each, AddModuleGroup))
    leaves = (each for each in operations if isinstance(each, CleanUp))
    return any(each.module == module and each.group == group for each in joins) and any(
        each.module == module for each in leaves
    )


def _can_be_woken(situation: Situation, pid: int, process: Process) -> bool:
    state, operation = situation.state, process.operation
    match process.place:
        case "turn":
            return any(_delays(other, process) for other in state.processes)
        case "room":
            # A channel that was replaced is forgotten once nothing leads to it; who waits there waits for ever.
            is_there = any(pid == sender for channel in state.pool for sender, _ in channel.senders)
            return is_there or situation.answers.add_again == "replaced"
        case "await":
            is_timed = isinstance(operation, Sleep) and process.timer is not None
            return is_timed or any(pid in channel.receivers for channel in state.pool)
        case "absent" if isinstance(operation, Receive):
            return lookup(state.channels, operation.module) is None
        case "idle":
            return process.timer is not None or limit_of(situation.answers, operation) is None
        case "collect" if isinstance(operation, SendToGroupSync):
            return process.channel != NO_CHANNEL
        case _:
            return False


def _delays(other: Process, process: Process) -> bool:
    is_busy = other.result is None and other.place != "turn" and not other.unseen
    return is_busy and other.operation.client == process.operation.client
