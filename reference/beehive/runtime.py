"""The locks, threads and waiting that the bus for threads is built on."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Callable
from select import select
from types import TracebackType
from typing import Any, Final, Protocol

FILE_LIMIT: Final = 256
"""File descriptors from this number on are left to the application; the usual limit of a process is 1,024."""


class Parker(Protocol):
    """Lets one thread wait once, until it is woken or its timeout expires.

    An `unpark` that comes before `park` is remembered.
    """

    @property
    def unpark(self) -> Callable[[], object]:
        """Wake the parked thread. Called at most once; never waits."""

    def park(self, seconds: float | None) -> bool:
        """Wait for `unpark`, at most `seconds` or forever if None, and return whether it came in time."""


class Lock(Protocol):
    """A lock that knows which thread holds it, as `threading.RLock` does."""

    def __enter__(self) -> object:
        """Acquire the lock."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None, /
    ) -> None:
        """Release the lock."""

    def _is_owned(self) -> bool:
        """Return whether the calling thread holds the lock; named as in `threading.RLock`."""


def new_lock() -> Lock:
    """Return a `threading.RLock`."""
    # typeshed does not know that it has `_is_owned`, which `threading.Condition` uses as well.
    lock: Any = threading.RLock()
    known: Lock = lock
    return known


class Runtime(Protocol):
    """The environment of a bus: the bus takes locks, waits and starts threads only through it."""

    def lock(self) -> Lock:
        """Return a new lock, which the bus holds briefly and never while parked."""

    def parker(self) -> Parker:
        """Return a parker for the calling thread."""

    def spawn(self, run: Callable[[], None], name: str) -> None:
        """Call `run` in a new thread that does not keep the process alive."""


class LockParker:
    """Waits for a lock; signals can interrupt it in the main thread."""

    __slots__ = ("_gate", "unpark")

    def __init__(self) -> None:
        gate = threading.Lock()
        gate.acquire()
        self._gate = gate
        self.unpark: Callable[[], object] = gate.release

    def park(self, seconds: float | None) -> bool:
        """Wait for `unpark`, at most `seconds` or forever if None, and return whether it came in time."""
        return self._gate.acquire(timeout=-1 if seconds is None else min(seconds, threading.TIMEOUT_MAX))


class EventParker:
    """Waits for an eventfd, a counter of the Linux kernel.

    Writing to an eventfd releases the interpreter's lock, so the woken thread can run at once. A thread woken by
    a lock would first have to wait for the interpreter, which doubles the number of context switches. Raises
    OSError if the process already has many open files.
    """

    __slots__ = ("_file",)

    def __init__(self) -> None:
        self._file = os.eventfd(0)
        # The kernel assigns the lowest free number, and select() cannot handle FD_SETSIZE, 1,024, or more.
        if self._file >= FILE_LIMIT:
            raise OSError(errno.EMFILE, "the process has too many open files for an eventfd")

    def __del__(self, close: Callable[[int], None] = os.close) -> None:
        if hasattr(self, "_file"):
            close(self._file)

    def unpark(self) -> None:
        """Wake the parked thread. Called at most once; never waits."""
        os.eventfd_write(self._file, 1)

    def park(self, seconds: float | None) -> bool:
        """Wait for `unpark`, at most `seconds` or forever if None, and return whether it came in time."""
        if seconds is not None and not select((self._file,), (), (), min(seconds, threading.TIMEOUT_MAX))[0]:
            return False
        # Not eventfd_read, which fails with EINTR when a signal arrives.
        os.read(self._file, 8)
        # The only write has been read, so the file can be used again.
        _this_thread.idle = self
        return True


class _ThreadState(threading.local):
    idle: EventParker | None = None


def _after_fork() -> None:
    # A child that shared its parent's eventfds would consume the parent's wake-ups.
    global _this_thread
    _this_thread = _ThreadState()


_this_thread = _ThreadState()
os.register_at_fork(after_in_child=_after_fork)


class ThreadRuntime:
    """The locks and threads of the operating system.

    A thread that waits opens an eventfd and keeps it until the thread ends. If the process already has many open
    files, or the system has no eventfd, the thread waits for a lock instead.
    """

    __slots__ = ()

    def lock(self) -> Lock:
        """Return a `threading.RLock`."""
        return new_lock()

    def parker(self) -> Parker:
        """Return a parker for the calling thread."""
        idle, _this_thread.idle = _this_thread.idle, None
        if idle is not None:
            return idle
        try:
            return EventParker()
        except (OSError, AttributeError):
            return LockParker()

    def spawn(self, run: Callable[[], None], name: str) -> None:
        """Call `run` in a new daemon thread."""
        threading.Thread(target=run, name=name, daemon=True).start()
