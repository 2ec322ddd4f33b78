"""`answers TARGET`: what does it do where the documents are silent?"""

from __future__ import annotations

from collections.abc import Mapping

import click
from beehive_spec.answers import Answers
from beehive_spec.chapters import NUMBER, questions

from beehive_conformance.deviations import OVERLAYS
from beehive_conformance.deviations.ambiguity import Ambiguity, AmbiguityReason
from beehive_conformance.deviations.baselines import ambiguity_of, not_asked_of
from beehive_conformance.measuring.measure import Measured, measure
from beehive_conformance.programs.wording import step_text
from beehive_conformance.targets import registry
from beehive_conformance.targets.baseline import answers_for, records_for

UNEXPLAINED = "unexplained"
NAME, ANSWER = 22, 16
"""Columns."""
REASONS: Mapping[AmbiguityReason, str] = {
    AmbiguityReason.FAULT: "a recorded fault hides what would tell",
    AmbiguityReason.ANSWERS: "nothing would tell under the other answers",
    AmbiguityReason.CHANCE: "it could have done all that was seen",
}

NOT_ASKED = "not asked"
"""Where the target lacks what a question is about."""


@click.command("answers")
@click.argument("target")
@click.option(
    "--measure", "anew", is_flag=True, help="Measure them now, by probes, instead of printing the known ones."
)
def answers_command(target: str, anew: bool) -> int:
    """Print the answers of TARGET to the questions that the documents leave open.

    With --measure, ends with 1 if what was seen fits no allowed answer, or is not what is known.

    \b
    beehive-conformance answers go
    """
    entry = registry.find(target)
    known = answers_for(entry.name)
    if not anew:
        for name in questions():
            _print(name, NOT_ASKED if name in not_asked_of(entry.name) else getattr(known, name))
        return 0
    opened = entry.open()
    try:
        measured = measure(opened, [OVERLAYS[each.overlay] for each in records_for(entry.name)])
    finally:
        opened.close()
    for each in measured.table:
        _print_measured(each)
    wrong = [_difference(each, known, ambiguity_of(entry.name)) for each in measured.table]
    for text in filter(None, wrong):
        click.echo(text)
    return 1 if any(wrong) else 0


def _difference(measured: Measured, known: Answers, ambiguity: Mapping[str, tuple[Ambiguity, ...]]) -> str:
    """Return in what a measured answer is not as expected, or an empty text."""
    name = measured.question
    if measured.answer is None:
        return f"{name}: unexplained"
    if measured.answer != getattr(known, name):
        return f"{name}: {measured.answer}, but {getattr(known, name)} is known"
    if ambiguity and set(measured.ambiguity) != set(ambiguity.get(name, ())):
        return f"{name}: what no probe tells from {measured.answer} is not what is known"
    return ""


def _print_measured(measured: Measured) -> None:
    if measured.answer is None:
        _print(measured.question, UNEXPLAINED)
        steps = "; ".join(map(step_text, measured.refuting.steps)) if measured.refuting else "none"
        click.echo(f"{'':<{NAME}} the program that showed it: {steps}")
        return
    _print(measured.question, measured.answer if measured.is_asked else NOT_ASKED)
    larger = [each.answer for each in measured.ambiguity if isinstance(each.answer, int)]
    if measured.least is not None:
        click.echo(f"{'':<{NAME}} if a number, at least {measured.least:,}: no larger one is looked for")
    elif isinstance(measured.answer, int) and larger and min(larger) > measured.answer:
        click.echo(f"{'':<{NAME}} at least: no probe tells larger numbers from it")
    for why, reason in REASONS.items():
        if others := [str(each.answer) for each in measured.ambiguity if each.why is why]:
            click.echo(f"{'':<{NAME}} no probe tells it from {', '.join(others)}: {reason}")


def _print(name: str, answer: str | int) -> None:
    question = questions()[name]
    meaning = question.answers.get(str(answer), question.answers.get(NUMBER, ""))
    if answer == NOT_ASKED:
        meaning = "the target lacks what the question is about"
    if answer == UNEXPLAINED:
        meaning = "what was seen fits no answer that the documents allow"
    click.echo(f"{name:<{NAME}} {answer!s:<{ANSWER}} {question.sentence}")
    click.echo(f"{'':<{NAME}} {'':<{ANSWER}} {meaning}")
