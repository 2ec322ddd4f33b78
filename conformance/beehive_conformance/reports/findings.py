"""The lines of a report about one target: tallies, scenarios, records and findings."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from typing import TypeVar

from beehive_spec.chapters import clauses

from beehive_conformance.checking.judge import VerdictKind
from beehive_conformance.deviations import OVERLAYS, OverlayName, worst_first
from beehive_conformance.judging.harness import VerdictGroup
from beehive_conformance.judging.signature import Signature
from beehive_conformance.reports.evidence import difference_under, evidence_of
from beehive_conformance.reports.header import plan_header, side
from beehive_conformance.reports.schema import (
    Cited,
    Counts,
    FindingLine,
    Heading,
    Line,
    NotJudgedLine,
    ProgramVerdict,
    RecordCheck,
    RecordLine,
    Runs,
    ScenarioLine,
    TallyLine,
)
from beehive_conformance.runs.examine import Examination
from beehive_conformance.runs.plan import Plan

T = TypeVar("T")


def run_lines(examination: Examination, plan: Plan) -> Iterator[Line]:
    """Yield the lines of a run, all but the footer."""
    yield plan_header("run", plan, [side(examination)])
    yield from target_lines(examination)


def target_lines(examination: Examination) -> Iterator[Line]:
    """Yield everything about one target: tallies, scenarios, records, deviations and unexplained findings."""
    yield from result_lines(examination)
    yield from finding_lines(examination)


def result_lines(examination: Examination) -> Iterator[Line]:
    """Yield the tallies, scenarios and records of a target, or why it was not judged."""
    name, measured = str(examination.target), examination.target.is_external
    if examination.not_judged_because:
        yield NotJudgedLine(name, examination.not_judged_because)
        return
    for source, kinds in examination.tallies.items():
        counts = _counts(kinds, examination.under_others[source])
        yield TallyLine(name, source, *_exact_or_measured(counts, measured))
    for each in examination.scenarios:
        yield ScenarioLine(name, each.name, *_exact_or_measured(program_verdict(each.kind, each.group), measured))
    for proof in examination.proofs:
        check = RecordCheck(proof.holds, program_verdict(proof.kind, proof.group), proof.runs)
        yield RecordLine(name, proof.record.overlay, *_exact_or_measured(check, measured))


def finding_lines(examination: Examination) -> Iterator[FindingLine]:
    """Yield the recorded deviations that were seen, the worst first, and then the unexplained findings."""
    for name in seen_deviations(examination):
        yield deviation_finding(examination, name, Heading.DEVIATES)
    yield from unexplained_findings(examination, Heading.UNEXPLAINED)


def seen_deviations(examination: Examination) -> list[OverlayName]:
    """Return the recorded deviations that were seen, the worst first."""
    proved = {proof.record.overlay for proof in examination.proofs if proof.holds}
    seen = proved | set(examination.deviations)
    return sorted(seen, key=worst_first)


def deviation_finding(examination: Examination, name: OverlayName, heading: Heading) -> FindingLine:
    """Return the finding of a recorded deviation, with the program of its record as evidence."""
    overlay = OVERLAYS[name]
    proof = next((each for each in examination.proofs if each.record.overlay == name), None)
    evidence = None
    if proof is not None:
        program, history = proof.record.program, proof.history
        others = [OVERLAYS[each.overlay] for each in examination.records if each.overlay != name]
        evidence = evidence_of(
            program,
            history,
            difference_under(program, history, examination.answers, others),
            examination.deviations[name],
            Runs(1, proof.runs) if proof.holds else Runs(0, proof.runs),
        )
    exact, measured = _exact_or_measured(evidence, examination.target.is_external)
    return FindingLine(
        heading=heading,
        target=str(examination.target),
        name=name,
        title=overlay.title,
        affects=overlay.affects,
        clause=cited(overlay.clause),
        exact=exact,
        measured=measured,
    )


def unexplained_findings(
    examination: Examination, heading: Heading, skip: Container[Signature] = ()
) -> Iterator[FindingLine]:
    """Yield the unexplained findings, the most frequent first, without those whose signature is in `skip`."""
    for signature, finding in sorted(examination.findings.items(), key=lambda item: (-item[1].count, item[0])):
        if signature in skip:
            continue
        evidence = evidence_of(
            finding.program,
            finding.history,
            finding.difference,
            finding.count,
            explained_by=finding.explained_by,
        )
        exact, measured = _exact_or_measured(evidence, examination.target.is_external)
        yield FindingLine(
            heading=heading,
            target=str(examination.target),
            name=str(signature).replace(" ", "_"),
            title=str(signature),
            signature=signature,
            clause=cited(evidence.explained_by[0].clause) if evidence.explained_by else None,
            exact=exact,
            measured=measured,
        )


def program_verdict(kind: VerdictKind, group: VerdictGroup) -> ProgramVerdict:
    """Return a verdict in the form of a report."""
    if isinstance(group, Signature):
        return ProgramVerdict(kind, signature=group)
    return ProgramVerdict(kind, group or ())


def cited(clause_id: str) -> Cited | None:
    """Return a clause in the form of a report, or None if there is no such clause."""
    clause = clauses().get(clause_id)
    if clause is None:
        return None
    return Cited(clause_id, clause.sentence, clause.sure, tuple(map(str, clause.sources)))


def _exact_or_measured(value: T, is_measured: bool) -> tuple[T | None, T | None]:
    """Return a value as the two fields `exact` and `measured`, one of which is None."""
    return (None, value) if is_measured else (value, None)


def _counts(kinds: Mapping[VerdictKind, int], under_others: int) -> Counts:
    return Counts(
        programs=sum(kinds.values()),
        conforms=kinds.get(VerdictKind.CONFORMS, 0),
        deviates=kinds.get(VerdictKind.DEVIATES, 0),
        unexplained=kinds.get(VerdictKind.UNEXPLAINED, 0),
        died=kinds.get(VerdictKind.DIED, 0),
        inconclusive=kinds.get(VerdictKind.INCONCLUSIVE, 0),
        not_judged=kinds.get(VerdictKind.NOT_JUDGED, 0),
        under_others=under_others,
    )
