"""Examines one target: runs all sources of a plan, checks its records, and minimises its findings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from beehive_spec.answers import Answers
from beehive_spec.vocabulary import History, InspectFields

from beehive_conformance.checking.checker import Difference
from beehive_conformance.checking.judge import VerdictKind
from beehive_conformance.checking.other_answers import NOTHING_FITS, Fitting
from beehive_conformance.deviations import OVERLAYS, OverlayName
from beehive_conformance.deviations.baselines import Record
from beehive_conformance.judging.harness import Harness, HarnessSetup, Judged, VerdictGroup, group_of
from beehive_conformance.judging.harness_pool import HarnessPool
from beehive_conformance.judging.signature import Signature
from beehive_conformance.measuring.measure import Notify
from beehive_conformance.programs.capability import Capability
from beehive_conformance.programs.program import Program
from beehive_conformance.runs.basis import Basis, fitting_of
from beehive_conformance.runs.canary import canary
from beehive_conformance.runs.plan import Plan, program_sources
from beehive_conformance.runs.smoke import smoke
from beehive_conformance.shrinking.passes import size
from beehive_conformance.shrinking.shrink import shrink
from beehive_conformance.targets.registry import readiness
from beehive_conformance.targets.spec import TargetSpec
from beehive_conformance.targets.target import TargetError

MAX_SHRUNK = 12
"""Groups of findings that are minimised; more groups than this are usually one fault that shows in many ways."""

MAX_TRIES = 200
"""How many times the program of a record is run if its deviation does not show in every run."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One group of programs with equal signatures: their number, and the smallest with its history and difference."""

    count: int
    program: Program
    history: History
    difference: Difference | None = None
    explained_by: tuple[OverlayName, ...] = ()


class RecordProof(NamedTuple):
    """Whether the program of a record still shows its deviation.

    `kind` and `group` are the verdict on the run that showed it, or else on the first run; `runs` is how many times
    the program was run.
    """

    record: Record
    holds: bool
    kind: VerdictKind
    group: VerdictGroup
    history: History
    runs: int = 1


class ScenarioVerdict(NamedTuple):
    """The verdict on one scenario, and the key by which it is counted."""

    name: str
    kind: VerdictKind
    group: VerdictGroup


@dataclass(slots=True)
class Examination:
    """The results of examining one target."""

    target: TargetSpec
    answers: Answers
    records: tuple[Record, ...]
    not_judged_because: str = ""
    """Why the target was not judged; if set, the results are empty."""
    origin: str = ""
    """Where the answers come from, in words."""
    lacks: frozenset[Capability] = frozenset()
    """The capabilities that the target does not have."""
    tallies: dict[str, Counter[VerdictKind]] = field(default_factory=dict)
    under_others: Counter[str] = field(default_factory=Counter)
    """For each source, the number of programs that are explained only under other answers that fit as well."""
    deviations: Counter[OverlayName] = field(default_factory=Counter)
    findings: dict[Signature, Finding] = field(default_factory=dict)
    scenarios: list[ScenarioVerdict] = field(default_factory=list)
    proofs: list[RecordProof] = field(default_factory=list)
    digests: list[bytes] = field(default_factory=list)

    @property
    def programs(self) -> int:
        """The number of programs, those that could not be judged included."""
        return sum(counts.total() for counts in self.tallies.values())


def examine(
    target: TargetSpec,
    answers: Answers,
    records: Sequence[Record],
    plan: Plan,
    workers: int = 1,
    notice: Notify = lambda _: None,
    fitting: Fitting = NOTHING_FITS,
) -> Examination:
    """Run a plan on a target and judge it under the answers and the records.

    `fitting` are other answers that fit the target as well: what they allow is not unexplained. `notice` is
    called with the progress. Errors of the target end the examination and become its `not_judged_because`.
    """

    def run(examination: Examination, pool: HarnessPool) -> None:
        for source in program_sources(plan, answers, frozenset(Capability) - examination.lacks):
            examination.tallies[source.name] = Counter()
            for number, (program, judged) in enumerate(pool.results(source.programs)):
                count(examination, source.name, program, judged)
                if source.names:
                    scenario = ScenarioVerdict(source.names[number], judged.kind, judged.group)
                    examination.scenarios.append(scenario)
                examination.digests.append(judged.digest if judged.kind is VerdictKind.CONFORMS else b"")
                if number % 500 == 0:
                    notice(f"{source.name}: {number} programs")

    return examine_with(target, answers, records, run, workers, notice, plan.only, fitting)


def examine_on(
    target: TargetSpec, basis: Basis, plan: Plan, workers: int = 1, notice: Notify = lambda _: None
) -> Examination:
    """Run a plan on a target and judge it on a basis; without measured answers, it is not judged."""
    if basis.problem:
        return not_judged(target, basis)
    known = basis.baseline
    examination = examine(target, known.answers, known.records, plan, workers, notice, fitting_of(target, known))
    examination.origin = basis.origin
    return examination


def not_judged(target: TargetSpec, basis: Basis) -> Examination:
    """Return the examination of a target whose answers could not be measured."""
    return Examination(target, basis.baseline.answers, (), basis.problem, basis.origin)


def examine_with(
    target: TargetSpec,
    answers: Answers,
    records: Sequence[Record],
    run: Callable[[Examination, HarnessPool], None],
    workers: int = 1,
    notice: Notify = lambda _: None,
    only: str = "",
    fitting: Fitting = NOTHING_FITS,
) -> Examination:
    """Judge a target with the programs that `run` gives to a pool of harnesses.

    The smoke programs and the canary come first, the records and the minimising of findings last.
    """
    examination = Examination(target, answers, tuple(records))
    if why := readiness(target).missing:
        examination.not_judged_because = why
        return examination
    setup = HarnessSetup(target, answers, tuple(each.overlay for each in records), answers, fitting)
    try:
        with Harness(setup) as harness:
            examination.lacks = frozenset(Capability) - harness.target.capabilities
            notice("smoke programs")
            if wrong := smoke(harness.target):
                examination.not_judged_because = f"it fails the smoke programs: {wrong}"
                return examination
            if not canary(setup):
                examination.not_judged_because = "the suite did not detect the fault that it planted itself"
                return examination
            with HarnessPool(setup, workers) as pool:
                run(examination, pool)
            notice("records")
            examination.proofs.extend(_proofs(harness, records, only))
            _minimise(harness, examination, notice)
    except TargetError as error:
        examination.not_judged_because = str(error)
    return examination


def count(examination: Examination, source: str, program: Program, judged: Judged) -> None:
    """Count a verdict on a program of a source, and keep the smallest program of each group of findings."""
    examination.tallies[source][judged.kind] += 1
    if judged.under:
        examination.under_others[source] += 1
    group = judged.group
    if isinstance(group, Signature):
        assert judged.history is not None, "the harness keeps the history of a finding"
        finding = examination.findings.get(group)
        if finding is None:
            examination.findings[group] = Finding(1, program, judged.history)
            return
        if size(program) < size(finding.program):
            finding = replace(finding, program=program, history=judged.history)
        examination.findings[group] = replace(finding, count=finding.count + 1)
    elif group is not None:
        examination.deviations.update(group)


def _proofs(harness: Harness, records: Sequence[Record], only: str) -> Iterator[RecordProof]:
    """Run the program of each record, but not one that inspects fields which the target cannot show."""
    shows_fields = Capability.FIELDS in harness.target.capabilities
    for record in records:
        inspects = any(isinstance(step, InspectFields) for step in record.program.steps)
        if (shows_fields or not inspects) and (not only or OVERLAYS[record.overlay].clause == only):
            yield _prove(harness, record)


def _prove(harness: Harness, record: Record) -> RecordProof:
    """Run the program of a record until it shows the deviation, several times if it does not show in every run."""
    program, tries = record.program, MAX_TRIES if record.often else 1
    first: RecordProof | None = None
    for number, (_, history) in enumerate(harness.run([program] * tries), 1):
        verdict = harness.judge.judge(program, history)
        group = group_of(program, verdict)
        if verdict.kind is VerdictKind.DEVIATES and record.overlay in verdict.deviations:
            return RecordProof(record, True, verdict.kind, group, history, number)
        first = first or RecordProof(record, False, verdict.kind, group, history, tries)
    assert first is not None, "a target gives a history for each program"
    return first


def _minimise(harness: Harness, examination: Examination, notice: Notify) -> None:
    """Minimise the program of each group of findings, and find the single deviations that would explain it."""
    worst_first = sorted(examination.findings.items(), key=lambda item: (-item[1].count, item[0]))
    for number, (group, finding) in enumerate(worst_first):
        if number < MAX_SHRUNK:
            notice(f"the smallest program of: {group}")
            finding = _shrunk(harness, group, finding)
        difference = harness.judge.judge(finding.program, finding.history).difference
        found = harness.judge.explanations(finding.program, finding.history, OVERLAYS.values())
        explained_by = tuple(each.name for each in found)
        examination.findings[group] = replace(finding, difference=difference, explained_by=explained_by)


def _shrunk(harness: Harness, group: Signature, finding: Finding) -> Finding:
    smallest = shrink(finding.program, _shows(harness, group))
    ((_, history),) = harness.run((smallest,))
    # The smallest program may fail to show a finding that depends on chance; then the original one stays.
    if harness.result(smallest, history).group != group:
        return finding
    return replace(finding, program=smallest, history=history)


def _shows(harness: Harness, group: Signature) -> Callable[[Sequence[Program]], list[bool]]:
    def shows(programs: Sequence[Program]) -> list[bool]:
        return [judged.group == group for _, judged in harness.results(programs)]

    return shows
