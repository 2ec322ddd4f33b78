"""The reference's bus for threads, preempted at source lines: races that real threads hardly ever show."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import beehive

from beehive_conformance.programs.program import Program
from beehive_conformance.targets.reference.baton import Baton, Pool
from beehive_conformance.targets.reference.threads import ThreadsTarget
from beehive_conformance.targets.target import Ran

PREEMPTED = str(Path(beehive.__file__).parent)
"""Lines of these files are where a thread may lose the baton."""
CHANCE = 0.2
"""That a line is such a place: high enough for two in one call, low enough for calls that stay whole."""


class PreemptedTarget(ThreadsTarget):
    """`beehive.ChannelContext` on real threads, any of which may have to stop before any line of the bus."""

    def __init__(self, capacity: int | None = None, seed: int = 0) -> None:
        """Judge a bus whose channels hold `capacity` messages each, or any number if it is None.

        `seed` and the program decide which thread runs, and where it has to stop: the history of a program
        does not depend on those that ran before it.
        """
        super().__init__(capacity, seed)
        self._drawn_from = str(seed)

    @property
    def name(self) -> str:
        """The name by which the command line knows it."""
        return "threads-preempt"

    def run(self, programs: Iterable[Program]) -> Iterator[Ran]:
        """Run each program on a fresh bus, in an order of its own, and yield it with its history, in order."""
        for program in programs:
            self._drawn_from = f"{self._seed} {program.id}"
            yield from super().run((program,))

    def _baton(self) -> Baton:
        return PreemptingBaton(self._pool, self._drawn_from)


class PreemptingBaton(Baton):
    """A baton that is taken away from its holder before lines of the bus drawn from the seed."""

    def __init__(self, pool: Pool, seed: str) -> None:
        super().__init__(pool, seed)
        self._stops = random.Random(seed)

    def spawn(self, run: Callable[[], None], name: str = "") -> None:
        """Let a thread of the pool run something as soon as it is given the baton, and stop it now and then."""

        def stopped() -> None:
            sys.settrace(self._called)
            try:
                run()
            finally:
                sys.settrace(None)

        super().spawn(stopped, name)

    def _called(self, frame: FrameType, _event: str, _argument: Any) -> Callable[..., Any] | None:
        return self._line if _is_preempted(frame.f_code) else None

    def _line(self, _frame: FrameType, event: str, _argument: Any) -> Callable[..., Any]:
        if event == "line" and self._stops.random() < CHANCE:
            self.preempt()
        return self._line


_known: dict[CodeType, bool] = {}


def _is_preempted(code: CodeType) -> bool:
    known = _known.get(code)
    if known is None:
        known = _known[code] = code.co_filename.startswith(PREEMPTED)
    return known
