"""Examining a target: what is caught, what is explained by records, and what is not judged at all."""

from collections.abc import Iterable, Iterator

import pytest
from beehive_conformance.checking.judge import VerdictKind
from beehive_conformance.deviations import OVERLAYS, OverlayName
from beehive_conformance.deviations.baselines import Record
from beehive_conformance.judging.harness import HarnessSetup
from beehive_conformance.judging.harness_pool import HarnessPool
from beehive_conformance.programs.capability import Capability
from beehive_conformance.programs.program import Program, needed
from beehive_conformance.reports.findings import run_lines
from beehive_conformance.reports.header import side
from beehive_conformance.reports.result import run_result
from beehive_conformance.reports.schema import ExitCode
from beehive_conformance.runs import examine as examine_module
from beehive_conformance.runs.canary import canary
from beehive_conformance.runs.examine import Examination, examine
from beehive_conformance.runs.plan import Plan
from beehive_conformance.scenarios.scenario import load_scenarios
from beehive_conformance.targets.reference.core import CoreTarget
from beehive_conformance.targets.spec import TargetKind, TargetSpec
from beehive_conformance.targets.target import NotAvailable, Ran, TargetError
from beehive_spec.answers import Answers
from beehive_spec.vocabulary import AddModule, CleanUp, DeathKind, Died, History, ModuleName, Receive
from msgspec.structs import replace

FAULT = next(name for name, overlay in OVERLAYS.items() if overlay.clause == "RECV-4")
A = ModuleName("edged")
SHOWS_IT = Program((AddModule(module=A), Receive(module=A), CleanUp(module=A)))
SMALL = Plan(examples=60, exhaustive=0)
CASES = load_scenarios()
CLAUSE = OVERLAYS[FAULT].clause
CORE, FAULTY = TargetSpec(TargetKind.CORE), TargetSpec(TargetKind.MODEL, overlays=(FAULT,))


def exit_of(examined: Examination) -> ExitCode:
    return run_result(tuple(run_lines(examined, SMALL))).exit


def fault(*records: Record) -> Examination:
    return examine(FAULTY, Answers(), records, SMALL)


def test_a_fault_without_a_record_is_caught_and_the_deviation_that_explains_it_is_named() -> None:
    examined = fault()
    assert exit_of(examined) is ExitCode.NOT_AS_EXPECTED
    (group,) = (group for group, finding in examined.findings.items() if FAULT in finding.explained_by)
    assert str(group) == "receive returned a message that nobody sent"


def test_a_fault_with_a_record_is_as_expected_and_proved_again() -> None:
    examined = fault(Record(FAULT, SHOWS_IT))
    assert exit_of(examined) is ExitCode.AS_EXPECTED
    assert examined.deviations[FAULT] > 0
    assert [proof.holds for proof in examined.proofs] == [True]


def test_a_record_that_does_not_hold_is_not_as_expected() -> None:
    examined = examine(CORE, Answers(), [Record(FAULT, SHOWS_IT)], SMALL)
    assert [(proof.holds, proof.kind) for proof in examined.proofs] == [(False, VerdictKind.CONFORMS)]
    assert exit_of(examined) is ExitCode.NOT_AS_EXPECTED


def python(target: type[CoreTarget]) -> TargetSpec:
    return TargetSpec(TargetKind.PYTHON, factory=f"{__name__}:{target.__name__}")


class Unregistered(CoreTarget):
    """The reference as a target that nothing can register with."""

    capabilities = frozenset(Capability) - {Capability.REGISTRATION}  # type: ignore[assignment]  # as the property


def test_programs_that_need_what_a_target_lacks_are_counted_as_not_judged_and_never_as_conforming() -> None:
    examined = examine(python(Unregistered), Answers(), (), SMALL)
    only = examine(python(Unregistered), Answers(), (), Plan(only="REG-1"))
    assert exit_of(examined) is ExitCode.AS_EXPECTED
    scenarios = examined.tallies["scenarios"]
    assert scenarios[VerdictKind.NOT_JUDGED] == sum(Capability.REGISTRATION in needed(each.program) for each in CASES)
    assert scenarios[VerdictKind.CONFORMS] == len(CASES) - scenarios[VerdictKind.NOT_JUDGED]
    assert set(examined.tallies["random"]) == {VerdictKind.CONFORMS}
    assert set(only.tallies["scenarios"]) == {VerdictKind.NOT_JUDGED}
    assert side(examined).not_judged == {"registration": ("REG-1", "REG-2", "REG-3", "REG-4", "REG-5", "REG-6")}
    assert exit_of(only) is ExitCode.ERROR


class WithoutLogs(CoreTarget):
    """The reference as a target that shows no logs."""

    capabilities = frozenset(Capability) - {Capability.LOGS}  # type: ignore[assignment]  # as the property


def test_a_clause_that_needs_what_a_target_lacks_is_not_judged_even_if_some_of_its_scenarios_run() -> None:
    clause = "RESP-2"
    plan = Plan(only=clause)
    examined = examine(python(WithoutLogs), Answers(), (), plan)
    assert examined.tallies["scenarios"][VerdictKind.CONFORMS] > 0
    result = run_result(tuple(run_lines(examined, plan)))
    assert result.exit is ExitCode.ERROR
    assert result.summary.endswith(f" was NOT JUDGED: it has no logs, which {clause} is about")
    examined.proofs.extend(examine(CORE, Answers(), [Record(FAULT, SHOWS_IT)], SMALL).proofs)
    assert run_result(tuple(run_lines(examined, plan))).exit is ExitCode.NOT_AS_EXPECTED


@pytest.mark.parametrize(("clause", "records"), [(CLAUSE, 1), ("SEND-1", 0)])
def test_only_what_belongs_to_one_clause_is_run(clause: str, records: int) -> None:
    examined = examine(CORE, Answers(), [Record(FAULT, SHOWS_IT)], Plan(only=clause))
    assert list(examined.tallies) == ["scenarios"]
    assert 0 < examined.programs < 60
    assert len(examined.proofs) == records
    assert len(examined.scenarios) == examined.programs
    assert {each.name for each in examined.scenarios} == {each.name for each in CASES if clause in each.clauses}


def test_a_target_is_not_judged_if_the_planted_fault_was_not_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examine_module, "canary", lambda _: False)
    examined = examine(CORE, Answers(), (), SMALL)
    assert "did not detect the fault" in examined.not_judged_because
    assert examined.programs == 0


@pytest.mark.parametrize("overlays", [(), (FAULT,), tuple(OVERLAYS)])
def test_a_planted_fault_is_caught_whatever_is_on_record(overlays: tuple[OverlayName, ...]) -> None:
    assert canary(HarnessSetup(CORE, Answers(), overlays))


class Broken(CoreTarget):
    """A target that comes through nothing."""

    def run(self, programs: Iterable[Program]) -> Iterator[Ran]:
        for program in programs:
            yield program, History(died=Died(DeathKind.PANIC, "oh"))


class Gone(CoreTarget):
    """A target that cannot be used."""

    error: TargetError = TargetError("it is on fire")

    def run(self, programs: Iterable[Program]) -> Iterator[Ran]:
        raise self.error


def test_a_target_that_fails_the_smoke_programs_is_not_judged() -> None:
    examined = examine(python(Broken), Answers(), (), SMALL)
    assert examined.not_judged_because == "it fails the smoke programs: the process died (panic): oh"


class Fieldless(CoreTarget):
    """The reference as a target that shows no fields, although it says that it does."""

    def run(self, programs: Iterable[Program]) -> Iterator[Ran]:
        for program, history in super().run(programs):
            steps = tuple(tuple(replace(seen, fields=None) for seen in step) for step in history.steps)
            yield program, replace(history, steps=steps)


def test_a_target_that_does_not_show_the_fields_that_it_says_it_shows_is_not_judged() -> None:
    examined = examine(python(Fieldless), Answers(), (), SMALL)
    assert examined.not_judged_because == (
        "it fails the smoke programs: its capabilities include fields, but inspect_fields showed none"
    )


@pytest.mark.parametrize("error", [TargetError("it is on fire"), NotAvailable("it is on fire")])
def test_a_target_that_cannot_be_used_is_not_judged(error: TargetError, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Gone, "error", error)
    examined = examine(python(Gone), Answers(), (), SMALL)
    assert examined.not_judged_because == "it is on fire"


def test_results_come_in_the_order_of_the_programs_from_any_number_of_processes() -> None:
    programs = [SHOWS_IT if number % 3 else Program(SHOWS_IT.steps[:2]) for number in range(600)]
    setup = HarnessSetup(FAULTY, Answers())
    with HarnessPool(setup, 1) as one, HarnessPool(setup, 2) as two:
        alone, shared = list(one.results(programs)), list(two.results(programs))
    assert alone == shared
    assert [program for program, _ in shared] == programs
    kinds = [VerdictKind.UNEXPLAINED if number % 3 else VerdictKind.CONFORMS for number in range(600)]
    assert [judged.kind for _, judged in shared] == kinds
