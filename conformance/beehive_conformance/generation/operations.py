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

from beehive_conformance.generation.symbolic_state import MODULES, World

T = TypeVar("T")
Pick = Callable[[int], int]
"""Returns a number from 0 up to, but not including, the one it is given; 0 is the simplest."""
Make = Callable[[World, Pick], Operation]

MOST_PENDING = 6
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


def any_module(world: World, pick: Pick) -> ModuleName:
    """Return the name of a module, mostly of one that is there."""
    roll = pick(32)
    if world.there and roll < 26:
        return one(pick, world.there)
    if world.modules and roll < 30:
        return one(pick, world.modules)
    return world.fresh_module()


def any_group(world: World, pick: Pick) -> GroupName:
    """Return the name of a group, mostly of one that has members."""
    roll = pick(32)
    filled = [group for group, members in world.members.items() if members]
    if filled and roll < 26:
        return one(pick, filled)
    if world.members and roll < 30:
        return one(pick, tuple(world.members))
    return world.fresh_group()


def any_id(world: World, pick: Pick) -> MessageId:
    """Return an id, mostly a new one."""
    roll = pick(32)
    if roll < 25:
        return world.fresh_id()
    for known, most in ((tuple(world.asked), 28), (world.ended, 30), (world.ids, 32)):
        if known and roll < most:
            return one(pick, known)
    return world.fresh_id()


def any_parent(world: World, pick: Pick) -> MessageId:
    """Return the parent of a response, mostly a request that waits."""
    roll = pick(32)
    for known, most in ((tuple(world.asked), 25), (world.ended, 29), (world.ids, 31)):
        if known and roll < most:
            return one(pick, known)
    return world.fresh_id()


def any_client(world: World, pick: Pick) -> ClientName:
    """Return a client, mostly one of its own."""
    roll = pick(16)
    if roll < 13:
        return ClientName("")
    usable = world.usable_clients()
    return one(pick, usable) if usable and roll < 15 else world.fresh_client()


def time_until_due(world: World, pick: Pick) -> int | None:
    """Return the time to something due, mostly the next, or to one of its neighbours; None if nothing is due."""
    due = world.deadlines()
    if not due:
        return None
    chosen = due[0] if pick(4) < 3 else one(pick, due)
    return max(1, chosen - world.now + one(pick, AROUND))


def any_timeout(world: World, pick: Pick) -> Milliseconds:
    """Return a timeout, sometimes aimed at something due."""
    roll = pick(16)
    if roll == 15:
        return Milliseconds(one(pick, NO_TIME))
    aimed = time_until_due(world, pick) if roll >= 12 else None
    return Milliseconds(one(pick, TIMEOUTS) if aimed is None else aimed)


def add_module(world: World, pick: Pick) -> Operation:
    """Add a module, mostly one that is not there."""
    absent = [module for module in world.modules if module not in world.there]
    enough = len(world.modules) == len(MODULES)
    roll = pick(8)
    if absent and (roll > 4 or enough):
        module = one(pick, absent)
    elif world.there and (roll == 4 or enough):
        module = one(pick, world.there)
    else:
        module = world.fresh_module()
    return AddModule(module=module, client=any_client(world, pick))


def add_module_group(world: World, pick: Pick) -> Operation:
    """Put a module into a group, mostly one that is not in it."""
    group = any_group(world, pick)
    outside = [module for module in world.there if module not in world.members.get(group, ())]
    module = one(pick, outside) if outside and pick(4) < 3 else any_module(world, pick)
    return AddModuleGroup(module=module, group=group, client=any_client(world, pick))


def clean_up(world: World, pick: Pick) -> Operation:
    """Clean up a module, mostly one that is there."""
    return CleanUp(module=any_module(world, pick), client=any_client(world, pick))


def send(world: World, pick: Pick) -> Operation:
    """Send to a module, mostly one that is there."""
    return Send(module=any_module(world, pick), id=any_id(world, pick), client=any_client(world, pick))


def send_to_group(world: World, pick: Pick) -> Operation:
    """Send to a group, mostly one that has members."""
    return SendToGroup(group=any_group(world, pick), id=any_id(world, pick), client=any_client(world, pick))


def receive(world: World, pick: Pick) -> Operation:
    """Receive for a module, often one for which messages are there."""
    filled = [module for module, queued in world.queued.items() if queued > 0]
    module = one(pick, filled) if filled and pick(2) else any_module(world, pick)
    return Receive(module=module, client=any_client(world, pick))


def send_sync(world: World, pick: Pick) -> Operation:
    """Ask a module, with a timeout that may be aimed at something due."""
    return SendSync(
        module=any_module(world, pick),
        id=any_id(world, pick),
        timeout=any_timeout(world, pick),
        client=any_client(world, pick),
    )


def send_to_group_sync(world: World, pick: Pick) -> Operation:
    """Ask a group, with a timeout that may be aimed at something due."""
    return SendToGroupSync(
        group=any_group(world, pick),
        id=any_id(world, pick),
        timeout=any_timeout(world, pick),
        client=any_client(world, pick),
    )


def send_resp(world: World, pick: Pick) -> Operation:
    """Respond, mostly to a request that waits."""
    return SendResp(parent=any_parent(world, pick), client=any_client(world, pick))


def _serve(world: World, pick: Pick) -> Operation:
    """Send to a module at whose channel a receiver waits."""
    return Send(module=one(pick, world.waiting()), id=any_id(world, pick), client=any_client(world, pick))


def _make_room(world: World, pick: Pick) -> Operation:
    """Receive from the fullest channel."""
    fullest = max(world.queued, key=world.queued.__getitem__)
    return Receive(module=fullest, client=any_client(world, pick))


_ANYTHING: tuple[Make, ...] = weighted(
    {
        send: 14,
        receive: 17,
        send_sync: 12,
        send_resp: 10,
        add_module: 7,
        add_module_group: 9,
        send_to_group: 7,
        send_to_group_sync: 8,
        clean_up: 6,
    }
)
_WITHOUT_GROUPS: tuple[Make, ...] = (*_ANYTHING, *(add_module_group,) * 40, *(add_module,) * 8)
_WITHOUT_MODULES: tuple[Make, ...] = (*(add_module,) * 180, *_ANYTHING)


def next_operation(world: World, pick: Pick) -> Operation:
    """Return one operation; where many wait, one that ends some of the waiting."""
    if not world.there:
        return one(pick, _WITHOUT_MODULES)(world, pick)
    waiting = world.waiting()
    if world.pending() >= MOST_PENDING:
        helpful: list[Make] = [clean_up, _make_room]
        if world.asked:
            helpful += [send_resp] * 4
        if waiting:
            helpful += [_serve] * 6
        return one(pick, helpful)(world, pick)
    if waiting and pick(8) >= 6:
        return _serve(world, pick)
    if world.asked and pick(8) >= 6:
        return send_resp(world, pick)
    return one(pick, _ANYTHING if any(world.members.values()) else _WITHOUT_GROUPS)(world, pick)
