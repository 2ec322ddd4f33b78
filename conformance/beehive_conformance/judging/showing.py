"""Shows a program and its history in words, up to the first step that no clause allows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from beehive_spec.answers import Answers
from beehive_spec.vocabulary import History, Step

from beehive_conformance.checker import Difference
from beehive_conformance.program import Program, operations
from beehive_conformance.report.lines import Shown, StepShown
from beehive_conformance.verdict import Judge
from beehive_conformance.wording import died_text, rounds_text, seen_text, step_text


def shown(
    program: Program, history: History, answers: Answers, count: int = 0, explained_by: Sequence[str] = ()
) -> Shown:
    """Return a program with its history; `count` is how many programs showed the same."""
    difference = Judge(answers).judge(program, history).difference
    return Shown(
        id=program.id,
        program=program.steps,
        history=history,
        steps=tuple(steps_shown(program, history, difference)),
        count=count,
        explained_by=tuple(explained_by),
    )


def steps_shown(program: Program, history: History, difference: Difference | None) -> Iterator[StepShown]:
    """Yield each step in words; after the difference nothing was judged, and nothing is shown."""
    number = 1
    for index, step in enumerate(program.steps, 1):
        count = len(operations(step))
        text, number = _numbered(step, number, count), number + count
        seen = rounds_text(history.steps[index - 1]) if index <= len(history.steps) else ""
        here = difference is not None and difference.step == index
        if not seen and history.died is not None:
            seen = died_text(history.died)
        if not here or difference is None:
            yield StepShown(text, seen)
            continue
        # Sorted, because the automaton keeps its edges in no particular order.
        yield StepShown(text, seen, tuple(sorted({seen_text(each) for each in difference.allowed})))
        return


def _numbered(step: Step, number: int, count: int) -> str:
    if not count:
        return step_text(step)
    numbers = str(number) if count == 1 else f"{number}-{number + count - 1}"
    return f"{numbers} {step_text(step)}"
