"""What the answers of one implementation decide: the answer to each question, and which questions are void."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from beehive_spec.chapters import NUMBER, Question, questions
from beehive_spec.vocabulary import ErrorKind

from beehive_conformance.deviations.baselines import NOT_ASKED, Baseline
from beehive_conformance.reports.spec_page.operations import OperationError


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


class VoidCases(NamedTuple):
    """Cases in which a question is void: each of `first` together with each of `second`.

    Every case maps other questions to the answers to them. If `first` is empty, each of `second` suffices.
    """

    first: tuple[Mapping[str, tuple[str, ...]], ...]
    second: tuple[Mapping[str, tuple[str, ...]], ...]


def void_cases(question: Question) -> tuple[VoidCases, ...]:
    """Return the cases in which a question is void, with the conditions that several cases share written once.

    The last condition of each case is taken apart from the others; cases are joined if the others are the same.
    """
    before: dict[tuple[str, tuple[str, ...]], list[Mapping[str, tuple[str, ...]]]] = {}
    for case in question.void_if:
        *others, last = case.given.items()
        before.setdefault(last, []).append(dict(others))
    joined: list[VoidCases] = []
    for (other, answers), firsts in before.items():
        first, second = tuple(filter(None, firsts)), ({other: answers},)
        same = [number for number, each in enumerate(joined) if each.first == first]
        for number in same:
            joined[number] = VoidCases(first, (*joined[number].second, *second))
        if not same:
            joined.append(VoidCases(first, second))
    return tuple(joined)


def decisions(baseline: Baseline) -> Mapping[str, Decision]:
    """Return what a baseline decides, by question."""
    given = baseline.answers._asdict()
    return {
        name: _not_asked(name) if name in baseline.not_asked else _decision(question, given)
        for name, question in questions().items()
    }


class PossibleError(NamedTuple):
    """An error that can occur: its reason, what decides it, the answers that allow it, and its kinds."""

    when: str
    decided_by: str
    answers: tuple[str, ...]
    kinds: tuple[ErrorKind, ...]


def possible_errors(errors: Iterable[OperationError], decided: Mapping[str, Decision]) -> Iterator[PossibleError]:
    """Yield the errors that can occur under decisions; where a question is not decided, all its answers count."""
    for error in errors:
        decision = decided.get(error.decided_by)
        if decision is not None and decision.void:
            continue
        answers = error.kinds.keys() if decision is None or not decision.meaning else {decision.answer}
        kinds = {answer: each for answer, each in error.kinds.items() if answer in answers}
        if kinds:
            every = dict.fromkeys(kind for each in kinds.values() for kind in each)
            yield PossibleError(error.when, error.decided_by, tuple(filter(None, kinds)), tuple(every))


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
