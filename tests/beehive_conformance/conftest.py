"""Programs drawn from a seed, with every operation and several at one instant."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from beehive_conformance.programs.program import Program
from beehive_spec.vocabulary import (
    AddModule,
    AddModuleGroup,
    Advance,
    CleanUp,
    ClientName,
    GroupName,
    InspectFields,
    MessageId,
    Milliseconds,
    ModuleName,
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

MODULES = [ModuleName(name) for name in "abc"]
IDS = [MessageId(name) for name in ("m1", "m2", "m3")]
CLIENTS = [ClientName(name) for name in ("", "", "x", "y", "z")]
GROUP = GroupName("g")
TIMES = [Milliseconds(ms) for ms in (-1, 0, 5, 10)]


@pytest.fixture
def drawn() -> Callable[[int], Program]:
    """Return a function from a seed to a program."""
    return _draw


def _draw(seed: int) -> Program:
    source = random.Random(seed)
    steps: list[Step] = [AddModule(module=module) for module in MODULES]
    steps += [AddModuleGroup(module=module, group=GROUP) for module in MODULES[:2]]
    steps += [_step(source) for _ in range(15)]
    return Program(tuple(steps))


def _step(source: random.Random) -> Step:
    match source.randrange(8):
        case 0 | 1:
            return Advance(ms=Milliseconds(source.choice((1, 5, 10))))
        case 2:
            return Together(operations=tuple(_operation(source) for _ in range(source.randint(1, 3))))
        case 3:
            return InspectFields()
        case 4:
            return Repeat(operation=_operation(source), times=source.randint(1, 4))
        case _:
            return _operation(source)


def _operation(source: random.Random) -> Operation:
    client, module, id = source.choice(CLIENTS), source.choice(MODULES), source.choice(IDS)
    timeout = source.choice(TIMES)
    match source.randrange(13):
        case 0:
            return AddModule(module=module, client=client)
        case 1:
            return AddModuleGroup(module=module, group=GROUP, client=client)
        case 2:
            return CleanUp(module=module, client=client)
        case 3 | 4:
            return Send(module=module, id=id, client=client)
        case 5:
            return SendToGroup(group=GROUP, id=id, client=client)
        case 6 | 7:
            return Receive(module=module, client=client)
        case 8:
            return SendSync(module=module, id=id, timeout=timeout, client=client)
        case 9:
            return SendToGroupSync(group=GROUP, id=id, timeout=timeout, client=client)
        case 10 | 11:
            return SendResp(parent=id, client=client)
        case _:
            return Sleep(ms=Milliseconds(source.choice((1, 5, 10))), client=client)
