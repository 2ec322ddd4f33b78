"""Writes the table of findings in README.md, and the programs that it names, from the records of Go v1.13.0.

`make readme` runs it. A test checks that README.md and the programs are what it would write.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from beehive_conformance.deviations import OVERLAYS, worst_first
from beehive_conformance.deviations.baselines import Record, baselines
from beehive_conformance.programs.program_file import write_program
from beehive_spec.chapters import chapters

ROOT = Path(__file__).resolve().parents[1]
TARGET = "go:v1.13.0"
PROGRAMS = "examples/go-v1.13.0"
BEGIN, END = "<!-- findings: written by make readme -->", "<!-- end of findings -->"


def records() -> list[Record]:
    """Return the records of the target, those that affect most first."""
    return sorted(baselines()[TARGET].records, key=lambda each: worst_first(each.overlay))


def table() -> str:
    """Return the table in Markdown."""
    rows = ["| affects | what happens | clause | reproduce with `beehive-conformance ...` |", "|---|---|---|---|"]
    for each in records():
        overlay = OVERLAYS[each.overlay]
        command = f"`replay {PROGRAMS}/{each.overlay}.yaml go`"
        rows.append(f"| {overlay.affects} | {overlay.title} | {_link(overlay.clause)} | {command} |")
    return "\n".join(rows) + "\n"


def programs() -> Iterator[tuple[Path, str]]:
    """Yield the file of each program with its text."""
    for each in records():
        overlay = OVERLAYS[each.overlay]
        why = f"Go v1.13.0: {overlay.title}."
        yield (
            ROOT / PROGRAMS / f"{each.overlay}.yaml",
            write_program(each.program, why=why, clauses=(overlay.clause,)),
        )


def with_table(readme: str) -> str:
    """Return the text of README.md with the table between its two marks."""
    pattern = re.compile(f"(?<={re.escape(BEGIN)}\n).*?(?={re.escape(END)})", re.DOTALL)
    return pattern.sub(lambda _: f"\n{table()}\n", readme)


def _link(clause: str) -> str:
    folder = ROOT / "spec" / "beehive_spec" / "chapters"
    number = next(
        number for number, each in enumerate(chapters(), 1) if clause in {found.id for found in each.clauses}
    )
    (path,) = folder.glob(f"{number}-*.md")
    return f"[{clause}]({path.relative_to(ROOT)}#{clause.lower()})"


def main() -> None:
    """Write the table and the programs."""
    readme = ROOT / "README.md"
    readme.write_text(with_table(readme.read_text(encoding="utf-8")), encoding="utf-8")
    (ROOT / PROGRAMS).mkdir(exist_ok=True)
    for path, text in programs():
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
