"""Chooses the next step of a generated program so that it fits what is there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from beehive_spec.vocabulary import (
    AddModule,
    AddModuleGroup,
    Advance,
    CleanUp,
    ClientName,
    GroupName,
    LookAtFields,
    MessageId,
    Milliseconds,
    ModuleName,
    Nap,
    Operation,
    Receive,
    Repeat,
    Send,
    SendResp,
    SendSync,
    SendToGroup,
    SendToGroupSync,
    Step,
    Together,
)

from beehive_conformance.world import MODULES, World

T = TypeVar("T")
Pick = Callable[[int], int]
"""Returns a number from 0 up to, but not including, the one it is given; 0 is the simplest."""
Make = Callable[[World, Pick], Operation]

MOST_PENDING = 6
"""Operations that have not returned, about; more make the automaton slow and show nothing new."""
MOST_TOGETHER = 3
"""Operations started at one instant: four explode."""
MOST_PUTS = 8
"""Members that broadcasts of one instant have in all: three broadcasts to four modules take seconds to judge."""
MOST_FILLS = 2
"""Channels filled in one program: each fill is `capacity` operations."""
FEW_LEFT = 2
"""Messages in a channel from which on it may be drained."""
TIMEOUTS = (100, 10, 20, 50, 100, 10, 1000, 5, 1, 60_000)
NO_TIME = (0, 0, -1)
TIMES = (10, 1, 5, 50, 100, 1000, 100_000)
AROUND = (0, 0, 0, 0, -1, 1)


def _weighted(weights: Mapping[T, int]) -> tuple[T, ...]:
    return tuple(each for each, weight in weights.items() for _ in range(weight))


def _one(pick: Pick, choices: Sequence[T]) -> T:
    return choices[pick(len(choices))]


def _module(world: World, pick: Pick) -> ModuleName:
    roll = pick(32)
    if world.there and roll < 26:
        return _one(pick, world.there)
    if world.modules and roll < 30:
        return _one(pick, world.modules)
    return world.fresh_module()


def _group(world: World, pick: Pick) -> GroupName:
    roll = pick(32)
    filled = [group for group, members in world.members.items() if members]
    if filled and roll < 26:
        return _one(pick, filled)
    if world.members and roll < 30:
        return _one(pick, tuple(world.members))
    return world.fresh_group()


def _id(world: World, pick: Pick) -> MessageId:
    roll = pick(32)
    if roll < 25:
        return world.fresh_id()
    for known, most in ((tuple(world.asked), 28), (world.ended, 30), (world.ids, 32)):
        if known and roll < most:
            return _one(pick, known)
    return world.fresh_id()


def _parent(world: World, pick: Pick) -> MessageId:
    roll = pick(32)
    for known, most in ((tuple(world.asked), 25), (world.ended, 29), (world.ids, 31)):
        if known and roll < most:
            return _one(pick, known)
    return world.fresh_id()


def _client(world: World, pick: Pick) -> ClientName:
    roll = pick(16)
    if roll < 13:
        return ClientName("")
    usable = world.usable_clients()
    return _one(pick, usable) if usable and roll < 15 else world.fresh_client()


def _time_until_due(world: World, pick: Pick) -> int | None:
    """Return the time to something due, mostly the next, or to one of its neighbours; None if nothing is due."""
    due = world.deadlines()
    if not due:
        return None
    chosen = due[0] if pick(4) < 3 else _one(pick, due)
    return max(1, chosen - world.now + _one(pick, AROUND))


def _timeout(world: World, pick: Pick) -> Milliseconds:
    roll = pick(16)
    if roll == 15:
        return Milliseconds(_one(pick, NO_TIME))
    aimed = _time_until_due(world, pick) if roll >= 12 else None
    return Milliseconds(_one(pick, TIMEOUTS) if aimed is None else aimed)


def add_module(world: World, pick: Pick) -> Operation:
    """Add a module, mostly one that is not there."""
    absent = [module for module in world.modules if module not in world.there]
    enough = len(world.modules) == len(MODULES)
    roll = pick(8)
    if absent and (roll > 4 or enough):
        module = _one(pick, absent)
    elif world.there and (roll == 4 or enough):
        module = _one(pick, world.there)
    else:
        module = world.fresh_module()
    return AddModule(module=module, client=_client(world, pick))


def add_module_group(world: World, pick: Pick) -> Operation:
    """Put a module into a group, mostly one that is not in it."""
    group = _group(world, pick)
    outside = [module for module in world.there if module not in world.members.get(group, ())]
    module = _one(pick, outside) if outside and pick(4) < 3 else _module(world, pick)
    return AddModuleGroup(module=module, group=group, client=_client(world, pick))


def clean_up(world: World, pick: Pick) -> Operation:
    """Clean up a module, mostly one that is there."""
    return CleanUp(module=_module(world, pick), client=_client(world, pick))


def send(world: World, pick: Pick) -> Operation:
    """Send to a module, mostly one that is there."""
    return Send(module=_module(world, pick), id=_id(world, pick), client=_client(world, pick))


def send_to_group(world: World, pick: Pick) -> Operation:
    """Send to a group, mostly one that has members."""
    return SendToGroup(group=_group(world, pick), id=_id(world, pick), client=_client(world, pick))


def receive(world: World, pick: Pick) -> Operation:
    """Receive for a module, often one for which messages are there."""
    filled = [module for module, queued in world.queued.items() if queued > 0]
    module = _one(pick, filled) if filled and pick(2) else _module(world, pick)
    return Receive(module=module, client=_client(world, pick))


def send_sync(world: World, pick: Pick) -> Operation:
    """Ask a module, with a timeout that may be aimed at something due."""
    return SendSync(
        module=_module(world, pick),
        id=_id(world, pick),
        timeout=_timeout(world, pick),
        client=_client(world, pick),
    )


def send_to_group_sync(world: World, pick: Pick) -> Operation:
    """Ask a group, with a timeout that may be aimed at something due."""
    return SendToGroupSync(
        group=_group(world, pick),
        id=_id(world, pick),
        timeout=_timeout(world, pick),
        client=_client(world, pick),
    )


def send_resp(world: World, pick: Pick) -> Operation:
    """Respond, mostly to a request that waits."""
    return SendResp(parent=_parent(world, pick), client=_client(world, pick))


def _serve(world: World, pick: Pick) -> Operation:
    """Send to a module at whose channel a receiver waits."""
    return Send(module=_one(pick, world.waiting()), id=_id(world, pick), client=_client(world, pick))


def _make_room(world: World, pick: Pick) -> Operation:
    """Receive from the fullest channel."""
    fullest = max(world.queued, key=world.queued.__getitem__)
    return Receive(module=fullest, client=_client(world, pick))


_ANYTHING: tuple[Make, ...] = _weighted(
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
_PLAIN: tuple[Make, ...] = (
    send,
    receive,
    send,
    receive,
    send_to_group,
    add_module,
    add_module_group,
    clean_up,
    send_resp,
)


def _operation(world: World, pick: Pick) -> Operation:
    """Return one operation; where many wait, one that ends some of the waiting."""
    if not world.there:
        return _one(pick, _WITHOUT_MODULES)(world, pick)
    waiting = world.waiting()
    if world.pending() >= MOST_PENDING:
        helpful: list[Make] = [clean_up, _make_room]
        if world.asked:
            helpful += [send_resp] * 4
        if waiting:
            helpful += [_serve] * 6
        return _one(pick, helpful)(world, pick)
    if waiting and pick(8) >= 6:
        return _serve(world, pick)
    if world.asked and pick(8) >= 6:
        return send_resp(world, pick)
    return _one(pick, _ANYTHING if any(world.members.values()) else _WITHOUT_GROUPS)(world, pick)


def operation(world: World, pick: Pick) -> Step:
    """Return a step that starts one operation."""
    return world.note(_operation(world, pick))


def together(world: World, pick: Pick) -> Step:
    """Return a step that starts two or three operations, some of them aimed at one instant by a nap."""
    if pick(16) >= 10 and world.there:
        return Together(_aimed(world, pick))
    count = 2 if pick(4) < 3 else MOST_TOGETHER
    started: list[Operation] = []
    puts = 0
    for _ in range(count):
        operation = _operation(world, pick)
        if isinstance(operation, SendToGroup | SendToGroupSync):
            puts += len(world.members.get(operation.group, ()))
            if puts > MOST_PUTS:
                operation = receive(world, pick)
        started.append(world.start(operation))
    return Together(tuple(started))


def _aimed(world: World, pick: Pick) -> tuple[Operation, ...]:
    """Return operations of which one comes when another one's time is over, or about then."""
    due = _time_until_due(world, pick)
    if due is not None and pick(4) < 3:
        client = world.fresh_client()
        nap = world.start(Nap(ms=Milliseconds(due), client=client))
        return nap, world.start(_follower(world, pick, None, client))
    request = send_to_group_sync(world, pick) if pick(4) == 3 else send_sync(world, pick)
    assert isinstance(request, (SendSync, SendToGroupSync)), "only these have a timeout"
    world.start(request)
    client = world.fresh_client()
    nap = world.start(Nap(ms=Milliseconds(max(0, request.timeout + _one(pick, AROUND))), client=client))
    return request, nap, world.start(_follower(world, pick, request.id, client))


def _follower(world: World, pick: Pick, parent: MessageId | None, client: ClientName) -> Operation:
    roll = pick(8)
    if roll < 5:
        return SendResp(parent=_parent(world, pick) if parent is None else parent, client=client)
    module = _module(world, pick)
    if roll == 5:
        return CleanUp(module=module, client=client)
    if roll == 6:
        return Receive(module=module, client=client)
    return SendSync(module=module, id=parent or _id(world, pick), timeout=_timeout(world, pick), client=client)


def advance(world: World, pick: Pick) -> Step:
    """Return a step that lets time pass, mostly until something is due."""
    aimed = _time_until_due(world, pick) if pick(16) < 13 else None
    return world.note(Advance(Milliseconds(_one(pick, TIMES) if aimed is None else aimed)))


def fields(world: World, pick: Pick) -> Step:
    """Return a look at the fields."""
    return LookAtFields()


def repeat(world: World, pick: Pick) -> Step:
    """Return a step that fills a channel, drains one, or does something plain a few times."""
    full = [module for module, queued in world.queued.items() if queued > FEW_LEFT]
    if full and pick(4) >= 2:
        module = _one(pick, full)
        times = world.queued[module] + _one(pick, AROUND)
        return world.note(Repeat(Receive(module=module, client=_client(world, pick)), times))
    if world.capacity is not None and world.queued and world.fills < MOST_FILLS and pick(8) < 7:
        module = _one(pick, tuple(world.queued))
        times = world.capacity - max(world.queued[module], 0) + _one(pick, AROUND)
        if times > 0:
            world.fills += 1
            return world.note(Repeat(Send(module=module, id=_id(world, pick), client=_client(world, pick)), times))
    return world.note(Repeat(_one(pick, _PLAIN)(world, pick), 2 + pick(3)))


_STEPS = _weighted({operation: 60, advance: 20, together: 14, fields: 3, repeat: 3})
_STEPS_WITH_CAPACITY = (*_STEPS, *(repeat,) * 5)


def next_step(world: World, pick: Pick) -> Step:
    """Return any step that fits what is there, and take note of it."""
    make = _one(pick, _STEPS if world.capacity is None else _STEPS_WITH_CAPACITY)
    if make is not operation and not world.there:
        make = operation
    if make is advance and not world.deadlines() and pick(4) < 3:
        make = operation
    return make(world, pick)
