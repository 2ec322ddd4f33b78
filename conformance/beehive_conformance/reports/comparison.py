"""The lines of a comparison: two targets, and what the second fixes, introduces and leaves unchanged."""

from __future__ import annotations

from collections.abc import Iterator

from beehive_spec.chapters import disputes, questions

from beehive_conformance.reports.findings import (
    deviation_finding,
    finding_lines,
    result_lines,
    seen_deviations,
    unexplained_findings,
)
from beehive_conformance.reports.header import plan_header, side
from beehive_conformance.reports.schema import (
    ChangedAnswerLine,
    ChangedHistoriesLine,
    DisputeLine,
    Heading,
    Line,
)
from beehive_conformance.runs.examine import Examination
from beehive_conformance.runs.plan import Plan


def compare_lines(before: Examination, after: Examination, plan: Plan) -> Iterator[Line]:
    """Yield the lines of a comparison, all but the footer.

    For two versions of an implementation, the report contains the differences between them. Compared with the
    reference or the model, each target has its own findings.
    """
    versions = before.target.is_external and after.target.is_external
    yield plan_header("compare", plan, [side(before), side(after)], versions)
    yield from result_lines(before)
    yield from result_lines(after)
    if not (before.not_judged_because or after.not_judged_because):
        if versions:
            yield from _subtracted(before, after)
        else:
            yield from finding_lines(before)
            yield from finding_lines(after)
    for each in disputes():
        yield DisputeLine(each.id, each.text, tuple(map(str, each.sources)))


def _subtracted(before: Examination, after: Examination) -> Iterator[Line]:
    had, has = seen_deviations(before), seen_deviations(after)
    in_both = before.findings.keys() & after.findings.keys()
    for name in has:
        if name not in had:
            yield deviation_finding(after, name, Heading.INTRODUCED)
    yield from unexplained_findings(after, Heading.INTRODUCED, skip=in_both)
    yield from unexplained_findings(after, Heading.UNEXPLAINED, skip=after.findings.keys() - in_both)
    for name in had:
        if name not in has:
            yield deviation_finding(before, name, Heading.FIXED)
    yield from unexplained_findings(before, Heading.FIXED, skip=in_both)
    for name in has:
        if name in had:
            yield deviation_finding(after, name, Heading.UNCHANGED)
    yield from _changes(before, after)


def _changes(before: Examination, after: Examination) -> Iterator[Line]:
    old, new = before.answers._asdict(), after.answers._asdict()
    for name, question in questions().items():
        if old[name] != new[name]:
            losing = tuple(each for each in (old[name], new[name]) if question.loses_messages(each))
            yield ChangedAnswerLine(name, question.sentence, old[name], new[name], losing)
    # With another capacity, the two targets ran different programs.
    if old["capacity"] == new["capacity"]:
        pairs = zip(before.digests, after.digests, strict=False)
        differing = sum(1 for one, other in pairs if one and other and one != other)
        if differing:
            measured = before.target.is_external or after.target.is_external
            yield ChangedHistoriesLine(0, differing) if measured else ChangedHistoriesLine(differing)
