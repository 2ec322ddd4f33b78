"""`spec render`: the spec as a page that one likes to read."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from beehive_conformance.errors import InputError
from beehive_conformance.report.writer import complete_file


@click.command("render")
@click.option("--output", metavar="FILE", type=click.Path(path_type=Path), help="Write the page to a file.")
def spec_render(output: Path | None) -> int:
    """Print the spec as one page of HTML that stands by itself.

    Chapters and clauses, questions with the answers of every recorded target, disputes, and the state diagram of
    each operation, drawn from the rules that the model runs.

    \b
    beehive-conformance spec render --output spec.html
    """
    from beehive_conformance.page.spec_page import spec_page

    if output is not None and output.is_dir():
        raise InputError(f"{output}: cannot be written: a folder is there")
    page = spec_page()
    if output is None:
        sys.stdout.write(page)
        return 0
    with complete_file(output) as file:
        file.write(page.encode())
    click.echo(f"{output}: {len(page.encode()) // 1024} KiB")
    return 0
