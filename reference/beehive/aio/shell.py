"""How the tasks of asyncio wait for the core, each in its event loop."""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
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

    def open(self) -> None:
        """Let the task go on; never waits."""
        if threading.get_ident() == self._thread:
            # Waking the loop costs a system call, and from its own thread it is awake.
            self._open_here()
            return
        # A loop may be closed before its tasks have ended; whoever calls here is not to blame for that.
        with suppress(RuntimeError):
            self.loop.call_soon_threadsafe(self._open_here)

    def _open_here(self) -> None:
        if not self.opened.done() and not self.loop.is_closed():
            self.opened.set_result(None)


class TaskShell(Shell):
    """A shell that makes tasks wait, each in its own event loop."""

    __slots__ = ()

    async def wait(self, parked: Parked[R]) -> R:
        """Begin a call, wait until it ends, and return its result; raises its error, Timeout or WouldBlock."""
        timer: asyncio.TimerHandle | None = None
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

    def _begun(self, parked: Parked[R]) -> Gate | None:
        parked.begin()
        if parked.done:
            return None
        gate = Gate()
        parked.wake = partial(self.core.woken.append, gate.open)
        return gate

    def _expire(self, parked: Parked[R], gate: Gate) -> None:
        self.expire(parked)
        gate.open()
