"""`spec matrix`: which tests detect a violation of each clause, and how large the model is."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping

import click
from beehive_spec.chapters import clauses
from beehive_spec.invariants import INVARIANTS, Invariants
from beehive_spec.rules import RULES
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from beehive_conformance.deviations import OVERLAYS
from beehive_conformance.deviations.baselines import targets_by_record
from beehive_conformance.errors import InputError
from beehive_conformance.reports.schema import ExitCode
from beehive_conformance.reports.terminal import print_all
from beehive_conformance.scenarios.scenario import load_scenarios
from beehive_conformance.trust.matrix import ClauseRow, OverlayProof, matrix, proofs
from beehive_conformance.trust.model_states import EXPLORED_LENGTH, ModelStates, count_states, counted_steps

NOT_DETECTED = "no scenario of the clause detects an overlay of it"


@click.command("matrix")
@click.argument("clause", required=False)
@click.option(
    "--prove",
    is_flag=True,
    help="Run the overlays of each clause on its scenarios, to see which are detected; check the model's invariants.",
)
def spec_matrix_command(clause: str | None, prove: bool) -> ExitCode:
    """List each clause with the number of its moves, scenarios, questions and overlays, and the sizes of the model.

    Clauses whose violation nothing would detect come first, clauses that cannot be tested last. Then come the
    numbers of states and moves of the model for each set of answers, over all programs of up to four steps. With
    CLAUSE, only the names of what belongs to it are printed. Exits with 1 if a testable clause is not tested, or if
    an invariant does not hold.

    \b
    beehive-conformance spec matrix
    beehive-conformance spec matrix SYNC-4 --prove
    """
    if clause is not None and clause not in clauses():
        raise InputError(f"{clause!r}: unknown clause; the clauses are {', '.join(clauses())}")
    wanted = clauses().values() if clause is None else (clauses()[clause],)
    rows = matrix(wanted, RULES, load_scenarios(), OVERLAYS.values())
    proved = {row.clause.id: proofs(row) for row in rows if prove and row.is_testable and not row.lacks}
    missing = {row.clause.id: text for row in rows if (text := lacks(row, proved))}
    last = Text(summary(rows, missing))
    if clause is not None:
        print_all((*_names(rows[0], proved), last), sys.stdout)
        return ExitCode.NOT_AS_EXPECTED if missing else ExitCode.AS_EXPECTED
    states = count_states(INVARIANTS if prove else Invariants(), EXPLORED_LENGTH)
    print_all((*_table(rows, missing, proved), *_states(states, prove), last), sys.stdout)
    is_as_expected = not missing and not any(each.explored.violations for each in states)
    return ExitCode.AS_EXPECTED if is_as_expected else ExitCode.NOT_AS_EXPECTED


def lacks(row: ClauseRow, proved: Mapping[str, tuple[OverlayProof, ...]]) -> str:
    """Return why a violation of a clause would not be detected, or an empty string."""
    if row.lacks or row.clause.id not in proved:
        return row.lacks
    return "" if any(each.scenario for each in proved[row.clause.id]) else NOT_DETECTED


def summary(rows: Iterable[ClauseRow], missing: Mapping[str, str]) -> str:
    """Return the last line: the numbers of all clauses, of testable ones, and of testable ones without a test."""
    clauses_there = [row.clause for row in rows]
    testable = sum(not each.untested for each in clauses_there)
    count = f"{len(clauses_there)} clause{'' if len(clauses_there) == 1 else 's'}"
    rest = f"{testable} testable, {len(clauses_there) - testable} not testable"
    return f"{count}: {rest}; {len(missing)} testable and untested"


def _table(
    rows: Iterable[ClauseRow], missing: Mapping[str, str], proved: Mapping[str, tuple[OverlayProof, ...]]
) -> Iterator[RenderableType]:
    groups: dict[str, list[tuple[ClauseRow, str]]] = {
        "NOT DETECTED": [(row, missing[row.clause.id]) for row in rows if row.clause.id in missing],
        "TESTED": [(row, _by(row, proved)) for row in rows if row.is_testable and row.clause.id not in missing],
        "NOT TESTABLE": [(row, row.clause.untested) for row in rows if not row.is_testable],
    }
    for heading, under in groups.items():
        if not under:
            continue
        table = Table("clause", box=None, pad_edge=False, title=heading, title_justify="left", title_style="bold")
        for name in ("moves", "scenarios", "questions", "overlays"):
            table.add_column(name, justify="right")
        table.add_column("")
        for row, text in under:
            counts = (len(row.moves), len(row.scenarios), len(row.clause.open), len(row.overlays))
            table.add_row(row.clause.id, *(str(count or "-") for count in counts), Text(text))
        yield table
        yield Text("")


def _states(states: Iterable[ModelStates], proved: bool) -> Iterator[RenderableType]:
    programs = f"all programs of up to {EXPLORED_LENGTH} steps over an alphabet of {len(counted_steps())}"
    title = f"STATES OF THE MODEL, {programs}"
    table = Table("answers", box=None, pad_edge=False, title=title, title_justify="left", title_style="bold")
    for name in ("settled states", "states passed", "moves"):
        table.add_column(name, justify="right")
    table.add_column("invariants" if proved else "")
    for each in states:
        found = each.explored
        counts = (found.settled, found.passed, found.moves)
        table.add_row(" and ".join(each.names), *map(str, counts), Text(_invariants(each) if proved else ""))
    yield table
    yield Text("")


def _invariants(states: ModelStates) -> str:
    violations = states.explored.violations
    if violations:
        return "\n".join(f"{each.invariant} does NOT HOLD" for each in violations)
    held = INVARIANTS.under(states.answers).names
    return f"{len(held)} hold, {len(INVARIANTS.names - held)} do not apply"


def _by(row: ClauseRow, proved: Mapping[str, tuple[OverlayProof, ...]]) -> str:
    if row.clause.id not in proved:
        return ", ".join(each.name for each in row.overlays)
    texts = (
        f"{each.overlay} is detected by {each.scenario}" if each.scenario else f"{each.overlay} is NOT DETECTED"
        for each in proved[row.clause.id]
    )
    return "\n".join(texts)


def _names(row: ClauseRow, proved: Mapping[str, tuple[OverlayProof, ...]]) -> Iterator[RenderableType]:
    recorded = targets_by_record()
    yield Text(f"{row.clause.id}: {row.clause.sentence}", style="bold")
    overlays = [
        f"{each.name}, recorded of {', '.join(recorded[each.name])}" if each.name in recorded else each.name
        for each in row.overlays
    ]
    names = {
        "moves": list(map(str, row.moves)),
        "scenarios": [each.name for each in row.scenarios],
        "questions": list(row.clause.open),
        "overlays": overlays,
        "proved": _by(row, proved).splitlines() if row.clause.id in proved else [],
        "lacks": [text] if (text := lacks(row, proved)) else [],
        "not tested": [row.clause.untested] if row.clause.untested else [],
    }
    table = Table.grid(padding=(0, 2))
    for name, found in names.items():
        for number, each in enumerate(found):
            table.add_row("" if number else name, Text(each))
    yield table
