"""How modules register with the core, at the start of the process and later; the bus is not touched."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from beehive_spec.answers import Answers
from beehive_spec.off_bus import OffBusState, Registry
from beehive_spec.rules.move import Move, Rules, rules_for
from beehive_spec.rules.turn import Turn
from beehive_spec.state import RETURNED, State, finish, with_process
from beehive_spec.vocabulary import ErrorKind, ModuleName, Register, Start


def _without(registry: Registry, module: ModuleName) -> Registry:
    return tuple(pair for pair in registry if pair[0] != module)


def _with(registry: Registry, module: ModuleName, implementation: str) -> Registry:
    return tuple(sorted((*registry, (module, implementation))))


def registered(answers: Answers, off_bus: OffBusState, module: ModuleName, implementation: str) -> OffBusState | None:
    """Return the maps after a module has tried to register, or None if the core refuses it."""
    where = answers.register_without_file
    if off_bus.enabled is not None:
        where = "enabled" if module in off_bus.enabled else "disabled"
    is_there = any(module == name for name, _ in (*off_bus.modules, *off_bus.disabled))
    if not module and answers.register_unnamed != "accepted":
        return off_bus if answers.register_unnamed == "ignored" else None
    if where == "refused" or (is_there and answers.register_again == "refused"):
        return None
    if is_there and answers.register_again == "kept":
        return off_bus
    modules, disabled = _without(off_bus.modules, module), _without(off_bus.disabled, module)
    if where == "enabled":
        return replace(off_bus, modules=_with(modules, module, implementation), disabled=disabled)
    return replace(off_bus, modules=modules, disabled=_with(disabled, module, implementation))


def register_module(turn: Turn[Register]) -> Iterable[State]:
    """Put the module into the map of modules or of disabled modules, as modules.yaml says."""
    module, implementation = turn.operation.module, turn.operation.implementation
    after = registered(turn.answers, turn.state.off_bus, module, implementation)
    if after is None:
        return (turn.finish(ErrorKind.OTHER),)
    return (finish(replace(turn.state, off_bus=after), turn.pid, RETURNED),)


def read_enabled_modules(turn: Turn[Start]) -> Iterable[State]:
    """Read modules.yaml."""
    enabled = tuple(sorted(set(turn.operation.enabled)))
    state = replace(turn.state, off_bus=replace(turn.state.off_bus, enabled=enabled))
    return (with_process(state, turn.pid, replace(turn.process, place="register")),)


def register_all(turn: Turn[Start]) -> Iterable[State]:
    """Let each module try to register, one after another; return whether or not they succeed."""
    off_bus = turn.state.off_bus
    for module in turn.operation.modules:
        off_bus = registered(turn.answers, off_bus, module, "") or off_bus
    return (finish(replace(turn.state, off_bus=off_bus), turn.pid, RETURNED),)


REGISTRATION_RULES: Rules = {
    **rules_for(
        Start,
        {
            "start": (
                Move("read the file", read_enabled_modules, ("register",), ("REG-3", "REG-4", "OVER-4", "OVER-5")),
            ),
            "register": (
                Move("register all", register_all, ("end",), ("REG-1", "REG-2", "REG-3", "REG-4", "REG-5")),
            ),
        },
    ),
    **rules_for(
        Register,
        {
            "start": (
                Move(
                    "register",
                    register_module,
                    ("end",),
                    ("REG-2", "REG-3", "REG-4", "REG-5", "OVER-4", "OVER-5"),
                ),
            ),
        },
    ),
}
