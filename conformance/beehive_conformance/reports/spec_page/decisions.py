"""What the answers of one implementation decide: the answer to each question, and which questions are void."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from beehive_spec.chapters import NUMBER, Question, questions

from beehive_conformance.deviations.baselines import NOT_ASKED, Baseline


class Decision(NamedTuple):
    """The answer of an implementation to a question, with what it means.

    `void` has the answers to other questions under which all answers to this one mean the same, and is empty if it
    has a meaning. A question that the implementation cannot be asked has the answer `NOT_ASKED` and no meaning.
    """

    question: str
    answer: str
    meaning: str
    loses_messages: bool
    departs: bool
    void: Mapping[str, str]


def decisions(baseline: Baseline) -> Mapping[str, Decision]:
    """Return what a baseline decides, by question."""
    given = baseline.answers._asdict()
    return {
        name: _not_asked(name) if name in baseline.not_asked else _decision(question, given)
        for name, question in questions().items()
    }


def _decision(question: Question, given: Mapping[str, str | int]) -> Decision:
    answer = given[question.name]
    case = question.void_case(given)
    void = {} if case is None else {other: str(given[other]) for other in case.given}
    return Decision(
        question.name,
        str(answer),
        question.answers[NUMBER if isinstance(answer, int) else answer],
        question.loses_messages(answer),
        question.departs_from_the_letter(answer),
        void,
    )


def _not_asked(question: str) -> Decision:
    return Decision(question, NOT_ASKED, "", False, False, {})
