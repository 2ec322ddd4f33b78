"""`answers TARGET`: how a target answers the questions that the documents leave open."""

from __future__ import annotations

from collections.abc import Mapping

import click
from beehive_spec.chapters import NUMBER, departing, questions

from beehive_conformance.commands.progress import progress_line
from beehive_conformance.deviations import OVERLAYS
from beehive_conformance.deviations.ambiguity import AmbiguityReason
from beehive_conformance.deviations.baselines import NOT_ASKED, Baseline
from beehive_conformance.measuring.measure import Measured, measure
from beehive_conformance.programs.wording import step_text
from beehive_conformance.reports.explain import departing_text
from beehive_conformance.reports.schema import ExitCode
from beehive_conformance.targets.registry import baseline_for, open_target
from beehive_conformance.targets.spec import TargetSpec

_UNEXPLAINED = "unexplained"
_NAME, _ANSWER = 22, 16
"""Widths of the columns."""
_REASONS: Mapping[AmbiguityReason, str] = {
    AmbiguityReason.FAULT: "a recorded deviation hides the difference",
    AmbiguityReason.ANSWERS: "under the other answers, no difference can be observed",
    AmbiguityReason.CHANCE: "it also allows everything that was observed",
    AmbiguityReason.TOGETHER: "it fits beside another answer to another question",
}


@click.command("answers")
@click.argument("target")
@click.option(
    "--measure",
    "anew",
    is_flag=True,
    help="Measure the answers with probes instead of printing the recorded ones.",
)
def answers_command(target: str, anew: bool) -> ExitCode:
    """Print the answers of TARGET to the questions that the documents leave open.

    With --measure, exits with 1 if a measured answer is not allowed or differs from the recorded one.

    \b
    beehive-conformance answers go
    """
    spec = TargetSpec.parse(target)
    baseline = baseline_for(spec)
    if not anew:
        given = baseline.answers._asdict()
        for name in questions():
            _print(name, NOT_ASKED if name in baseline.not_asked else given[name])
        _print_departing({name: answer for name, answer in given.items() if name not in baseline.not_asked})
        return ExitCode.AS_EXPECTED
    opened = open_target(spec)
    try:
        measured = measure(opened, [OVERLAYS[each.overlay] for each in baseline.records], notice=progress_line())
    finally:
        opened.close()
    for each in measured.table:
        _print_measured(each)
    _print_departing(
        {each.question: each.answer for each in measured.table if each.is_asked and each.answer is not None}
    )
    wrong = [_difference(each, baseline) for each in measured.table]
    for text in filter(None, wrong):
        click.echo(text)
    return ExitCode.NOT_AS_EXPECTED if any(wrong) else ExitCode.AS_EXPECTED


def _difference(measured: Measured, baseline: Baseline) -> str:
    """Return how a measured answer differs from the recorded one, or an empty string.

    The recorded answer may be any of those that fit: which of them is taken is not measured.
    """
    name = measured.question
    if measured.answer is None:
        return f"{name}: unexplained"
    recorded = getattr(baseline.answers, name)
    fitting = {measured.answer, *(each.answer for each in measured.ambiguity)}
    if recorded not in fitting:
        return f"{name}: {measured.answer}, but {recorded} is recorded"
    if baseline.ambiguity and fitting != {recorded, *(each.answer for each in baseline.ambiguity.get(name, ()))}:
        return f"{name}: the answers that no probe distinguishes from {measured.answer} differ from the recorded ones"
    return ""


def _print_measured(measured: Measured) -> None:
    if measured.answer is None:
        _print(measured.question, _UNEXPLAINED)
        steps = "; ".join(map(step_text, measured.refuting.steps)) if measured.refuting else "none"
        click.echo(f"{'':<{_NAME}} shown by: {steps}")
        return
    _print(measured.question, measured.answer if measured.is_asked else NOT_ASKED)
    larger = [each.answer for each in measured.ambiguity if isinstance(each.answer, int)]
    if measured.least is not None:
        click.echo(f"{'':<{_NAME}} if a number, at least {measured.least:,}: larger numbers are not tried")
    elif isinstance(measured.answer, int) and larger and min(larger) > measured.answer:
        click.echo(f"{'':<{_NAME}} at least: no probe distinguishes larger numbers from it")
    for why, reason in _REASONS.items():
        if others := [str(each.answer) for each in measured.ambiguity if each.why is why]:
            click.echo(f"{'':<{_NAME}} no probe distinguishes it from {', '.join(others)}: {reason}")


def _print(name: str, answer: str | int) -> None:
    question = questions()[name]
    meaning = question.answers.get(str(answer), question.answers.get(NUMBER, ""))
    if answer == NOT_ASKED:
        meaning = "the target lacks the capability that the question is about"
    if answer == _UNEXPLAINED:
        meaning = "what was observed fits no answer that the documents allow"
    click.echo(f"{name:<{_NAME}} {answer!s:<{_ANSWER}} {question.sentence}")
    click.echo(f"{'':<{_NAME}} {'':<{_ANSWER}} {meaning}")
    if answer not in (NOT_ASKED, _UNEXPLAINED) and question.departs_from_the_letter(answer):
        click.echo(f"{'':<{_NAME}} {'':<{_ANSWER}} departs from the letter: {question.literal}")


def _print_departing(answers: Mapping[str, str | int]) -> None:
    if names := departing(answers):
        click.echo(departing_text(names))
