"""A call that could not finish at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from beehive.errors import BeehiveError, Closed, Timeout, WouldBlock
from beehive.message import AnyMessage
from beehive.timeouts import TimeoutLike, in_seconds

R = TypeVar("R")


def _nobody() -> None:
    """Stand in for the waker of a shell."""


class Parked(Generic[R]):
    """A call that may have to wait; it holds its places in the core until it ends, and can give them up.

    It ends exactly once, and is `done` then: in `begin`, by the core, which calls `wake`, or by its owner, who
    calls `expire` or `undo`. A shell that finds it not done after `begin` sets `wake` before it lets anybody
    else use the core; `wake`, which is called with the lock held, must neither wait nor use the core itself.
    """

    __slots__ = ("done", "limit", "wake", "_timeout", "_value", "_error")

    _value: R

    def __init__(self, timeout: TimeoutLike) -> None:
        self._timeout = timeout
        self.limit: float | None = None
        """How many seconds the call may wait since it has begun; None for ever."""
        self.done = False
        self.wake: Callable[[], object] = _nobody
        self._error: BeehiveError | None = None

    def begin(self) -> None:
        """Do what can be done at once, and queue up for the rest if there is any.

        Raises what the call is refused for, BadTimeout among it, which has changed nothing; and WouldBlock
        instead of queueing up if the limit is 0, with messages where there was room for them.
        """
        self._look()
        if self._timeout is not None:
            self.limit = in_seconds(self._timeout)
        self._try()
        if self.limit == 0 and not self.done:
            raise self.expire()

    def result(self) -> R:
        """Return what the call was waiting for, or raise the error that ended it; only when `done`."""
        if self._error is not None:
            raise self._error
        return self._value

    def expire(self) -> Timeout:
        """End the call because its time is over, and return the error that says so; only when not `done`.

        Nothing that the call was still waiting to do happens later.
        """
        # The text tells what is still missing, so it comes before the places are given up.
        error = (
            Timeout(self._overdue(f"within {self.limit:g} s")) if self.limit else WouldBlock(self._overdue("at once"))
        )
        self._withdraw()
        self._error = error
        self.done = True
        return error

    def undo(self) -> AnyMessage | None:
        """End the call because its caller has been interrupted, at whatever moment since the call was made.

        A message that nobody would see any more goes back to where it came from. It is returned if that
        place had been closed meanwhile, so that it is now among what was left there.
        """
        if not self.done:
            self._withdraw()
            self._error = Closed("the call was given up")
            self.done = True
        return None

    def abandon(self) -> None:
        """End the call because the bus has been closed; only when not `done`."""
        self._withdraw()
        self._fail(Closed())

    def finish(self, value: R) -> None:
        """End the call with what it was waiting for; only when not `done`."""
        self._value = value
        self.done = True
        self.wake()

    def _fail(self, error: BeehiveError) -> None:
        self._error = error
        self.done = True
        self.wake()

    def _look(self) -> None:
        raise NotImplementedError

    def _try(self) -> None:
        raise NotImplementedError

    def _withdraw(self) -> None:
        raise NotImplementedError

    def _overdue(self, limit: str) -> str:
        raise NotImplementedError
