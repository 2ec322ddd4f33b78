"""`merge FILES`: combine the reports of the shards of an exploration."""

from __future__ import annotations

from pathlib import Path

import click

from beehive_conformance.commands.delivery import Delivery, deliver
from beehive_conformance.commands.options import report_options
from beehive_conformance.errors import InputError
from beehive_conformance.reports.merge import merged, shard
from beehive_conformance.reports.schema import ExitCode
from beehive_conformance.reports.stream import read_report


@click.command("merge")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@report_options
def merge_command(files: tuple[Path, ...], report: Path | None, as_json: bool, export: Path | None) -> ExitCode:
    """Combine the reports of all shards of one exploration into one report.

    The exit code is that of the whole exploration. A shard that is missing, given twice, or from another exploration
    is an error.

    \b
    beehive-conformance explore core --shard 1/2 --report one.jsonl
    beehive-conformance explore core --shard 2/2 --report two.jsonl
    beehive-conformance merge one.jsonl two.jsonl
    """
    if report is not None and report.resolve() in {path.resolve() for path in files}:
        raise InputError(f"--report {report}: it is one of the reports to merge; give another file")
    return deliver(merged([shard(path, read_report(path)) for path in files]), Delivery(report, as_json, export))
