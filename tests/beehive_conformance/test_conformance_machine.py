"""The state machine for users: passes a bus that conforms, and shows what is wrong with one that does not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import ClassVar

import pytest
from beehive_conformance.checking.judge import Judge, VerdictKind
from beehive_conformance.deviations import OVERLAYS, OverlayName
from beehive_conformance.generation.random_programs import kinds
from beehive_conformance.programs.capability import Capability
from beehive_conformance.programs.operation_table import OPERATIONS
from beehive_conformance.programs.program import Program
from beehive_conformance.programs.program_file import read_program
from beehive_conformance.targets.model import ModelTarget
from beehive_conformance.targets.reference.core import CoreTarget
from beehive_conformance.targets.target import Ran
from beehive_conformance.testing import assert_conforms, conformance_machine
from beehive_spec.answers import Answers
from beehive_spec.vocabulary import DeathKind, Died, History, Level, MessageId, SendResp
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test
from msgspec import structs

QUICK = settings(max_examples=40, stateful_step_count=15, derandomize=True, database=None, deadline=None)
RECEIVES_NOTHING = OVERLAYS[OverlayName("receive_returns_nothing")]

TestTheReference = conformance_machine(CoreTarget).TestCase
TestTheReference.settings = QUICK


TestTheReferenceOnAndOffTheBus = conformance_machine(CoreTarget, off_bus=frozenset(Capability)).TestCase
TestTheReferenceOnAndOffTheBus.settings = QUICK


class DyingTarget(CoreTarget):
    """A bus whose process ends at once."""

    def run(self, programs: Iterable[Program]) -> Iterator[Ran]:
        return ((program, History(died=Died(DeathKind.PANIC, "oh"))) for program in programs)


class SilentTarget(CoreTarget):
    """A bus that never logs, although send_resp has to where nobody waits."""

    def run(self, programs: Iterable[Program]) -> Iterator[Ran]:
        for program, history in super().run(programs):
            steps = (tuple(structs.replace(seen, logged=Level.NOTHING) for seen in step) for step in history.steps)
            yield program, History(tuple(steps))


class LoglessTarget(CoreTarget):
    """A bus whose logs cannot be observed."""

    @property
    def capabilities(self) -> frozenset[Capability]:
        return super().capabilities - {Capability.LOGS}


class RecordingTarget(CoreTarget):
    """A bus that keeps the programs that it runs."""

    programs: ClassVar[list[Program]] = []

    def run(self, programs: Iterable[Program]) -> Iterator[History]:
        programs = list(programs)
        RecordingTarget.programs += programs
        return super().run(programs)


class CountingTarget(CoreTarget):
    opened = 0
    closed = 0

    def __init__(self) -> None:
        super().__init__()
        CountingTarget.opened += 1

    def close(self) -> None:
        CountingTarget.closed += 1


def test_its_programs_have_every_operation() -> None:
    machine = conformance_machine(RecordingTarget, off_bus=frozenset(Capability))
    run_state_machine_as_test(machine, settings=settings(QUICK, max_examples=80))  # type: ignore[no-untyped-call]  # it has no types
    assert {kind for program in RecordingTarget.programs for kind in kinds(program)} > {
        row.name for row in OPERATIONS.values()
    }


def test_a_model_conforms_under_its_own_answers() -> None:
    answers = Answers(capacity=2, sync_order="put_first")
    machine = conformance_machine(lambda: ModelTarget(answers), answers)
    run_state_machine_as_test(machine, settings=QUICK)  # type: ignore[no-untyped-call]  # it has no types


def test_a_faulty_bus_fails_with_a_small_program_that_can_be_run_again(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="unexplained") as caught:
        run_state_machine_as_test(conformance_machine(SilentTarget), settings=QUICK)  # type: ignore[no-untyped-call]  # it has no types
    text = str(caught.value)
    assert "allowed was: " in text
    file = tmp_path / "program.yaml"
    file.write_text(text[text.index("program:\n") : text.index("To run it again")])
    program = read_program(file)
    assert program == Program((SendResp(parent=MessageId("m1")),)), text
    with pytest.raises(AssertionError, match=program.id):
        assert_conforms(SilentTarget(), program, Judge(Answers()))
    assert assert_conforms(CoreTarget(), program, Judge(Answers())).kind is VerdictKind.CONFORMS


def test_a_target_without_logs_is_not_judged_as_if_it_had_logged_nothing() -> None:
    program = Program((SendResp(parent=MessageId("m1")),))
    with pytest.raises(ValueError, match=r"^core shows no logs; judge it with Judge\(answers, shows_logs=False\)$"):
        assert_conforms(LoglessTarget(), program, Judge(Answers()))
    verdict = assert_conforms(LoglessTarget(), program, Judge(Answers(), shows_logs=False))
    assert verdict.kind is VerdictKind.CONFORMS


def test_a_deviation_that_is_known_does_not_fail() -> None:
    machine = conformance_machine(lambda: ModelTarget(overlays=(RECEIVES_NOTHING,)), overlays=(RECEIVES_NOTHING,))
    run_state_machine_as_test(machine, settings=QUICK)  # type: ignore[no-untyped-call]  # it has no types


def test_a_death_fails_and_is_shown() -> None:
    with pytest.raises(AssertionError, match="the process ended") as caught:
        run_state_machine_as_test(conformance_machine(DyingTarget), settings=QUICK)  # type: ignore[no-untyped-call]  # it has no types
    assert "nothing more" in str(caught.value)


def test_every_target_that_was_opened_is_closed() -> None:
    run_state_machine_as_test(conformance_machine(CountingTarget), settings=QUICK)  # type: ignore[no-untyped-call]  # it has no types
    assert CountingTarget.opened == CountingTarget.closed > 10
