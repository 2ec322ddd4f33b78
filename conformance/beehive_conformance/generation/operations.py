"""Chooses the next operation of a generated program, its names and its times, so that it fits what is there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
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
"""Returns a number from 0 up to, but not including, the one it is given; 0 is the simplest."""
Make = Callable[[SymbolicState, Pick], Operation]

MAX_PENDING = 6
"""Operations that have not returned, about; more make the automaton slow and show nothing new."""
TIMEOUTS = (100, 10, 20, 50, 100, 10, 1000, 5, 1, 60_000)
NO_TIME = (0, 0, -1)
AROUND = (0, 0, 0, 0, -1, 1)


def weighted(weights: Mapping[T, int]) -> tuple[T, ...]:
    """Return each choice as often as it weighs."""
    return tuple(each for each, weight in weights.items() for _ in range(weight))


def one(pick: Pick, choices: Sequence[T]) -> T:
    """Return one of the choices."""
    return choices[pick(len(choices))]


def any_module(state: SymbolicState, pick: Pick) -> ModuleName:
    """Return the name of a module, mostly of one that is there."""
    roll = pick(32)
    if state.there and roll < 26:
        return one(pick, state.there)
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
    for known, most in ((tuple(state.asked), 28), (state.ended, 30), (state.ids, 32)):
        if known and roll < most:
            return one(pick, known)
    return state.fresh_id()


def any_parent(state: SymbolicState, pick: Pick) -> MessageId:
    """Return the parent of a response, mostly a request that waits."""
    roll = pick(32)
    for known, most in ((tuple(state.asked), 25), (state.ended, 29), (state.ids, 31)):
        if known and roll < most:
            return one(pick, known)
    return state.fresh_id()


def any_client(state: SymbolicState, pick: Pick) -> ClientName:
    """Return a client, mostly one of its own."""
    roll = pick(16)
    if roll < 13:
        return ClientName("")
    usable = state.usable_clients()
    return one(pick, usable) if usable and roll < 15 else state.fresh_client()


def time_until_due(state: SymbolicState, pick: Pick) -> int | None:
    """Return the time to something due, mostly the next, or to one of its neighbours; None if nothing is due."""
    due = state.deadlines()
    if not due:
        return None
    chosen = due[0] if pick(4) < 3 else one(pick, due)
    return max(1, chosen - state.now + one(pick, AROUND))


def any_timeout(state: SymbolicState, pick: Pick) -> Milliseconds:
    """Return a timeout, sometimes aimed at something due."""
    roll = pick(16)
    if roll == 15:
        return Milliseconds(one(pick, NO_TIME))
    aimed = time_until_due(state, pick) if roll >= 12 else None
    return Milliseconds(one(pick, TIMEOUTS) if aimed is None else aimed)


def draw_add_module(state: SymbolicState, pick: Pick) -> Operation:
    """Add a module, mostly one that is not there."""
    absent = [module for module in state.modules if module not in state.there]
    enough = len(state.modules) == len(MODULES)
    roll = pick(8)
    if absent and (roll > 4 or enough):
        module = one(pick, absent)
    elif state.there and (roll == 4 or enough):
        module = one(pick, state.there)
    else:
        module = state.fresh_module()
    return AddModule(module=module, client=any_client(state, pick))


def draw_add_module_group(state: SymbolicState, pick: Pick) -> Operation:
    """Put a module into a group, mostly one that is not in it."""
    group = any_group(state, pick)
    outside = [module for module in state.there if module not in state.members.get(group, ())]
    module = one(pick, outside) if outside and pick(4) < 3 else any_module(state, pick)
    return AddModuleGroup(module=module, group=group, client=any_client(state, pick))


def draw_clean_up(state: SymbolicState, pick: Pick) -> Operation:
    """Clean up a module, mostly one that is there."""
    return CleanUp(module=any_module(state, pick), client=any_client(state, pick))


def draw_send(state: SymbolicState, pick: Pick) -> Operation:
    """Send to a module, mostly one that is there."""
    return Send(module=any_module(state, pick), id=any_id(state, pick), client=any_client(state, pick))


def draw_send_to_group(state: SymbolicState, pick: Pick) -> Operation:
    """Send to a group, mostly one that has members."""
    return SendToGroup(group=any_group(state, pick), id=any_id(state, pick), client=any_client(state, pick))


def draw_receive(state: SymbolicState, pick: Pick) -> Operation:
    """Receive for a module, often one for which messages are there."""
    filled = [module for module, queued in state.queued.items() if queued > 0]
    module = one(pick, filled) if filled and pick(2) else any_module(state, pick)
    return Receive(module=module, client=any_client(state, pick))


def draw_send_sync(state: SymbolicState, pick: Pick) -> Operation:
    """Ask a module, with a timeout that may be aimed at something due."""
    return SendSync(
        module=any_module(state, pick),
        id=any_id(state, pick),
        timeout=any_timeout(state, pick),
        client=any_client(state, pick),
    )


def draw_send_to_group_sync(state: SymbolicState, pick: Pick) -> Operation:
    """Ask a group, with a timeout that may be aimed at something due."""
    return SendToGroupSync(
        group=any_group(state, pick),
        id=any_id(state, pick),
        timeout=any_timeout(state, pick),
        client=any_client(state, pick),
    )


def draw_send_resp(state: SymbolicState, pick: Pick) -> Operation:
    """Respond, mostly to a request that waits."""
    return SendResp(parent=any_parent(state, pick), client=any_client(state, pick))


def _serve(state: SymbolicState, pick: Pick) -> Operation:
    """Send to a module at whose channel a receiver waits."""
    return Send(module=one(pick, state.waiting()), id=any_id(state, pick), client=any_client(state, pick))


def _make_room(state: SymbolicState, pick: Pick) -> Operation:
    """Receive from the fullest channel."""
    fullest = max(state.queued, key=state.queued.__getitem__)
    return Receive(module=fullest, client=any_client(state, pick))


_ANYTHING: tuple[Make, ...] = weighted(
    {
        draw_send: 14,
        draw_receive: 17,
        draw_send_sync: 12,
        draw_send_resp: 10,
        draw_add_module: 7,
        draw_add_module_group: 9,
        draw_send_to_group: 7,
        draw_send_to_group_sync: 8,
        draw_clean_up: 6,
    }
)
_WITHOUT_GROUPS: tuple[Make, ...] = (*_ANYTHING, *(draw_add_module_group,) * 40, *(draw_add_module,) * 8)
_WITHOUT_MODULES: tuple[Make, ...] = (*(draw_add_module,) * 180, *_ANYTHING)


def next_operation(state: SymbolicState, pick: Pick) -> Operation:
    """Return one operation; where many wait, one that ends some of the waiting."""
    if not state.there:
        return one(pick, _WITHOUT_MODULES)(state, pick)
    waiting = state.waiting()
    if state.pending() >= MAX_PENDING:
        helpful: list[Make] = [draw_clean_up, _make_room]
        if state.asked:
            helpful += [draw_send_resp] * 4
        if waiting:
            helpful += [_serve] * 6
        return one(pick, helpful)(state, pick)
    if waiting and pick(8) >= 6:
        return _serve(state, pick)
    if state.asked and pick(8) >= 6:
        return draw_send_resp(state, pick)
    return one(pick, _ANYTHING if any(state.members.values()) else _WITHOUT_GROUPS)(state, pick)
