"""The reference's bus for threads, preempted between source lines to expose races."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import beehive

from beehive_conformance.programs.program import Program
from beehive_conformance.targets.reference.baton import Baton, Pool
from beehive_conformance.targets.reference.threads import ThreadsTarget
from beehive_conformance.targets.target import Ran

PREEMPTED = str(Path(beehive.__file__).parent)
"""The folder of the source files in which threads are preempted."""
CHANCE = 0.2
"""The probability of preemption before a line: some calls are preempted twice, some not at all."""


class PreemptedTarget(ThreadsTarget):
    """`beehive.ChannelContext` on real threads, which may be preempted before any line of the bus."""

    def __init__(self, capacity: int | None = None, seed: int = 0) -> None:
        """Create a target for a bus whose channels hold `capacity` messages each, or any number if it is None.

        `seed` and the program determine which thread runs next and where it is preempted, so the history of a
        program does not depend on the programs that ran before it.
        """
        super().__init__(capacity, seed)
        self._drawn_from = str(seed)

    @property
    def name(self) -> str:
        """The target's name on the command line."""
        return "threads-preempt"

    def run(self, programs: Iterable[Program]) -> Iterator[Ran]:
        """Run each program on a fresh bus with its own preemptions, and yield it with its history, in order."""
        for program in programs:
            self._drawn_from = f"{self._seed} {program.id}"
            yield from super().run((program,))

    def _baton(self) -> Baton:
        return PreemptingBaton(self._pool, self._drawn_from)


class PreemptingBaton(Baton):
    """A baton that preempts its holder before some lines of the bus, chosen at random from the seed."""

    def __init__(self, pool: Pool, seed: str) -> None:
        super().__init__(pool, seed)
        self._stops = random.Random(seed)

    def spawn(self, run: Callable[[], None], name: str = "") -> None:
        """Make a thread of the pool runnable, which calls `run` and is preempted now and then."""

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


@cache
def _is_preempted(code: CodeType) -> bool:
    return code.co_filename.startswith(PREEMPTED)
