"""Reads and writes a report as a stream of JSON lines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from beehive_conformance.errors import InputError
from beehive_conformance.regular_file import content_of
from beehive_conformance.reports.schema import FORMAT, ExitCode, FooterLine, HeaderLine, Line, TallyLine

LARGEST_REPORT = 1_000_000_000
"""The maximum size in bytes; far more than a report has."""

_DECODER: msgspec.json.Decoder[Line] = msgspec.json.Decoder(Line)


class _Version(msgspec.Struct, frozen=True):
    """The part of a header that every format has."""

    line: str = ""
    format: int = 0


_VERSION_DECODER = msgspec.json.Decoder(_Version)


def encode(line: Line) -> bytes:
    """Return a line of a report as JSON, with its line end."""
    return msgspec.json.encode(line) + b"\n"


def decode(text: bytes) -> Line:
    """Return the line that a JSON text holds; raises msgspec.DecodeError or UnicodeDecodeError."""
    return _DECODER.decode(text)


def exit_code(lines: Iterable[Line]) -> ExitCode:
    """Return the exit code that a report records; ERROR if it has no footer."""
    return next((line.exit for line in lines if isinstance(line, FooterLine)), ExitCode.ERROR)


def read_report(path: Path) -> list[Line]:
    """Return the lines of a saved report; raises InputError naming file and line."""
    texts = content_of(path, LARGEST_REPORT).splitlines()
    _check_format(path, texts)
    lines: list[Line] = []
    for number, text in enumerate(texts, 1):
        try:
            lines.append(decode(text))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise InputError(f"{path}:{number}: not a line of a report: {error}") from None
    if not lines or not isinstance(lines[-1], FooterLine):
        raise InputError(f"{path}: the report is incomplete: its last line must be a footer")
    for number, line in enumerate(lines, 1):
        if problem := _problem(line, number, len(lines)):
            raise InputError(f"{path}:{number}: {problem}")
    return lines


def _check_format(path: Path, texts: Sequence[bytes]) -> None:
    try:
        version = _VERSION_DECODER.decode(texts[0] if texts else b"{}")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return  # The error is reported with the line in which it is.
    if version.line == "header" and version.format != FORMAT:
        found = f"format {version.format}" if version.format else "a format without a version"
        raise InputError(f"{path}:1: the report has {found}; this version of the suite reads format {FORMAT}")


def _problem(line: Line, number: int, last: int) -> str:
    """Return what is wrong with a line at its position in a report, or an empty string."""
    if isinstance(line, HeaderLine) != (number == 1):
        return "a report has exactly one header, in its first line"
    if isinstance(line, FooterLine) and number != last:
        return "a report has exactly one footer, in its last line; is this more than one report?"
    if isinstance(line, TallyLine):
        total, *parts, under_others = msgspec.structs.astuple(line.counts)
        if min(total, *parts) < 0 or total != sum(parts):
            return f"the counts {tuple(parts)} must add up to {total}, the number of programs"
        explained = line.counts.conforms + line.counts.deviates
        if not 0 <= under_others <= explained:
            return f"{under_others} programs under other answers; expected 0 to {explained}, those explained at all"
    return ""
