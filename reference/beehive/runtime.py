"""What the bus for threads needs of the world: a clock, a lock, a way to wait, a way to start a thread."""

from __future__ import annotations

import errno
import os
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from select import select
from typing import Final, Protocol

FILES: Final = 256
"""From this number on, files are left to the application: a process usually may have 1,024 open."""


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


class LockParker:
    """Waits at a lock of the operating system, which signals can interrupt in the main thread."""

    __slots__ = ("_gate", "unpark")

    def __init__(self) -> None:
        gate = threading.Lock()
        gate.acquire()
        self._gate = gate
        self.unpark: Callable[[], object] = gate.release

    def park(self, seconds: float | None) -> bool:
        """Wait to be woken, `seconds` at most or for ever if None; return whether that is what happened."""
        return self._gate.acquire(timeout=-1 if seconds is None else min(seconds, threading.TIMEOUT_MAX))


class EventParker:
    """Waits at an eventfd, a counter of the Linux kernel.

    Whoever writes to it lets go of the interpreter for that moment, so that the woken thread finds it free.
    With a lock it would wake only to wait for the interpreter, and there would be twice as many switches.
    Raises OSError if the process has many open files already.
    """

    __slots__ = ("_file",)

    def __init__(self) -> None:
        self._file = os.eventfd(0)
        # Numbers are given from the lowest on, and `select` cannot wait at those from FD_SETSIZE, 1,024, on.
        if self._file >= FILES:
            raise OSError(errno.EMFILE, "the process has many open files; this one would be one too many")

    def __del__(self, close: Callable[[int], None] = os.close) -> None:
        if hasattr(self, "_file"):
            close(self._file)

    def unpark(self) -> None:
        """Wake whoever is parked here; called once at most, never waits."""
        os.eventfd_write(self._file, 1)

    def park(self, seconds: float | None) -> bool:
        """Wait to be woken, `seconds` at most or for ever if None; return whether that is what happened."""
        if seconds is not None and not select((self._file,), (), (), min(seconds, threading.TIMEOUT_MAX))[0]:
            return False
        # Not eventfd_read, which ends with an error when a signal arrives.
        os.read(self._file, 8)
        # Only now is it sure that nobody writes to it any more, so that it can serve again.
        _here.idle = self
        return True


class _Here(threading.local):
    idle: EventParker | None = None


def _after_fork() -> None:
    # A child that waited at the files of its parent would be woken in its place.
    global _here
    _here = _Here()


_here = _Here()
os.register_at_fork(after_in_child=_after_fork)


class ThreadRuntime:
    """The real world: threads of the operating system and its clock.

    A thread that waits has an open file to wait at, which it keeps until it ends. Where the process has many
    open files already, or the system has no such files, it waits at a lock.
    """

    __slots__ = ()

    def now(self) -> float:
        """Return seconds on the monotonic clock."""
        return time.monotonic()

    def lock(self) -> AbstractContextManager[object]:
        """Return a lock of the operating system."""
        return threading.Lock()

    def parker(self) -> Parker:
        """Return a place for the calling thread to wait at."""
        idle, _here.idle = _here.idle, None
        if idle is not None:
            return idle
        try:
            return EventParker()
        except (OSError, AttributeError):
            return LockParker()

    def spawn(self, run: Callable[[], None], name: str) -> None:
        """Run something in a daemon thread."""
        threading.Thread(target=run, name=name, daemon=True).start()
