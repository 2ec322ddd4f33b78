"""How modules register with the core, when the process starts and otherwise; nothing of it touches the bus."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from msgspec.structs import replace

from beehive_spec.answers import Answers
from beehive_spec.off_bus import Aside, Registry
from beehive_spec.rules.move import Move, Rules
from beehive_spec.state import RETURNED, State, finish, with_process
from beehive_spec.vocabulary import ErrorKind, ModuleName, Register, Start


def _without(registry: Registry, module: ModuleName) -> Registry:
    return tuple(pair for pair in registry if pair[0] != module)


def _with(registry: Registry, module: ModuleName, implementation: str) -> Registry:
    return tuple(sorted((*registry, (module, implementation))))


def registered(answers: Answers, aside: Aside, module: ModuleName, implementation: str) -> Aside | None:
    """Return what is remembered after a module has tried to register, or None if it is refused."""
    where = answers.register_without_file
    if aside.enabled is not None:
        where = "enabled" if module in aside.enabled else "disabled"
    is_there = any(module == name for name, _ in (*aside.modules, *aside.disabled))
    if not module and answers.register_unnamed != "accepted":
        return aside if answers.register_unnamed == "ignored" else None
    if where == "refused" or (is_there and answers.register_again == "refused"):
        return None
    if is_there and answers.register_again == "kept":
        return aside
    modules, disabled = _without(aside.modules, module), _without(aside.disabled, module)
    if where == "enabled":
        return replace(aside, modules=_with(modules, module, implementation), disabled=disabled)
    return replace(aside, modules=modules, disabled=_with(disabled, module, implementation))


def register(answers: Answers, state: State, pid: int) -> Iterable[State]:
    """Put the module into the map of modules, or of disabled modules, as modules.yaml says."""
    operation = cast(Register, state.processes[pid].operation)
    after = registered(answers, state.aside, operation.module, operation.implementation)
    if after is None:
        return (finish(state, pid, ErrorKind.OTHER),)
    return (finish(replace(state, aside=after), pid, RETURNED),)


def start(answers: Answers, state: State, pid: int) -> Iterable[State]:
    """Read modules.yaml."""
    process = state.processes[pid]
    enabled = cast(Start, process.operation).enabled
    state = replace(state, aside=replace(state.aside, enabled=tuple(sorted(set(enabled)))))
    return (with_process(state, pid, replace(process, place="register")),)


def register_all(answers: Answers, state: State, pid: int) -> Iterable[State]:
    """Let every module try to register itself, one after another; return, whether they succeed or not."""
    aside = state.aside
    for module in cast(Start, state.processes[pid].operation).modules:
        aside = registered(answers, aside, module, "") or aside
    return (finish(replace(state, aside=aside), pid, RETURNED),)


REGISTRATION_RULES: Rules = {
    ("start", "start"): (Move("read the file", start, ("register",), ("REG-3", "REG-4", "OVER-4", "OVER-5")),),
    ("start", "register"): (
        Move("register all", register_all, ("end",), ("REG-1", "REG-2", "REG-3", "REG-4", "REG-5")),
    ),
    ("register", "start"): (
        Move("register", register, ("end",), ("REG-2", "REG-3", "REG-4", "REG-5", "OVER-4", "OVER-5")),
    ),
}
