"""An event loop on a virtual clock, for tests of tasks that use the bus."""

from __future__ import annotations

import asyncio
import math
import selectors
import time
from collections.abc import Coroutine
from typing import Any, Protocol, TypeVar

R = TypeVar("R")

PATIENCE = 10.0
"""Seconds of real time to wait for threads that the clock does not know, where nobody else could end a wait."""
RESOLUTION = time.get_clock_info("monotonic").resolution
"""How much too early asyncio takes something for due."""
_Ready = list[tuple[selectors.SelectorKey, int]]


class Clock(Protocol):
    """What the loop needs of a virtual clock."""

    def now(self) -> float:
        """Return the virtual time in seconds."""

    def settle(self) -> None:
        """Wait until every thread of the clock has ended or waits on the bus."""

    def next_timeout(self) -> float | None:
        """Return when the next timeout of a thread is due, or None."""

    def advance(self, time: float) -> None:
        """Let seconds pass."""


def run(main: Coroutine[Any, Any, R], clock: Clock) -> R:
    """Run a coroutine to its end in a loop on a virtual clock, and return its result.

    Raises what the coroutine raises, and RuntimeError if everybody waits and nobody could ever end that.
    """
    with asyncio.Runner(loop_factory=lambda: _VirtualLoop(clock)) as runner:
        return runner.run(main)


class _VirtualLoop(asyncio.SelectorEventLoop):
    def __init__(self, clock: Clock) -> None:
        super().__init__(_Jumping(clock))
        self.time = clock.now  # type: ignore[method-assign]


class _Jumping(selectors.DefaultSelector):
    """A selector in which waiting lets virtual time pass, up to whatever is due next."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock

    def select(self, timeout: float | None = None) -> _Ready:
        ready = super().select(0)
        if ready or (timeout is not None and timeout <= 0):
            return ready
        # Threads come first: what they still do may be what the tasks wait for.
        self._clock.settle()
        if ready := super().select(0):
            return ready
        now, due = self._clock.now(), self._clock.next_timeout()
        steps = [step for step in (timeout, None if due is None else due - now) if step is not None]
        if steps:
            then = now + min(steps)
            if then in (now, then + RESOLUTION):
                # After some months a float is so coarse that asyncio takes nothing for due before the next one.
                then = math.nextafter(then, math.inf)
            self._clock.advance(then - now)
            return super().select(0)
        if ready := super().select(PATIENCE):
            return ready
        raise RuntimeError("every task waits on the bus or elsewhere, and nobody is left who could end that")
