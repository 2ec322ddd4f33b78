"""Draws the next step of a program: one operation, several at once, a repeat, an advance, or inspecting fields."""

from __future__ import annotations

from beehive_spec.vocabulary import (
    AddModule,
    AddModuleGroup,
    Advance,
    CleanUp,
    ClientName,
    InspectFields,
    MessageId,
    Milliseconds,
    Operation,
    Receive,
    Repeat,
    Send,
    SendResp,
    SendSync,
    SendToGroup,
    SendToGroupSync,
    Sleep,
    Step,
    Together,
)

from beehive_conformance.generation.operations import (
    AROUND,
    Pick,
    any_client,
    any_id,
    any_module,
    any_parent,
    any_timeout,
    draw_receive,
    draw_send_sync,
    draw_send_to_group_sync,
    one,
    time_until_due,
)
from beehive_conformance.generation.symbolic_state import SymbolicState
from beehive_conformance.generation.weights import DRAWS, draw_off_bus_step, next_operation, weighted

MAX_CONCURRENT = 3
"""Operations of one together step: with four, the number of possible orders explodes."""
MAX_PUTS = 8
"""Members reached by the broadcasts of one step: three broadcasts to four modules take seconds to judge."""
MAX_FILLS = 2
"""Channels filled per program: each fill is `capacity` operations."""
FEW_LEFT = 2
"""A channel with more messages than this may be drained by a repeat."""
TIMES = (10, 1, 5, 50, 100, 1000, 100_000)
REPEATABLE: tuple[type[Operation], ...] = (
    Send,
    Receive,
    Send,
    Receive,
    SendToGroup,
    AddModule,
    AddModuleGroup,
    CleanUp,
    SendResp,
)
"""The operations that a repeat may have; a request in each round would only wait."""


def draw_single(state: SymbolicState, pick: Pick) -> Step:
    """Draw a step that starts one operation."""
    return state.note(next_operation(state, pick))


def draw_together(state: SymbolicState, pick: Pick) -> Step:
    """Draw a step that starts two or three operations, some of them delayed by a sleep to a given instant."""
    if pick(16) >= 10 and state.present:
        return Together(_aimed(state, pick))
    count = 2 if pick(4) < 3 else MAX_CONCURRENT
    started: list[Operation] = []
    puts = 0
    for _ in range(count):
        operation = next_operation(state, pick)
        if isinstance(operation, SendToGroup | SendToGroupSync):
            puts += len(state.members.get(operation.group, ()))
            if puts > MAX_PUTS:
                operation = draw_receive(state, pick)
        started.append(state.start(operation))
    return Together(tuple(started))


def _aimed(state: SymbolicState, pick: Pick) -> tuple[Operation, ...]:
    """Draw operations of which one starts when another times out, or 1 ms off."""
    due = time_until_due(state, pick)
    if due is not None and pick(4) < 3:
        client = state.fresh_client()
        sleep = state.start(Sleep(ms=Milliseconds(due), client=client))
        return sleep, state.start(_follower(state, pick, None, client))
    request = draw_send_to_group_sync(state, pick) if pick(4) == 3 else draw_send_sync(state, pick)
    assert isinstance(request, (SendSync, SendToGroupSync)), "only these have a timeout"
    state.start(request)
    client = state.fresh_client()
    sleep = state.start(Sleep(ms=Milliseconds(max(0, request.timeout + one(pick, AROUND))), client=client))
    return request, sleep, state.start(_follower(state, pick, request.id, client))


def _follower(state: SymbolicState, pick: Pick, parent: MessageId | None, client: ClientName) -> Operation:
    roll = pick(8)
    if roll < 5:
        return SendResp(parent=any_parent(state, pick) if parent is None else parent, client=client)
    module = any_module(state, pick)
    if roll == 5:
        return CleanUp(module=module, client=client)
    if roll == 6:
        return Receive(module=module, client=client)
    return SendSync(module=module, id=parent or any_id(state, pick), timeout=any_timeout(state, pick), client=client)


def draw_advance(state: SymbolicState, pick: Pick) -> Step:
    """Draw a step that lets time pass, mostly until something is due."""
    aimed = time_until_due(state, pick) if pick(16) < 13 else None
    return state.note(Advance(Milliseconds(one(pick, TIMES) if aimed is None else aimed)))


def draw_inspect_fields(_state: SymbolicState, _pick: Pick) -> Step:
    """Return the step that inspects the fields."""
    return InspectFields()


def draw_repeat(state: SymbolicState, pick: Pick) -> Step:
    """Draw a repeat that fills a channel, drains one, or repeats a simple operation a few times."""
    full = [module for module, queued in state.queued.items() if queued > FEW_LEFT]
    if full and pick(4) >= 2:
        module = one(pick, full)
        times = state.queued[module] + one(pick, AROUND)
        return state.note(Repeat(Receive(module=module, client=any_client(state, pick)), times))
    if state.capacity is not None and state.queued and state.fills < MAX_FILLS and pick(8) < 7:
        module = one(pick, tuple(state.queued))
        times = state.capacity - max(state.queued[module], 0) + one(pick, AROUND)
        if times > 0:
            state.fills += 1
            return state.note(
                Repeat(Send(module=module, id=any_id(state, pick), client=any_client(state, pick)), times)
            )
    return state.note(Repeat(DRAWS[one(pick, REPEATABLE)](state, pick), 2 + pick(3)))


_STEPS = weighted({draw_single: 60, draw_advance: 20, draw_together: 14, draw_inspect_fields: 3, draw_repeat: 3})
_STEPS_WITH_CAPACITY = (*_STEPS, *(draw_repeat,) * 5)
_OFF_BUS = (draw_off_bus_step,) * 12


def next_step(state: SymbolicState, pick: Pick) -> Step:
    """Draw any step that fits the state; the state records it."""
    steps = _STEPS if state.capacity is None else _STEPS_WITH_CAPACITY
    make = one(pick, (*steps, *_OFF_BUS) if state.off_bus else steps)
    if make is draw_off_bus_step:
        return make(state, pick)
    if make is not draw_single and not state.present:
        make = draw_single
    if make is draw_advance and not state.deadlines() and pick(4) < 3:
        make = draw_single
    return make(state, pick)
