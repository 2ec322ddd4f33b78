"""The base class of calls that may have to wait."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Generic, NoReturn, TypeVar

from beehive.errors import BeehiveError, Closed, Timeout, WouldBlock
from beehive.message import AnyMessage
from beehive.timeouts import TimeoutLike, in_seconds

R = TypeVar("R")


WITHIN: Final = (
    "this call has interrupted another call of the same thread, for example as a finalizer or a signal handler, "
    "and would have to wait for it"
)
"""The text of the errors of calls within a transition."""


def _no_waker() -> None:
    """Do nothing: the waker of a call that no shell waits for."""


class Parked(Generic[R]):
    """A call that may have to wait; while it waits, it is queued in the core.

    A call ends exactly once, and then is `done`: during `begin`; later through the core, which calls `wake`; or
    through its owner, who calls `expire` or `undo`. If a call is not done after `begin`, the shell sets `wake`
    before it releases the lock. `wake` is called with the lock held, so it must not wait or use the core.
    """

    __slots__ = ("done", "limit", "wake", "_timeout", "_value", "_is_failed", "_error")

    _value: R

    def __init__(self, timeout: TimeoutLike) -> None:
        self._timeout = timeout
        self.limit: float | None = None
        """How many seconds the call may wait after it has begun; None if forever."""
        self.done = False
        self.wake: Callable[[], object] = _no_waker
        self._is_failed = False
        self._error: BeehiveError | None = None
        """Until it is raised: afterwards, a call that kept its error would be in a cycle with its own traceback."""

    def begin(self) -> None:
        """Do what is possible at once, and wait in the core for the rest.

        If the call is refused, raises the error, for example BadTimeout, and changes nothing. With a limit of 0,
        raises WouldBlock instead of waiting; channels that had room have the message in that case.
        """
        self._look()
        if self._timeout is not None:
            self.limit = in_seconds(self._timeout)
        self._try()
        if self.limit == 0 and not self.done:
            self.expire()
            self._raise()

    def accept_within(self) -> Callable[[], object]:
        """End the call within a transition of the same thread, and return what to do at the end of the transition.

        Raises WouldBlock, and changes nothing, if the call would have to wait.
        """
        raise WouldBlock(WITHIN)

    def result(self) -> R:
        """Return the result of the call, or raise the error that ended it; may be called once, when `done`."""
        if self._is_failed:
            self._raise()
        return self._value

    def expire(self) -> None:
        """End the call because its time is over; may be called only when not `done`.

        The call has no effect afterwards.
        """
        # Before `_withdraw`: the text names what is still missing.
        error = (
            Timeout(self._overdue(f"within {self.limit:g} s")) if self.limit else WouldBlock(self._overdue("at once"))
        )
        self._withdraw()
        self._end_with(error)

    def undo(self) -> AnyMessage | None:
        """End the call because its caller was interrupted, at any time since the call was made.

        A message that the call has received, and that its caller will not see, goes back to its channel. If the
        channel has been closed, the message is added to what was left there, and returned.
        """
        if not self.done:
            self._withdraw()
            self._end_with(Closed("the call was given up"))
        return None

    def abandon(self) -> None:
        """End the call because the bus was closed; may be called only when not `done`."""
        self._withdraw()
        self._fail(Closed())

    def finish(self, value: R) -> None:
        """End the call with its result; may be called only when not `done`."""
        self._value = value
        self.done = True
        self.wake()

    def _fail(self, error: BeehiveError) -> None:
        self._end_with(error)
        self.wake()

    def _end_with(self, error: BeehiveError) -> None:
        self._error = error
        self._is_failed = True
        self.done = True

    def _raise(self) -> NoReturn:
        error, self._error = self._error, None
        assert error is not None
        try:
            raise error
        finally:
            # The traceback has this frame.
            del error

    def _look(self) -> None:
        raise NotImplementedError

    def _try(self) -> None:
        raise NotImplementedError

    def _withdraw(self) -> None:
        raise NotImplementedError

    def _overdue(self, limit: str) -> str:
        raise NotImplementedError
