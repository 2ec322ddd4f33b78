"""`run TARGET`: judge one target."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import click

from beehive_conformance.commands.baseline import baseline_option, chosen_baselines, only_answers
from beehive_conformance.commands.delivery import Delivery, deliver
from beehive_conformance.commands.options import plan_of, plan_options, report_options, workers_option
from beehive_conformance.commands.progress import progress_line
from beehive_conformance.reports.findings import run_lines
from beehive_conformance.reports.result import footer, run_result
from beehive_conformance.reports.schema import ExitCode
from beehive_conformance.runs.basis import basis_of
from beehive_conformance.runs.examine import examine_on
from beehive_conformance.targets.spec import TargetSpec


@click.command("run")
@click.argument("target")
@click.option("--answers", metavar="TARGET", help="Use the answers of this target and no deviation records.")
@baseline_option
@plan_options
@workers_option
@report_options
def run_command(
    target: str,
    answers: str | None,
    chosen: tuple[str, ...],
    workers: int,
    report: Path | None,
    as_json: bool,
    export: Path | None,
    **how: Any,
) -> ExitCode:
    """Judge TARGET under its answers and its deviation records.

    The first line says where these come from. The answers of a target without a baseline are measured first.

    Exits with 0 if every program conforms or deviates as recorded and every record still holds, and with 1 otherwise.

    \b
    beehive-conformance run core --quick
    beehive-conformance run go:v1.13.0 --answers core     under the answers of the reference, without records
    """
    started = time.monotonic()
    plan = plan_of(**how)
    spec = TargetSpec.parse(target)
    if answers is not None and chosen:
        raise click.UsageError("--answers and --baseline exclude each other; give only one")
    show = progress_line()
    choice = chosen_baselines(chosen, [spec]) if answers is None else only_answers(answers, "--answers")
    examination = examine_on(spec, basis_of(spec, choice, show), plan, workers, show)
    lines = tuple(run_lines(examination, plan))
    last = footer(run_result(lines), time.monotonic() - started)
    return deliver((*lines, last), Delivery(report, as_json, export))
