"""Words for evidence and numbers: one row per step, with what was seen and what was allowed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from beehive_spec.vocabulary import Step

from beehive_conformance.programs.program import operations
from beehive_conformance.programs.wording import died_text, rounds_text, seen_text, step_text
from beehive_conformance.reports.schema import Evidence, ProgramVerdict


class StepRow(NamedTuple):
    """One step in words: the step, what was seen, and what was allowed if that differs."""

    step: str
    seen: str = ""
    allowed: tuple[str, ...] = ()


def step_rows(evidence: Evidence) -> Iterator[StepRow]:
    """Yield a row for each step of the program."""
    history = evidence.history
    number = 1
    for index, step in enumerate(evidence.program, 1):
        count = len(operations(step))
        text, number = _numbered(step, number, count), number + count
        if index <= len(history.steps):
            seen = rounds_text(history.steps[index - 1])
            if index == len(evidence.program) and history.died is not None:
                seen = f"{seen}; then {died_text(history.died)}"
        elif index == len(history.steps) + 1 and history.died is not None:
            seen = died_text(history.died)
        else:
            seen = ""
        allowed = evidence.allowed if index == evidence.differs_in else ()
        yield StepRow(text, seen, tuple(sorted({seen_text(each) for each in allowed})))


def verdict_text(verdict: ProgramVerdict) -> str:
    """Return a verdict in words, with the deviations or the signature by which it is counted."""
    if verdict.signature is not None:
        return f"{verdict.kind}: {verdict.signature}"
    if verdict.deviations:
        return f"{verdict.kind} as {', '.join(verdict.deviations)}"
    return str(verdict.kind)


def departing_text(questions: Sequence[str]) -> str:
    """Return in words how many answers depart from the letter of the documents, and to which questions."""
    return (
        f"{counted(len(questions), 'answer')} {'departs' if len(questions) == 1 else 'depart'} from the letter: "
        + (", ".join(questions))
    )


def counted(number: int, noun: str) -> str:
    """Return a number with its noun in the singular or the regular plural."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _numbered(step: Step, number: int, count: int) -> str:
    if not count:
        return step_text(step)
    numbers = str(number) if count == 1 else f"{number}-{number + count - 1}"
    return f"{numbers} {step_text(step)}"
