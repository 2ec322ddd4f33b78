"""`compare A B`: judge two targets and report the difference."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from beehive_conformance.commands.baseline import baseline_option, chosen_baselines
from beehive_conformance.commands.delivery import Delivery, deliver
from beehive_conformance.commands.options import plan_of, plan_options, report_options, workers_option
from beehive_conformance.commands.progress import progress_line
from beehive_conformance.errors import InputError
from beehive_conformance.reports.comparison import compare_lines
from beehive_conformance.reports.result import compare_result, footer
from beehive_conformance.reports.schema import ExitCode
from beehive_conformance.runs.basis import Chosen, basis_of, problem_of, unjudged
from beehive_conformance.runs.confirm import confirmed
from beehive_conformance.runs.examine import Examination, examine_on, not_judged
from beehive_conformance.runs.plan import Plan
from beehive_conformance.targets.spec import TargetSpec


@click.command("compare")
@click.argument("before", metavar="A")
@click.argument("after", metavar="B")
@baseline_option
@plan_options
@workers_option
@report_options
def compare_command(
    before: str,
    after: str,
    chosen: tuple[str, ...],
    workers: int,
    report: Path | None,
    as_json: bool,
    export: Path | None,
    **how: Any,
) -> ExitCode:
    """Judge A and B and report the differences.

    If A is the reference or the model, the report lists the deviations of B under DEVIATES and UNEXPLAINED. If both
    are implementations (Go or python:), it lists them under FIXED, INTRODUCED and UNCHANGED, and other answers under
    CHANGED (LOSES MESSAGES) and CHANGED (ALLOWED). The first line says under whose answers each is judged; a target
    without a baseline is measured first.

    Exits with 1 if something is unexplained or introduced, if a changed answer loses messages, if a record no longer
    holds in a comparison with the reference or the model, or if too many programs are inconclusive, and with 0
    otherwise.

    \b
    beehive-conformance compare reference go
    beehive-conformance compare go:v1.12.0 go:v1.13.0 --quick
    """
    started = time.monotonic()
    plan = plan_of(**how)
    specs = [TargetSpec.parse(before), TargetSpec.parse(after)]
    if specs[0] == specs[1]:
        raise InputError(f"{before} and {after} are both {specs[0]}; give two different targets")
    choice = chosen_baselines(chosen, specs)
    # Measuring and judging one side takes a minute, in vain if the other cannot be built.
    problems = {spec: problem for spec in specs if spec.is_external and (problem := problem_of(spec))}
    old, new = _not_judged(specs, problems) if problems else (_examine(spec, choice, plan, workers) for spec in specs)
    if not problems and specs[0].is_external and specs[1].is_external:
        new = confirmed(old, new, plan)
    lines = tuple(compare_lines(old, new, plan))
    last = footer(compare_result(lines), time.monotonic() - started)
    return deliver((*lines, last), Delivery(report, as_json, export))


def _not_judged(specs: Sequence[TargetSpec], problems: Mapping[TargetSpec, str]) -> Iterator[Examination]:
    """Yield the examination of each side; one without a problem of its own has that of the other."""
    blamed = " and ".join(map(str, problems))
    for spec in specs:
        yield not_judged(spec, unjudged(spec, problems.get(spec, f"{blamed} cannot be judged")))


def _examine(spec: TargetSpec, choice: Chosen, plan: Plan, workers: int) -> Examination:
    show = progress_line()

    def notice(text: str) -> None:
        show(f"{spec}: {text}")

    return examine_on(spec, basis_of(spec, choice, notice), plan, workers, notice)
