"""Planted faults in the operations on modules: nobody is known to have them; they test the suite."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from beehive_spec.answers import Answers
from beehive_spec.channels import close as close_channel
from beehive_spec.rules.modules import add, close, find_to_join, join, remove
from beehive_spec.state import NOBODY, RETURNED, State, finish, lookup, move_to, with_channel, with_process
from beehive_spec.vocabulary import AddModule, AddModuleGroup, CleanUp, ErrorKind
from msgspec.structs import replace

from beehive_conformance.deviations.overlay import BOUNDED, Affects, planted


def _read_modules(answers: Answers, state: State, pid: int) -> Iterator[State]:
    process = state.processes[pid]
    yield with_process(state, pid, replace(process, place="write", members=state.channels))


def _write_modules(answers: Answers, state: State, pid: int) -> Iterator[State]:
    read = state.processes[pid].members
    yield from add(answers, replace(state, channels=read), pid)


def _add_only_two(answers: Answers, state: State, pid: int) -> Iterator[State]:
    if len(state.channels) == 2:
        yield finish(state, pid, RETURNED)
    else:
        yield from add(answers, state, pid)


def _join_only_once(answers: Answers, state: State, pid: int) -> Iterator[State]:
    name = cast(AddModuleGroup, state.processes[pid].operation).module
    groups = tuple((group, tuple(pair for pair in members if pair[0] != name)) for group, members in state.groups)
    yield from join(answers, replace(state, groups=groups), pid)


def _join_nothing(answers: Answers, state: State, pid: int) -> Iterator[State]:
    yield finish(state, pid, RETURNED)


def _refuse_its_own_name(answers: Answers, state: State, pid: int) -> Iterator[State]:
    operation = cast(AddModuleGroup, state.processes[pid].operation)
    if operation.module == str(operation.group):
        yield finish(state, pid, RETURNED)
    else:
        yield from find_to_join(answers, state, pid)


def _leave_the_modules(answers: Answers, state: State, pid: int) -> Iterator[State]:
    name = cast(AddModuleGroup, state.processes[pid].operation).module
    for after in join(answers, state, pid):
        yield replace(after, channels=tuple(pair for pair in after.channels if pair[0] != name))


def _drive_out_the_others(answers: Answers, state: State, pid: int) -> Iterator[State]:
    operation = cast(AddModuleGroup, state.processes[pid].operation)
    groups = tuple((group, members) for group, members in state.groups if group != operation.group)
    yield from join(answers, replace(state, groups=groups), pid)


def _join_every_group(answers: Answers, state: State, pid: int) -> Iterator[State]:
    name = cast(AddModule, state.processes[pid].operation).module
    for after in add(answers, state, pid):
        index = lookup(after.channels, name)
        if index is None:
            yield after
            continue
        groups = (
            (group, tuple(sorted((*(pair for pair in members if pair[0] != name), (name, index)))))
            for group, members in after.groups
        )
        yield replace(after, groups=tuple(groups))


def _stay(answers: Answers, state: State, pid: int) -> Iterator[State]:
    for after in remove(answers, state, pid):
        yield replace(after, channels=state.channels)


def _stay_in_groups(answers: Answers, state: State, pid: int) -> Iterator[State]:
    yield move_to(state, pid, "close")


def _leave_open(answers: Answers, state: State, pid: int) -> Iterator[State]:
    yield finish(state, pid, RETURNED)


def _close_the_first_other(answers: Answers, state: State, pid: int) -> Iterator[State]:
    for after in close(answers, state, pid):
        yield close_channel(after, after.channels[0][1]) if after.channels else after


def _wake_no_senders(answers: Answers, state: State, pid: int) -> Iterator[State]:
    index = state.processes[pid].channel
    if index != NOBODY:
        state = with_channel(state, index, replace(state.pool[index], senders=()))
    yield from close(answers, state, pid)


def _wake_no_receivers(answers: Answers, state: State, pid: int) -> Iterator[State]:
    index = state.processes[pid].channel
    if index != NOBODY:
        state = with_channel(state, index, replace(state.pool[index], receivers=()))
    yield from close(answers, state, pid)


def _close_first(answers: Answers, state: State, pid: int) -> Iterator[State]:
    index = lookup(state.channels, cast(CleanUp, state.processes[pid].operation).module)
    yield move_to(state if index is None else close_channel(state, index), pid, "closed")


def _refuse_the_disabled(answers: Answers, state: State, pid: int) -> Iterator[State]:
    name = cast(AddModule, state.processes[pid].operation).module
    if any(name == disabled for disabled, _ in state.off_bus.disabled):
        yield finish(state, pid, ErrorKind.OTHER)
    else:
        yield from add(answers, state, pid)


def _unregister_as_well(answers: Answers, state: State, pid: int) -> Iterator[State]:
    name = cast(CleanUp, state.processes[pid].operation).module
    modules = tuple(pair for pair in state.off_bus.modules if pair[0] != name)
    yield from remove(answers, replace(state, off_bus=replace(state.off_bus, modules=modules)), pid)


def _die_of_an_unknown_module(answers: Answers, state: State, pid: int) -> Iterator[State]:
    name = cast(CleanUp, state.processes[pid].operation).module
    if lookup(state.channels, name) is None:
        yield replace(state, died="panic")
    else:
        yield from remove(answers, state, pid)


PLANTED_MODULES = (
    planted(
        "adding_loses_another",
        "of two modules that are added at one instant, one can be lost",
        "FIELD-4",
        Affects.EVERY_MODULE,
        {("add_module", "start"): _read_modules, ("add_module", "write"): _write_modules},
    ),
    planted(
        "third_module_is_not_added",
        "add_module adds nothing if there are two modules already",
        "ADD-1",
        Affects.EVERY_MODULE,
        {("add_module", "start"): _add_only_two},
    ),
    planted(
        "a_new_module_is_in_every_group",
        "a module that is added is at once in every group that there is",
        "ADD-2",
        Affects.EVERY_MODULE,
        {("add_module", "start"): _join_every_group},
    ),
    planted(
        "grouped_modules_are_forgotten",
        "a module that is put into a group is no longer in the map of modules",
        "FIELD-1",
        Affects.EVERY_MODULE,
        {("add_module_group", "join"): _leave_the_modules},
    ),
    planted(
        "group_has_one_module",
        "a module that is put into a group drives the others out",
        "FIELD-2",
        Affects.EVERY_MODULE,
        {("add_module_group", "join"): _drive_out_the_others},
    ),
    planted(
        "group_is_not_entered",
        "add_module_group does not put the module into the group",
        "GROUP-1",
        Affects.EVERY_MODULE,
        {("add_module_group", "join"): _join_nothing},
    ),
    planted(
        "second_group_ends_the_first",
        "a module that is put into a second group leaves the first",
        "GROUP-2",
        Affects.EVERY_MODULE,
        {("add_module_group", "join"): _join_only_once},
    ),
    planted(
        "group_may_not_be_named_like_a_module",
        "a module is not put into a group that has its name",
        "GROUP-3",
        Affects.EVERY_MODULE,
        {("add_module_group", "start"): _refuse_its_own_name},
    ),
    planted(
        "clean_up_keeps_the_module",
        "clean_up closes the channel but leaves the module in the map",
        "CLEAN-1",
        Affects.EVERY_MODULE,
        {("clean_up", "start"): _stay},
    ),
    planted(
        "clean_up_stays_in_groups",
        "clean_up leaves the module in its groups",
        "CLEAN-2",
        Affects.CALLER,
        {("clean_up", "leave"): _stay_in_groups},
    ),
    planted(
        "clean_up_leaves_the_channel_open",
        "clean_up does not close the channel, so a waiting receive waits for ever",
        "CLEAN-3",
        Affects.CALLER,
        {("clean_up", "close"): _leave_open},
    ),
    planted(
        "clean_up_closes_another",
        "clean_up closes the channel of another module as well",
        "CLEAN-4",
        Affects.EVERY_MODULE,
        {("clean_up", "close"): _close_the_first_other},
    ),
    planted(
        "clean_up_forgets_senders",
        "a send that waits for room waits for ever when the module is cleaned up",
        "CLEAN-5",
        Affects.CALLER,
        {("clean_up", "close"): _wake_no_senders},
        BOUNDED,
    ),
    planted(
        "clean_up_closes_first",
        "clean_up closes the channel before the module leaves the maps",
        "CLEAN-6",
        Affects.CALLER,
        {("clean_up", "start"): _close_first, ("clean_up", "closed"): remove},
    ),
    planted(
        "clean_up_forgets_receivers",
        "a receive that waits goes on waiting when its channel is closed, though everybody else is woken",
        "CLEAN-7",
        Affects.CALLER,
        {("clean_up", "close"): _wake_no_receivers},
    ),
    planted(
        "disabled_modules_are_not_added",
        "add_module refuses a module that is in the map of disabled modules",
        "REG-5",
        Affects.EVERY_MODULE,
        {("add_module", "start"): _refuse_the_disabled},
    ),
    planted(
        "clean_up_takes_back_the_registration",
        "clean_up removes the module from the core's map of modules as well",
        "REG-5",
        Affects.CALLER,
        {("clean_up", "start"): _unregister_as_well},
    ),
    planted(
        "clean_up_of_nobody_kills",
        "cleaning up a module that is not there ends the process",
        "OVER-4",
        Affects.PROCESS,
        {("clean_up", "start"): _die_of_an_unknown_module},
    ),
)
