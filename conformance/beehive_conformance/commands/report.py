"""`report FILE`: print a report that was saved earlier."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from beehive_conformance.reports.schema import ExitCode
from beehive_conformance.reports.stream import exit_code, read_report
from beehive_conformance.reports.terminal import draw


@click.command("report")
@click.argument("file", type=click.Path(path_type=Path))
def report_command(file: Path) -> ExitCode:
    """Print a report that was saved with --report.

    Exits with the exit code that the report records.

    \b
    beehive-conformance report report.jsonl
    """
    lines = read_report(file)
    draw(lines, sys.stdout)
    return exit_code(lines)
