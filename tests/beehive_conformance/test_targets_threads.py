"""The threads target: it runs the bus on real threads, one at a time and deterministically."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from beehive import ChannelContext
from beehive_conformance.checking.judge import Judge, VerdictKind
from beehive_conformance.programs.capability import Capability
from beehive_conformance.programs.program import Program
from beehive_conformance.targets.reference import threads
from beehive_conformance.targets.reference.baton import Baton, Pool
from beehive_conformance.targets.reference.threads import ThreadsTarget
from beehive_conformance.targets.target import Session, Target
from beehive_spec.answers import Answers
from beehive_spec.vocabulary import (
    AddModule,
    Advance,
    ClientName,
    ErrorKind,
    Failed,
    GotMessage,
    History,
    Level,
    MessageId,
    Milliseconds,
    ModuleName,
    Operation,
    OperationNumber,
    Receive,
    Returned,
    Send,
    SendResp,
    SendSync,
    Sleep,
    Together,
)

M = ModuleName("m")
ID = MessageId("id")
ADD = AddModule(module=M)


@pytest.fixture
def target() -> Iterator[ThreadsTarget]:
    opened = ThreadsTarget()
    yield opened
    opened.close()


def run(target: ThreadsTarget, *steps: Any) -> History:
    ((_, history),) = target.run([Program(steps)])
    return history


def test_the_threads_target_has_all_capabilities(target: ThreadsTarget) -> None:
    as_target: Target = target
    session: Session = target.open()
    assert (as_target.name, as_target.capabilities) == ("threads", frozenset(Capability))
    session.close()
    assert session.leaks() == ""


def test_each_client_calls_the_bus_for_threads_in_its_own_thread(
    target: ThreadsTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    callers: list[tuple[str, int]] = []

    class Watched(ChannelContext):
        def receive(self, *arguments: Any) -> Any:
            callers.append(("receive", threading.get_ident()))
            return super().receive(*arguments)

        def send(self, *arguments: Any) -> None:
            callers.append(("send", threading.get_ident()))
            super().send(*arguments)

    monkeypatch.setattr(threads, "ChannelContext", Watched)
    readers = tuple(Receive(module=M, client=ClientName(name)) for name in ("x", "y"))
    history = run(target, ADD, *readers, Send(module=M, id=ID, client=ClientName("z")))
    assert [each.outcome for each in history.steps[3][0].returned] == [GotMessage(OperationNumber(4)), Returned()]
    assert [name for name, _ in callers] == ["receive", "receive", "send"]
    idents = {ident for _, ident in callers}
    assert len(idents) == 3
    assert threading.get_ident() not in idents


def test_a_waiting_client_is_a_thread_that_is_blocked_inside_the_bus(target: ThreadsTarget) -> None:
    session = target.open()
    operations: tuple[Operation, ...] = (ADD, Receive(module=M))
    for number, operation in enumerate(operations, start=1):
        session.start([(OperationNumber(number), operation)])
        session.settle()
    frames = [frame for ident, frame in sys._current_frames().items() if ident != threading.get_ident()]
    functions = [{each.f_code.co_qualname for each in _stack(frame)} for frame in frames]
    assert any({"ChannelContext.receive", "ThreadShell.wait", "BatonParker.park"} <= names for names in functions)
    session.close()


def _stack(frame: Any) -> Iterator[Any]:
    while frame is not None:
        yield frame
        frame = frame.f_back


def test_histories_do_not_depend_on_the_switch_interval(drawn: Callable[[int], Program]) -> None:
    programs = [drawn(seed) for seed in range(500)]
    seen = []
    before = sys.getswitchinterval()
    try:
        for interval in (before, 1e-6, 0.1):
            sys.setswitchinterval(interval)
            target = ThreadsTarget(capacity=2)
            seen.append(list(target.run(programs)))
            target.close()
    finally:
        sys.setswitchinterval(before)
    first, *others = seen
    assert len(first) == len(programs)
    for each in others:
        assert each == first


def test_a_history_does_not_depend_on_earlier_programs(
    target: ThreadsTarget, drawn: Callable[[int], Program]
) -> None:
    programs = [drawn(seed) for seed in range(50)]
    forward = list(target.run(programs))
    assert list(target.run(reversed(programs))) == forward[::-1]


def test_different_seeds_run_the_threads_in_different_orders() -> None:
    sends = tuple(Send(module=M, id=ID) for _ in range(3))
    program = Program((ADD, Together(operations=sends), *[Receive(module=M)] * 3))
    orders = set()
    for seed in range(20):
        target = ThreadsTarget(seed=seed)
        ((_, history),) = target.run([program])
        orders.add(tuple(each.outcome for (seen,) in history.steps[2:] for each in seen.returned))
        target.close()
    assert len(orders) > 1


@pytest.mark.parametrize("capacity", [None, 1, 2])
@pytest.mark.parametrize("order", [0, 1])
def test_random_programs_conform_to_the_documents(
    drawn: Callable[[int], Program], capacity: int | None, order: int
) -> None:
    judge = Judge(Answers(capacity="unbounded" if capacity is None else capacity))
    target = ThreadsTarget(capacity, seed=order)
    programs = [drawn(seed) for seed in range(60)]
    for seed, (program, history) in enumerate(target.run(programs)):
        verdict = judge.judge(program, history)
        assert verdict.kind is VerdictKind.CONFORMS, f"program of seed {seed}: {verdict}"
    target.close()


def test_random_programs_leave_nothing_behind_and_threads_are_reused(drawn: Callable[[int], Program]) -> None:
    target = ThreadsTarget(capacity=1)
    before = set(threading.enumerate())
    for seed in range(200):
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
    workers = set(threading.enumerate()) - before
    assert len(workers) < 20
    target.close()
    for worker in workers:
        worker.join()


def test_a_timer_fires_at_its_instant_and_the_next_operation_starts_then(target: ThreadsTarget) -> None:
    x = ClientName("x")
    asks = (
        Sleep(ms=Milliseconds(3), client=x),
        SendSync(module=M, id=ID, timeout=Milliseconds(10), client=x),
        SendSync(module=M, id=MessageId("other"), timeout=Milliseconds(5), client=x),
    )
    history = run(target, ADD, Together(operations=asks), Advance(ms=Milliseconds(30)))
    assert [(each.operation, each.ms) for each in history.steps[2][0].returned] == [(2, 3), (3, 13), (4, 18)]


def test_logs_of_the_threads_are_seen_in_their_step_and_not_passed_on(
    target: ThreadsTarget, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    history = run(target, ADD, SendResp(parent=ID), ADD)
    assert [seen.logged for (seen,) in history.steps] == [Level.NOTHING, Level.ERROR, Level.NOTHING]
    assert caplog.records == []
    assert capfd.readouterr() == ("", "")


def test_a_negative_timeout_is_an_error_of_another_kind(target: ThreadsTarget) -> None:
    history = run(target, ADD, SendSync(module=M, id=ID, timeout=Milliseconds(-1)))
    (outcome,) = (each.outcome for each in history.steps[1][0].returned)
    assert isinstance(outcome, Failed)
    assert outcome.kind is ErrorKind.OTHER


def test_an_undocumented_error_ends_the_run_with_its_traceback(
    target: ThreadsTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise KeyError("a bug")

    monkeypatch.setattr(ChannelContext, "receive", broken)
    with pytest.raises(KeyError, match="a bug") as raised:
        run(target, ADD, Receive(module=M))
    assert "broken" in {entry.name for entry in raised.traceback}
    monkeypatch.undo()
    assert len(run(target, ADD).steps) == 1


def test_parking_while_holding_the_lock_is_an_error() -> None:
    pool = Pool()
    baton = Baton(pool, seed=0)

    def park_with_lock() -> None:
        with baton.lock():
            baton.parker().park(None)

    baton.spawn(park_with_lock)
    with pytest.raises(RuntimeError, match="parks while it holds a lock"):
        baton.settle()
    pool.close()


def test_an_unpark_before_the_park_is_remembered() -> None:
    pool = Pool()
    baton = Baton(pool, seed=0)
    parked: list[bool] = []

    def unpark_first() -> None:
        parker = baton.parker()
        parker.unpark()
        parked.append(parker.park(None))

    baton.spawn(unpark_first)
    baton.settle()
    assert parked == [True]
    pool.close()


def test_the_first_of_waker_and_timer_wins() -> None:
    pool = Pool()
    baton = Baton(pool, seed=0)
    parkers = [baton.parker() for _ in range(2)]
    woken: dict[int, bool] = {}
    for index, parker in enumerate(parkers):
        baton.spawn(lambda index=index, parker=parker: woken.update({index: parker.park(5)}))  # type: ignore[misc]
    baton.settle()
    parkers[0].unpark()
    baton.advance(Milliseconds(5000))
    assert woken == {0: True, 1: False}
    assert baton.now() == 5
    pool.close()
