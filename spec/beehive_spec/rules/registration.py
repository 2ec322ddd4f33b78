"""How modules register with the core, when the process starts and otherwise; nothing of it touches the bus."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from msgspec.structs import replace

from beehive_spec.answers import Answers
from beehive_spec.off_bus import OffBusState, Registry
from beehive_spec.rules.move import Move, Rules
from beehive_spec.state import RETURNED, State, finish, with_process
from beehive_spec.vocabulary import ErrorKind, ModuleName, Register, Start


def _without(registry: Registry, module: ModuleName) -> Registry:
    return tuple(pair for pair in registry if pair[0] != module)


def _with(registry: Registry, module: ModuleName, implementation: str) -> Registry:
    return tuple(sorted((*registry, (module, implementation))))


def registered(answers: Answers, off_bus: OffBusState, module: ModuleName, implementation: str) -> OffBusState | None:
    """Return what is remembered after a module has tried to register, or None if it is refused."""
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


def register(answers: Answers, state: State, pid: int) -> Iterable[State]:
    """Put the module into the map of modules, or of disabled modules, as modules.yaml says."""
    operation = cast(Register, state.processes[pid].operation)
    after = registered(answers, state.off_bus, operation.module, operation.implementation)
    if after is None:
        return (finish(state, pid, ErrorKind.OTHER),)
    return (finish(replace(state, off_bus=after), pid, RETURNED),)


def start(answers: Answers, state: State, pid: int) -> Iterable[State]:
    """Read modules.yaml."""
    process = state.processes[pid]
    enabled = cast(Start, process.operation).enabled
    state = replace(state, off_bus=replace(state.off_bus, enabled=tuple(sorted(set(enabled)))))
    return (with_process(state, pid, replace(process, place="register")),)


def register_all(answers: Answers, state: State, pid: int) -> Iterable[State]:
    """Let every module try to register itself, one after another; return, whether they succeed or not."""
    off_bus = state.off_bus
    for module in cast(Start, state.processes[pid].operation).modules:
        off_bus = registered(answers, off_bus, module, "") or off_bus
    return (finish(replace(state, off_bus=off_bus), pid, RETURNED),)


REGISTRATION_RULES: Rules = {
    ("start", "start"): (Move("read the file", start, ("register",), ("REG-3", "REG-4", "OVER-4", "OVER-5")),),
    ("start", "register"): (
        Move("register all", register_all, ("end",), ("REG-1", "REG-2", "REG-3", "REG-4", "REG-5")),
    ),
    ("register", "start"): (
        Move("register", register, ("end",), ("REG-2", "REG-3", "REG-4", "REG-5", "OVER-4", "OVER-5")),
    ),
}
