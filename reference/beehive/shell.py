"""What every call does around the core: lock it, wait, log."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from typing import ParamSpec, TypeAlias, TypeVar

from beehive.core import Channel, Core, Parked
from beehive.errors import ModuleClosed
from beehive.message import AnyMessage
from beehive.runtime import Parker, Runtime

P = ParamSpec("P")
R = TypeVar("R")
Lock: TypeAlias = AbstractContextManager[object]
log = logging.getLogger("beehive")


class Shell:
    """A core with the one lock that is held around each use of it, but for the quick ways of its channels.

    This much is the same for threads and for tasks; a shell of either adds how it waits.
    """

    __slots__ = ("core", "lock")

    def __init__(self, core: Core, lock: Lock) -> None:
        self.core = core
        self.lock = lock

    def do(self, act: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Do something to the core, then wake those whose calls that has ended."""
        try:
            with self.lock:
                return act(*args, **kwargs)
        finally:
            if self.core.woken:
                self.wake()

    def wake(self) -> None:
        """Wake everybody who is to be woken; never with the lock held, for they would run into it."""
        woken = self.core.woken
        while woken:
            try:
                wake = woken.popleft()
            except IndexError:
                # Another thread was faster.
                return
            wake()

    def put(self, channel: Channel | None, message: AnyMessage) -> bool:
        """Put a message, and return False if there is no channel or no room; raises ModuleClosed."""
        if channel is None:
            return False
        put = channel.quick_put
        if put is None:
            return self.do(channel.offer, message)
        try:
            put(message)
            if channel.quick_put is None and not self.do(channel.settle, message):
                raise ModuleClosed(channel.name)
        except BaseException:
            # An interruption may have come before anybody was told of the message.
            self.do(channel.settle, message)
            raise
        return True

    def take(self, channel: Channel | None) -> AnyMessage | None:
        """Take a message the quick way, and return None if there is no such way or no message."""
        if channel is None or (take := channel.quick_take) is None:
            return None
        try:
            return take()
        except IndexError:
            return None

    def at_once(self, parked: Parked[R]) -> R:
        """Begin a call that has the timeout 0, and return its result; raises its error or WouldBlock."""
        try:
            self.do(parked.begin)
            return parked.result()
        except BaseException:
            self.undo(parked)
            raise

    def send_resp(self, response: AnyMessage) -> bool:
        """Hand a response to the call that waits for it; log an error and return False if none does."""
        taken = self.do(self.core.send_resp, response)
        if not taken:
            log_refused(response)
        return taken

    def undo(self, parked: Parked[R]) -> None:
        """Take back a call whose caller has been interrupted; log a warning if a message comes back late."""
        late = self.do(parked.undo)
        if late is not None:
            log.warning(
                "the receiver of the message %r was interrupted after its module was cleaned up; "
                "the message has been added to what the clean-up returned",
                late.id,
            )

    def expire(self, parked: Parked[R]) -> None:
        """End a call whose time is over, unless what it waits for has arrived by now: that beats the timeout."""
        self.do(_expire, parked)


class ThreadShell(Shell):
    """A shell that makes threads wait, in the way of its runtime."""

    __slots__ = ("runtime",)

    def __init__(self, core: Core, runtime: Runtime) -> None:
        super().__init__(core, runtime.lock())
        self.runtime = runtime

    def wait(self, parked: Parked[R]) -> R:
        """Begin a call, wait until it ends, and return its result; raises its error, Timeout or WouldBlock."""
        try:
            parker = self.do(self._begun, parked)
            if parker is not None and not parker.park(parked.limit):
                self.expire(parked)
            return parked.result()
        except BaseException:
            self.undo(parked)
            raise

    def _begun(self, parked: Parked[R]) -> Parker | None:
        parked.begin()
        if parked.done:
            return None
        parker = self.runtime.parker()
        parked.wake = partial(self.core.woken.append, parker.unpark)
        return parker


def _expire(parked: Parked[R]) -> None:
    if not parked.done:
        parked.expire()


def log_refused(response: AnyMessage) -> None:
    """Log that a response was not taken; never with the lock held, for a log may have any handler."""
    log.error(
        "nobody waits for the response %r to the message %r: "
        "it came too late or once too often, or its parent id is wrong",
        response.id,
        response.parent_id,
    )
