"""`compare A B`: judge two targets and report the difference."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import click

from beehive_conformance.commands.options import notice, plan_of, plan_options, report_options, workers_option
from beehive_conformance.commands.reporting import Delivery, deliver
from beehive_conformance.errors import InputError
from beehive_conformance.reports.comparison import compare_lines
from beehive_conformance.reports.result import compare_result, footer
from beehive_conformance.runs.examine import Examination, examine
from beehive_conformance.runs.plan import Plan
from beehive_conformance.targets import registry
from beehive_conformance.targets.baseline import answers_for, records_for


@click.command("compare")
@click.argument("before", metavar="A")
@click.argument("after", metavar="B")
@plan_options
@workers_option
@report_options
def compare_command(
    before: str, after: str, workers: int, report: Path | None, as_json: bool, export: Path | None, **how: Any
) -> int:
    """Judge A and B and report what is different.

    If A is the reference or the model, the report lists the deviations of B under DEVIATES and UNEXPLAINED. If both
    are versions of Go, it lists them under FIXED, INTRODUCED, UNCHANGED and CHANGED (ALLOWED).

    Exits with 0 if nothing is unexplained or introduced, and with 1 if something is.

    \b
    beehive-conformance compare reference go
    beehive-conformance compare go:v1.12.0 go:v1.13.0 --quick
    """
    started = time.monotonic()
    plan = plan_of(**how)
    entries = [registry.find(before), registry.find(after)]
    if entries[0].name == entries[1].name:
        raise InputError(f"{before} and {after} are both {entries[0].name}; give two different targets")
    old, new = (_examine(entry, plan, workers) for entry in entries)
    lines = tuple(compare_lines(old, new, plan))
    last = footer(compare_result(lines), time.monotonic() - started)
    return deliver((*lines, last), Delivery(report, as_json, export))


def _examine(entry: registry.Entry, plan: Plan, workers: int) -> Examination:
    tell = notice()
    return examine(
        entry,
        answers_for(entry.name),
        records_for(entry.name),
        plan,
        workers,
        lambda text: tell(f"{entry.name}: {text}"),
    )
