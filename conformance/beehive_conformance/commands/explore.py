"""`explore TARGET`: every small program, and beyond that every edge."""

from __future__ import annotations

import re
import time
from pathlib import Path

import click
from beehive_spec.model import Inconclusive

from beehive_conformance.commands.exploring import bar
from beehive_conformance.commands.options import can_be_made, report_options, workers_option
from beehive_conformance.commands.reporting import Delivery, deliver
from beehive_conformance.errors import InputError
from beehive_conformance.reports.exploration import explore_lines
from beehive_conformance.reports.header import suite_version
from beehive_conformance.reports.result import footer, run_result
from beehive_conformance.runs.examine import Examination
from beehive_conformance.runs.explore import Reach, Watch, explore, territory
from beehive_conformance.runs.resume import asked, keep, take_up
from beehive_conformance.targets import registry
from beehive_conformance.targets.baseline import answers_for, records_for
from beehive_conformance.targets.target import TargetError

SAMPLE = 10_000
"""Edges behind which every pair of steps is run, unless something else is asked for."""


@click.command("explore")
@click.argument("target")
@click.option(
    "--length", type=click.IntRange(1, 8), default=3, show_default=True, help="All words up to this length."
)
@click.option(
    "--cover",
    type=click.IntRange(1, 10),
    help="Beyond that, every edge of the automaton that so many steps can take.",
)
@click.option("--pairs", is_flag=True, help="Every pair of steps behind a sample of these edges.")
@click.option("--sample", type=click.IntRange(1), help=f"Edges in the sample (default {SAMPLE:,}).")
@click.option("--seed", type=click.IntRange(0), default=0, help="Seed of the sample.")
@click.option(
    "--shard",
    metavar="I/N",
    default="1/1",
    help="Only the I-th of N parts of all programs; `merge` puts the reports of all together.",
)
@click.option(
    "--resume",
    metavar="FILE",
    type=click.Path(path_type=Path),
    callback=can_be_made,
    help="Keep in FILE what has been found, and go on from there.",
)
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
    workers: int,
    resume: Path | None,
    report: Path | None,
    as_json: bool,
    export: Path | None,
) -> int:
    """Judge TARGET by all programs of up to some steps, and beyond that by every edge of the automaton.

    Ends as run does: with 0 if every program conforms or deviates as recorded.

    \b
    beehive-conformance explore core --length 3 --cover 5
    beehive-conformance explore go --length 4 --cover 6 --pairs --shard 1/8 --resume explored.json
    """
    if sample and not pairs:
        raise click.UsageError("--sample needs --pairs: it says behind how many edges they are tried")
    if pairs and cover is None:
        raise click.UsageError("--pairs needs --cover: the sample is one of the edges that it takes")
    if report is not None and resume is not None and report.resolve() == resume.resolve():
        raise InputError(f"--report {report}: --resume keeps what has been found there; give another file")
    if cover is not None and cover <= length:
        raise click.UsageError(
            f"--cover {cover} adds nothing to all words of length {length}; give more than {length}"
        )
    part, parts = _shard(shard)
    reach = Reach(length, cover or 0, (sample or SAMPLE) if pairs else 0, seed, part, parts)
    entry = registry.find(target)
    return _explore(entry, reach, workers, resume, Delivery(report, as_json, export))


def _explore(entry: registry.Entry, reach: Reach, workers: int, resume: Path | None, to: Delivery) -> int:
    started = time.monotonic()
    answers, records = answers_for(entry.name), records_for(entry.name)
    with bar() as progress:
        try:
            there = territory(answers, records, reach, progress.nodes)
        except Inconclusive as problem:
            raise TargetError(f"the automaton of {entry.name} cannot be walked: {problem}") from problem
        if not any(phase.size for phase in there.phases):
            raise InputError(f"--shard {reach.shard}/{reach.shards}: no program is left for it; make fewer shards")
        seconds_before = 0.0

        def before(examination: Examination) -> None:
            nonlocal seconds_before
            if resume is not None:
                seconds_before = take_up(resume, examination, asked(examination, reach, there, suite_version()))
            progress.begin(there, examination)

        def keep_it(examination: Examination) -> None:
            if resume is not None:
                seconds = seconds_before + time.monotonic() - started
                keep(resume, examination, asked(examination, reach, there, suite_version()), round(seconds, 1))

        watch = Watch(progress.program, keep_it)
        examination = explore(entry, answers, records, there, before, watch, workers, progress.say)
    lines = tuple(explore_lines(examination, there, reach))
    last = footer(run_result(lines), seconds_before + time.monotonic() - started)
    return deliver((*lines, last), to)


def _shard(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"([0-9]{1,6})/([0-9]{1,6})", text)
    part, parts = (int(match[1]), int(match[2])) if match else (0, 0)
    if not 1 <= part <= parts:
        raise InputError(f"--shard {text!r}: expected I/N with I from 1 to N, such as 2/8, and N below a million")
    return part, parts
