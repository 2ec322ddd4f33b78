"""`spec render`: the spec as an HTML page."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from beehive_conformance.atomic_file import complete_file
from beehive_conformance.commands.options import OUTPUT_FILE, check_output
from beehive_conformance.reports.schema import ExitCode


@click.command("render")
@click.option(
    "--output",
    metavar="FILE",
    type=OUTPUT_FILE,
    callback=check_output,
    help="Write the page to FILE instead of standard output.",
)
def spec_render_command(output: Path | None) -> ExitCode:
    """Print the spec as one self-contained HTML page.

    The page has the clauses by chapter, the questions with the answers of every measured target, the disputes, and
    a state diagram of each operation, drawn from the rules of the model.

    \b
    beehive-conformance spec render --output spec.html
    """
    from beehive_conformance.reports.spec_page.page import spec_page

    page = spec_page()
    if output is None:
        sys.stdout.write(page)
        return ExitCode.AS_EXPECTED
    with complete_file(output) as file:
        file.write(page.encode())
    click.echo(f"{output}: {len(page.encode()) // 1024} KiB")
    return ExitCode.AS_EXPECTED
