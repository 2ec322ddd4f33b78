"""Locking, waiting and logging around the core."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from typing import ParamSpec, TypeAlias, TypeVar

from beehive.arguments import check_message
from beehive.core import Channel, Core, Parked
from beehive.message import AnyMessage, Message
from beehive.runtime import Parker, Runtime

P = ParamSpec("P")
R = TypeVar("R")
Lock: TypeAlias = AbstractContextManager[object]
log = logging.getLogger("beehive")


class Shell:
    """A core and the lock that guards it; only the fast paths of channels are used without the lock.

    Subclasses for threads and tasks add how a call waits.
    """

    __slots__ = ("core", "lock", "_channels")

    def __init__(self, core: Core, lock: Lock) -> None:
        self.core = core
        self.lock = lock
        # An attribute of the fast paths, looked up once instead of in each call.
        self._channels = core.channels

    def do(self, act: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Call `act` with the lock held, then wake the calls that it has ended."""
        try:
            with self.lock:
                return act(*args, **kwargs)
        finally:
            if self.core.woken:
                self.wake()

    def wake(self) -> None:
        """Wake the calls that have ended. Must not be called with the lock held, because they need it next."""
        woken = self.core.woken
        while woken:
            try:
                wake = woken.popleft()
            except IndexError:
                # Another thread has taken the last one.
                return
            wake()

    def put(self, module: str, message: AnyMessage) -> bool:
        """Put a message, and return False if the channel does not exist or is full.

        Raises ModuleClosed, and WrongType if the message is none.
        """
        if type(message) is not Message:
            check_message(message)
        try:
            channel = self._channels[module]
        except (KeyError, TypeError):
            return False
        return channel.fast_put(message) is None or self.do(channel.offer, message)

    def take(self, module: str) -> AnyMessage | None:
        """Take a message on the fast path.

        Returns None if the path is closed, there is no message, or the module does not exist.
        """
        try:
            return self._channels[module].fast_take()
        except (LookupError, TypeError):
            return None

    def take_from(self, channel: Channel) -> AnyMessage | None:
        """Take a message on the fast path, and return None if the path is closed or there is no message."""
        try:
            return channel.fast_take()
        except IndexError:
            return None

    def at_once(self, parked: Parked[R]) -> R:
        """Return the result of a call with timeout 0; raises its error or WouldBlock."""
        try:
            self.do(parked.begin)
            return parked.result()
        except BaseException:
            self.undo(parked)
            raise

    def send_resp(self, response: AnyMessage) -> bool:
        """Deliver a response, and return whether a call was waiting for it; log an error if none was."""
        taken = self.do(self.core.send_resp, response)
        if not taken:
            log_refused(response)
        return taken

    def undo(self, parked: Parked[R]) -> None:
        """Undo a call whose caller was interrupted; log a warning if its message is added to a finished clean-up."""
        late = self.do(parked.undo)
        if late is not None:
            log.warning(
                "the receiver of the message %r was interrupted after its module was cleaned up; "
                "the message was added to the list that the clean-up returned",
                late.id,
            )

    def expire(self, parked: Parked[R]) -> None:
        """End a call whose time is over, unless it has finished in the meantime."""
        self.do(_expire, parked)


class ThreadShell(Shell):
    """A shell whose callers are threads, which wait in the parkers of a runtime."""

    __slots__ = ("runtime",)

    def __init__(self, core: Core, runtime: Runtime) -> None:
        super().__init__(core, runtime.lock())
        self.runtime = runtime

    def wait(self, parked: Parked[R]) -> R:
        """Return the result of a call, waiting for it if necessary; raises its error, Timeout or WouldBlock."""
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
    """Log that no call took a response. Must not be called with the lock held: log handlers may use the bus."""
    log.error(
        "no call is waiting for the response %r to the message %r: "
        "it is late, one too many, or its parent id is wrong",
        response.id,
        response.parent_id,
    )
