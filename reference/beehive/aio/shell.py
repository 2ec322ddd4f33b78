"""How the tasks of asyncio wait for the core, each in its event loop."""

from __future__ import annotations

import asyncio
import threading
from functools import partial
from typing import TypeVar

from beehive.core import Parked
from beehive.shell import Shell

R = TypeVar("R")


class Gate:
    """Where one call of a task waits; it can be opened from any thread, and more often than once."""

    __slots__ = ("loop", "opened", "_thread")

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.opened: asyncio.Future[None] = self.loop.create_future()
        self._thread = threading.get_ident()

    def open(self) -> bool:
        """Let the task go on, and return False if its loop has been closed so that it never will; never waits."""
        if self.loop.is_closed():
            return False
        if threading.get_ident() == self._thread:
            # Waking the loop costs a system call, and from its own thread it is awake.
            self._open_here()
            return True
        try:
            self.loop.call_soon_threadsafe(self._open_here)
        except RuntimeError:
            # It has been closed just now.
            return False
        return True

    def _open_here(self) -> None:
        if not self.opened.done():
            self.opened.set_result(None)


class TaskShell(Shell):
    """A shell that makes tasks wait, each in its own event loop."""

    __slots__ = ()

    async def wait(self, parked: Parked[R]) -> R:
        """Begin a call, wait until it ends, and return its result; raises its error, Timeout or WouldBlock."""
        timer: asyncio.TimerHandle | None = None
        gate: Gate | None = None
        try:
            gate = self.do(self._begun, parked)
            if gate is not None:
                if parked.limit is not None:
                    timer = gate.loop.call_later(parked.limit, self._expire, parked, gate)
                await gate.opened
            return parked.result()
        except BaseException:
            self.undo(parked)
            raise
        finally:
            if timer is not None:
                timer.cancel()
            if gate is not None:
                # Else the call would hold itself, and only the garbage collector would find it.
                parked.wake = gate.open

    def _begun(self, parked: Parked[R]) -> Gate | None:
        parked.begin()
        if parked.done:
            return None
        gate = Gate()
        parked.wake = partial(self.core.woken.append, partial(self._wake, parked, gate))
        return gate

    def _wake(self, parked: Parked[R], gate: Gate) -> None:
        if not gate.open():
            # Nobody will ever take what the call has been given: it goes to whoever comes next.
            self.undo(parked)

    def _expire(self, parked: Parked[R], gate: Gate) -> None:
        self.expire(parked)
        gate.open()
