"""`replay FILE [TARGET]`: run one program and judge its history."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import click
from beehive_spec.answers import Answers
from beehive_spec.automaton import Automaton
from beehive_spec.model import Inconclusive, Model
from beehive_spec.vocabulary import History
from rich.text import Text

from beehive_conformance.checking.checker import nodes_along
from beehive_conformance.checking.judge import Verdict, VerdictKind, with_overlays
from beehive_conformance.commands.baseline import baseline_option, chosen_baselines
from beehive_conformance.commands.progress import progress_line
from beehive_conformance.deviations import OVERLAYS
from beehive_conformance.judging.harness import Harness, HarnessSetup
from beehive_conformance.programs.program import Program, needed
from beehive_conformance.reports.evidence import evidence_of
from beehive_conformance.reports.explain import step_rows
from beehive_conformance.reports.findings import cited
from beehive_conformance.reports.nodes import node_lines
from beehive_conformance.reports.schema import ExitCode
from beehive_conformance.reports.terminal import clause_text, indented, print_all, program_table
from beehive_conformance.runs.basis import Chosen, basis_of, fitting_of
from beehive_conformance.scenarios.scenario import Scenario, mismatch, read_file
from beehive_conformance.targets.registry import readiness
from beehive_conformance.targets.spec import TargetKind, TargetSpec
from beehive_conformance.targets.target import NotAvailable, TargetError


class Case(NamedTuple):
    """The program in a file with its expectations, if any, and whether to print the nodes of the automaton."""

    program: Program
    scenario: Scenario | None
    show_nodes: bool


_EXITS = {
    VerdictKind.CONFORMS: ExitCode.AS_EXPECTED,
    VerdictKind.DEVIATES: ExitCode.AS_EXPECTED,
    VerdictKind.UNEXPLAINED: ExitCode.NOT_AS_EXPECTED,
    VerdictKind.DIED: ExitCode.NOT_AS_EXPECTED,
}


@click.command("replay")
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("target", required=False)
@baseline_option
@click.option(
    "--trace",
    "show_nodes",
    is_flag=True,
    help="After each step, also print the node of the model's automaton: the number of states that the model may be "
    "in, and for each state the pending operations and the queued messages. For debugging.",
)
def replay_command(file: Path, target: str | None, chosen: tuple[str, ...], show_nodes: bool) -> ExitCode:
    """Run the program in FILE on TARGET; without TARGET, run it on core and, if available, on go.

    Prints the verdict and each step with what was observed; at the first difference, also what was allowed. Exits
    with 1 if the history is unexplained, if the process died, or if the history conforms but does not meet an
    expectation in FILE that applies to the target.

    \b
    beehive-conformance replay counterexample.yaml go
    beehive-conformance replay counterexample.yaml core --trace
    """
    case = Case(*read_file(file), show_nodes)
    if target is not None:
        spec = TargetSpec.parse(target)
        return _replay(case, spec, chosen_baselines(chosen, [spec]), ExitCode.ERROR)
    core, go = TargetSpec(TargetKind.CORE), TargetSpec.parse("go")
    choice = chosen_baselines(chosen, [core, go])
    # A target that was not asked for may lack something.
    judged = _replay(case, core, choice, ExitCode.AS_EXPECTED)
    return max(judged, _replay_if_available(case, go, choice))


def _replay_if_available(case: Case, spec: TargetSpec, choice: Chosen) -> ExitCode:
    ready = readiness(spec)
    why = ready.missing or ready.download
    if not why:
        try:
            return _replay(case, spec, choice, ExitCode.AS_EXPECTED)
        except NotAvailable as error:
            why = str(error)
    print_all((Text(f"{spec}: {VerdictKind.NOT_JUDGED}, not available: {why}"),), sys.stdout)
    return ExitCode.AS_EXPECTED


def _replay(case: Case, spec: TargetSpec, choice: Chosen, lacking: ExitCode) -> ExitCode:
    program = case.program
    basis = basis_of(spec, choice, progress_line())
    if basis.problem:
        raise TargetError(f"{spec} was {VerdictKind.NOT_JUDGED}: {basis.problem}")
    answers = basis.baseline.answers
    overlays = tuple(each.overlay for each in basis.baseline.records)
    with Harness(HarnessSetup(spec, answers, overlays, answers, fitting_of(spec, basis.baseline))) as harness:
        if missing := needed(program) - harness.target.capabilities:
            text = f"{spec} has no {', no '.join(sorted(each.replace('_', ' ') for each in missing))}"
            print_all((Text(f"{spec}, program {program.id}: {VerdictKind.NOT_JUDGED}: {text}"),), sys.stdout)
            return lacking
        ((_, history),) = harness.run((program,))
        verdict = harness.judge.judge(program, history)
        shows_logs = harness.judge.shows_logs
    answers = answers.with_answers(verdict.under)
    unexpected = _unexpected(case, answers, history, shows_logs)
    rows = tuple(step_rows(evidence_of(program, history, verdict.difference)))
    head = Text(f"{spec}, program {program.id}, {basis.origin}: {verdict.kind}", style="bold")
    table = program_table(rows, len(rows))
    explained = map(indented, _explained(verdict))
    nodes = [Text(line, style="dim") for line in _nodes(case, answers, verdict, history, shows_logs)]
    print_all((head, table, *explained, *unexpected, *nodes), sys.stdout)
    # A recorded deviation may contradict the expectation.
    wrong = bool(unexpected) and verdict.kind is not VerdictKind.DEVIATES
    return max(_EXITS.get(verdict.kind, ExitCode.ERROR), ExitCode.NOT_AS_EXPECTED if wrong else ExitCode.AS_EXPECTED)


def _nodes(case: Case, answers: Answers, verdict: Verdict, history: History, shows_logs: bool) -> Iterator[str]:
    if not case.show_nodes:
        return
    overlays = [OVERLAYS[name] for name in verdict.deviations]
    automaton = Automaton(Model(answers, with_overlays(overlays)))
    try:
        yield from node_lines(case.program, nodes_along(case.program, history, automaton, shows_logs))
    except Inconclusive as problem:
        yield f"the trace ends here: {problem}"


def _unexpected(case: Case, answers: Answers, history: History, shows_logs: bool) -> list[Text]:
    if case.scenario is None or not case.scenario.applies(answers):
        return []
    problem = mismatch(case.scenario, history, shows_logs)
    return [] if problem is None else [Text(f"not as the file expects: {problem}", style="red")]


def _explained(verdict: Verdict) -> Iterator[Text]:
    if verdict.under:
        changed = ", ".join(f"{name}: {answer}" for name, answer in verdict.under.items())
        yield Text(f"under other answers that fit the target as well: {changed}")
    for name in verdict.deviations:
        overlay = OVERLAYS[name]
        yield Text(f"as recorded: {overlay.title} ({name})")
        if (clause := cited(overlay.clause)) is not None:
            yield clause_text(clause)
