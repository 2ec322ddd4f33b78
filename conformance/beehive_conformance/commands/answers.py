"""`answers TARGET`: how a target answers the questions that the documents leave open."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import click
from beehive_spec.chapters import NUMBER, departing, questions

from beehive_conformance.commands.options import OUTPUT_FILE, check_output
from beehive_conformance.commands.progress import progress_line
from beehive_conformance.deviations.ambiguity import AmbiguityReason
from beehive_conformance.deviations.baseline_file import check_replaceable, write_baseline
from beehive_conformance.deviations.baselines import NOT_ASKED, Baseline
from beehive_conformance.errors import InputError
from beehive_conformance.measuring.measure import Measured, Measurement
from beehive_conformance.programs.wording import step_text
from beehive_conformance.reports.explain import counted, departing_text
from beehive_conformance.reports.schema import ExitCode
from beehive_conformance.runs.basis import measured_now
from beehive_conformance.runs.smoke import smoke
from beehive_conformance.targets.registry import open_target, recorded_baseline
from beehive_conformance.targets.spec import TargetSpec
from beehive_conformance.targets.target import TargetError

_UNEXPLAINED = "unexplained"
_NAME, _ANSWER = 22, 16
"""Widths of the columns."""
_REASONS: Mapping[AmbiguityReason, str] = {
    AmbiguityReason.FAULT: "a recorded deviation hides the difference",
    AmbiguityReason.ANSWERS: "under the other answers, no difference was found",
    AmbiguityReason.CHANCE: "it also allows everything that was observed",
    AmbiguityReason.TOGETHER: "it fits beside another answer to another question",
}


@click.command("answers")
@click.argument("target")
@click.option(
    "--measure",
    "anew",
    is_flag=True,
    help="Measure the answers with programs instead of printing the recorded ones.",
)
@click.option(
    "--write",
    metavar="FILE",
    type=OUTPUT_FILE,
    callback=check_output,
    help="Save what was measured to FILE, for --baseline of other commands; only a baseline of TARGET is replaced.",
)
def answers_command(target: str, anew: bool, write: Path | None) -> ExitCode:
    """Print the answers of TARGET to the questions that the documents leave open.

    With --measure, probes find the answer to each question; then scenarios and random programs run, and the answers
    are changed together until they allow what was observed. Where several answers fit, the one that allows most is
    taken, and the others are printed.

    With --measure, exits with 1 if no allowed answers explain what was observed, or if a recorded one does not fit.

    \b
    beehive-conformance answers go
    beehive-conformance answers python:queue_target:QueueTarget --measure --write queue.yaml
    """
    if write is not None and not anew:
        raise click.UsageError("--write needs --measure: it writes what was measured")
    spec = TargetSpec.parse(target)
    recorded = recorded_baseline(spec)
    if not anew:
        if recorded is None:
            raise InputError(f"{spec} has no recorded answers; give --measure to measure them")
        _print_recorded(recorded)
        return ExitCode.AS_EXPECTED
    if write is not None:
        check_replaceable(write, str(spec))
    opened = open_target(spec)
    try:
        if wrong := smoke(opened):
            raise TargetError(f"{spec} fails the smoke programs: {wrong}")
        baseline, measured = measured_now(spec, opened, progress_line())
    finally:
        opened.close()
    _print_measurement(measured)
    differing = [_difference(each, recorded) for each in measured.table]
    for text in filter(None, differing):
        click.echo(text)
    if write is not None:
        write_baseline(write, baseline)
        click.echo(f"{write}: the baseline of {spec}, with {counted(len(baseline.records), 'record')}")
    as_expected = not any(differing) and not measured.unexplained
    return ExitCode.AS_EXPECTED if as_expected else ExitCode.NOT_AS_EXPECTED


def _print_recorded(baseline: Baseline) -> None:
    answerless = (*baseline.not_asked, *baseline.unexplained)
    given = {name: answer for name, answer in baseline.answers._asdict().items() if name not in answerless}
    for name in questions():
        _print(name, given.get(name, NOT_ASKED if name in baseline.not_asked else _UNEXPLAINED))
    _print_departing(given)


def _print_measurement(measured: Measurement) -> None:
    for each in measured.table:
        _print_measured(each)
    _print_departing(
        {each.question: each.answer for each in measured.table if each.is_asked and each.answer is not None}
    )
    click.echo(f"{measured.programs} scenarios and random programs ran under these answers")
    for some in measured.unexplained:
        steps = "; ".join(map(step_text, some.program.steps))
        click.echo(f"no answers explain {counted(some.runs, 'program')} ({some.signature}), the smallest: {steps}")
        click.echo(f"{'':<{_NAME}} it depends on {', '.join(some.read)}")


def _difference(measured: Measured, baseline: Baseline | None) -> str:
    """Return how a measured answer differs from the recorded one, or an empty string.

    The recorded answer may be any of those that fit: which of them is taken is not measured.
    """
    name = measured.question
    if measured.answer is None:
        return f"{name}: unexplained"
    if baseline is None:
        return ""
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
