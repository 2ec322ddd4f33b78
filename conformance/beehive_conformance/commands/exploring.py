"""Shows how far an exploration is: a bar over all steps that are to be run, with an estimate from those that were."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from beehive_conformance.runs.examine import Examination
from beehive_conformance.runs.explore import Phase, Territory

REFRESH = 200
"""Programs after which the bar is moved."""
ESTIMATE_OVER = 120.0
"""Seconds over which the speed is averaged for the estimate: long enough for the first cold nodes not to count."""


class Bar:
    """A bar that counts steps, not programs, because steps take about the same time in every phase."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task: TaskID | None = None
        self._waiting = 0
        self._steps = 0
        self._done: dict[str, int] = {}

    def say(self, text: str) -> None:
        """Show what is being done apart from the programs."""
        self._progress.console.print(text, style="dim")

    def nodes(self, found: int) -> None:
        """Show how many nodes the walk of the automaton has found."""
        if self._task is None:
            self._task = self._progress.add_task("", total=None)
        self._progress.update(self._task, description=f"walking the automaton: {found:,} nodes")

    def begin(self, there: Territory, examination: Examination) -> None:
        """Begin to count; what an earlier run has done counts as done."""
        if self._task is not None:
            self._progress.remove_task(self._task)
        self._done = {
            phase.name: examination.tallies[phase.name].total() if phase.name in examination.tallies else 0
            for phase in there.phases
        }
        done = sum(phase.steps * self._done[phase.name] // phase.size for phase in there.phases if phase.size)
        total = sum(phase.steps for phase in there.phases)
        self._task = self._progress.add_task("", total=total, completed=done)

    def program(self, phase: Phase, steps: int) -> None:
        """Count one program."""
        self._waiting += 1
        self._steps += steps
        self._done[phase.name] += 1
        if self._task is not None and (self._waiting >= REFRESH or self._done[phase.name] == phase.size):
            text = f"{phase.name}: {self._done[phase.name]:,} of {phase.size:,} programs"
            self._progress.update(self._task, description=text, advance=self._steps)
            self._waiting = self._steps = 0


@contextmanager
def bar() -> Iterator[Bar]:
    """Show a bar on standard error while something is explored; nothing where nobody looks."""
    console = Console(file=sys.stderr, quiet=not sys.stderr.isatty())
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(
        *columns, console=console, transient=True, disable=console.quiet, speed_estimate_period=ESTIMATE_OVER
    ) as progress:
        yield Bar(progress)
