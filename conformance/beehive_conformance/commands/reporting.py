"""Sends the lines of a report where they were asked for, and returns the exit code that stands in them."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from beehive_conformance.report.lines import Footer, Line, encode
from beehive_conformance.report.terminal import draw
from beehive_conformance.report.writer import complete_file


def deliver(lines: Iterable[Line], report: Path | None, as_json: bool) -> int:
    """Write the report to a file, to standard output or as text for a person; return its exit code."""
    kept = list(lines)
    if report is not None:
        with complete_file(report) as file:
            file.writelines(map(encode, kept))
    if as_json:
        for line in kept:
            sys.stdout.write(encode(line).decode())
    else:
        draw(kept, sys.stdout)
    return next((line.exit for line in kept if isinstance(line, Footer)), 2)
