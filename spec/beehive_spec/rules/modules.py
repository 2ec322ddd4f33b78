"""How modules are added, put into groups and cleaned up; and how a client takes a sleep."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import cast

from msgspec.structs import replace

from beehive_spec import state as s
from beehive_spec.answers import UNBOUNDED, Answers
from beehive_spec.channels import close as close_channel
from beehive_spec.rules.move import Move, Rules, ignored_or_refused
from beehive_spec.state import (
    RETURNED,
    Channel,
    Members,
    State,
    finish,
    lookup,
    move_to,
    move_to_channel,
    with_process,
)
from beehive_spec.vocabulary import AddModule, AddModuleGroup, CleanUp, ErrorKind, GroupName, Sleep


def _entered(pairs: tuple[tuple[str, object], ...], name: str, value: object) -> tuple[tuple[str, object], ...]:
    return tuple(sorted((*(pair for pair in pairs if pair[0] != name), (name, value))))


def add(answers: Answers, state: State, pid: int) -> Iterable[State]:
    """Give the module a new channel in `channels`."""
    name = cast(AddModule, state.processes[pid].operation).module
    if not name and answers.unnamed_module != "accepted":
        return ignored_or_refused(answers.unnamed_module, ErrorKind.OTHER, state, pid)
    if lookup(state.channels, name) is not None and answers.add_again != "replaced":
        return (finish(state, pid, RETURNED if answers.add_again == "kept" else ErrorKind.OTHER),)
    capacity = s.UNBOUNDED if answers.capacity == UNBOUNDED else int(answers.capacity)
    channels = cast(Members, _entered(state.channels, name, len(state.pool)))
    pool = (*state.pool, Channel(capacity))
    return (finish(replace(state, channels=channels, pool=pool), pid, RETURNED),)


def find_to_join(answers: Answers, state: State, pid: int) -> Iterable[State]:
    """Get the channel of the module."""
    process = state.processes[pid]
    operation = cast(AddModuleGroup, process.operation)
    index = lookup(state.channels, operation.module)
    if index is None:
        return ignored_or_refused(answers.group_unknown_module, ErrorKind.UNKNOWN_MODULE, state, pid)
    if not operation.group and answers.unnamed_group != "accepted":
        return ignored_or_refused(answers.unnamed_group, ErrorKind.OTHER, state, pid)
    return (move_to_channel(state, pid, "join", index),)


def join(answers: Answers, state: State, pid: int) -> Iterable[State]:
    """Put the module and its channel into the group."""
    process = state.processes[pid]
    operation = cast(AddModuleGroup, process.operation)
    members = dict(state.groups).get(operation.group, ())
    joined = _entered(members, operation.module, process.channel)
    groups = cast("tuple[tuple[GroupName, Members], ...]", _entered(state.groups, operation.group, joined))
    return (finish(replace(state, groups=groups), pid, RETURNED),)


def remove(answers: Answers, state: State, pid: int) -> Iterator[State]:
    """Take the module out of `channels`."""
    process = state.processes[pid]
    name = cast(CleanUp, process.operation).module
    index = lookup(state.channels, name)
    if index is None:
        yield from ignored_or_refused(answers.clean_up_unknown, ErrorKind.UNKNOWN_MODULE, state, pid)
        if any(lookup(members, name) is not None for _, members in state.groups):
            yield move_to(state, pid, "leave")
        return
    channels = tuple([pair for pair in state.channels if pair[0] != name])
    state = replace(state, channels=channels)
    yield move_to_channel(state, pid, "leave", index)


def leave(answers: Answers, state: State, pid: int) -> Iterator[State]:
    """Take the module out of one of its groups, or go on if it is in none."""
    name = cast(CleanUp, state.processes[pid].operation).module
    mine = [group for group, members in state.groups if lookup(members, name) is not None]
    for left in mine:
        groups = [
            (group, tuple([pair for pair in members if pair[0] != name]) if group == left else members)
            for group, members in state.groups
        ]
        kept = tuple([pair for pair in groups if pair[1] or answers.empty_group == "kept"])
        yield replace(state, groups=kept)
    if not mine:
        yield move_to(state, pid, "close")


def close(answers: Answers, state: State, pid: int) -> Iterable[State]:
    """Close the channel of the module, which ends all waiting there."""
    index = state.processes[pid].channel
    return (finish(state if index == s.NOBODY else close_channel(state, index), pid, RETURNED),)


def begin_sleep(answers: Answers, state: State, pid: int) -> Iterable[State]:
    """Begin the sleep."""
    process = state.processes[pid]
    return (
        with_process(state, pid, replace(process, place="await", timer=max(0, cast(Sleep, process.operation).ms))),
    )


def end_sleep(answers: Answers, state: State, pid: int) -> Iterable[State]:
    """End the sleep when its time is over."""
    return (finish(state, pid, RETURNED),) if state.processes[pid].timer == 0 else ()


MODULE_RULES: Rules = {
    ("add_module", "start"): (
        Move("add", add, ("end",), ("ADD-1", "ADD-2", "FIELD-1", "FIELD-4", "REG-5", "OVER-4", "OVER-5")),
    ),
    ("add_module_group", "start"): (Move("find", find_to_join, ("join", "end"), ("GROUP-1", "OVER-4", "OVER-5")),),
    ("add_module_group", "join"): (
        Move("join", join, ("end",), ("GROUP-1", "GROUP-2", "GROUP-3", "FIELD-2", "FIELD-4")),
    ),
    ("clean_up", "start"): (
        Move("remove", remove, ("leave", "end"), ("CLEAN-1", "FIELD-1", "FIELD-4", "REG-5", "OVER-4", "OVER-5")),
    ),
    ("clean_up", "leave"): (Move("leave", leave, ("leave", "close"), ("CLEAN-2", "CLEAN-4", "FIELD-2", "FIELD-4")),),
    ("clean_up", "close"): (Move("close", close, ("end",), ("CLEAN-3", "CLEAN-4", "CLEAN-5", "CLEAN-6", "CLEAN-7")),),
    ("sleep", "start"): (Move("begin to sleep", begin_sleep, ("await",), ()),),
    ("sleep", "await"): (Move("end the sleep", end_sleep, ("end",), ()),),
}
