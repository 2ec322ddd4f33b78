"""`replay FILE [TARGET]`: what does it do in this one program?"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import click
from beehive_spec.answers import Answers
from beehive_spec.vocabulary import History
from rich.padding import Padding
from rich.text import Text

from beehive_conformance.checking.judge import Verdict, VerdictKind
from beehive_conformance.deviations import OVERLAYS
from beehive_conformance.judging.harness import Harness, HarnessSetup
from beehive_conformance.programs.capability import Capability
from beehive_conformance.programs.program import Program, needed
from beehive_conformance.reports.evidence import evidence_of
from beehive_conformance.reports.explain import step_rows
from beehive_conformance.reports.findings import cited
from beehive_conformance.reports.schema import ExitCode
from beehive_conformance.reports.terminal import clause_text, print_all, program_table
from beehive_conformance.scenarios.scenario import Scenario, mismatch, read_file
from beehive_conformance.targets import registry
from beehive_conformance.targets.baseline import answers_for, records_for
from beehive_conformance.targets.target import NotAvailable


class Case(NamedTuple):
    """What stands in a file: a program, and what is expected of it if that is said."""

    program: Program
    scenario: Scenario | None


_EXITS = {
    VerdictKind.CONFORMS: ExitCode.AS_EXPECTED,
    VerdictKind.DEVIATES: ExitCode.AS_EXPECTED,
    VerdictKind.UNEXPLAINED: ExitCode.NOT_AS_EXPECTED,
    VerdictKind.DIED: ExitCode.NOT_AS_EXPECTED,
}


@click.command("replay")
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("target", required=False)
def replay_command(file: Path, target: str | None) -> int:
    """Run the program in FILE on TARGET (if left out: on core and, where it can be had, on go).

    Prints each step with what was seen; at the first difference, what was allowed; and the verdict. Where FILE says
    what it expects of a target with these answers, it ends with 1 if that is not what was seen.

    \b
    beehive-conformance replay counterexample.yaml go
    """
    case = Case(*read_file(file))
    if target is not None:
        return _replay(case, registry.find(target), ExitCode.ERROR)
    # Of the targets that nobody asked for, one that lacks something is no error.
    judged = _replay(case, registry.find("core"), ExitCode.AS_EXPECTED)
    return max(judged, _replay_if_there(case, registry.find("go")))


def _replay_if_there(case: Case, entry: registry.Entry) -> int:
    ready = entry.readiness()
    why = ready.missing or ready.download
    if not why:
        try:
            return _replay(case, entry, ExitCode.AS_EXPECTED)
        except NotAvailable as error:
            why = str(error)
    print_all((Text(f"{entry.name}: {VerdictKind.NOT_JUDGED}, for it is not available: {why}"),), sys.stdout)
    return ExitCode.AS_EXPECTED


def _replay(case: Case, entry: registry.Entry, lacking: int) -> int:
    program = case.program
    answers = answers_for(entry.name)
    overlays = tuple(each.overlay for each in records_for(entry.name))
    with Harness(HarnessSetup(entry.name, answers, overlays, answers)) as harness:
        if missing := needed(program) - harness.target.capabilities:
            text = f"{entry.name} has no {', no '.join(sorted(each.replace('_', ' ') for each in missing))}"
            print_all((Text(f"{entry.name}, program {program.id}: {VerdictKind.NOT_JUDGED}: {text}"),), sys.stdout)
            return lacking
        ((_, history),) = harness.run((program,))
        verdict = harness.judge.judge(program, history)
        unexpected = _unexpected(case, answers, history, Capability.LOGS in harness.target.capabilities)
    rows = tuple(step_rows(evidence_of(program, history, verdict.difference)))
    head = Text(f"{entry.name}, program {program.id}: {verdict.kind}", style="bold")
    table = program_table(rows, len(rows))
    explained = (Padding(text, (0, 0, 0, 3), expand=False) for text in _explained(verdict))
    print_all((head, table, *explained, *unexpected), sys.stdout)
    # What a record foresees, a scenario need not know of.
    wrong = bool(unexpected) and verdict.kind is not VerdictKind.DEVIATES
    return max(_EXITS.get(verdict.kind, ExitCode.ERROR), ExitCode.NOT_AS_EXPECTED if wrong else ExitCode.AS_EXPECTED)


def _unexpected(case: Case, answers: Answers, history: History, shows_logs: bool) -> list[Text]:
    if case.scenario is None or not case.scenario.applies(answers):
        return []
    problem = mismatch(case.scenario, history, shows_logs)
    return [] if problem is None else [Text(f"not as the file expects: {problem}", style="red")]


def _explained(verdict: Verdict) -> Iterator[Text]:
    for name in verdict.deviations:
        overlay = OVERLAYS[name]
        yield Text(f"as recorded: {overlay.title} ({name})")
        if (clause := cited(overlay.clause)) is not None:
            yield clause_text(clause)
