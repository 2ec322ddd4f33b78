"""`spec render`: the spec as a page that one likes to read."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from beehive_conformance.atomic_file import complete_file
from beehive_conformance.commands.options import can_be_made


@click.command("render")
@click.option(
    "--output",
    metavar="FILE",
    type=click.Path(path_type=Path),
    callback=can_be_made,
    help="Write the page to a file.",
)
def spec_render_command(output: Path | None) -> int:
    """Print the spec as one page of HTML that stands by itself.

    Chapters and clauses, questions with the answers of every recorded target, disputes, and the state diagram of
    each operation, drawn from the rules that the model runs.

    \b
    beehive-conformance spec render --output spec.html
    """
    from beehive_conformance.reports.spec_page.page import spec_page

    page = spec_page()
    if output is None:
        sys.stdout.write(page)
        return 0
    with complete_file(output) as file:
        file.write(page.encode())
    click.echo(f"{output}: {len(page.encode()) // 1024} KiB")
    return 0
