"""The targets for asyncio: virtual time, clients in threads and tasks, and planted faults."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from beehive import ChannelContext, aio
from beehive_conformance.checking.judge import Judge, VerdictKind
from beehive_conformance.programs.capability import Capability
from beehive_conformance.programs.program import Program
from beehive_conformance.targets.reference.aio import AioTarget, AioViewTarget
from beehive_conformance.targets.target import Session, Target
from beehive_spec.answers import Answers
from beehive_spec.vocabulary import (
    AddModule,
    Advance,
    ClientName,
    DeathKind,
    History,
    Level,
    MessageId,
    Milliseconds,
    ModuleName,
    Operation,
    OperationNumber,
    Receive,
    Send,
    SendResp,
    SendSync,
    Sleep,
    Together,
)

M = ModuleName("m")
ID = MessageId("id")
ADD = AddModule(module=M)
TARGETS: list[Callable[..., Target]] = [AioTarget, AioViewTarget]
NAMES = ["aio", "aio-view"]
both = pytest.mark.parametrize("make", TARGETS, ids=NAMES)


def run(target: Target, *steps: Any) -> History:
    ((_, history),) = target.run([Program(steps)])
    target.close()
    return history


def judged(programs: list[Program], target: Target, capacity: int | None) -> list[VerdictKind]:
    judge = Judge(Answers(capacity="unbounded" if capacity is None else capacity))
    verdicts = [judge.judge(*each).kind for each in target.run(programs)]
    target.close()
    return verdicts


@both
def test_the_target_has_all_capabilities(make: Callable[..., Any]) -> None:
    target = make()
    as_target: Target = target
    assert as_target.name in NAMES
    assert as_target.capabilities == frozenset(Capability)
    session: Session = target.open()
    session.close()
    assert session.leaks() == ""


@both
@pytest.mark.parametrize("capacity", [None, 1, 2])
def test_random_programs_conform_to_the_documents(
    make: Callable[..., Target], drawn: Callable[[int], Program], capacity: int | None
) -> None:
    programs = [drawn(seed) for seed in range(60)]
    verdicts = judged(programs, make(capacity), capacity)
    assert [seed for seed, kind in enumerate(verdicts) if kind is not VerdictKind.CONFORMS] == []


@both
def test_a_history_does_not_depend_on_earlier_programs(
    make: Callable[..., Target], drawn: Callable[[int], Program]
) -> None:
    programs = [drawn(seed) for seed in range(50)]
    target = make()
    forward = list(target.run(programs))
    assert list(target.run(reversed(programs))) == forward[::-1]
    target.close()


@both
def test_random_programs_leave_nothing_behind(make: Callable[..., Any], drawn: Callable[[int], Program]) -> None:
    target = make(capacity=1)
    for seed in range(100):
        session = target.open()
        number = 0
        for step in drawn(seed).steps:
            if isinstance(step, Advance):
                session.advance(step.ms)
            elif isinstance(step, Operation):
                number += 1
                session.start([(OperationNumber(number), step)])
                session.settle()
        session.close()
        assert session.leaks() == "", f"program of seed {seed}"
    target.close()


@both
def test_a_timer_fires_at_its_instant_and_the_next_operation_starts_then(make: Callable[..., Target]) -> None:
    x = ClientName("x")
    asks = (
        Sleep(ms=Milliseconds(3), client=x),
        SendSync(module=M, id=ID, timeout=Milliseconds(10), client=x),
        SendSync(module=M, id=MessageId("other"), timeout=Milliseconds(5), client=x),
    )
    history = run(make(), ADD, Together(operations=asks), Advance(ms=Milliseconds(30)))
    assert [(each.operation, each.ms) for each in history.steps[2][0].returned] == [(2, 3), (3, 13), (4, 18)]


@both
def test_logs_are_seen_in_their_step_and_not_passed_on(
    make: Callable[..., Target], caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    history = run(make(), ADD, SendResp(parent=ID), ADD)
    assert [seen.logged for (seen,) in history.steps] == [Level.NOTHING, Level.ERROR, Level.NOTHING]
    assert caplog.records == []
    assert capfd.readouterr() == ("", "")


@both
def test_an_undocumented_error_of_the_reference_is_a_death(
    make: Callable[..., Target], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise KeyError("a bug")

    monkeypatch.setattr("beehive.core.Core.receiving", broken)
    target = make()
    died = run(target, ADD, Receive(module=M)).died
    target.close()
    assert died is not None
    assert died.kind is DeathKind.PANIC
    assert died.text.startswith("KeyError: 'a bug' (context.py, line ")


def test_the_bus_for_threads_and_the_view_are_both_called(monkeypatch: pytest.MonkeyPatch) -> None:
    called = []

    def watch(face: type[Any], name: str) -> None:
        original = face.send

        def send(*arguments: Any) -> Any:
            called.append(name)
            return original(*arguments)

        monkeypatch.setattr(face, "send", send)

    watch(ChannelContext, "thread")
    watch(aio.ChannelContext, "task")
    sends = tuple(Send(module=M, id=ID) for _ in range(40))
    run(AioViewTarget(), ADD, Together(operations=sends))
    assert len(called) == 40
    assert min(called.count("thread"), called.count("task")) > 5


@both
@pytest.mark.parametrize(
    ("place", "fault"),
    [
        ("beehive.aio.shell.TaskShell._expire", lambda shell, parked, gate: None),
        ("beehive.aio.shell.Gate.open", lambda gate: None),
        ("beehive.core.sending._Delivery._withdraw", lambda delivery: None),
    ],
    ids=["a timer without effect", "a waiter that is not woken", "a wait without its undo"],
)
def test_a_planted_fault_is_seen(
    make: Callable[..., Target],
    drawn: Callable[[int], Program],
    monkeypatch: pytest.MonkeyPatch,
    place: str,
    fault: Callable[..., None],
) -> None:
    monkeypatch.setattr(place, fault)
    verdicts = judged([drawn(seed) for seed in range(150)], make(1), 1)
    assert VerdictKind.UNEXPLAINED in verdicts
