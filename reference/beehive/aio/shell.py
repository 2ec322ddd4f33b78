"""Waiting around the core for asyncio tasks."""

from __future__ import annotations

import asyncio
import threading
from functools import partial
from typing import TypeVar

from beehive.core import Parked
from beehive.shell import Shell

R = TypeVar("R")


class Gate:
    """Lets one task wait; can be opened from any thread, and more than once."""

    __slots__ = ("loop", "opened", "_thread")

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.opened: asyncio.Future[None] = self.loop.create_future()
        self._thread = threading.get_ident()

    def open(self) -> bool:
        """Let the task continue, and return False if its event loop is closed. Never waits."""
        if self.loop.is_closed():
            return False
        if threading.get_ident() == self._thread:
            # The loop is awake in its own thread; waking it would cost a system call.
            self._open_here()
            return True
        try:
            self.loop.call_soon_threadsafe(self._open_here)
        except RuntimeError:
            # The loop was closed in the meantime.
            return False
        return True

    def _open_here(self) -> None:
        if not self.opened.done():
            self.opened.set_result(None)


class TaskShell(Shell):
    """A shell whose callers are tasks, which wait in their own event loops."""

    __slots__ = ()

    async def wait(self, parked: Parked[R]) -> R:
        """Return the result of a call, waiting for it if necessary; raises its error, Timeout or WouldBlock."""
        if self.is_within():
            return self.at_once(parked)
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
                # Break the reference cycle between the call and its waker.
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
            # The task will never run again, so its message goes to the next receiver.
            self.undo(parked)

    def _expire(self, parked: Parked[R], gate: Gate) -> None:
        self.expire(parked)
        gate.open()
