"""Makes the spec as JSON from the chapters, the rules and the tables of the page."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import msgspec
from beehive_spec.chapters import SPEC_VERSION, Chapter, Citation, Clause, Question, chapters
from beehive_spec.document import sentence_hash
from beehive_spec.rules import RULES

from beehive_conformance.deviations import OVERLAYS
from beehive_conformance.deviations.baselines import Baseline
from beehive_conformance.reports.spec_page.asked import questions_by_move
from beehive_conformance.reports.spec_page.decisions import decisions
from beehive_conformance.reports.spec_page.diagram import Diagram, diagrams
from beehive_conformance.reports.spec_page.document_links import DOCUMENT_URL, citation_url
from beehive_conformance.reports.spec_page.message_parts import MESSAGE_PART_ROWS
from beehive_conformance.reports.spec_page.operations import BUS_OPERATIONS, ROWS, OperationError
from beehive_conformance.reports.spec_page.places import PLACES
from beehive_conformance.reports.spec_page.schema import (
    DATA_FORMAT,
    AnswerData,
    ChapterData,
    ClauseData,
    DecisionData,
    DescriptiveData,
    DisputeData,
    ErrorData,
    ImplementationData,
    MessagePartData,
    MoveData,
    OperationData,
    OperationKind,
    ParameterData,
    QuestionData,
    SourceData,
    SpecData,
    UnspecifiedData,
)

DIGEST_LENGTH = 12
"""Hex digits, as many as a sentence of the documents has."""


def spec_data(baseline: Baseline | None = None) -> SpecData:
    """Return the whole spec; with a baseline, also what the answers of its target decide. Raises ChapterError."""
    data = SpecData(
        format=DATA_FORMAT,
        version=SPEC_VERSION,
        digest="",
        document=DOCUMENT_URL,
        chapters=tuple(map(_chapter, chapters())),
        operations=tuple(map(_operation, diagrams(RULES))),
        message_parts=tuple(MessagePartData(**part._asdict()) for part in MESSAGE_PART_ROWS),
        places=dict(PLACES),
    )
    digest = hashlib.sha256(msgspec.json.encode(data)).hexdigest()[:DIGEST_LENGTH]
    return msgspec.structs.replace(
        data, digest=digest, implementation=None if baseline is None else _implementation(baseline)
    )


def spec_json(baseline: Baseline | None = None) -> bytes:
    """Return the whole spec as one JSON document over several lines; raises ChapterError."""
    return msgspec.json.format(msgspec.json.encode(spec_data(baseline)), indent=2) + b"\n"


def spec_schema() -> bytes:
    """Return the JSON Schema of that document."""
    return msgspec.json.format(msgspec.json.encode(msgspec.json.schema(SpecData)), indent=2) + b"\n"


def _sources(citations: Iterable[Citation]) -> tuple[SourceData, ...]:
    return tuple(SourceData(**each._asdict(), url=citation_url(each)) for each in citations)


def _chapter(chapter: Chapter) -> ChapterData:
    return ChapterData(
        title=chapter.title,
        intro=chapter.intro,
        clauses=tuple(map(_clause, chapter.clauses)),
        questions=tuple(map(_question, chapter.questions)),
        unspecified=tuple(UnspecifiedData(sentence_hash(text), text) for text in chapter.unspecified),
        disputes=tuple(DisputeData(each.id, each.text, _sources(each.sources)) for each in chapter.disputes),
        descriptive=tuple(DescriptiveData(_sources(each.sources), each.why) for each in chapter.descriptive),
    )


def _clause(clause: Clause) -> ClauseData:
    return ClauseData(
        id=clause.id,
        sentence=clause.sentence,
        sure=clause.sure,
        sources=_sources(clause.sources),
        open=clause.open,
        why=clause.why,
        untested=clause.untested,
    )


def _question(question: Question) -> QuestionData:
    return QuestionData(
        name=question.name,
        sentence=question.sentence,
        sources=_sources(question.sources),
        answers=tuple(
            AnswerData(answer, meaning, answer == question.literal, answer in question.losing)
            for answer, meaning in question.answers.items()
        ),
        void_if=tuple(dict(case.given) for case in question.void_if),
    )


def _operation(diagram: Diagram) -> OperationData:
    row = ROWS.get(diagram.operation)
    kind = OperationKind.BUS if row in BUS_OPERATIONS else OperationKind.OFF_BUS
    return OperationData(
        name=diagram.operation,
        kind=OperationKind.AUXILIARY if row is None else kind,
        parameters=() if row is None else tuple(ParameterData(**each._asdict()) for each in row.parameters),
        returns="" if row is None else row.returns,
        errors=() if row is None else tuple(map(_error, row.errors)),
        note=diagram.note,
        moves=tuple(
            MoveData(*step, questions=questions_by_move(RULES)[diagram.operation, step.place, step.move])
            for step in diagram.steps
        ),
    )


def _error(error: OperationError) -> ErrorData:
    kinds = {answer: tuple(map(str, each)) for answer, each in error.kinds.items()}
    return ErrorData(error.when, error.decided_by, kinds)


def _implementation(baseline: Baseline) -> ImplementationData:
    return ImplementationData(
        target=baseline.target,
        decisions={
            name: DecisionData(each.answer, each.meaning, each.departs, each.loses_messages, dict(each.void))
            for name, each in decisions(baseline).items()
        },
        broken=tuple(sorted({OVERLAYS[record.overlay].clause for record in baseline.records})),
    )
