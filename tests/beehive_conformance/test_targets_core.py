"""The core target: its clock, its clients and its outcomes."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from beehive_conformance.checking.judge import Judge, VerdictKind
from beehive_conformance.programs.capability import Capability
from beehive_conformance.programs.program import Program
from beehive_conformance.targets.reference.core import CoreSession, CoreTarget
from beehive_conformance.targets.target import Session, Target
from beehive_spec.answers import Answers
from beehive_spec.vocabulary import (
    AddModule,
    Advance,
    CleanUp,
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
    Outcome,
    Receive,
    Repeat,
    Returned,
    Send,
    SendResp,
    SendSync,
    Sleep,
    Step,
    Together,
)

M = ModuleName("m")
ID = MessageId("id")
ADD = AddModule(module=M)
SEND = Send(module=M, id=ID)
RECEIVE = Receive(module=M)
X = ClientName("x")


def outcomes(*steps: Step, target: Target | None = None) -> list[dict[int, tuple[Outcome, int]]]:
    """Run a program on the core, and return for each step the outcome and the time of each operation."""
    ((_, history),) = (target or CoreTarget()).run([Program(steps)])
    return [
        {each.operation: (each.outcome, each.ms) for seen in step for each in seen.returned} for step in history.steps
    ]


def kinds(history: History) -> list[ErrorKind]:
    found = (each.outcome for step in history.steps for seen in step for each in seen.returned)
    return [each.kind for each in found if isinstance(each, Failed)]


def test_the_core_target_has_all_capabilities() -> None:
    target: Target = CoreTarget()
    session: Session = CoreSession()
    assert (target.name, target.capabilities) == ("core", frozenset(Capability))
    session.close()
    assert session.leaks() == ""


def test_a_message_is_identified_by_the_operation_that_sent_it() -> None:
    assert outcomes(ADD, SEND, SEND, RECEIVE, RECEIVE)[3:] == [
        {4: (GotMessage(sent_by=OperationNumber(2)), 0)},
        {5: (GotMessage(sent_by=OperationNumber(3)), 0)},
    ]


def test_an_operation_of_a_busy_client_is_queued_and_its_timeout_starts_later() -> None:
    first = SendSync(module=M, id=ID, timeout=Milliseconds(10), client=X)
    second = SendSync(module=M, id=MessageId("other"), timeout=Milliseconds(5), client=X)
    seen = outcomes(ADD, Together(operations=(first, second)), Advance(ms=Milliseconds(20)))
    assert seen[1] == {}
    assert {number: ms for number, (_, ms) in seen[2].items()} == {2: 10, 3: 15}


def test_operations_without_a_client_never_wait_for_each_other() -> None:
    assert outcomes(ADD, RECEIVE, SEND)[2] == {2: (GotMessage(sent_by=OperationNumber(3)), 0), 3: (Returned(), 0)}


def test_a_sleep_keeps_its_client_busy_for_exactly_its_time() -> None:
    seen = outcomes(
        ADD,
        Together(operations=(Sleep(ms=Milliseconds(5), client=X), Send(module=M, id=ID, client=X))),
        Advance(ms=Milliseconds(4)),
        Advance(ms=Milliseconds(3)),
        Sleep(ms=Milliseconds(0)),
        Sleep(ms=Milliseconds(-3)),
    )
    assert seen[1:3] == [{}, {}]
    assert seen[3] == {2: (Returned(), 1), 3: (Returned(), 1)}
    assert seen[4:] == [{4: (Returned(), 0)}, {5: (Returned(), 0)}]


def test_a_repeat_ends_at_the_first_round_that_does_not_return() -> None:
    target = CoreTarget(capacity=2)
    assert outcomes(ADD, Repeat(operation=SEND, times=5), target=target)[1] == {2: (Returned(), 0)}
    ((_, history),) = target.run([Program((ADD, Repeat(operation=SEND, times=5)))])
    assert [(len(seen.returned), seen.times) for seen in history.steps[1]] == [(1, 2), (0, 1)]


def test_documented_errors_are_outcomes_of_their_kind() -> None:
    programs: dict[ErrorKind, tuple[Operation, ...]] = {
        ErrorKind.UNKNOWN_MODULE: (RECEIVE,),
        ErrorKind.TIMEOUT: (ADD, SendSync(module=M, id=ID, timeout=Milliseconds(0))),
        ErrorKind.CLOSED: (ADD, RECEIVE, CleanUp(module=M)),
        ErrorKind.OTHER: (ADD, SendSync(module=M, id=ID, timeout=Milliseconds(-1))),
    }
    for kind, steps in programs.items():
        ((_, history),) = CoreTarget().run([Program(steps)])
        assert kinds(history) == [kind]


def test_an_undocumented_error_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise KeyError("a bug")

    monkeypatch.setattr("beehive.core.Core.receiving", broken)
    with pytest.raises(KeyError, match="a bug"):
        outcomes(ADD, RECEIVE)


def test_logs_are_seen_in_their_step_and_not_passed_on(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    ((_, history),) = CoreTarget().run([Program((ADD, SendResp(parent=ID), ADD))])
    assert [seen.logged for (seen,) in history.steps] == [Level.NOTHING, Level.ERROR, Level.NOTHING]
    assert caplog.records == []
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("capacity", [None, 1, 2])
def test_random_programs_conform_to_the_documents(drawn: Callable[[int], Program], capacity: int | None) -> None:
    judge = Judge(Answers(capacity="unbounded" if capacity is None else capacity))
    programs = [drawn(seed) for seed in range(60)]
    for seed, (program, history) in enumerate(CoreTarget(capacity).run(programs)):
        verdict = judge.judge(program, history)
        assert verdict.kind is VerdictKind.CONFORMS, f"program of seed {seed}: {verdict}"


def test_random_programs_leave_nothing_behind_when_their_session_is_closed(drawn: Callable[[int], Program]) -> None:
    for seed in range(200):
        session = CoreSession(capacity=1)
        number = 0
        for step in drawn(seed).steps:
            if isinstance(step, Advance):
                session.advance(step.ms)
            elif isinstance(step, Operation):
                number += 1
                session.start([(OperationNumber(number), step)])
        session.close()
        assert session.leaks() == "", f"program of seed {seed}"
