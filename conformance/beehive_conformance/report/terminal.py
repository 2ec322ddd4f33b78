"""Draws a report for the terminal, from its lines and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TextIO

from rich.console import Console
from rich.text import Text

from beehive_conformance.report.lines import (
    Cited,
    Counts,
    Dispute,
    Finding,
    Footer,
    Freedom,
    Header,
    Heading,
    Line,
    NotJudged,
    Proof,
    Shown,
    StepShown,
    Tally,
)

MOST_ALLOWED = 3
"""Alternatives that are printed of what was allowed; the report has all."""
MOST_STEPS = 12
"""Steps that are printed of one program; the report has all."""
_COLOURS = {0: "green", 1: "red", 2: "yellow"}
_HEADING_COLOURS = {
    Heading.DEVIATES: "yellow",
    Heading.UNEXPLAINED: "red",
    Heading.BROUGHT: "red",
    Heading.FIXED: "green",
    Heading.UNCHANGED: "yellow",
    Heading.CHANGED_WITHIN_FREEDOM: "blue",
}


class _Console(Console):
    def on_broken_pipe(self) -> None:
        # Left alone, the library ends the process with 1, which here means "not as expected".
        raise BrokenPipeError


def draw(lines: Sequence[Line], file: TextIO, width: int | None = None) -> None:
    """Print a whole report."""
    out = console(file, width)
    for text in _texts(lines):
        out.print(text)


def console(file: TextIO, width: int | None = None) -> Console:
    """Return what prints to a file; colours only where it is a terminal."""
    # Where nobody looks at a window, lines have the length that reports and mails can take.
    wide = width or (None if file.isatty() else 118)
    return _Console(file=file, highlight=False, width=wide)


def _texts(lines: Sequence[Line]) -> Iterator[Text]:
    footer = next((line for line in lines if isinstance(line, Footer)), None)
    if footer is not None:
        yield Text(footer.summary, style=f"bold {_COLOURS.get(footer.exit, 'yellow')}")
    yield from _totals(lines)
    findings = [line for line in lines if isinstance(line, Finding)]
    for heading in Heading:
        under = [each for each in findings if each.heading is heading]
        if not under:
            continue
        yield Text("")
        yield Text(str(heading), style=f"bold {_HEADING_COLOURS[heading]}")
        for number, finding in enumerate(under, 1):
            yield from _finding(number, finding)
    yield from _lost([line for line in lines if isinstance(line, Proof)])
    yield from _freedoms([line for line in lines if isinstance(line, Freedom)])
    yield from _disputes([line for line in lines if isinstance(line, Dispute)])


def _totals(lines: Sequence[Line]) -> Iterator[Text]:
    header = next((line for line in lines if isinstance(line, Header)), None)
    if header is None:
        return
    reasons = {line.target: line.why for line in lines if isinstance(line, NotJudged)}
    for side in header.sides:
        tallies = [line for line in lines if isinstance(line, Tally) and line.target == side.name]
        what = f"  {side.name}, {side.description}: "
        if side.name in reasons:
            yield Text(f"{what}NOT JUDGED: {reasons[side.name]}")
        elif tallies:
            yield Text(what + _counts([each.counts or each.measured or Counts(0) for each in tallies]))
    yield Text(f"  seed {header.seed}" + (f", only {header.only}" if header.only else ""), style="dim")


def _counts(each: Sequence[Counts]) -> str:
    sums = [
        (sum(one.conforms for one in each), "conform"),
        (sum(one.deviates for one in each), "deviate as recorded"),
        (sum(one.unexplained for one in each), "unexplained"),
        (sum(one.died for one in each), "died"),
        (sum(one.inconclusive for one in each), "inconclusive"),
    ]
    texts = [f"{count} {name}" for count, name in sums if count]
    return f"{sum(one.programs for one in each)} programs, " + ", ".join(texts)


def _finding(number: int, finding: Finding) -> Iterator[Text]:
    shown = finding.shown or finding.measured
    hit = f"  [hits {finding.hit}]" if finding.hit else ""
    seen = f"  seen in {shown.count} programs" if shown and shown.count else ""
    yield Text.assemble((f"{number}. {finding.title}", "bold"), (hit + seen, "dim"))
    if finding.clause is not None:
        yield _clause(finding.clause)
    if shown is not None:
        if shown.explained_by:
            yield Text(f"     would be explained by: {', '.join(shown.explained_by)}")
        elif finding.clause is None:
            yield Text("     no single deviation known to the suite would explain it")
        yield from _program(shown)


def _clause(clause: Cited) -> Text:
    return Text(f"     {clause.id}: {clause.sentence} ({', '.join(clause.sources)}; {clause.sure})", style="italic")


def _program(shown: Shown) -> Iterator[Text]:
    steps = shown.steps
    left_out = max(0, len(steps) - MOST_STEPS)
    if left_out:
        yield Text(f"       ... {left_out} steps before")
    width = max((len(each.step) for each in steps), default=0)
    for each in steps[left_out:]:
        yield from step_lines(each, min(width, 48))


def step_lines(step: StepShown, width: int) -> Iterator[Text]:
    """Yield the lines for one step: what was done and seen, and at a difference what was allowed."""
    seen_style = "red" if step.allowed else ""
    yield Text.assemble(f"       {step.step:<{width}}  ", (step.seen or "-", seen_style))
    for text in _some(step.allowed):
        yield Text(f"       {'':<{width}}  allowed: {text}", style="green")


def _some(texts: Sequence[str]) -> Iterator[str]:
    yield from texts[:MOST_ALLOWED]
    if len(texts) > MOST_ALLOWED:
        yield f"and {len(texts) - MOST_ALLOWED} more"


def _lost(proofs: Iterable[Proof]) -> Iterator[Text]:
    lost = [each for each in proofs if not each.holds]
    if lost:
        yield Text("")
        yield Text("RECORDS THAT NO LONGER HOLD", style="bold red")
    for each in lost:
        yield Text(f"   {each.name} on {each.target}: its program was judged: {each.found}")


def _freedoms(freedoms: Sequence[Freedom]) -> Iterator[Text]:
    if freedoms:
        yield Text("")
        yield Text(str(Heading.CHANGED_WITHIN_FREEDOM), style="bold blue")
    for each in freedoms:
        yield Text(f"   {each.what}" + (f": {each.before} -> {each.after}" if each.before or each.after else ""))


def _disputes(disputes: Sequence[Dispute]) -> Iterator[Text]:
    if disputes:
        yield Text("")
        yield Text("THE DOCUMENTS THEMSELVES", style="bold")
    for each in disputes:
        yield Text(f"   {each.id}: {each.text}")
