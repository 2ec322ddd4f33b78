"""An event loop of asyncio on virtual time: where it would wait for the world, it asks instead."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

DUST = 1e-6
"""Seconds: sums of whole milliseconds are wrong by less, and loops fire what is due within a clock's tick."""


class VirtualLoop(asyncio.BaseEventLoop):
    """A loop without sockets, signals and child processes, whose clock belongs to somebody else."""

    def __init__(self, now: Callable[[], float], idle: Callable[[float | None], None], wake: Callable[[], None]):
        """Make a loop.

        `idle` is called when no task can run, with the seconds until the next timer or None; it lets time
        pass, or stops the loop. `wake` is called from other threads when there is something to do again.
        """
        super().__init__()
        self._clock_resolution = DUST
        self._now = now
        self._idle = idle
        self._wake = wake
        self._selector = self

    def time(self) -> float:
        """Return the virtual time in seconds."""
        return self._now()

    def select(self, timeout: float | None) -> tuple[()]:
        """Stand in for the selector, at which a loop waits."""
        if timeout is None or timeout > DUST:
            self._idle(timeout)
        return ()

    def _process_events(self, event_list: object) -> None:
        pass

    def _write_to_self(self) -> None:
        self._wake()
