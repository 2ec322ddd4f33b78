"""What every call for threads does around the core: lock it, wait, log."""

from __future__ import annotations

import logging
from contextlib import AbstractContextManager
from typing import TypeAlias, TypeVar

from beehive.core import Channel, Core, Parked, Receiving
from beehive.message import AnyMessage
from beehive.runtime import Runtime
from beehive.timeouts import TimeoutLike

R = TypeVar("R")
Lock: TypeAlias = AbstractContextManager[object]
log = logging.getLogger("beehive")


class Shell:
    """A core with the one lock that is held around each use of it."""

    __slots__ = ("core", "lock", "runtime")

    def __init__(self, core: Core, runtime: Runtime) -> None:
        self.core = core
        self.runtime = runtime
        self.lock = runtime.lock()

    def wait(self, parked: Parked[R]) -> R:
        """Begin a call, wait until it ends, and return its result; raises its error, Timeout or WouldBlock."""
        try:
            with self.lock:
                parked.begin()
                if parked.done:
                    return parked.result()
                parker = self.runtime.parker()
                parked.wake = parker.unpark
            if not parker.park(parked.limit):
                with self.lock:
                    # What arrived between the end of the time and now beats the timeout.
                    if not parked.done:
                        raise parked.expire()
            return parked.result()
        except BaseException:
            undo(parked, self.lock)
            raise

    def receive_from(self, channel: Channel, timeout: TimeoutLike) -> AnyMessage:
        """Take the next message out of a channel; raises BadTimeout, Timeout and ModuleClosed."""
        if timeout is None and channel.take_unlocked is not None and len(channel):
            try:
                return channel.take_unlocked()
            except IndexError:
                pass
        return self.wait(Receiving(timeout, channel.itself))

    def send_resp(self, response: AnyMessage) -> bool:
        """Hand a response to the call that waits for it; log an error and return False if none does."""
        with self.lock:
            taken = self.core.send_resp(response)
        if not taken:
            log_refused(response)
        return taken


def undo(parked: Parked[R], lock: Lock) -> None:
    """Take back a call whose caller has been interrupted; what finds no way back is logged as an error."""
    with lock:
        stranded = parked.undo()
    if stranded is not None:
        log.error(
            "the message %r is lost: its receiver was interrupted after its module was cleaned up",
            stranded.id,
            extra={"stranded": stranded},
        )


def log_refused(response: AnyMessage) -> None:
    """Log that a response was not taken; never with the lock held, for a log may have any handler."""
    log.error(
        "nobody waits for the response %r to the message %r: "
        "it came too late or once too often, or its parent id is wrong",
        response.id,
        response.parent_id,
    )
