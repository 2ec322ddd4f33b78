"""Locking, waiting and logging around the core."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from typing import ParamSpec, TypeVar

from beehive.arguments import check_message
from beehive.core import WITHIN, Channel, Core, Parked
from beehive.errors import Closed, WouldBlock
from beehive.message import AnyMessage, Message
from beehive.runtime import Lock, Parker, Runtime

P = ParamSpec("P")
R = TypeVar("R")
log = logging.getLogger("beehive")


class Shell:
    """A core and the lock that guards it; only the fast paths of channels are used without the lock.

    Subclasses for threads and tasks add how a call waits.
    """

    __slots__ = ("core", "lock", "is_within", "_channels")

    def __init__(self, core: Core, lock: Lock) -> None:
        self.core = core
        self.lock = lock
        self.is_within = lock._is_owned
        """Returns whether the calling thread is within a transition, which the call has therefore interrupted."""
        # An attribute of the fast paths, looked up once instead of in each call.
        self._channels = core.channels

    def do(self, act: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Call `act` with the lock held, then wake the calls that it has ended.

        Raises WouldBlock within a transition of the same thread: the state is not whole there.
        """
        if self.is_within():
            raise WouldBlock(WITHIN)
        try:
            with self.lock:
                later = self.core.later
                try:
                    return act(*args, **kwargs)
                finally:
                    while later:
                        later.popleft()()
        finally:
            if self.core.woken or self.core.later:
                self.wake()

    def wake(self) -> None:
        """Wake the calls that have ended. Must not be called with the lock held, because they need it next."""
        woken = self.core.woken
        # Left behind by a call that came just before the lock was released.
        while self.core.later:
            self.do(_nothing)
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
        if channel.fast_put(message) is None:
            return True
        if self.is_within():
            # The slow way accepts the message or raises.
            return False
        return self.do(channel.offer, message)

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
            if self.is_within():
                self.core.later.append(parked.accept_within())
            else:
                self.do(parked.begin)
            return parked.result()
        except BaseException:
            self.undo(parked)
            raise

    def send_resp(self, response: AnyMessage) -> bool:
        """Deliver a response, and return whether a call was waiting for it; log an error if none was."""
        if self.is_within():
            taken = self.core.expects(response)
            if taken:
                self.core.later.append(partial(self._send_resp_late, response))
        else:
            taken = self.do(self.core.send_resp, response)
        if not taken:
            log_refused(response)
        return taken

    def _send_resp_late(self, response: AnyMessage) -> None:
        try:
            taken = self.core.send_resp(response)
        except Closed:
            taken = False
        if not taken:
            # Called after the lock has been released, like wakers.
            self.core.woken.append(partial(log_refused, response))

    def clean_up(self, module: str) -> list[AnyMessage]:
        """Clean up a module, at the end of the transition if the call is within one."""
        if self.is_within():
            return self.core.clean_up_within(module)
        return self.do(self.core.clean_up, module)

    def close(self) -> dict[str, list[AnyMessage]]:
        """Close the bus, at the end of the transition if the call is within one."""
        if self.is_within():
            return self.core.close_within()
        return self.do(self.core.close)

    def undo(self, parked: Parked[R]) -> None:
        """Undo a call whose caller was interrupted; log a warning if its message is added to a finished clean-up."""
        if self.is_within():
            self.core.later.append(partial(self._undo_late, parked))
        else:
            log_late(self.do(parked.undo))

    def _undo_late(self, parked: Parked[R]) -> None:
        late = parked.undo()
        if late is not None:
            self.core.woken.append(partial(log_late, late))

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
        if self.is_within():
            return self.at_once(parked)
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


def _nothing() -> None:
    """Do nothing: a transition whose end does what was left for later."""


def log_late(late: AnyMessage | None) -> None:
    """Log that a message, if any, was given back to a closed channel. Not to be called with the lock held."""
    if late is not None:
        log.warning(
            "the receiver of the message %r was interrupted after its module was cleaned up; "
            "the message was added to the list that the clean-up returned",
            late.id,
        )


def log_refused(response: AnyMessage) -> None:
    """Log that no call took a response. Must not be called with the lock held: log handlers may use the bus."""
    log.error(
        "no call is waiting for the response %r to the message %r: "
        "it is late, one too many, or its parent id is wrong",
        response.id,
        response.parent_id,
    )
