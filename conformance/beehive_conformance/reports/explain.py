"""Shows a program and its history in words, with what was allowed where the two part."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from beehive_spec.answers import Answers
from beehive_spec.automaton import Automaton
from beehive_spec.model import Model
from beehive_spec.vocabulary import History, Seen, Step

from beehive_conformance.checking.checker import Difference, judge
from beehive_conformance.checking.judge import with_overlays
from beehive_conformance.deviations import Overlay
from beehive_conformance.programs.program import Program, operations
from beehive_conformance.programs.wording import died_text, rounds_text, seen_text, step_text
from beehive_conformance.reports.schema import Shown, StepShown


def shown(
    program: Program,
    history: History,
    difference: Difference | None,
    count: int = 0,
    explained_by: Sequence[str] = (),
) -> Shown:
    """Return a program with its history; `count` is how many programs showed the same."""
    return Shown(
        id=program.id,
        program=program.steps,
        history=history,
        steps=tuple(steps_shown(program, history, difference)),
        count=count,
        explained_by=tuple(explained_by),
    )


def difference_under(
    program: Program, history: History, answers: Answers, overlays: Iterable[Overlay]
) -> Difference | None:
    """Return where the history leaves what is allowed beside some deviations, or else what is allowed at all.

    So a program that shows several deviations is shown at the step where the one that it stands for is seen.
    """
    beside = Automaton(Model(answers, with_overlays(overlays)))
    return judge(program, history, beside)[1] or judge(program, history, Automaton(Model(answers)))[1]


def steps_shown(program: Program, history: History, difference: Difference | None) -> Iterator[StepShown]:
    """Yield each step in words: what was seen, and at the difference, what was allowed there."""
    number = 1
    for index, step in enumerate(program.steps, 1):
        count = len(operations(step))
        text, number = _numbered(step, number, count), number + count
        allowed: Iterable[Seen] = ()
        if difference is not None and difference.step == index:
            allowed = difference.allowed
        if index <= len(history.steps):
            seen = rounds_text(history.steps[index - 1])
        elif index == len(history.steps) + 1 and history.died is not None:
            seen = died_text(history.died)
        else:
            seen = ""
        # Sorted, because the automaton keeps its edges in no particular order.
        yield StepShown(text, seen, tuple(sorted({seen_text(each) for each in allowed})))


def _numbered(step: Step, number: int, count: int) -> str:
    if not count:
        return step_text(step)
    numbers = str(number) if count == 1 else f"{number}-{number + count - 1}"
    return f"{numbers} {step_text(step)}"
