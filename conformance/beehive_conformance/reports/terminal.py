"""Draws a report for the terminal from its lines alone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TextIO, assert_never

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from beehive_conformance.reports.explain import StepRow, counted, departing_text, step_rows, verdict_text
from beehive_conformance.reports.schema import (
    ChangedAnswerLine,
    ChangedHistoriesLine,
    Cited,
    Counts,
    DisputeLine,
    ExitCode,
    ExploredLine,
    FindingLine,
    FooterLine,
    HeaderLine,
    Heading,
    Line,
    NotJudgedLine,
    RecordLine,
    TallyLine,
)

MAX_ALLOWED_SHOWN = 3
"""Allowed alternatives printed for one step; the report has all of them."""
MAX_STEPS_SHOWN = 12
"""Steps printed of one program; the report has all of them."""
FEW = 3
"""Findings under one heading up to which no overview is printed."""
WIDEST_STEP = 50
"""Columns."""
_CONTROL = re.compile(r"\x1b(?!\[[0-9;]*m)|[\x00-\x1a\x1c-\x1f\x7f-\x9f]")
"""Control characters other than colours, which names and messages of a target may contain."""
_COLOURS = {ExitCode.AS_EXPECTED: "green", ExitCode.NOT_AS_EXPECTED: "red", ExitCode.ERROR: "yellow"}
_HEADING_COLOURS = {
    Heading.DEVIATES: "yellow",
    Heading.UNEXPLAINED: "red",
    Heading.INTRODUCED: "red",
    Heading.FIXED: "green",
    Heading.UNCHANGED: "yellow",
    Heading.CHANGED_LOSES_MESSAGES: "red",
    Heading.CHANGED_ALLOWED: "blue",
}


def draw(lines: Sequence[Line], file: TextIO, width: int | None = None) -> None:
    """Print a whole report."""
    print_all(_texts(lines), file, width)


def print_all(parts: Iterable[RenderableType], file: TextIO, width: int | None = None) -> None:
    """Print texts and tables to a file, with colours only on a terminal, and without trailing blanks."""
    # Without a terminal, lines have a length that suits files and mail.
    wide = width or (None if file.isatty() else 118)
    console = Console(file=file, highlight=False, width=wide)
    # Captured, because rich ends the process with 1 if the reader of the output is gone.
    with console.capture() as captured:
        for part in parts:
            console.print(part, soft_wrap=isinstance(part, Text) and bool(part.no_wrap))
    lines = captured.get().split("\n")[:-1]
    file.writelines(f"{_CONTROL.sub(_visible, line).rstrip()}\n" for line in lines)


def _visible(found: re.Match[str]) -> str:
    return f"\\x{ord(found[0]):02x}"


def _texts(lines: Sequence[Line]) -> Iterator[RenderableType]:
    footer = next((line for line in lines if isinstance(line, FooterLine)), None)
    if footer is not None:
        text = footer.summary + _origins(lines)
        yield Text(text, style=f"bold {_COLOURS[footer.exit]}", no_wrap=True)
    yield from _totals(lines)
    for line in lines:
        if isinstance(line, ExploredLine):
            yield from _explored(line)
    findings = [line for line in lines if isinstance(line, FindingLine)]
    for heading in Heading:
        under = [each for each in findings if each.heading is heading]
        if not under:
            continue
        yield Text("")
        yield Text(str(heading), style=f"bold {_HEADING_COLOURS[heading]}")
        if len(under) > FEW:
            yield from _overview(under)
        for number, finding in enumerate(under, 1):
            yield from _finding(number, finding)
    yield from _lost([line for line in lines if isinstance(line, RecordLine)])
    yield from _all_changes([line for line in lines if isinstance(line, ChangedAnswerLine | ChangedHistoriesLine)])
    yield from _disputes([line for line in lines if isinstance(line, DisputeLine)])


def _origins(lines: Sequence[Line]) -> str:
    """Return under whose answers the targets were judged, for the first line."""
    if any(isinstance(line, NotJudgedLine) for line in lines):
        return ""
    sides = [side for line in lines if isinstance(line, HeaderLine) for side in line.sides if side.origin]
    if len({side.origin for side in sides}) == 1:
        return f"; {sides[0].origin}"
    return "".join(f"; {side.name}: {side.origin}" for side in sides)


def _overview(findings: Sequence[FindingLine]) -> Iterator[RenderableType]:
    for number, finding in enumerate(findings, 1):
        clause = [finding.clause.id] if finding.clause is not None else []
        affects = [f"affects {finding.affects}"] if finding.affects else []
        yield indented(
            Text(
                f"{number}. {finding.title} ({', '.join((*clause, *affects))})"
                if clause or affects
                else finding.title
            )
        )
    yield Text("")


def _totals(lines: Sequence[Line]) -> Iterator[RenderableType]:
    header = next((line for line in lines if isinstance(line, HeaderLine)), None)
    if header is None:
        return
    reasons = {line.target: line.why for line in lines if isinstance(line, NotJudgedLine)}
    for side in header.sides:
        tallies = [line for line in lines if isinstance(line, TallyLine) and line.target == side.name]
        what = f"{side.name}, {side.description}: "
        if side.name in reasons:
            yield indented(Text(f"{what}NOT JUDGED: {reasons[side.name]}"))
        elif tallies:
            yield indented(Text(what + _counts([each.counts for each in tallies])))
            if under_others := sum(each.counts.under_others for each in tallies):
                text = f"{under_others} of these only under other answers that fit the target as well"
                yield indented(Text(text), 6)
            for capability, clauses in side.not_judged.items():
                yield indented(Text(f"not judged, without {capability.replace('_', ' ')}: {', '.join(clauses)}"), 6)
            if side.departs:
                yield indented(Text(departing_text(side.departs)), 6)
    yield indented(Text(f"seed {header.seed}" + (f", only {header.only}" if header.only else ""), style="dim"))


def _explored(line: ExploredLine) -> Iterator[RenderableType]:
    yield indented(
        Text(f"exhaustive: {line.exhaustive:,}, all programs of up to {line.length} of {line.alphabet} steps")
    )
    if line.cover:
        sure = f"{line.certain:,} whatever the target chooses" if line.certain < line.edges else "all of them certain"
        text = f"{line.nodes:,} nodes and {line.edges:,} edges by programs of up to {line.cover} steps"
        yield indented(Text(f"edge cover: {text}, {sure}; {line.covered:,} programs beyond the exhaustive ones"))
    if line.sampled:
        text = f"{line.sampled:,} sampled edges, each followed by every pair of steps"
        yield indented(Text(f"pairs: {text}; {line.paired:,} programs"))
    if line.shard:
        yield indented(Text(f"shard {line.shard} of these programs"))
    if line.assumption:
        yield indented(Text(line.assumption, style="dim"))


def _counts(each: Sequence[Counts]) -> str:
    sums = [
        (sum(one.conforms for one in each), "conform"),
        (sum(one.deviates for one in each), "deviate as recorded"),
        (sum(one.unexplained for one in each), "unexplained"),
        (sum(one.died for one in each), "died"),
        (sum(one.inconclusive for one in each), "inconclusive"),
        (sum(one.not_judged for one in each), "not judged"),
    ]
    texts = [f"{count} {name}" for count, name in sums if count]
    return f"{sum(one.programs for one in each)} programs, " + ", ".join(texts)


def _finding(number: int, finding: FindingLine) -> Iterator[RenderableType]:
    evidence = finding.evidence
    affects = f"  affects {finding.affects}" if finding.affects else ""
    seen = f"  seen in {counted(evidence.count, 'program')}" if evidence and evidence.count else ""
    yield indented(Text.assemble((f"{number}. {finding.title}", "bold"), (affects + seen, "dim")), 0)
    if finding.clause is not None:
        yield indented(clause_text(finding.clause))
    if evidence is None:
        return
    if evidence.explained_by:
        names = (f"{each.overlay} ({each.clause})" for each in evidence.explained_by)
        yield indented(Text(f"would be explained by: {', '.join(names)}"))
    elif finding.clause is None:
        yield indented(Text("no single deviation known to the suite would explain it"))
    yield program_table(tuple(step_rows(evidence)))


def clause_text(clause: Cited) -> Text:
    """Return a clause with its sentence, its sources in the documents, and how certain it is."""
    return Text(f"{clause.id}: {clause.sentence} ({', '.join(clause.sources)}; {clause.sure})", style="italic")


def program_table(steps: Sequence[StepRow], most: int = MAX_STEPS_SHOWN) -> RenderableType:
    """Return the last steps of a program as a table: the step, what was seen, and what was allowed."""
    table = Table.grid(padding=(0, 2))
    table.add_column(max_width=WIDEST_STEP)
    table.add_column()
    if len(steps) > most:
        table.add_row(f"... {counted(len(steps) - most, 'earlier step')}")
    for each in steps[-most:]:
        table.add_row(Text(each.step), Text(each.seen or "-", style="red" if each.allowed else ""))
        for text in _some(each.allowed):
            table.add_row("", Text(f"allowed: {text}", style="green"))
    return indented(table)


def indented(content: RenderableType, columns: int = 3) -> RenderableType:
    """Return a text or a table, indented by a number of columns."""
    return Padding(content, (0, 0, 0, columns), expand=False)


def _some(texts: Sequence[str]) -> Iterator[str]:
    yield from texts[:MAX_ALLOWED_SHOWN]
    if len(texts) > MAX_ALLOWED_SHOWN:
        yield f"and {len(texts) - MAX_ALLOWED_SHOWN} more"


def _lost(proofs: Iterable[RecordLine]) -> Iterator[RenderableType]:
    lost = [each for each in proofs if not each.holds]
    if lost:
        yield Text("")
        yield Text("RECORDS THAT NO LONGER HOLD", style="bold red")
    for each in lost:
        found = f": its program was judged: {verdict_text(each.check.verdict)}" if each.check is not None else ""
        yield indented(Text(f"{each.name} on {each.target}{found}"))


def _all_changes(changes: Sequence[ChangedAnswerLine | ChangedHistoriesLine]) -> Iterator[RenderableType]:
    losing = [each for each in changes if isinstance(each, ChangedAnswerLine) and each.losing]
    yield from _changes(Heading.CHANGED_LOSES_MESSAGES, losing)
    yield from _changes(Heading.CHANGED_ALLOWED, [each for each in changes if each not in losing])


def _changes(
    heading: Heading, changes: Sequence[ChangedAnswerLine | ChangedHistoriesLine]
) -> Iterator[RenderableType]:
    if changes:
        yield Text("")
        yield Text(str(heading), style=f"bold {_HEADING_COLOURS[heading]}")
    for each in changes:
        match each:
            case ChangedAnswerLine():
                text = f"{each.question}: {each.sentence}: {each.before} -> {each.after}"
                if each.losing:
                    text += f" ({' and '.join(map(str, each.losing))}: can lose messages)"
            case ChangedHistoriesLine():
                text = f"{each.programs} programs behave differently, both as allowed"
            case _:
                assert_never(each)
        yield indented(Text(text))


def _disputes(disputes: Sequence[DisputeLine]) -> Iterator[RenderableType]:
    if disputes:
        yield Text("")
        yield Text("DEFECTS IN THE DOCUMENTATION", style="bold")
    for each in disputes:
        yield indented(Text(f"{each.id}: {each.text}"))
