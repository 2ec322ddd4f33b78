"""The result of a run or a comparison, computed from the lines of its report."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from beehive_conformance.reports.explain import counted
from beehive_conformance.reports.schema import (
    ChangedAnswerLine,
    ExitCode,
    FindingLine,
    FooterLine,
    HeaderLine,
    Heading,
    Line,
    NotJudgedLine,
    RecordLine,
    Side,
    TallyLine,
    Times,
)

MAX_INCONCLUSIVE_SHARE = 0.001
"""The share of inconclusive programs above which a result is not as expected."""


class Conclusion(NamedTuple):
    """The exit code of a command, and its result in one sentence."""

    exit: ExitCode
    summary: str


class TargetResult(NamedTuple):
    """The figures of one target that decide the result."""

    name: str
    not_judged_because: str
    programs: int
    deviations: int
    unexplained: int
    groups: int
    lost_records: tuple[str, ...]
    too_many_inconclusive: bool

    @property
    def is_as_expected(self) -> bool:
        """Whether every program conforms or deviates as recorded, and every record holds."""
        return not (self.not_judged_because or self.groups or self.lost_records or self.too_many_inconclusive)

    @property
    def problems(self) -> str:
        """What is not as expected, in words."""
        parts = []
        if self.groups:
            parts.append(
                f"{self.unexplained} of {self.programs} programs unexplained, in {counted(self.groups, 'group')}"
            )
        if self.lost_records:
            parts.append(f"records that no longer hold: {', '.join(self.lost_records)}")
        if self.too_many_inconclusive:
            parts.append("too many programs inconclusive")
        return ", ".join(parts)


def run_result(lines: Sequence[Line]) -> Conclusion:
    """Return the result of a run or an exploration; `lines` are those of its report without the footer."""
    (side,) = _header(lines).sides
    target = target_result(lines, side)
    if target.not_judged_because:
        return _not_judged(target)
    if not target.is_as_expected:
        return Conclusion(ExitCode.NOT_AS_EXPECTED, f"{target.name} is not as expected: {target.problems}")
    text = f"deviates in {counted(target.deviations, 'way')}, as recorded" if target.deviations else "conforms"
    return Conclusion(ExitCode.AS_EXPECTED, f"{target.name} {text} ({target.programs} programs)")


def compare_result(lines: Sequence[Line]) -> Conclusion:
    """Return the result of a comparison; `lines` are those of its report without the footer."""
    header = _header(lines)
    before, after = (target_result(lines, side) for side in header.sides)
    if unjudged := [target for target in (before, after) if target.not_judged_because]:
        return _not_judged(*unjudged)
    names = f"{after.name} compared with {before.name}"
    if header.versions:
        return _compared_versions(lines, after, names)
    if wrong := [f"{each.name}: {each.problems}" for each in (before, after) if not each.is_as_expected]:
        return Conclusion(ExitCode.NOT_AS_EXPECTED, f"{names}: not as expected: {'; '.join(wrong)}")
    if not after.deviations:
        text = f"no difference that a clause forbids ({after.programs} programs)"
        return Conclusion(ExitCode.AS_EXPECTED, f"{names}: {text}")
    known = counted(after.deviations, "known deviation")
    return Conclusion(ExitCode.AS_EXPECTED, f"{names}: {known}, nothing unexplained")


def target_result(lines: Sequence[Line], side: Side) -> TargetResult:
    """Return the figures of one target of a report."""
    tallies = [line.counts for line in lines if isinstance(line, TallyLine) and line.target == side.name]
    records = [line for line in lines if isinstance(line, RecordLine) and line.target == side.name]
    findings = [line for line in lines if isinstance(line, FindingLine) and line.target == side.name]
    unexplained = [line for line in findings if line.heading is Heading.UNEXPLAINED]
    programs = sum(each.programs for each in tallies)
    reason = next((line.why for line in lines if isinstance(line, NotJudgedLine) and line.target == side.name), "")
    if not (reason or records or programs > sum(each.not_judged for each in tallies)):
        reason = _why_nothing_was_judged(programs, side)
    lost_records = tuple(line.name for line in records if not line.holds)
    if not (reason or unexplained or lost_records):
        reason = _why_clause_is_not_judged(_header(lines).only, side)
    return TargetResult(
        name=side.name,
        not_judged_because=reason,
        programs=programs,
        deviations=sum(line.heading is Heading.DEVIATES for line in findings),
        unexplained=sum(line.evidence.count for line in unexplained if line.evidence is not None),
        groups=len(unexplained),
        lost_records=lost_records,
        too_many_inconclusive=sum(each.inconclusive for each in tallies) > MAX_INCONCLUSIVE_SHARE * programs,
    )


def footer(conclusion: Conclusion, seconds: float) -> FooterLine:
    """Return the last line of a report."""
    return FooterLine(conclusion.exit, conclusion.summary, Times(round(seconds, 1)))


def _header(lines: Sequence[Line]) -> HeaderLine:
    header = lines[0]
    assert isinstance(header, HeaderLine), "a report begins with its header"
    return header


def _not_judged(*targets: TargetResult) -> Conclusion:
    text = "; ".join(f"{each.name} was NOT JUDGED: {each.not_judged_because}" for each in targets)
    return Conclusion(ExitCode.ERROR, text)


def _why_nothing_was_judged(programs: int, side: Side) -> str:
    if not programs:
        return "there was nothing to run"
    lacking = ", ".join(sorted(each.replace("_", " ") for each in side.lacks))
    return "it cannot do what the programs need" + (f"; it has no {lacking}" if lacking else "")


def _why_clause_is_not_judged(only: str, side: Side) -> str:
    """Return why the one clause of a run cannot be judged, or an empty string."""
    lacking = [each.replace("_", " ") for each, clauses in side.not_judged.items() if only in clauses]
    return f"it has no {', no '.join(lacking)}, which {only} is about" if lacking else ""


def _compared_versions(lines: Sequence[Line], after: TargetResult, names: str) -> Conclusion:
    headings = [line.heading for line in lines if isinstance(line, FindingLine)]
    introduced, unexplained = headings.count(Heading.INTRODUCED), headings.count(Heading.UNEXPLAINED)
    fixed, unchanged = headings.count(Heading.FIXED), headings.count(Heading.UNCHANGED)
    text = f"{names}: {fixed} fixed, {introduced} introduced, {unchanged} unchanged"
    if unexplained:
        text += f", {unexplained} unexplained in both"
    losing = sum(1 for line in lines if isinstance(line, ChangedAnswerLine) and line.losing)
    if losing:
        text += f", {counted(losing, 'changed answer')} by which messages can be lost"
    if after.too_many_inconclusive:
        text += ", too many inconclusive programs"
    wrong = introduced or unexplained or losing or after.too_many_inconclusive
    return Conclusion(ExitCode.NOT_AS_EXPECTED if wrong else ExitCode.AS_EXPECTED, text)
