"""An event loop on virtual time, for tests."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable
from typing import TypeAlias

RESOLUTION = 1e-6
"""In seconds. Timers that differ by less are due at the same instant, because sums of floats are not exact."""
_Ready: TypeAlias = list[tuple[selectors.SelectorKey, int]]


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop that never waits, and whose time is provided by its creator.

    `now` returns the time in seconds. `idle` is called when no task can run, with the loop and the seconds until
    its next timer, or None if there is no timer; it lets time pass, waits for other threads, or stops the loop.
    `wake` is called in other threads after they have scheduled a callback.
    """

    def __init__(
        self,
        now: Callable[[], float],
        idle: Callable[[VirtualLoop, float | None], None],
        wake: Callable[[], None] = lambda: None,
    ) -> None:
        self._polling = _Polling(lambda timeout: idle(self, timeout))
        super().__init__(self._polling)
        self._clock_resolution = RESOLUTION
        self._now = now
        self._wake = wake

    def time(self) -> float:
        """Return the virtual time in seconds."""
        return self._now()

    def poll(self, seconds: float = 0) -> bool:
        """Return whether a file or another thread has work for the loop, waiting up to `seconds` of real time."""
        return bool(self._polling.poll(seconds))

    async def shutdown_default_executor(self, timeout: float | None = None) -> None:  # noqa: ARG002 - see below
        """Wait until the threads of the default executor have ended, without a limit of time.

        From Python 3.12 on, `asyncio.Runner` passes a limit. Threads end in real time, so the limit would expire at
        once in virtual time.
        """
        await super().shutdown_default_executor()

    def _write_to_self(self) -> None:
        super()._write_to_self()  # type: ignore[misc]  # private, so typeshed leaves it out
        self._wake()


class _Polling(selectors.DefaultSelector):
    """A selector that calls `idle` instead of waiting."""

    def __init__(self, idle: Callable[[float | None], None]) -> None:
        super().__init__()
        self._idle = idle

    def poll(self, seconds: float) -> _Ready:
        return super().select(seconds)

    def select(self, timeout: float | None = None) -> _Ready:
        ready = self.poll(0)
        if ready or (timeout is not None and timeout <= RESOLUTION):
            return ready
        self._idle(timeout)
        return self.poll(0)
