"""`explore TARGET`: every program up to a length, and optionally every edge of the automaton."""

from __future__ import annotations

import re
from pathlib import Path

import click
from beehive_spec.model import Inconclusive

from beehive_conformance.commands.baseline import baseline_option, chosen_baselines
from beehive_conformance.commands.delivery import Delivery, deliver
from beehive_conformance.commands.options import OUTPUT_FILE, check_output, report_options, workers_option
from beehive_conformance.commands.progress import Observer, progress_bar, progress_line
from beehive_conformance.errors import InputError
from beehive_conformance.reports.exploration import explore_lines
from beehive_conformance.reports.header import suite_version
from beehive_conformance.reports.result import footer, run_result
from beehive_conformance.reports.schema import ExitCode
from beehive_conformance.runs.basis import Chosen, basis_of, fitting_of, has_to_be_measured
from beehive_conformance.runs.examine import not_judged
from beehive_conformance.runs.explore import Bounds, explore, plan_exploration
from beehive_conformance.runs.resume import CheckpointFile
from beehive_conformance.targets.spec import TargetSpec
from beehive_conformance.targets.target import TargetError

SAMPLE = 10_000
"""The default number of edges behind which every pair of steps is run."""


@click.command("explore")
@click.argument("target")
@click.option(
    "--length",
    type=click.IntRange(1, 8),
    default=3,
    show_default=True,
    help="Run all programs of up to this many steps.",
)
@click.option(
    "--cover",
    type=click.IntRange(1, 10),
    help="Also cover every edge of the automaton that programs of up to this many steps reach.",
)
@click.option("--pairs", is_flag=True, help="Also run every pair of steps behind a sample of these edges.")
@click.option("--sample", type=click.IntRange(1), help=f"Number of edges in the sample (default {SAMPLE:,}).")
@click.option("--seed", type=click.IntRange(0), default=0, help="Seed of the sample.")
@click.option(
    "--shard",
    metavar="I/N",
    default="1/1",
    help="Run only the I-th of N parts of all programs; `merge` combines the reports of all parts.",
)
@click.option(
    "--resume",
    metavar="FILE",
    type=OUTPUT_FILE,
    callback=check_output,
    help="Save the state to FILE while exploring, and continue from it if it exists.",
)
@baseline_option
@workers_option
@report_options
def explore_command(
    target: str,
    length: int,
    cover: int | None,
    pairs: bool,
    sample: int | None,
    seed: int,
    shard: str,
    chosen: tuple[str, ...],
    workers: int,
    resume: Path | None,
    report: Path | None,
    as_json: bool,
    export: Path | None,
) -> ExitCode:
    """Judge TARGET with all programs of up to --length steps, and optionally with every edge of the automaton.

    Exits with the same codes as `run`: 0 if every program conforms or deviates as recorded and every record still
    holds.

    \b
    beehive-conformance explore core --length 3 --cover 5
    beehive-conformance explore go --length 4 --cover 6 --pairs --shard 1/8 --resume explored.json
    """
    if sample and not pairs:
        raise click.UsageError("--sample needs --pairs: it is the number of edges behind which pairs are run")
    if pairs and cover is None:
        raise click.UsageError("--pairs needs --cover: the sample is drawn from the edges that it covers")
    if report is not None and resume is not None and report.resolve() == resume.resolve():
        raise InputError(f"--report {report}: --resume saves its state there; give another file")
    if cover is not None and cover <= length:
        raise click.UsageError(f"--cover {cover} adds nothing to --length {length}; give more than {length}")
    part, parts = _shard(shard)
    bounds = Bounds(length, cover or 0, (sample or SAMPLE) if pairs else 0, seed, part, parts)
    spec = TargetSpec.parse(target)
    choice = chosen_baselines(chosen, [spec])
    if (parts > 1 or resume is not None) and has_to_be_measured(spec, choice):
        raise InputError(
            f"{spec} has no baseline, and all parts of an exploration need the same one; "
            f"write it with `answers {spec} --measure --write FILE` and give it as --baseline FILE"
        )
    return _explore(spec, choice, bounds, workers, resume, Delivery(report, as_json, export))


def _explore(
    spec: TargetSpec, choice: Chosen, bounds: Bounds, workers: int, resume: Path | None, to: Delivery
) -> ExitCode:
    checkpoints = CheckpointFile(resume, bounds, suite_version())
    basis = basis_of(spec, choice, progress_line())
    answers, records = basis.baseline.answers, basis.baseline.records
    with progress_bar() as bar:
        try:
            plan = plan_exploration(answers, records, bounds, bar.show_nodes)
        except Inconclusive as problem:
            raise TargetError(f"the automaton of {spec} cannot be walked: {problem}") from problem
        if not any(phase.size for phase in plan.phases):
            raise InputError(f"--shard {bounds.shard}/{bounds.shards}: no program is left for it; use fewer shards")
        observer = Observer(plan, checkpoints, bar)
        if basis.problem:
            examination = not_judged(spec, basis)
        else:
            fitting = fitting_of(spec, basis.baseline)
            examination = explore(spec, answers, records, plan, observer, workers, bar.say, fitting)
            examination.origin = basis.origin
    lines = tuple(explore_lines(examination, plan, bounds))
    return deliver((*lines, footer(run_result(lines), checkpoints.seconds)), to)


def _shard(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"([0-9]{1,6})/([0-9]{1,6})", text)
    part, parts = (int(match[1]), int(match[2])) if match else (0, 0)
    if not 1 <= part <= parts:
        raise InputError(f"--shard {text!r}: expected I/N with I from 1 to N, such as 2/8, and N below a million")
    return part, parts
