"""The options that several commands share, and what they mean as a plan."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click
import msgspec
from beehive_spec.chapters import clauses

from beehive_conformance.errors import InputError
from beehive_conformance.runs.examine import Notify
from beehive_conformance.runs.plan import Plan

F = TypeVar("F", bound=Callable[..., Any])
MAX_DEFAULT_WORKERS = 4
"""Each worker process keeps its own automata: several hundred megabytes at worst."""
QUICK_EXAMPLES, THOROUGH_EXAMPLES = 500, 50_000
DEFAULT, THOROUGH_EXHAUSTIVE = Plan(), 4


def plan_options(command: F) -> F:
    """Add the options that say how much is run."""
    for option in reversed(
        (
            click.option("--seed", type=click.IntRange(0), default=0, help="Seed of the random programs."),
            click.option(
                "--examples",
                type=click.IntRange(0),
                help=f"Random programs (default {DEFAULT.examples}).",
            ),
            click.option(
                "--length",
                type=click.IntRange(1, 200),
                default=DEFAULT.length,
                show_default=True,
                help="Most steps of a random program.",
            ),
            click.option("--only", metavar="CLAUSE", default="", help="Nothing but what belongs to one clause."),
            click.option("--quick", is_flag=True, help=f"Scenarios, records and {QUICK_EXAMPLES} random programs."),
            click.option(
                "--thorough",
                is_flag=True,
                help=f"All programs of up to {THOROUGH_EXHAUSTIVE} steps, and {THOROUGH_EXAMPLES:,} random ones.",
            ),
        )
    ):
        command = option(command)
    return command


def workers_option(command: F) -> F:
    """Add the option that says how many processes share the work."""
    option = click.option(
        "--workers",
        type=click.IntRange(1, 64),
        default=default_workers,
        show_default="one per processor, at most four",
        help="Number of worker processes. The result does not depend on it.",
    )
    return option(command)


def report_options(command: F) -> F:
    """Add the options that say where the report goes."""
    for option in reversed(
        (
            click.option(
                "--report",
                metavar="FILE",
                type=click.Path(path_type=Path),
                callback=can_be_made,
                help="Write the report to a file, as JSON lines.",
            ),
            click.option("--json", "as_json", is_flag=True, help="Print the report itself, as JSON lines."),
            click.option(
                "--export",
                metavar="FOLDER",
                type=click.Path(path_type=Path),
                callback=can_be_made,
                help="Write the smallest program of each finding to a folder, as files for replay.",
            ),
        )
    ):
        command = option(command)
    return command


def can_be_made(_context: click.Context, option: click.Parameter, path: Path | None) -> Path | None:
    """Refuse a path at which nothing can be made before any work is done."""
    if path is None:
        return None
    if path == Path():
        raise InputError(f"{option.opts[0]}: an empty name; give a path")
    try:
        path.stat()
    except FileNotFoundError:
        pass
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror}") from None
    if option.name == "resume" and path.exists() and not (path.is_file() or path.is_dir()):
        raise InputError(f"{path}: not a file; what has been found is kept in one")
    if path.is_dir() != (option.name == "export") and path.exists():
        raise InputError(f"{path}: cannot be written: {'a folder' if path.is_dir() else 'a file'} is there")
    if not path.parent.is_dir():
        raise InputError(f"{path}: cannot be written: there is no folder {path.parent}")
    if option.name == "export":
        try:
            path.mkdir(exist_ok=True)
        except OSError as error:
            raise InputError(f"{path}: cannot be made: {error.strerror}") from None
        if not os.access(path, os.W_OK):
            raise InputError(f"{path}: the folder is read-only")
    elif not path.exists() and not os.access(path.resolve().parent, os.W_OK):
        raise InputError(f"{path}: cannot be written: the folder {path.resolve().parent} is read-only")
    return path


def default_workers() -> int:
    """Return the number of worker processes: one per processor, at most `MAX_DEFAULT_WORKERS`."""
    return min(MAX_DEFAULT_WORKERS, len(os.sched_getaffinity(0)))


def plan_of(*, seed: int, examples: int | None, length: int, only: str, quick: bool, thorough: bool) -> Plan:
    """Return the plan that the options ask for; raises UsageError or InputError where they make no sense."""
    if quick and thorough:
        raise click.UsageError("--quick and --thorough exclude each other; give one of them")
    if only and only not in clauses():
        raise InputError(f"{only!r}: there is no such clause; known are {', '.join(clauses())}")
    if only and (reason := clauses()[only].untested):
        raise InputError(f"{only} cannot be tested: {reason}")
    plan = Plan(seed=seed, length=length, only=only)
    if quick:
        plan = msgspec.structs.replace(plan, examples=QUICK_EXAMPLES, exhaustive=0)
    if thorough:
        plan = msgspec.structs.replace(plan, examples=THOROUGH_EXAMPLES, exhaustive=THOROUGH_EXHAUSTIVE)
    return plan if examples is None else msgspec.structs.replace(plan, examples=examples)


def notice() -> Notify:
    """Return what tells a person at a terminal how far it is, on one line that is written over."""
    if not sys.stderr.isatty():
        return lambda _: None

    def tell(text: str) -> None:
        sys.stderr.write(f"\r\x1b[K{text}\r")
        sys.stderr.flush()

    return tell
