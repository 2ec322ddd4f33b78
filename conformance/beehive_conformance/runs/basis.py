"""The basis of a judgment: the baseline under which a target is judged, and where it comes from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple

from beehive_conformance.checking.judge import Judge, VerdictKind
from beehive_conformance.checking.other_answers import NOTHING_FITS, Fitting
from beehive_conformance.deviations import OVERLAYS
from beehive_conformance.deviations.baselines import Baseline, Record, baseline_without_file
from beehive_conformance.measuring.measure import Measurement, Notify, measure
from beehive_conformance.programs.capability import Capability
from beehive_conformance.programs.program import needed
from beehive_conformance.runs.smoke import smoke
from beehive_conformance.targets.registry import open_target, readiness, recorded_baseline, related_baseline
from beehive_conformance.targets.spec import TargetKind, TargetSpec
from beehive_conformance.targets.target import Target, TargetError

RECORD_TRIES = 50
"""How many times the program of a record is run if its deviation does not show in every run."""
UNMEASURED = "answers not measured"
"""The origin of answers that could not be measured."""


class Basis(NamedTuple):
    """A baseline, where it comes from in words, and why there is none if the answers could not be measured."""

    baseline: Baseline
    origin: str
    problem: str = ""


class Chosen(NamedTuple):
    """The baselines that a user has chosen: by the name of their target, and one for every other target."""

    by_target: Mapping[str, Basis] = MappingProxyType({})
    other: Basis | None = None


NOTHING_CHOSEN = Chosen()


def has_to_be_measured(spec: TargetSpec, chosen: Chosen = NOTHING_CHOSEN) -> bool:
    """Return whether there is no baseline under which a target can be judged."""
    return str(spec) not in chosen.by_target and chosen.other is None and recorded_baseline(spec) is None


def basis_of(spec: TargetSpec, chosen: Chosen = NOTHING_CHOSEN, notice: Notify = lambda _: None) -> Basis:
    """Return the baseline under which a target is judged; if there is none, its answers are measured now.

    `notice` is called with the progress. Raises InputError if a recorded baseline is invalid, or if the class of a
    target cannot be imported. Errors of the target become the `problem` of the result.
    """
    if (found := chosen.by_target.get(str(spec), chosen.other)) is not None:
        return found
    recorded = recorded_baseline(spec)
    if recorded is not None:
        return Basis(recorded, _origin(spec, recorded))
    if problem := problem_of(spec):
        return unjudged(spec, problem)
    try:
        target = open_target(spec)
        try:
            return _measured(spec, target, notice)
        finally:
            target.close()
    except TargetError as error:
        return unjudged(spec, str(error))


def unjudged(spec: TargetSpec, problem: str) -> Basis:
    """Return the basis of a target that is not judged because of a problem; nothing is measured."""
    return Basis(baseline_without_file(str(spec)), UNMEASURED, problem)


def problem_of(spec: TargetSpec) -> str:
    """Return why a target cannot be judged, or an empty string; it is built if needed, and runs the smoke programs.

    Raises InputError if the class of a target cannot be imported.
    """
    if missing := readiness(spec).missing:
        return missing
    try:
        target = open_target(spec)
        try:
            wrong = smoke(target)
        finally:
            target.close()
    except TargetError as error:
        return str(error)
    return f"it fails the smoke programs: {wrong}" if wrong else ""


def measured_now(spec: TargetSpec, target: Target, notice: Notify = lambda _: None) -> tuple[Baseline, Measurement]:
    """Return the baseline of an open target as it is measured now, and how it was measured.

    Its answers are measured under the records of its own baseline. Without one, they are measured under those records
    of another version of the same implementation that hold for the target as well. Raises TargetError if the target
    cannot be used.
    """
    own, related = recorded_baseline(spec), related_baseline(spec)
    if own is not None or related is None:
        records = () if own is None else own.records
        measured = measure(target, [OVERLAYS[each.overlay] for each in records], notice=notice)
        return _baseline(spec, measured, records), measured
    notice(f"records of {related.target}")
    records = records_that_hold(target, related)
    measured = measure(target, [OVERLAYS[each.overlay] for each in records], guess=related.answers, notice=notice)
    baseline = _baseline(spec, measured, records)
    return baseline._replace(records=records_that_hold(target, baseline)), measured


def fitting_of(spec: TargetSpec, baseline: Baseline) -> Fitting:
    """Return the other answers that fit a target as well; none if its answers are known and not only measured."""
    if not spec.is_external or baseline.target != str(spec):
        return NOTHING_FITS
    return {name: tuple(each.answer for each in others) for name, others in baseline.ambiguity.items()}


def _baseline(spec: TargetSpec, measured: Measurement, records: tuple[Record, ...]) -> Baseline:
    table = measured.table
    return Baseline(
        str(spec),
        measured.answers,
        records,
        {each.question: each.ambiguity for each in table if each.ambiguity},
        tuple(each.question for each in table if not each.is_asked),
        tuple(each.question for each in measured.outside),
    )


def records_that_hold(target: Target, known: Baseline) -> tuple[Record, ...]:
    """Return the records of a baseline whose deviations a target shows as well, under the answers of the baseline."""
    overlays = [OVERLAYS[each.overlay] for each in known.records]
    judge = Judge(known.answers, overlays, Capability.LOGS in target.capabilities)
    return tuple(_holding(target, known, judge))


def _origin(spec: TargetSpec, recorded: Baseline) -> str:
    if recorded.target != str(spec) or spec.kind in (TargetKind.GO, TargetKind.PYTHON):
        return f"answers of {recorded.target}"
    under = {name: answer for each in spec.overlays for name, answer in OVERLAYS[each].under.items()}
    changed = ", ".join(f"{name}: {answer}" for name, answer in under.items())
    return "answers of reference" + (f", but {changed}" if changed else "")


def _measured(spec: TargetSpec, target: Target, notice: Notify) -> Basis:
    baseline, measured = measured_now(spec, target, notice)
    related = related_baseline(spec)
    holding = "" if related is None else f", with {len(baseline.records)} records of {related.target} that hold"
    return Basis(baseline, f"answers measured now{holding}{_unexplained(measured)}")


def _unexplained(measured: Measurement) -> str:
    runs = sum(each.runs for each in measured.unexplained)
    return f"; no answers explain {runs} of the programs" if runs else ""


def _holding(target: Target, known: Baseline, judge: Judge) -> Iterator[Record]:
    for record in known.records:
        if not needed(record.program) <= target.capabilities:
            continue
        for program, history in target.run([record.program] * (RECORD_TRIES if record.often else 1)):
            verdict = judge.judge(program, history)
            if verdict.kind is VerdictKind.DEVIATES and record.overlay in verdict.deviations:
                yield record
                break
