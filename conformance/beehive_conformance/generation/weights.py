"""How each type of operation is drawn, and how often; this extends the table of operations for the generator."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TypeVar, assert_never, get_args

from beehive_spec.vocabulary import (
    AddModule,
    AddModuleGroup,
    CleanUp,
    MakeMessage,
    MakeResponse,
    Operation,
    Receive,
    Register,
    Send,
    SendResp,
    SendSync,
    SendToGroup,
    SendToGroupSync,
    Sleep,
    Start,
    Step,
    Together,
)

from beehive_conformance.generation import off_bus, operations
from beehive_conformance.generation.operations import Draw, Pick, any_client, any_id, one
from beehive_conformance.generation.symbolic_state import SymbolicState
from beehive_conformance.programs.capability import Capability
from beehive_conformance.programs.operation_table import OPERATIONS

T = TypeVar("T")

MAX_PENDING = 6
"""The approximate limit of waiting operations: more make the automaton slow and show nothing new."""


def draw_of(kind: type[Operation]) -> Draw | None:
    """Return the function that draws operations of a type; None for a sleep, which only together steps contain."""
    if issubclass(kind, AddModule):
        return operations.draw_add_module
    if issubclass(kind, AddModuleGroup):
        return operations.draw_add_module_group
    if issubclass(kind, CleanUp):
        return operations.draw_clean_up
    if issubclass(kind, Send):
        return operations.draw_send
    if issubclass(kind, SendToGroup):
        return operations.draw_send_to_group
    if issubclass(kind, Receive):
        return operations.draw_receive
    if issubclass(kind, SendSync):
        return operations.draw_send_sync
    if issubclass(kind, SendToGroupSync):
        return operations.draw_send_to_group_sync
    if issubclass(kind, SendResp):
        return operations.draw_send_resp
    if issubclass(kind, Sleep):
        return None
    if issubclass(kind, MakeMessage):
        return off_bus.draw_make_message
    if issubclass(kind, MakeResponse):
        return off_bus.draw_make_response
    if issubclass(kind, Start):
        return off_bus.draw_start
    if issubclass(kind, Register):
        return off_bus.draw_register
    assert_never(kind)


DRAWS: Mapping[type[Operation], Draw] = MappingProxyType(
    {kind: draw for kind in get_args(Operation) if (draw := draw_of(kind)) is not None}
)
"""The functions that draw operations, by type."""
WEIGHTS: Mapping[type[Operation], int] = MappingProxyType(
    {
        Send: 14,
        Receive: 17,
        SendSync: 12,
        SendResp: 10,
        AddModule: 7,
        AddModuleGroup: 9,
        SendToGroup: 7,
        SendToGroupSync: 8,
        CleanUp: 6,
        MakeMessage: 3,
        MakeResponse: 2,
        Register: 3,
        Start: 2,
    }
)
"""The weight of each type among those that need the same capability.

The order matters: changing it changes the programs of every seed.
"""
OFF_BUS = frozenset(row.needs for row in OPERATIONS.values() if row.needs is not None)
"""The capabilities that off-bus operations need."""


def weighted(weights: Mapping[T, int]) -> tuple[T, ...]:
    """Return a tuple with each choice as often as its weight."""
    return tuple(each for each, weight in weights.items() for _ in range(weight))


def _weighted_draws(needs: Capability | None) -> tuple[Draw, ...]:
    return weighted({DRAWS[kind]: weight for kind, weight in WEIGHTS.items() if OPERATIONS[kind].needs is needs})


_ANYTHING = _weighted_draws(None)
_WITHOUT_GROUPS = (*_ANYTHING, *(operations.draw_add_module_group,) * 40, *(operations.draw_add_module,) * 8)
_WITHOUT_MODULES = (*(operations.draw_add_module,) * 180, *_ANYTHING)
_OFF_BUS = {capability: _weighted_draws(capability) for capability in OFF_BUS}


def next_operation(state: SymbolicState, pick: Pick) -> Operation:
    """Draw an operation on the bus; if many operations wait, draw one that may let some of them return."""
    if not state.present:
        return one(pick, _WITHOUT_MODULES)(state, pick)
    waiting = state.waiting()
    if state.pending() >= MAX_PENDING:
        helpful: list[Draw] = [operations.draw_clean_up, _make_room]
        if state.requests:
            helpful += [operations.draw_send_resp] * 4
        if waiting:
            helpful += [_serve] * 6
        return one(pick, helpful)(state, pick)
    if waiting and pick(8) >= 6:
        return _serve(state, pick)
    if state.requests and pick(8) >= 6:
        return operations.draw_send_resp(state, pick)
    return one(pick, _ANYTHING if any(state.members.values()) else _WITHOUT_GROUPS)(state, pick)


def draw_off_bus_step(state: SymbolicState, pick: Pick) -> Step:
    """Draw an off-bus step, sometimes two operations that start together; the state records it."""
    draws = [draw for capability in sorted(state.off_bus) for draw in _OFF_BUS[capability]]
    first = state.start(one(pick, draws)(state, pick))
    if pick(6) < 5:
        return first
    return Together((first, state.start(one(pick, draws)(state, pick))))


def _serve(state: SymbolicState, pick: Pick) -> Operation:
    """Send to a module whose channel has a waiting receiver."""
    return Send(module=one(pick, state.waiting()), id=any_id(state, pick), client=any_client(state, pick))


def _make_room(state: SymbolicState, pick: Pick) -> Operation:
    """Receive from the fullest channel."""
    fullest = max(state.queued, key=state.queued.__getitem__)
    return Receive(module=fullest, client=any_client(state, pick))
