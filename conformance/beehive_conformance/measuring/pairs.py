"""Programs in which two operations meet: each pair is started at one instant, in each of several situations.

What distinguishes two answers is often a race of two operations. The steps of probes have few races, because a search
over all of them would not end; these programs are judged and not searched.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations_with_replacement

from beehive_spec.answers import Answers
from beehive_spec.vocabulary import (
    AddModule,
    AddModuleGroup,
    Advance,
    CleanUp,
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
    Step,
    Together,
)

from beehive_conformance.measuring.probes import LATER, LONG, M0, M1, SHORT, A, B, G
from beehive_conformance.programs.program import Program

_AT_ONCE = Milliseconds(0)
_MOMENT = Milliseconds(1)
_OPERATIONS: tuple[Operation, ...] = (
    AddModule(module=A),
    AddModuleGroup(module=A, group=G),
    CleanUp(module=A),
    Send(module=A, id=M1),
    Receive(module=A),
    SendToGroup(group=G, id=M1),
    SendSync(module=A, id=M1, timeout=_AT_ONCE),
    SendSync(module=A, id=M1, timeout=LONG),
    SendToGroupSync(group=G, id=M1, timeout=_AT_ONCE),
    SendToGroupSync(group=G, id=M1, timeout=LONG),
    SendResp(parent=M1),
)
_ENDING: tuple[Step, ...] = (
    SendResp(parent=M1),
    Advance(_MOMENT),
    Receive(module=A),
    SendResp(parent=M1),
    Advance(SHORT),
    Advance(LATER),
)


def _joined(module: ModuleName) -> tuple[Step, ...]:
    return AddModule(module=module), AddModuleGroup(module=module, group=G)


def _situations(bound: int | None) -> Iterator[tuple[Step, ...]]:
    """Yield the steps that lead to each situation; for a bounded channel, there is one in which it is full."""
    one, two = _joined(A), (*_joined(A), *_joined(B))
    yield one
    yield (*one, Receive(module=A))
    yield (*one, CleanUp(module=A))
    yield (*one, SendSync(module=A, id=M1, timeout=LONG))
    for members in (one, two):
        yield (*members, SendToGroupSync(group=G, id=M1, timeout=_MOMENT))
        yield (*members, SendToGroupSync(group=G, id=M1, timeout=LONG))
    yield two
    if bound:
        yield (*one, Repeat(Send(module=A, id=M0), bound))
        yield (*two, Repeat(Send(module=A, id=M0), bound))


def pair_programs(answers: Answers) -> Iterator[Program]:
    """Yield a program for each situation and each pair of operations that are started in it at one instant."""
    for situation in _situations(answers.bound):
        for pair in combinations_with_replacement(_OPERATIONS, 2):
            yield Program((*situation, Together(pair), *_ENDING))
