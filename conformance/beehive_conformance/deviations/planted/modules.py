"""Faults planted in the operations on modules, to test the suite; no implementation is known to have them."""

from __future__ import annotations

from collections.abc import Iterator

from beehive_spec.channels import close_channel
from beehive_spec.off_bus import unregistered
from beehive_spec.rules import Turn
from beehive_spec.rules.modules import add, close_and_finish, find_to_join, join, remove
from beehive_spec.state import NO_CHANNEL, RETURNED, State, lookup, move_to, with_channel
from beehive_spec.vocabulary import AddModule, AddModuleGroup, CleanUp, ErrorKind
from msgspec.structs import replace

from beehive_conformance.deviations.overlay import BOUNDED, Affects, make_overlay, replaced


def _read_modules(turn: Turn[AddModule]) -> Iterator[State]:
    yield turn.with_process(replace(turn.process, place="write", members=turn.state.channels))


def _write_modules(turn: Turn[AddModule]) -> Iterator[State]:
    yield from add(turn.at(replace(turn.state, channels=turn.process.members)))


def _add_only_two(turn: Turn[AddModule]) -> Iterator[State]:
    if len(turn.state.channels) == 2:
        yield turn.finish(RETURNED)
    else:
        yield from add(turn)


def _join_only_once(turn: Turn[AddModuleGroup]) -> Iterator[State]:
    name, before = turn.operation.module, turn.state.groups
    groups = tuple((group, tuple(pair for pair in members if pair[0] != name)) for group, members in before)
    yield from join(turn.at(replace(turn.state, groups=groups)))


def _join_nothing(turn: Turn[AddModuleGroup]) -> Iterator[State]:
    yield turn.finish(RETURNED)


def _ignore_a_group_of_its_name(turn: Turn[AddModuleGroup]) -> Iterator[State]:
    if turn.operation.module == str(turn.operation.group):
        yield turn.finish(RETURNED)
    else:
        yield from find_to_join(turn)


def _leave_the_modules(turn: Turn[AddModuleGroup]) -> Iterator[State]:
    name = turn.operation.module
    for after in join(turn):
        yield replace(after, channels=tuple(pair for pair in after.channels if pair[0] != name))


def _remove_the_others(turn: Turn[AddModuleGroup]) -> Iterator[State]:
    groups = tuple(pair for pair in turn.state.groups if pair[0] != turn.operation.group)
    yield from join(turn.at(replace(turn.state, groups=groups)))


def _join_every_group(turn: Turn[AddModule]) -> Iterator[State]:
    name = turn.operation.module
    for after in add(turn):
        index = lookup(after.channels, name)
        if index is None:
            yield after
            continue
        groups = (
            (group, tuple(sorted((*(pair for pair in members if pair[0] != name), (name, index)))))
            for group, members in after.groups
        )
        yield replace(after, groups=tuple(groups))


def _stay(turn: Turn[CleanUp]) -> Iterator[State]:
    for after in remove(turn):
        yield replace(after, channels=turn.state.channels)


def _stay_in_groups(turn: Turn[CleanUp]) -> Iterator[State]:
    yield turn.move_to("close")


def _leave_open(turn: Turn[CleanUp]) -> Iterator[State]:
    yield turn.finish(RETURNED)


def _close_the_first_other(turn: Turn[CleanUp]) -> Iterator[State]:
    for after in close_and_finish(turn):
        yield close_channel(after, after.channels[0][1]) if after.channels else after


def _wake_no_senders(turn: Turn[CleanUp]) -> Iterator[State]:
    state, index = turn.state, turn.process.channel
    if index != NO_CHANNEL:
        turn = turn.at(with_channel(state, index, replace(state.pool[index], senders=())))
    yield from close_and_finish(turn)


def _wake_no_receivers(turn: Turn[CleanUp]) -> Iterator[State]:
    state, index = turn.state, turn.process.channel
    if index != NO_CHANNEL:
        turn = turn.at(with_channel(state, index, replace(state.pool[index], receivers=())))
    yield from close_and_finish(turn)


def _close_first(turn: Turn[CleanUp]) -> Iterator[State]:
    index = lookup(turn.state.channels, turn.operation.module)
    yield move_to(turn.state if index is None else close_channel(turn.state, index), turn.pid, "closed")


def _refuse_the_disabled(turn: Turn[AddModule]) -> Iterator[State]:
    if any(turn.operation.module == disabled for disabled, _ in turn.state.off_bus.disabled):
        yield turn.finish(ErrorKind.OTHER)
    else:
        yield from add(turn)


def _unregister_another(turn: Turn[CleanUp]) -> Iterator[State]:
    off_bus = turn.state.off_bus
    others = [name for name, _ in off_bus.modules if name != turn.operation.module]
    off_bus = unregistered(off_bus, others[0]) if others else off_bus
    yield from close_and_finish(turn.at(replace(turn.state, off_bus=off_bus)))


def _die_of_an_unknown_module(turn: Turn[CleanUp]) -> Iterator[State]:
    if lookup(turn.state.channels, turn.operation.module) is None:
        yield replace(turn.state, died="panic")
    else:
        yield from remove(turn)


PLANTED_MODULES = (
    make_overlay(
        "adding_loses_another",
        "add_module can lose one of two modules that are added at the same instant",
        "FIELD-4",
        Affects.EVERY_MODULE,
        replaced(AddModule, {"start": _read_modules, "write": _write_modules}),
    ),
    make_overlay(
        "third_module_is_not_added",
        "add_module adds nothing if there are two modules already",
        "ADD-1",
        Affects.EVERY_MODULE,
        replaced(AddModule, {"start": _add_only_two}),
    ),
    make_overlay(
        "a_new_module_is_in_every_group",
        "add_module puts a new module into every existing group",
        "ADD-2",
        Affects.EVERY_MODULE,
        replaced(AddModule, {"start": _join_every_group}),
    ),
    make_overlay(
        "grouped_modules_are_forgotten",
        "add_module_group removes the module from the map of modules",
        "FIELD-1",
        Affects.EVERY_MODULE,
        replaced(AddModuleGroup, {"join": _leave_the_modules}),
    ),
    make_overlay(
        "group_has_one_module",
        "add_module_group removes all other modules from the group",
        "FIELD-2",
        Affects.EVERY_MODULE,
        replaced(AddModuleGroup, {"join": _remove_the_others}),
    ),
    make_overlay(
        "group_is_not_entered",
        "add_module_group does not put the module into the group",
        "GROUP-1",
        Affects.EVERY_MODULE,
        replaced(AddModuleGroup, {"join": _join_nothing}),
    ),
    make_overlay(
        "second_group_ends_the_first",
        "add_module_group removes the module from its other groups",
        "GROUP-2",
        Affects.EVERY_MODULE,
        replaced(AddModuleGroup, {"join": _join_only_once}),
    ),
    make_overlay(
        "group_may_not_be_named_like_a_module",
        "add_module_group does not put a module into a group of the same name",
        "GROUP-3",
        Affects.EVERY_MODULE,
        replaced(AddModuleGroup, {"start": _ignore_a_group_of_its_name}),
    ),
    make_overlay(
        "clean_up_keeps_the_module",
        "clean_up closes the channel but leaves the module in the map of modules",
        "CLEAN-1",
        Affects.EVERY_MODULE,
        replaced(CleanUp, {"start": _stay}),
    ),
    make_overlay(
        "clean_up_stays_in_groups",
        "clean_up leaves the module in its groups",
        "CLEAN-2",
        Affects.CALLER,
        replaced(CleanUp, {"leave": _stay_in_groups}),
    ),
    make_overlay(
        "clean_up_leaves_the_channel_open",
        "clean_up does not close the channel, so a waiting receive never returns",
        "CLEAN-3",
        Affects.CALLER,
        replaced(CleanUp, {"close": _leave_open}),
    ),
    make_overlay(
        "clean_up_closes_another",
        "clean_up also closes the channel of another module",
        "CLEAN-4",
        Affects.EVERY_MODULE,
        replaced(CleanUp, {"close": _close_the_first_other}),
    ),
    make_overlay(
        "clean_up_forgets_senders",
        "clean_up does not wake a send that waits for room, so the send never returns",
        "CLEAN-5",
        Affects.CALLER,
        replaced(CleanUp, {"close": _wake_no_senders}),
        BOUNDED,
    ),
    make_overlay(
        "clean_up_closes_first",
        "clean_up closes the channel before it removes the module from the maps",
        "CLEAN-6",
        Affects.CALLER,
        replaced(CleanUp, {"start": _close_first, "closed": remove}),
    ),
    make_overlay(
        "clean_up_forgets_receivers",
        "clean_up closes the channel but does not wake a waiting receive, which never returns",
        "CLEAN-7",
        Affects.CALLER,
        replaced(CleanUp, {"close": _wake_no_receivers}),
    ),
    make_overlay(
        "disabled_modules_are_not_added",
        "add_module refuses a module that is in the map of disabled modules",
        "REG-5",
        Affects.EVERY_MODULE,
        replaced(AddModule, {"start": _refuse_the_disabled}),
    ),
    make_overlay(
        "clean_up_takes_back_another_registration",
        "clean_up removes another module from the core's map of modules",
        "REG-5",
        Affects.EVERY_MODULE,
        replaced(CleanUp, {"close": _unregister_another}),
    ),
    make_overlay(
        "clean_up_of_nobody_kills",
        "clean_up of an unknown module ends the process",
        "OVER-4",
        Affects.PROCESS,
        replaced(CleanUp, {"start": _die_of_an_unknown_module}),
    ),
)
