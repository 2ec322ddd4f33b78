"""How modules register with the core, at the start of the process and later."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from beehive_spec.answers import Answers
from beehive_spec.channels import capacity_of
from beehive_spec.off_bus import OffBusState, is_registered, unregistered
from beehive_spec.rules.move import Move, Rules, rules_for
from beehive_spec.rules.turn import Turn
from beehive_spec.state import RETURNED, Channel, State, finish, lookup, move_to, with_process
from beehive_spec.vocabulary import ErrorKind, ModuleName, Register, Start


def registered(answers: Answers, off_bus: OffBusState, module: ModuleName, implementation: str) -> OffBusState | None:
    """Return the maps after a module has tried to register, or None if the core refuses it."""
    where = answers.register_without_file
    if off_bus.enabled is not None:
        where = "enabled" if module in off_bus.enabled else "disabled"
    is_there = is_registered(off_bus, module)
    if not module and answers.register_unnamed != "accepted":
        return off_bus if answers.register_unnamed == "ignored" else None
    if where == "refused" or (is_there and answers.register_again == "refused"):
        return None
    if is_there and answers.register_again == "kept":
        return off_bus
    rest, entry = unregistered(off_bus, module), (module, implementation)
    if where == "enabled":
        return replace(rest, modules=tuple(sorted((*rest.modules, entry))))
    return replace(rest, disabled=tuple(sorted((*rest.disabled, entry))))


def gets_a_channel(answers: Answers, before: OffBusState, after: OffBusState, module: ModuleName) -> bool:
    """Return whether a module that has just registered gets a channel by that."""
    if answers.registered_channel == "none" or after is before:
        return False
    return any(module == name for name, _ in after.modules) and (bool(module) or answers.unnamed_module == "accepted")


def register_module(turn: Turn[Register]) -> Iterator[State]:
    """Put the module into the map of modules or of disabled modules, as modules.yaml says."""
    answers, module, before = turn.answers, turn.operation.module, turn.state.off_bus
    after = registered(answers, before, module, turn.operation.implementation)
    if after is None or _has_two_reasons(answers, before, module):
        yield turn.finish(ErrorKind.OTHER)
    if after is not None:
        turn = turn.at(replace(turn.state, off_bus=after))
        yield turn.move_to("open") if gets_a_channel(answers, before, after, module) else turn.finish(RETURNED)


def _has_two_reasons(answers: Answers, off_bus: OffBusState, module: ModuleName) -> bool:
    """Return whether the name is empty, which is ignored, and the file was not read, which is refused."""
    ignored = not module and answers.register_unnamed == "ignored"
    return ignored and off_bus.enabled is None and answers.register_without_file == "refused"


def open_channel(turn: Turn[Register]) -> Iterable[State]:
    """Give the registered module a channel if it has none."""
    return (finish(with_new_channel(turn.answers, turn.state, turn.operation.module), turn.pid, RETURNED),)


def with_new_channel(answers: Answers, state: State, module: ModuleName) -> State:
    """Return the state in which a module that was not in `channels` is there, with an empty channel."""
    if lookup(state.channels, module) is not None:
        return state
    channels = tuple(sorted((*state.channels, (module, len(state.pool)))))
    return replace(state, channels=channels, pool=(*state.pool, Channel(capacity_of(answers.capacity))))


def read_enabled_modules(turn: Turn[Start]) -> Iterable[State]:
    """Read modules.yaml."""
    enabled = tuple(sorted(set(turn.operation.enabled)))
    state = replace(turn.state, off_bus=replace(turn.state.off_bus, enabled=enabled))
    # A module that is enabled and does not try to register may be reported at the end.
    reports = not set(enabled) <= set(turn.operation.modules)
    return (with_process(state, turn.pid, replace(turn.process, place="register", expected=int(reports))),)


def register_next(turn: Turn[Start]) -> Iterator[State]:
    """Let the next module try to register; after the last one, return, or report those that did not register."""
    answers, process, before = turn.answers, turn.process, turn.state.off_bus
    done = max(process.looked, 0)
    if done == len(turn.operation.modules):
        yield turn.finish(RETURNED)
        if process.expected:
            yield turn.finish(ErrorKind.OTHER)
        return
    module = turn.operation.modules[done]
    after = registered(answers, before, module, "")
    process = replace(process, looked=done + 1, expected=process.expected or int(after is None))
    if after is not None and gets_a_channel(answers, before, after, module):
        process = replace(process, place="open")
    yield with_process(replace(turn.state, off_bus=after or before), turn.pid, process)


def open_next_channel(turn: Turn[Start]) -> Iterable[State]:
    """Give the module that has just registered a channel if it has none."""
    module = turn.operation.modules[turn.process.looked - 1]
    return (move_to(with_new_channel(turn.answers, turn.state, module), turn.pid, "register"),)


REGISTRATION_RULES: Rules = {
    **rules_for(
        Start,
        {
            "start": (
                Move("read the file", read_enabled_modules, ("register",), ("REG-3", "REG-4", "OVER-4", "OVER-5")),
            ),
            "register": (
                Move(
                    "register next",
                    register_next,
                    ("register", "open", "end"),
                    ("REG-1", "REG-2", "REG-3", "REG-4", "REG-5", "REG-6"),
                ),
            ),
            "open": (Move("open channel", open_next_channel, ("register",), ("REG-5", "FIELD-1")),),
        },
    ),
    **rules_for(
        Register,
        {
            "start": (
                Move(
                    "register",
                    register_module,
                    ("open", "end"),
                    ("REG-2", "REG-3", "REG-4", "REG-5", "OVER-4", "OVER-5"),
                ),
            ),
            "open": (Move("open channel", open_channel, ("end",), ("REG-5", "FIELD-1")),),
        },
    ),
}
