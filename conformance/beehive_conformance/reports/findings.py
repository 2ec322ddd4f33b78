"""Turns what was examination into the lines of a report: findings, the difference of two targets, the exit code."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib.metadata import PackageNotFoundError, version
from typing import NamedTuple

from beehive_spec.chapters import clauses, disputes, questions

from beehive_conformance.checking.judge import VerdictKind
from beehive_conformance.deviations import OVERLAYS, Affects, OverlayName
from beehive_conformance.judging.signature import Signature
from beehive_conformance.programs.capability import CLAUSES, Capability
from beehive_conformance.reports.explain import difference_under, shown
from beehive_conformance.reports.schema import (
    ChangeLine,
    Cited,
    Counts,
    DisputeLine,
    FindingLine,
    FooterLine,
    HeaderLine,
    Heading,
    Line,
    NotJudgedLine,
    RecordLine,
    Shown,
    Side,
    TallyLine,
    Times,
)
from beehive_conformance.runs.examine import Examination
from beehive_conformance.runs.plan import Plan

AS_EXPECTED, NOT_AS_EXPECTED, COULD_NOT = 0, 1, 2
"""Exit codes, the same everywhere."""
WORST_FIRST = tuple(Affects)


class Result(NamedTuple):
    """How a command ends."""

    exit: int
    summary: str


def header(command: str, plan: Plan, sides: Iterable[Side]) -> HeaderLine:
    """Return the first line of a report."""
    return HeaderLine(
        command=command,
        suite=suite_version(),
        sides=tuple(sides),
        seed=plan.seed,
        examples=plan.examples,
        length=plan.length,
        exhaustive=plan.exhaustive,
        only=plan.only,
    )


def side(examination: Examination) -> Side:
    """Return what a target is and what it was judged under."""
    return Side(
        name=examination.entry.name,
        description=examination.entry.description,
        answers=dict(examination.answers._asdict()),
        records=tuple(each.overlay for each in examination.records),
        not_judged={str(each): CLAUSES[each] for each in Capability if each in examination.lacks and each in CLAUSES},
    )


def run_lines(examination: Examination, plan: Plan) -> Iterator[Line]:
    """Yield the lines of a run, all but the footer."""
    yield header("run", plan, [side(examination)])
    yield from findings(examination)


def findings(examination: Examination) -> Iterator[Line]:
    """Yield what became of one target: the tallies, the records, and what it does against the clauses."""
    yield from _results(examination)
    for name in _present(examination):
        yield _deviation(examination, name, Heading.DEVIATES)
    yield from _unexplained(examination, Heading.UNEXPLAINED)


def run_result(examination: Examination) -> Result:
    """Return how a run ends."""
    name = examination.entry.name
    if examination.not_judged_because:
        return Result(COULD_NOT, f"{name} was NOT JUDGED: {examination.not_judged_because}")
    if not examination.judged:
        return Result(COULD_NOT, f"{name} was NOT JUDGED: {_why_nothing(examination)}")
    if examination.as_expected:
        deviates = _present(examination)
        text = f"deviates in {len(deviates)} ways, as recorded" if deviates else "conforms"
        return Result(AS_EXPECTED, f"{name} {text} ({examination.programs} programs)")
    return Result(NOT_AS_EXPECTED, f"{name} is not as expected: {_what_is_wrong(examination)}")


def compare_lines(before: Examination, after: Examination, plan: Plan) -> Iterator[Line]:
    """Yield the lines of a comparison, all but the footer."""
    yield header("compare", plan, [side(before), side(after)])
    yield from _results(before)
    yield from _results(after)
    if not (before.not_judged_because or after.not_judged_because):
        if before.entry.is_implementation and after.entry.is_implementation:
            yield from _subtracted(before, after)
        else:
            for examination in (before, after):
                for name in _present(examination):
                    yield _deviation(examination, name, Heading.DEVIATES)
                yield from _unexplained(examination, Heading.UNEXPLAINED)
    for each in disputes():
        yield DisputeLine(each.id, each.text, tuple(map(str, each.sources)))


def compare_result(before: Examination, after: Examination) -> Result:
    """Return how a comparison ends."""
    for examination in (before, after):
        if reason := examination.not_judged_because or (not examination.judged and _why_nothing(examination)):
            return Result(COULD_NOT, f"{examination.entry.name} was NOT JUDGED: {reason}")
    names = f"{after.entry.name} compared with {before.entry.name}"
    if before.entry.is_implementation and after.entry.is_implementation:
        return _compared_versions(before, after, names)
    wrong = [f"{each.entry.name}: {_what_is_wrong(each)}" for each in (before, after) if not each.as_expected]
    if wrong:
        return Result(NOT_AS_EXPECTED, f"{names}: not as expected: {'; '.join(wrong)}")
    present = _present(after)
    if not present:
        return Result(AS_EXPECTED, f"{names}: no difference that a clause forbids ({after.programs} programs)")
    return Result(AS_EXPECTED, f"{names}: {len(present)} known deviations, nothing unexplained")


def footer(result: Result, seconds: float) -> FooterLine:
    """Return the last line of a report."""
    return FooterLine(result.exit, result.summary, Times(round(seconds, 1)))


def cited(id: str) -> Cited | None:
    """Return a clause as reports cite it."""
    clause = clauses().get(id)
    if clause is None:
        return None
    return Cited(id, clause.sentence, clause.sure, tuple(map(str, clause.sources)))


def suite_version() -> str:
    """Return the version of the suite that is installed."""
    try:
        return version("beehive-reference")
    except PackageNotFoundError:
        return "not installed"


def _results(examination: Examination) -> Iterator[Line]:
    name = examination.entry.name
    if examination.not_judged_because:
        yield NotJudgedLine(name, examination.not_judged_because)
        return
    for source, kinds in examination.tallies.items():
        counts = Counts(
            programs=kinds.total(),
            conforms=kinds[VerdictKind.CONFORMS],
            deviates=kinds[VerdictKind.DEVIATES],
            unexplained=kinds[VerdictKind.UNEXPLAINED],
            died=kinds[VerdictKind.DIED],
            inconclusive=kinds[VerdictKind.INCONCLUSIVE],
            not_judged=kinds[VerdictKind.NOT_JUDGED],
        )
        if examination.entry.is_measured:
            yield TallyLine(name, source, measured=counts)
        else:
            yield TallyLine(name, source, counts=counts)
    for proof in examination.proofs:
        yield RecordLine(name, proof.record.overlay, proof.holds, proof.found)


def _present(examination: Examination) -> list[OverlayName]:
    """Return the deviations that were seen, the worst first."""
    proved = {proof.record.overlay for proof in examination.proofs if proof.holds}
    seen = proved | set(examination.deviations)
    return sorted(seen, key=lambda name: (WORST_FIRST.index(OVERLAYS[name].affects), name))


def _deviation(examination: Examination, name: OverlayName, heading: Heading) -> FindingLine:
    overlay = OVERLAYS[name]
    proof = next((each for each in examination.proofs if each.record.overlay == name), None)
    part = None
    if proof is not None:
        program, history = proof.record.program, proof.history
        beside = [OVERLAYS[each.overlay] for each in examination.records if each.overlay != name]
        part = shown(
            program,
            history,
            difference_under(program, history, examination.answers, beside),
            examination.deviations[name],
        )
    return _finding(examination, heading, name, overlay.title, part, overlay.affects, overlay.clause)


def _unexplained(
    examination: Examination, heading: Heading, but: Iterable[Signature] = (), only: Iterable[Signature] | None = None
) -> Iterator[FindingLine]:
    left_out = set(but)
    wanted = None if only is None else set(only)
    for group, finding in sorted(examination.findings.items(), key=lambda item: (-item[1].count, item[0])):
        if group in left_out or (wanted is not None and group not in wanted):
            continue
        names = finding.explained_by
        explained_by = [f"{each} ({OVERLAYS[each].clause})" for each in names]
        part = shown(finding.program, finding.history, finding.difference, finding.count, explained_by)
        clause = OVERLAYS[names[0]].clause if names else ""
        yield _finding(examination, heading, str(group).replace(" ", "_"), str(group), part, None, clause)


def _finding(
    examination: Examination,
    heading: Heading,
    name: str,
    title: str,
    part: Shown | None,
    affects: Affects | None,
    clause: str,
) -> FindingLine:
    measured = examination.entry.is_measured
    return FindingLine(
        heading=heading,
        target=examination.entry.name,
        name=name,
        title=title,
        affects=affects,
        clause=cited(clause),
        shown=None if measured else part,
        measured=part if measured else None,
    )


def _subtracted(before: Examination, after: Examination) -> Iterator[Line]:
    had, has = _present(before), _present(after)
    for name in has:
        if name not in had:
            yield _deviation(after, name, Heading.INTRODUCED)
    yield from _unexplained(after, Heading.INTRODUCED, but=before.findings)
    yield from _unexplained(after, Heading.UNEXPLAINED, only=before.findings)
    for name in had:
        if name not in has:
            yield _deviation(before, name, Heading.FIXED)
    yield from _unexplained(before, Heading.FIXED, but=after.findings)
    for name in has:
        if name in had:
            yield _deviation(after, name, Heading.UNCHANGED)
    yield from _changes(before, after)


def _changes(before: Examination, after: Examination) -> Iterator[ChangeLine]:
    old, new = before.answers._asdict(), after.answers._asdict()
    for name, question in questions().items():
        if old[name] != new[name]:
            yield ChangeLine(f"{name}: {question.sentence}", str(old[name]), str(new[name]))
    if old["capacity"] == new["capacity"]:
        pairs = zip(before.digests, after.digests, strict=False)
        differing = sum(1 for one, other in pairs if one and other and one != other)
        if differing:
            yield ChangeLine(f"{differing} programs show something else, all of it allowed", "", "")


def _compared_versions(before: Examination, after: Examination, names: str) -> Result:
    had, has = set(_present(before)), set(_present(after))
    introduced = len(has - had) + len(after.findings.keys() - before.findings.keys())
    fixed = len(had - has) + len(before.findings.keys() - after.findings.keys())
    unexplained = len(after.findings.keys() & before.findings.keys())
    text = f"{names}: {fixed} fixed, {introduced} introduced, {len(has & had)} unchanged"
    if unexplained:
        text += f", {unexplained} unexplained in both"
    if after.inconclusive:
        text += ", too many inconclusive programs"
    wrong = introduced or unexplained or after.inconclusive
    return Result(NOT_AS_EXPECTED if wrong else AS_EXPECTED, text)


def _why_nothing(examination: Examination) -> str:
    if not examination.programs:
        return "there was nothing to run"
    lacking = ", ".join(sorted(each.replace("_", " ") for each in examination.lacks))
    return "it cannot do what the programs need" + (f"; it has no {lacking}" if lacking else "")


def _what_is_wrong(examination: Examination) -> str:
    parts = []
    if examination.findings:
        count = sum(finding.count for finding in examination.findings.values())
        parts.append(f"{count} of {examination.programs} programs unexplained, in {len(examination.findings)} groups")
    lost = [proof.record.overlay for proof in examination.proofs if not proof.holds]
    if lost:
        parts.append(f"{len(lost)} records no longer hold ({', '.join(lost)})")
    if examination.inconclusive:
        parts.append("too many programs inconclusive")
    return ", ".join(parts)
