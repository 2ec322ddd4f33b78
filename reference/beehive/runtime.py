"""What the bus for threads needs of the world: a clock, a lock, a way to wait, a way to start a thread."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol


class Parker(Protocol):
    """A place where one thread waits once.

    The first of `unpark` and the timeout ends the waiting; an `unpark` before `park` is remembered.
    """

    @property
    def unpark(self) -> Callable[[], object]:
        """Wake whoever is parked here; called once at most, never waits."""

    def park(self, seconds: float | None) -> bool:
        """Wait to be woken, `seconds` at most or for ever if None; return whether that is what happened."""


class Runtime(Protocol):
    """A world of threads; the bus never looks at another clock, and never waits in another way."""

    def now(self) -> float:
        """Return seconds on a clock that never goes back."""

    def lock(self) -> AbstractContextManager[object]:
        """Return a new lock, to be held for moments only and never while parking."""

    def parker(self) -> Parker:
        """Return a place for the calling thread to wait at."""

    def spawn(self, run: Callable[[], None], name: str) -> None:
        """Run something in a thread of its own, which does not keep the process alive."""


class ThreadParker:
    """Waits with a lock of the operating system, which signals can interrupt in the main thread."""

    __slots__ = ("_gate", "unpark")

    def __init__(self) -> None:
        gate = threading.Lock()
        gate.acquire()
        self._gate = gate
        self.unpark: Callable[[], object] = gate.release

    def park(self, seconds: float | None) -> bool:
        """Wait to be woken, `seconds` at most or for ever if None; return whether that is what happened."""
        return self._gate.acquire(timeout=-1 if seconds is None else min(seconds, threading.TIMEOUT_MAX))


class ThreadRuntime:
    """The real world: threads of the operating system and its clock."""

    __slots__ = ()

    def now(self) -> float:
        """Return seconds on the monotonic clock."""
        return time.monotonic()

    def lock(self) -> AbstractContextManager[object]:
        """Return a lock of the operating system."""
        return threading.Lock()

    def parker(self) -> Parker:
        """Return a place for the calling thread to wait at."""
        return ThreadParker()

    def spawn(self, run: Callable[[], None], name: str) -> None:
        """Run something in a daemon thread."""
        threading.Thread(target=run, name=name, daemon=True).start()
