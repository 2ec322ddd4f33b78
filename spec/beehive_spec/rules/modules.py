"""How modules are added, put into groups and cleaned up, and how a client sleeps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

from msgspec.structs import replace

from beehive_spec.channels import capacity_of, close_channel
from beehive_spec.off_bus import is_registered, unregistered
from beehive_spec.rules.move import Move, Rules, ignore_or_refuse, rules_for
from beehive_spec.rules.spreading import is_alone
from beehive_spec.rules.turn import Turn
from beehive_spec.state import NO_CHANNEL, RETURNED, Channel, State, finish, lookup, move_to_channel
from beehive_spec.vocabulary import AddModule, AddModuleGroup, CleanUp, ErrorKind, Sleep

_Name = TypeVar("_Name", bound=str)
_Value = TypeVar("_Value")


def _entered(pairs: tuple[tuple[_Name, _Value], ...], name: _Name, value: _Value) -> tuple[tuple[_Name, _Value], ...]:
    return tuple(sorted((*(pair for pair in pairs if pair[0] != name), (name, value))))


def add(turn: Turn[AddModule]) -> Iterable[State]:
    """Give the module a new channel in `channels`."""
    answers, state, name = turn.answers, turn.state, turn.operation.module
    if not name and answers.unnamed_module != "accepted":
        return ignore_or_refuse(turn, answers.unnamed_module, ErrorKind.OTHER)
    if lookup(state.channels, name) is not None and answers.add_again != "replaced":
        return (turn.finish(RETURNED if answers.add_again == "kept" else ErrorKind.OTHER),)
    channels = _entered(state.channels, name, len(state.pool))
    pool = (*state.pool, Channel(capacity_of(answers.capacity)))
    return (finish(replace(state, channels=channels, pool=pool), turn.pid, RETURNED),)


def find_to_join(turn: Turn[AddModuleGroup]) -> Iterator[State]:
    """Find the channel of the module; if there are two reasons not to continue, either may be met first."""
    answers, operation = turn.answers, turn.operation
    index = lookup(turn.state.channels, operation.module)
    may_join = operation.group or answers.unnamed_group == "accepted"
    if index is None:
        yield from ignore_or_refuse(turn, answers.group_unknown_module, ErrorKind.UNKNOWN_MODULE)
    if not may_join:
        yield from ignore_or_refuse(turn, answers.unnamed_group, ErrorKind.OTHER)
    elif index is not None:
        yield turn.move_to_channel("join", index)


def join(turn: Turn[AddModuleGroup]) -> Iterable[State]:
    """Put the module and its channel into the group."""
    state, operation = turn.state, turn.operation
    members = dict(state.groups).get(operation.group, ())
    joined = _entered(members, operation.module, turn.process.channel)
    groups = _entered(state.groups, operation.group, joined)
    return (finish(replace(state, groups=groups), turn.pid, RETURNED),)


def remove(turn: Turn[CleanUp]) -> Iterator[State]:
    """Remove the module from `channels`, or from another map first."""
    state, name = turn.state, turn.operation.module
    index = lookup(state.channels, name)
    if index is None:
        yield from ignore_or_refuse(turn, turn.answers.clean_up_unknown, ErrorKind.UNKNOWN_MODULE)
        if has_to_unregister(turn):
            unregistered_too = turn.at(without_registration(turn))
            yield from ignore_or_refuse(unregistered_too, turn.answers.clean_up_unknown, ErrorKind.UNKNOWN_MODULE)
        if any(lookup(members, name) is not None for _, members in state.groups):
            yield turn.move_to("leave")
        return
    channels = tuple([pair for pair in state.channels if pair[0] != name])
    yield move_to_channel(replace(state, channels=channels), turn.pid, "leave", index)
    if not is_alone(turn):
        yield from left_groups(turn)
        if has_to_unregister(turn):
            yield without_registration(turn)


def leave(turn: Turn[CleanUp]) -> Iterator[State]:
    """Remove the module from one more map; when it is in no group, the channel may be closed."""
    groups = list(left_groups(turn))
    left = [*groups]
    if has_to_unregister(turn):
        left.append(without_registration(turn))
    # The order makes no difference to anyone if no other operation can move meanwhile.
    yield from left[:1] if is_alone(turn) else left
    if not left or (not groups and not is_alone(turn)):
        yield turn.move_to("close")


def has_to_unregister(turn: Turn[CleanUp]) -> bool:
    """Return whether the module is in a map of the core from which cleaning up removes it."""
    is_taken_back = turn.answers.clean_up_registration == "removed"
    return is_taken_back and is_registered(turn.state.off_bus, turn.operation.module)


def without_registration(turn: Turn[CleanUp]) -> State:
    """Return the state in which the module is in no map of the core."""
    return replace(turn.state, off_bus=unregistered(turn.state.off_bus, turn.operation.module))


def left_groups(turn: Turn[CleanUp]) -> Iterator[State]:
    """Yield, for each group that the module is in, the state in which it is not in this group."""
    state, name = turn.state, turn.operation.module
    mine = [group for group, members in state.groups if lookup(members, name) is not None]
    for left in mine:
        groups = [
            (group, tuple([pair for pair in members if pair[0] != name]) if group == left else members)
            for group, members in state.groups
        ]
        kept = tuple([pair for pair in groups if pair[1] or turn.answers.empty_group == "kept"])
        yield replace(state, groups=kept)


def close_and_finish(turn: Turn[CleanUp]) -> Iterable[State]:
    """Close the channel of the module, which ends every wait at it."""
    state, index = turn.state, turn.process.channel
    turn = turn.at(state if index == NO_CHANNEL else close_channel(state, index))
    return (turn.move_to("closed") if has_to_unregister(turn) else turn.finish(RETURNED),)


def unregister(turn: Turn[CleanUp]) -> Iterable[State]:
    """Remove the module from the maps of the core, after its channel was closed."""
    return (finish(without_registration(turn), turn.pid, RETURNED),)


def begin_sleep(turn: Turn[Sleep]) -> Iterable[State]:
    """Begin the sleep."""
    return (turn.with_process(replace(turn.process, place="await", timer=max(0, turn.operation.ms))),)


def end_sleep(turn: Turn[Sleep]) -> Iterable[State]:
    """End the sleep when its time is over."""
    return (turn.finish(RETURNED),) if turn.process.timer == 0 else ()


MODULE_RULES: Rules = {
    **rules_for(
        AddModule,
        {
            "start": (
                Move("add", add, ("end",), ("ADD-1", "ADD-2", "FIELD-1", "FIELD-4", "REG-5", "OVER-4", "OVER-5")),
            ),
        },
    ),
    **rules_for(
        AddModuleGroup,
        {
            "start": (Move("find module", find_to_join, ("join", "end"), ("GROUP-1", "OVER-4", "OVER-5")),),
            "join": (Move("join", join, ("end",), ("GROUP-1", "GROUP-2", "GROUP-3", "FIELD-2", "FIELD-4")),),
        },
    ),
    **rules_for(
        CleanUp,
        {
            "start": (
                Move(
                    "remove",
                    remove,
                    ("start", "leave", "end"),
                    ("CLEAN-1", "CLEAN-2", "FIELD-1", "FIELD-2", "FIELD-4", "REG-5", "OVER-4", "OVER-5"),
                ),
            ),
            "leave": (
                Move("leave", leave, ("leave", "close"), ("CLEAN-2", "CLEAN-4", "FIELD-2", "FIELD-4", "REG-5")),
            ),
            "close": (
                Move(
                    "close",
                    close_and_finish,
                    ("closed", "end"),
                    ("CLEAN-3", "CLEAN-4", "CLEAN-5", "CLEAN-6", "CLEAN-7"),
                ),
            ),
            "closed": (Move("unregister", unregister, ("end",), ("REG-5",)),),
        },
    ),
    **rules_for(
        Sleep,
        {
            "start": (Move("begin to sleep", begin_sleep, ("await",), ()),),
            "await": (Move("end the sleep", end_sleep, ("end",), ()),),
        },
    ),
}
