"""Reads a saved report and checks that it is whole."""

from __future__ import annotations

from pathlib import Path

import msgspec

from beehive_conformance.errors import InputError
from beehive_conformance.reports.findings import AS_EXPECTED, COULD_NOT, NOT_AS_EXPECTED
from beehive_conformance.reports.schema import FooterLine, HeaderLine, Line, TallyLine, decode


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
    if not lines or not isinstance(lines[-1], FooterLine):
        raise InputError(f"{path}: the report is not complete; its last line has to be a footer")
    for number, line in enumerate(lines, 1):
        if problem := _misplaced(line, number, len(lines)):
            raise InputError(f"{path}:{number}: {problem}")
    return lines


def _misplaced(line: Line, number: int, last: int) -> str:
    """Say what is wrong with a line at its place in a report, or return an empty text."""
    if isinstance(line, HeaderLine) != (number == 1):
        return "a report has one header, in its first line"
    if isinstance(line, FooterLine):
        if number != last:
            return "a report has one footer, in its last line; is this more than one report?"
        if line.exit not in (AS_EXPECTED, NOT_AS_EXPECTED, COULD_NOT):
            return f"exit {line.exit}; it is 0, 1 or 2"
    counts = (line.counts or line.measured) if isinstance(line, TallyLine) else None
    if counts is not None:
        parts = msgspec.structs.astuple(counts)
        if min(parts) < 0 or parts[0] != sum(parts[1:]):
            return f"{parts[0]} programs that became of them {parts[1:]}; these have to be their sum"
    return ""
