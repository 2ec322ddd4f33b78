"""Chooses the next operation off the bus of a generated program: making messages, registering modules."""

from __future__ import annotations

from beehive_spec.vocabulary import (
    GroupName,
    MakeMessage,
    MakeResponse,
    MessageId,
    ModuleName,
    Operation,
    Register,
    Start,
    Step,
    Together,
)

from beehive_conformance.generation.operations import Make, Pick, any_client, any_group, any_parent, one, weighted
from beehive_conformance.generation.symbolic_state import SymbolicState
from beehive_conformance.programs.capability import Capability

TEXTS = ("", "", "x", "y")
"""What a part of a message may be."""


def draw_make_message(state: SymbolicState, pick: Pick) -> Operation:
    """Make a message, some of its parts empty."""
    return MakeMessage(
        parent=any_parent(state, pick) if pick(3) == 2 else MessageId(""),
        source=one(pick, TEXTS),
        group=any_group(state, pick) if pick(3) == 2 else GroupName(""),
        operation=one(pick, TEXTS),
        resource=one(pick, TEXTS),
        content=one(pick, TEXTS),
        client=any_client(state, pick),
    )


def draw_make_response(state: SymbolicState, pick: Pick) -> Operation:
    """Make a response, mostly to a request that waits."""
    return MakeResponse(id=any_parent(state, pick), content=one(pick, TEXTS), client=any_client(state, pick))


def draw_register(state: SymbolicState, pick: Pick) -> Operation:
    """Let a module register, often one that may have done so before."""
    return Register(module=_module(state, pick), implementation=one(pick, TEXTS), client=any_client(state, pick))


def draw_start(state: SymbolicState, pick: Pick) -> Operation:
    """Start the process; if it was started before, let a module register."""
    if state.has_started:
        return draw_register(state, pick)
    state.has_started = True
    known = (*state.modules, state.fresh_module()) if state.modules else (state.fresh_module(),)
    enabled = tuple(dict.fromkeys(each for each in known if pick(2)))
    modules = tuple(dict.fromkeys(each for each in known if pick(2)))
    return Start(enabled=enabled, modules=modules, client=any_client(state, pick))


def draw_off_bus_step(state: SymbolicState, pick: Pick) -> Step:
    """Return a step off the bus, now and then two operations at one instant."""
    makes = [make for capability in sorted(state.off_bus) for make in _MAKES[capability]]
    first = state.start(one(pick, makes)(state, pick))
    if pick(6) < 5:
        return first
    return Together((first, state.start(one(pick, makes)(state, pick))))


def _module(state: SymbolicState, pick: Pick) -> ModuleName:
    return one(pick, state.modules) if state.modules and pick(4) < 3 else state.fresh_module()


_MAKES: dict[Capability, tuple[Make, ...]] = {
    Capability.MESSAGES: weighted({draw_make_message: 3, draw_make_response: 2}),
    Capability.REGISTRATION: weighted({draw_register: 3, draw_start: 2}),
}
OFF_BUS = frozenset(_MAKES)
"""The capabilities with which programs have operations off the bus."""
