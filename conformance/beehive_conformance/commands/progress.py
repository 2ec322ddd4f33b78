"""Progress on the terminal: one line for a run; for an exploration a bar with an estimate, and checkpoints."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from beehive_conformance.measuring.measure import Notify
from beehive_conformance.runs.examine import Examination
from beehive_conformance.runs.explore import ExplorationPlan, Phase
from beehive_conformance.runs.resume import CheckpointFile

REFRESH_EVERY = 200
"""Programs between two updates of the bar."""
ESTIMATE_OVER = 120.0
"""Seconds over which the speed is averaged: long enough for the slow start on an empty automaton not to count."""


class ProgressBar:
    """A progress bar over the steps of all programs, because a step takes about the same time in every phase."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task: TaskID | None = None
        self._waiting = 0
        self._steps = 0
        self._done: dict[str, int] = {}

    def say(self, text: str) -> None:
        """Show an activity other than running programs."""
        self._progress.console.print(text, style="dim")

    def show_nodes(self, found: int) -> None:
        """Show the number of nodes found by the walk of the automaton."""
        if self._task is None:
            self._task = self._progress.add_task("", total=None)
        self._progress.update(self._task, description=f"walking the automaton: {found:,} nodes")

    def begin(self, plan: ExplorationPlan, examination: Examination) -> None:
        """Start to count; programs of an interrupted exploration count as done."""
        if self._task is not None:
            self._progress.remove_task(self._task)
        self._done = {
            phase.name: examination.tallies[phase.name].total() if phase.name in examination.tallies else 0
            for phase in plan.phases
        }
        done = sum(phase.steps * self._done[phase.name] // phase.size for phase in plan.phases if phase.size)
        total = sum(phase.steps for phase in plan.phases)
        self._task = self._progress.add_task("", total=total, completed=done)

    def count(self, phase: Phase, steps: int) -> None:
        """Count one program with the number of its steps."""
        self._waiting += 1
        self._steps += steps
        self._done[phase.name] += 1
        if self._task is not None and (self._waiting >= REFRESH_EVERY or self._done[phase.name] == phase.size):
            text = f"{phase.name}: {self._done[phase.name]:,} of {phase.size:,} programs"
            self._progress.update(self._task, description=text, advance=self._steps)
            self._waiting = self._steps = 0


class Observer:
    """The observer of an exploration: restores and saves its state, and moves the progress bar."""

    def __init__(self, plan: ExplorationPlan, checkpoints: CheckpointFile, bar: ProgressBar) -> None:
        self._plan = plan
        self._checkpoints = checkpoints
        self._bar = bar

    def begin(self, examination: Examination) -> None:
        """Restore the results of an interrupted exploration and start the bar."""
        self._checkpoints.restore(examination, self._plan)
        self._bar.begin(self._plan, examination)

    def judged(self, phase: Phase, steps: int) -> None:
        """Move the bar."""
        self._bar.count(phase, steps)

    def checkpoint(self, examination: Examination) -> None:
        """Save the state."""
        self._checkpoints.save(examination, self._plan)


@contextmanager
def progress_bar() -> Iterator[ProgressBar]:
    """Show a progress bar on standard error if that is a terminal."""
    console = Console(file=sys.stderr, quiet=not sys.stderr.isatty())
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(
        *columns, console=console, transient=True, disable=console.quiet, speed_estimate_period=ESTIMATE_OVER
    ) as progress:
        yield ProgressBar(progress)


def progress_line() -> Notify:
    """Return a function that shows the progress on one line of the terminal; it does nothing without a terminal."""
    if not sys.stderr.isatty():
        return lambda _: None

    def show(text: str) -> None:
        sys.stderr.write(f"\r\x1b[K{text}\r")
        sys.stderr.flush()

    return show
