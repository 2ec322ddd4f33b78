"""`show FILE`: draw a report again."""

from __future__ import annotations

import sys
from pathlib import Path

import click
import msgspec

from beehive_conformance.errors import InputError
from beehive_conformance.report.lines import Footer, Line, decode
from beehive_conformance.report.terminal import draw


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
def show(file: Path) -> int:
    """Print a report that was written with --report; ends with the exit code that stands in it.

    \b
    beehive-conformance show report.jsonl
    """
    lines = list(read_report(file))
    draw(lines, sys.stdout)
    return next((line.exit for line in lines if isinstance(line, Footer)), 2)


def read_report(path: Path) -> list[Line]:
    """Return the lines of a report; raises InputError naming file and line."""
    try:
        texts = path.read_bytes().splitlines()
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from None
    lines: list[Line] = []
    for number, text in enumerate(texts, 1):
        try:
            lines.append(decode(text))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise InputError(f"{path}:{number}: no line of a report: {error}") from None
    if not lines or not isinstance(lines[-1], Footer):
        raise InputError(f"{path}: the report is not complete; its last line has to be a footer")
    return lines
