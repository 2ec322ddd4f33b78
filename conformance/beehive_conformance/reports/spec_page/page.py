"""The spec as one HTML page, for every reader or for those of one implementation."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import NamedTuple

from beehive_spec.answers import Answers
from beehive_spec.chapters import NUMBER, Question, chapters, clauses, disputes, questions
from beehive_spec.document import sentence_hash
from beehive_spec.rules import RULES
from beehive_spec.traceability import drawn_from
from beehive_spec.vocabulary import ErrorKind
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from beehive_conformance.deviations import OVERLAYS, Overlay
from beehive_conformance.deviations.ambiguity import AmbiguityReason
from beehive_conformance.deviations.baselines import (
    DEFAULT_ANSWERS,
    NOT_ASKED,
    Baseline,
    baselines,
    targets_by_record,
)
from beehive_conformance.reports.spec_page.asked import chapter_of, met_by, questions_by_move
from beehive_conformance.reports.spec_page.checked import CHECKS, NOTHING_PROVED, Extent
from beehive_conformance.reports.spec_page.decisions import decisions, possible_errors, void_cases
from beehive_conformance.reports.spec_page.diagram import diagrams
from beehive_conformance.reports.spec_page.document_links import DOCUMENT_URL, citation_url
from beehive_conformance.reports.spec_page.labels import LINE_HEIGHT
from beehive_conformance.reports.spec_page.layout import BOX_WIDTH
from beehive_conformance.reports.spec_page.message_parts import MESSAGE_PART_ROWS
from beehive_conformance.reports.spec_page.operations import BUS_OPERATIONS, OFF_BUS_OPERATIONS, UNSPECIFIED
from beehive_conformance.reports.spec_page.places import PLACES
from beehive_conformance.reports.spec_page.unput import UNPUT, UNPUT_NOTES
from beehive_conformance.scenarios.scenario import load_scenarios
from beehive_conformance.trust.matrix import matrix

REFERENCE = "reference"
"""The name under which the page shows the answers of the reference, which are those of the model."""

TITLE = "Beehive: what its documentation says"

_WORDS = 12
"""Words of an unspecified line in the lists that link to it."""

_CODE = re.compile(r"`([^`]+)`|\b([A-Z]+-[1-9][0-9]*)\b|\b([a-z]+(?:_[a-z]+)+)\b")


class Broken(NamedTuple):
    """A recorded deviation of a target."""

    target: str
    title: str


class AnswerShown(NamedTuple):
    """One answer to a question, its meaning, and the targets that give it, with their numbers if it is a number.

    `loses_messages` tells whether a message can be lost under it without its sender being told, `literal` whether it
    follows the letter of the documents.
    """

    answer: str
    meaning: str
    loses_messages: bool
    literal: bool
    targets: tuple[str, ...]


class AnswerMark(NamedTuple):
    """A sign beside an ambiguous answer, with its meaning and the other possible answers."""

    sign: str
    meaning: str
    others: str


SIGNS: Mapping[AmbiguityReason, tuple[str, str]] = {
    AmbiguityReason.FAULT: ("†", "void: a recorded fault hides what would tell it from other answers"),
    AmbiguityReason.ANSWERS: ("‡", "under the target's other answers, nothing was found that tells it from others"),
    AmbiguityReason.CHANCE: ("*", "another answer allows all that was seen as well; only chance can decide"),
    AmbiguityReason.TOGETHER: ("§", "another answer fits beside another answer to a second question"),
}


def spec_page(baseline: Baseline | None = None) -> str:
    """Return the page as self-contained HTML; the same spec gives the same page.

    With a baseline, the page is for the implementation that it describes: its answers decide the questions, and the
    questions that are void under them are left out.
    """
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["prose"] = _prose(_anchors())
    environment.filters["slug"] = slug
    environment.filters["decider"] = _decider
    environment.filters["void_cases"] = void_cases
    environment.filters["line_id"] = _line_id
    environment.filters["beginning"] = _beginning
    environment.filters["url"] = citation_url
    tests = matrix(clauses().values(), RULES, load_scenarios(), OVERLAYS.values())
    decided = decisions(baseline) if baseline is not None else {}
    environment.filters["possible"] = partial(possible_errors, decided=decided)
    measured = baselines() if baseline is None else {baseline.target: baseline}
    drawings = {each.operation: each for each in diagrams(RULES)}
    on_bus, off_bus = ([row.name for row in rows] for rows in (BUS_OPERATIONS, OFF_BUS_OPERATIONS))
    return environment.get_template("spec.html").render(
        chapters=chapters(),
        clauses=clauses(),
        questions=questions(),
        disputes=sorted(disputes(), key=lambda each: int(each.id.partition("-")[2])),
        rows={row.clause.id: row for row in tests},
        unnoticed_first=sorted(tests, key=lambda row: (not row.lacks, not row.is_testable)),
        broken=_broken() if baseline is None else _broken_by(baseline),
        answers={name: answers_shown(question) for name, question in questions().items()},
        targets=tuple(_answers()),
        given={
            name: each._asdict() | dict.fromkeys(baselines()[name].not_asked, NOT_ASKED)
            for name, each in _answers().items()
        },
        marks={
            name: {question: marks(each, question) for question in questions()} for name, each in measured.items()
        },
        signs=SIGNS.values(),
        recorded=targets_by_record(),
        title=TITLE if baseline is None else f"Beehive: what {baseline.target} must do",
        target=None if baseline is None else baseline.target,
        decided=decided,
        void={name: _one_answer_each(each.void) for name, each in decided.items() if each.void},
        bus_operations=BUS_OPERATIONS,
        off_bus_operations=OFF_BUS_OPERATIONS,
        message_parts=MESSAGE_PART_ROWS,
        met={name: met_by(RULES, name) for name in (*on_bus, *off_bus)},
        chapter_of={name: chapter_of(name) for name in (*on_bus, *off_bus)},
        asked_in=questions_by_move(RULES),
        places=PLACES,
        unput=UNPUT,
        unput_notes=UNPUT_NOTES,
        extents=tuple(Extent),
        checks=CHECKS,
        nothing_proved=NOTHING_PROVED,
        document_url=DOCUMENT_URL,
        diagrams=[drawings[name] for name in (*on_bus, *sorted(drawings.keys() - {*on_bus, *off_bus}))],
        off_bus_diagrams=[drawings[name] for name in off_bus],
        drawn=drawn_from(chapters()),
        kinds=[kind.replace("_", " ") for kind in ErrorKind],
        not_asked=NOT_ASKED,
        box_width=BOX_WIDTH,
        line_height=LINE_HEIGHT,
    )


def _one_answer_each(given: Mapping[str, str]) -> Mapping[str, tuple[str]]:
    return {question: (answer,) for question, answer in given.items()}


def _marks_by_question(baseline: Baseline) -> Mapping[str, tuple[AnswerMark, ...]]:
    return {question: marks(baseline, question) for question in questions()}


def marks(baseline: Baseline, question: str) -> tuple[AnswerMark, ...]:
    """Return the signs beside an answer of a target."""
    ambiguity = baseline.ambiguity.get(question, ())
    found = ((why, [str(each.answer) for each in ambiguity if each.why is why]) for why in SIGNS)
    return tuple(AnswerMark(*SIGNS[why], ", ".join(others)) for why, others in found if others)


def _line_id(line: str) -> str:
    """Return the anchor of an unspecified line, which has the id that the line has in the JSON document."""
    return f"line-{sentence_hash(line)}"


def _beginning(line: str) -> str:
    """Return the first words of an unspecified line."""
    words = line.split()
    return line if len(words) <= _WORDS else f"{' '.join(words[:_WORDS]).rstrip(',:;')} ..."


def _decider(name: str) -> str:
    """Return what a link to the question, the clause or the unspecified lines that decide about an error says."""
    return "unspecified" if name == UNSPECIFIED else name


def slug(title: str) -> str:
    """Return a title in the form of an anchor."""
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")


def answers_shown(question: Question) -> tuple[AnswerShown, ...]:
    """Return the answers to a question, each with the targets that give it."""
    return tuple(
        AnswerShown(
            answer,
            meaning,
            question.loses_messages(answer),
            answer == question.literal,
            tuple(_given(question.name, answer)),
        )
        for answer, meaning in question.answers.items()
    )


def _given(question: str, answer: str) -> Iterator[str]:
    for target, answers in _answers().items():
        given = NOT_ASKED if question in baselines()[target].not_asked else getattr(answers, question)
        if isinstance(given, int) and answer == NUMBER:
            yield f"{target}: {given}"
        elif given == answer:
            yield target


def _answers() -> Mapping[str, Answers]:
    return {REFERENCE: DEFAULT_ANSWERS} | {name: each.answers for name, each in baselines().items()}


def _broken_by(baseline: Baseline) -> Mapping[str, tuple[Broken, ...]]:
    """Return, for each clause that the target of a baseline is known to break, these deviations."""
    return _by_clause((OVERLAYS[record.overlay], baseline.target) for record in baseline.records)


def _broken() -> Mapping[str, tuple[Broken, ...]]:
    """Return, for each clause that a target is known to break, these deviations."""
    return _by_clause((OVERLAYS[name], target) for name, targets in targets_by_record().items() for target in targets)


def _by_clause(deviations: Iterable[tuple[Overlay, str]]) -> Mapping[str, tuple[Broken, ...]]:
    found: dict[str, list[Broken]] = {}
    for overlay, target in deviations:
        found.setdefault(overlay.clause, []).append(Broken(target, overlay.title))
    return {clause: tuple(each) for clause, each in found.items()}


def _anchors() -> Mapping[str, str]:
    """Return the names that a text may contain, with their anchors."""
    operations = {operation: f"op-{operation}" for operation, _ in RULES}
    return operations | {name: name for name in (*clauses(), *questions(), *(each.id for each in disputes()))}


def _prose(anchors: Mapping[str, str]) -> Callable[[str], Markup]:
    """Return a filter that marks up code, and links clauses, questions and operations to their anchors."""

    def prose(text: str) -> Markup:
        made, end = Markup(), 0
        for match in _CODE.finditer(text):
            made += text[end : match.start()]
            made += _set(match[1] or match[0], match[1] is not None or match[3] is not None, anchors)
            end = match.end()
        return made + text[end:]

    return prose


def _set(name: str, is_code: bool, anchors: Mapping[str, str]) -> Markup:
    shown = Markup("<code>{}</code>").format(name) if is_code else Markup("{}").format(name)
    return Markup('<a href="#{}">{}</a>').format(anchors[name], shown) if name in anchors else shown
