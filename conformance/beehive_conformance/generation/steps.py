"""Chooses the next step of a generated program so that it fits what is there."""

from __future__ import annotations

from beehive_spec.vocabulary import (
    Advance,
    CleanUp,
    ClientName,
    LookAtFields,
    MessageId,
    Milliseconds,
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

from beehive_conformance.generation.off_bus import beside
from beehive_conformance.generation.operations import (
    AROUND,
    Make,
    Pick,
    add_module,
    add_module_group,
    any_client,
    any_id,
    any_module,
    any_parent,
    any_timeout,
    clean_up,
    next_operation,
    one,
    receive,
    send,
    send_resp,
    send_sync,
    send_to_group,
    send_to_group_sync,
    time_until_due,
    weighted,
)
from beehive_conformance.generation.symbolic_state import World

MOST_TOGETHER = 3
"""Operations started at one instant: four explode."""
MOST_PUTS = 8
"""Members that broadcasts of one instant have in all: three broadcasts to four modules take seconds to judge."""
MOST_FILLS = 2
"""Channels filled in one program: each fill is `capacity` operations."""
FEW_LEFT = 2
"""Messages in a channel from which on it may be drained."""
TIMES = (10, 1, 5, 50, 100, 1000, 100_000)
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


def operation(world: World, pick: Pick) -> Step:
    """Return a step that starts one operation."""
    return world.note(next_operation(world, pick))


def together(world: World, pick: Pick) -> Step:
    """Return a step that starts two or three operations, some of them aimed at one instant by a nap."""
    if pick(16) >= 10 and world.there:
        return Together(_aimed(world, pick))
    count = 2 if pick(4) < 3 else MOST_TOGETHER
    started: list[Operation] = []
    puts = 0
    for _ in range(count):
        operation = next_operation(world, pick)
        if isinstance(operation, SendToGroup | SendToGroupSync):
            puts += len(world.members.get(operation.group, ()))
            if puts > MOST_PUTS:
                operation = receive(world, pick)
        started.append(world.start(operation))
    return Together(tuple(started))


def _aimed(world: World, pick: Pick) -> tuple[Operation, ...]:
    """Return operations of which one comes when another one's time is over, or about then."""
    due = time_until_due(world, pick)
    if due is not None and pick(4) < 3:
        client = world.fresh_client()
        nap = world.start(Nap(ms=Milliseconds(due), client=client))
        return nap, world.start(_follower(world, pick, None, client))
    request = send_to_group_sync(world, pick) if pick(4) == 3 else send_sync(world, pick)
    assert isinstance(request, (SendSync, SendToGroupSync)), "only these have a timeout"
    world.start(request)
    client = world.fresh_client()
    nap = world.start(Nap(ms=Milliseconds(max(0, request.timeout + one(pick, AROUND))), client=client))
    return request, nap, world.start(_follower(world, pick, request.id, client))


def _follower(world: World, pick: Pick, parent: MessageId | None, client: ClientName) -> Operation:
    roll = pick(8)
    if roll < 5:
        return SendResp(parent=any_parent(world, pick) if parent is None else parent, client=client)
    module = any_module(world, pick)
    if roll == 5:
        return CleanUp(module=module, client=client)
    if roll == 6:
        return Receive(module=module, client=client)
    return SendSync(module=module, id=parent or any_id(world, pick), timeout=any_timeout(world, pick), client=client)


def advance(world: World, pick: Pick) -> Step:
    """Return a step that lets time pass, mostly until something is due."""
    aimed = time_until_due(world, pick) if pick(16) < 13 else None
    return world.note(Advance(Milliseconds(one(pick, TIMES) if aimed is None else aimed)))


def fields(world: World, pick: Pick) -> Step:
    """Return a look at the fields."""
    return LookAtFields()


def repeat(world: World, pick: Pick) -> Step:
    """Return a step that fills a channel, drains one, or does something plain a few times."""
    full = [module for module, queued in world.queued.items() if queued > FEW_LEFT]
    if full and pick(4) >= 2:
        module = one(pick, full)
        times = world.queued[module] + one(pick, AROUND)
        return world.note(Repeat(Receive(module=module, client=any_client(world, pick)), times))
    if world.capacity is not None and world.queued and world.fills < MOST_FILLS and pick(8) < 7:
        module = one(pick, tuple(world.queued))
        times = world.capacity - max(world.queued[module], 0) + one(pick, AROUND)
        if times > 0:
            world.fills += 1
            return world.note(
                Repeat(Send(module=module, id=any_id(world, pick), client=any_client(world, pick)), times)
            )
    return world.note(Repeat(one(pick, _PLAIN)(world, pick), 2 + pick(3)))


_STEPS = weighted({operation: 60, advance: 20, together: 14, fields: 3, repeat: 3})
_STEPS_WITH_CAPACITY = (*_STEPS, *(repeat,) * 5)
_BESIDE = (beside,) * 12


def next_step(world: World, pick: Pick) -> Step:
    """Return any step that fits what is there, and take note of it."""
    steps = _STEPS if world.capacity is None else _STEPS_WITH_CAPACITY
    make = one(pick, (*steps, *_BESIDE) if world.beside else steps)
    if make is beside:
        return make(world, pick)
    if make is not operation and not world.there:
        make = operation
    if make is advance and not world.deadlines() and pick(4) < 3:
        make = operation
    return make(world, pick)
