"""Delivers a report to a file, standard output and a folder of programs."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from beehive_conformance.atomic_file import complete_file
from beehive_conformance.errors import InputError
from beehive_conformance.programs.program import Program
from beehive_conformance.programs.program_file import write_program
from beehive_conformance.reports.schema import ExitCode, FindingLine, Line
from beehive_conformance.reports.stream import encode, exit_code
from beehive_conformance.reports.terminal import draw


class Delivery(NamedTuple):
    """The destinations of a report; those that are None or False are left out."""

    report: Path | None = None
    as_json: bool = False
    export: Path | None = None


def deliver(lines: Iterable[Line], to: Delivery) -> ExitCode:
    """Write the report to its destinations and return its exit code; raises InputError if that fails."""
    kept = list(lines)
    if to.report is not None:
        with complete_file(to.report) as file:
            file.writelines(map(encode, kept))
    if to.as_json:
        for line in kept:
            sys.stdout.write(encode(line).decode())
    else:
        draw(kept, sys.stdout)
    # Last, so that the findings are printed even if their files cannot be written.
    if to.export is not None:
        _export(kept, to.export)
    return exit_code(kept)


def _export(lines: Iterable[Line], folder: Path) -> None:
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise InputError(f"--export {folder}: cannot be made: {error.strerror}; a folder is needed") from None
    for line in lines:
        if not isinstance(line, FindingLine) or line.evidence is None:
            continue
        clauses = () if line.clause is None else (line.clause.id,)
        why = f"{line.target}: {line.title}"
        with complete_file(folder / f"{_file_name(line.name)}.yaml") as file:
            file.write(write_program(Program(line.evidence.program), why=why, clauses=clauses).encode())


def _file_name(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
