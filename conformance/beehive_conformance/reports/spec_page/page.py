"""The spec as one HTML page: chapters, questions with measured answers, disputes, and the rules as diagrams."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from beehive_spec.answers import Answers
from beehive_spec.chapters import NUMBER, Question, chapters, clauses, disputes, questions
from beehive_spec.rules import RULES
from beehive_spec.traceability import drawn_from
from beehive_spec.vocabulary import ErrorKind
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from beehive_conformance.deviations import OVERLAYS
from beehive_conformance.deviations.ambiguity import AmbiguityReason
from beehive_conformance.deviations.baselines import DEFAULT_ANSWERS, NOT_ASKED, baselines, targets_by_record
from beehive_conformance.reports.spec_page.diagram import diagrams
from beehive_conformance.reports.spec_page.layout import BOX_WIDTH
from beehive_conformance.scenarios.scenario import load_scenarios
from beehive_conformance.trust.matrix import matrix

REFERENCE = "reference"
"""The name under which the page shows the answers of the reference, which are those of the model."""

_CODE = re.compile(r"`([^`]+)`|\b([A-Z]+-[1-9][0-9]*)\b|\b([a-z]+(?:_[a-z]+)+)\b")


class Broken(NamedTuple):
    """A recorded deviation of a target."""

    target: str
    title: str


class AnswerShown(NamedTuple):
    """One answer to a question, its meaning, and the targets that give it, with their numbers if it is a number.

    `loses_messages` tells whether a message can be lost under it without its sender being told.
    """

    answer: str
    meaning: str
    loses_messages: bool
    targets: tuple[str, ...]


class AnswerMark(NamedTuple):
    """A sign beside an ambiguous answer, with its meaning and the other possible answers."""

    sign: str
    meaning: str
    others: str


SIGNS: Mapping[AmbiguityReason, tuple[str, str]] = {
    AmbiguityReason.FAULT: ("†", "void: a recorded fault hides what would tell it from other answers"),
    AmbiguityReason.ANSWERS: ("‡", "without effect: under the target's other answers nothing tells it from others"),
    AmbiguityReason.CHANCE: ("*", "another answer allows all that this one does, and more was never seen"),
}


def spec_page() -> str:
    """Return the page as self-contained HTML; the same spec gives the same page."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["prose"] = _prose(_anchors())
    environment.filters["slug"] = slug
    rows = matrix(clauses().values(), RULES, load_scenarios(), OVERLAYS.values())
    return environment.get_template("spec.html").render(
        chapters=chapters(),
        clauses=clauses(),
        questions=questions(),
        disputes=sorted(disputes(), key=lambda each: int(each.id.partition("-")[2])),
        rows={row.clause.id: row for row in rows},
        unnoticed_first=sorted(rows, key=lambda row: (not row.lacks, not row.is_testable)),
        broken=_broken(),
        answers={name: answers_shown(question) for name, question in questions().items()},
        targets=tuple(_answers()),
        given={
            name: each._asdict() | dict.fromkeys(baselines()[name].not_asked, NOT_ASKED)
            for name, each in _answers().items()
        },
        marks={name: {question: marks(name, question) for question in questions()} for name in _answers()},
        signs=SIGNS.values(),
        recorded=targets_by_record(),
        diagrams=diagrams(RULES),
        drawn=drawn_from(chapters()),
        kinds=[kind.replace("_", " ") for kind in ErrorKind],
        not_asked=NOT_ASKED,
        box_width=BOX_WIDTH,
    )


def marks(target: str, question: str) -> tuple[AnswerMark, ...]:
    """Return the signs beside an answer of a target."""
    ambiguity = baselines()[target].ambiguity.get(question, ())
    found = ((why, [str(each.answer) for each in ambiguity if each.why is why]) for why in SIGNS)
    return tuple(AnswerMark(*SIGNS[why], ", ".join(others)) for why, others in found if others)


def slug(title: str) -> str:
    """Return a title in the form of an anchor."""
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")


def answers_shown(question: Question) -> tuple[AnswerShown, ...]:
    """Return the answers to a question, each with the targets that give it."""
    return tuple(
        AnswerShown(answer, meaning, question.loses_messages(answer), tuple(_given(question.name, answer)))
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


def _broken() -> Mapping[str, tuple[Broken, ...]]:
    """Return, for each clause that a target is known to break, these deviations."""
    found: dict[str, list[Broken]] = {}
    for name, targets in targets_by_record().items():
        overlay = OVERLAYS[name]
        found.setdefault(overlay.clause, []).extend(Broken(target, overlay.title) for target in targets)
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
