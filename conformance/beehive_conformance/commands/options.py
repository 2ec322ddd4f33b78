"""Options shared by several commands."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click
import msgspec
from beehive_spec.chapters import clauses

from beehive_conformance.errors import InputError
from beehive_conformance.runs.plan import Plan

F = TypeVar("F", bound=Callable[..., Any])
MAX_DEFAULT_WORKERS = 4
"""Each worker process keeps its own automata: several hundred megabytes at worst."""
QUICK_EXAMPLES, THOROUGH_EXAMPLES = 500, 50_000
DEFAULT_PLAN, THOROUGH_EXHAUSTIVE = Plan(), 4
OUTPUT_FILE = click.Path(dir_okay=False, writable=True, readable=False, path_type=Path)
_FOLDER = click.Path(exists=True, file_okay=False, writable=True)


def need_command(context: click.Context) -> None:
    """Refuse a group that is given without a command, in one line; click would print the whole help as an error."""
    if context.invoked_subcommand is None:
        raise click.UsageError(f"give a command; see `{context.command_path} --help`")


def plan_options(command: F) -> F:
    """Add the options that select the programs to run."""
    for option in reversed(
        (
            click.option("--seed", type=click.IntRange(0), default=0, help="Seed of the random programs."),
            click.option(
                "--examples",
                type=click.IntRange(0),
                help=f"Number of random programs (default {DEFAULT_PLAN.examples:,}).",
            ),
            click.option(
                "--length",
                type=click.IntRange(1, 200),
                default=DEFAULT_PLAN.length,
                show_default=True,
                help="Maximum number of steps of a random program.",
            ),
            click.option(
                "--only", metavar="CLAUSE", default="", help="Run only the scenarios and records of one clause."
            ),
            click.option(
                "--quick", is_flag=True, help=f"Run only scenarios, records and {QUICK_EXAMPLES} random programs."
            ),
            click.option(
                "--thorough",
                is_flag=True,
                help=f"Run all programs of up to {THOROUGH_EXHAUSTIVE} steps, and {THOROUGH_EXAMPLES:,} random ones.",
            ),
        )
    ):
        command = option(command)
    return command


def workers_option(command: F) -> F:
    """Add the option for the number of worker processes."""
    option = click.option(
        "--workers",
        type=click.IntRange(1, 64),
        default=default_workers,
        show_default="one per processor, at most four",
        help="Number of worker processes. The result does not depend on it.",
    )
    return option(command)


def report_options(command: F) -> F:
    """Add the options for the output of the report."""
    for option in reversed(
        (
            click.option(
                "--report",
                metavar="FILE",
                type=OUTPUT_FILE,
                callback=check_output,
                help="Save the report to FILE as JSON lines.",
            ),
            click.option("--json", "as_json", is_flag=True, help="Print the report as JSON lines."),
            click.option(
                "--export",
                metavar="FOLDER",
                type=click.Path(file_okay=False, writable=True, path_type=Path),
                callback=check_output,
                help="Save the smallest program of each finding to FOLDER, as files for `replay`.",
            ),
        )
    ):
        command = option(command)
    return command


def check_output(context: click.Context, option: click.Parameter, path: Path | None) -> Path | None:
    """Refuse an output path that cannot be created, before any work is done; click checks one that exists."""
    if path is None:
        return None
    if path == Path():
        raise click.BadParameter("the path is empty.", context, option)
    try:
        path.stat()
    except FileNotFoundError:
        _FOLDER.convert(path.parent, option, context)
    except OSError as error:
        raise click.BadParameter(f"{path}: {error.strerror}.", context, option) from None
    return path


def default_workers() -> int:
    """Return the number of worker processes: one per processor, at most `MAX_DEFAULT_WORKERS`."""
    return min(MAX_DEFAULT_WORKERS, len(os.sched_getaffinity(0)))


def plan_of(*, seed: int, examples: int | None, length: int, only: str, quick: bool, thorough: bool) -> Plan:
    """Return the plan that the options describe; raises UsageError or InputError if they contradict each other."""
    if quick and thorough:
        raise click.UsageError("--quick and --thorough exclude each other; give only one")
    if only and only not in clauses():
        raise InputError(f"{only!r}: unknown clause; the clauses are {', '.join(clauses())}")
    if only and (reason := clauses()[only].untested):
        raise InputError(f"{only} cannot be tested: {reason}")
    plan = Plan(seed=seed, length=length, only=only)
    if quick:
        plan = msgspec.structs.replace(plan, examples=QUICK_EXAMPLES, exhaustive=0)
    if thorough:
        plan = msgspec.structs.replace(plan, examples=THOROUGH_EXAMPLES, exhaustive=THOROUGH_EXHAUSTIVE)
    return plan if examples is None else msgspec.structs.replace(plan, examples=examples)
