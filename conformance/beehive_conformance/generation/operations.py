"""Draws operations on the bus, with names and times that fit what the program has so far."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from beehive_spec.vocabulary import (
    AddModule,
    AddModuleGroup,
    CleanUp,
    ClientName,
    GroupName,
    MessageId,
    Milliseconds,
    ModuleName,
    Operation,
    Receive,
    Send,
    SendResp,
    SendSync,
    SendToGroup,
    SendToGroupSync,
)

from beehive_conformance.generation.symbolic_state import MODULES, SymbolicState

T = TypeVar("T")
Pick = Callable[[int], int]
"""Chooses a number from 0 up to but not including its argument; 0 stands for the simplest choice."""
Draw = Callable[[SymbolicState, Pick], Operation]
"""Chooses an operation that fits the state; `SymbolicState.start` records it."""

TIMEOUTS = (100, 10, 20, 50, 100, 10, 1000, 5, 1, 60_000)
NO_TIME = (0, 0, -1)
AROUND = (0, 0, 0, 0, -1, 1)


def one(pick: Pick, choices: Sequence[T]) -> T:
    """Return one of the choices."""
    return choices[pick(len(choices))]


def any_module(state: SymbolicState, pick: Pick) -> ModuleName:
    """Return the name of a module, mostly of one that exists."""
    roll = pick(32)
    if state.present and roll < 26:
        return one(pick, state.present)
    if state.modules and roll < 30:
        return one(pick, state.modules)
    return state.fresh_module()


def any_group(state: SymbolicState, pick: Pick) -> GroupName:
    """Return the name of a group, mostly of one that has members."""
    roll = pick(32)
    filled = [group for group, members in state.members.items() if members]
    if filled and roll < 26:
        return one(pick, filled)
    if state.members and roll < 30:
        return one(pick, tuple(state.members))
    return state.fresh_group()


def any_id(state: SymbolicState, pick: Pick) -> MessageId:
    """Return an id, mostly a new one."""
    roll = pick(32)
    if roll < 25:
        return state.fresh_id()
    for known, most in ((tuple(state.requests), 28), (state.ended, 30), (state.ids, 32)):
        if known and roll < most:
            return one(pick, known)
    return state.fresh_id()


def any_parent(state: SymbolicState, pick: Pick) -> MessageId:
    """Return the parent of a response, mostly a waiting request."""
    roll = pick(32)
    for known, most in ((tuple(state.requests), 25), (state.ended, 29), (state.ids, 31)):
        if known and roll < most:
            return one(pick, known)
    return state.fresh_id()


def any_client(state: SymbolicState, pick: Pick) -> ClientName:
    """Return a client, mostly the empty one, which no other operation shares."""
    roll = pick(16)
    if roll < 13:
        return ClientName("")
    usable = state.usable_clients()
    return one(pick, usable) if usable and roll < 15 else state.fresh_client()


def time_until_due(state: SymbolicState, pick: Pick) -> int | None:
    """Return the milliseconds until something is due, mostly the next, or 1 ms off; None if nothing is due."""
    due = state.deadlines()
    if not due:
        return None
    chosen = due[0] if pick(4) < 3 else one(pick, due)
    return max(1, chosen - state.now + one(pick, AROUND))


def any_timeout(state: SymbolicState, pick: Pick) -> Milliseconds:
    """Return a timeout, sometimes one that ends when something else is due."""
    roll = pick(16)
    if roll == 15:
        return Milliseconds(one(pick, NO_TIME))
    aimed = time_until_due(state, pick) if roll >= 12 else None
    return Milliseconds(one(pick, TIMEOUTS) if aimed is None else aimed)


def draw_add_module(state: SymbolicState, pick: Pick) -> Operation:
    """Add a module, mostly one that does not exist."""
    absent = [module for module in state.modules if module not in state.present]
    enough = len(state.modules) == len(MODULES)
    roll = pick(8)
    if absent and (roll > 4 or enough):
        module = one(pick, absent)
    elif state.present and (roll == 4 or enough):
        module = one(pick, state.present)
    else:
        module = state.fresh_module()
    return AddModule(module=module, client=any_client(state, pick))


def draw_add_module_group(state: SymbolicState, pick: Pick) -> Operation:
    """Add a module to a group, mostly one that is not a member."""
    group = any_group(state, pick)
    outside = [module for module in state.present if module not in state.members.get(group, ())]
    module = one(pick, outside) if outside and pick(4) < 3 else any_module(state, pick)
    return AddModuleGroup(module=module, group=group, client=any_client(state, pick))


def draw_clean_up(state: SymbolicState, pick: Pick) -> Operation:
    """Clean up a module, mostly one that exists."""
    return CleanUp(module=any_module(state, pick), client=any_client(state, pick))


def draw_send(state: SymbolicState, pick: Pick) -> Operation:
    """Send to a module, mostly one that exists."""
    return Send(module=any_module(state, pick), id=any_id(state, pick), client=any_client(state, pick))


def draw_send_to_group(state: SymbolicState, pick: Pick) -> Operation:
    """Send to a group, mostly one that has members."""
    return SendToGroup(group=any_group(state, pick), id=any_id(state, pick), client=any_client(state, pick))


def draw_receive(state: SymbolicState, pick: Pick) -> Operation:
    """Receive for a module, often one whose channel has messages."""
    filled = [module for module, queued in state.queued.items() if queued > 0]
    module = one(pick, filled) if filled and pick(2) else any_module(state, pick)
    return Receive(module=module, client=any_client(state, pick))


def draw_send_sync(state: SymbolicState, pick: Pick) -> Operation:
    """Send a request to a module."""
    return SendSync(
        module=any_module(state, pick),
        id=any_id(state, pick),
        timeout=any_timeout(state, pick),
        client=any_client(state, pick),
    )


def draw_send_to_group_sync(state: SymbolicState, pick: Pick) -> Operation:
    """Send a request to a group."""
    return SendToGroupSync(
        group=any_group(state, pick),
        id=any_id(state, pick),
        timeout=any_timeout(state, pick),
        client=any_client(state, pick),
    )


def draw_send_resp(state: SymbolicState, pick: Pick) -> Operation:
    """Respond, mostly to a waiting request."""
    return SendResp(parent=any_parent(state, pick), client=any_client(state, pick))
