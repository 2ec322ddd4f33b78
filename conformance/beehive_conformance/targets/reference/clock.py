"""Virtual time for the sessions of the reference, in whole milliseconds."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Iterator
from typing import Generic, TypeVar

from beehive_spec.vocabulary import Milliseconds

W = TypeVar("W")


class Clock(Generic[W]):
    """The time since a session began, and a timer for each waiter that has a timeout.

    Time passes only in `advance`.
    """

    __slots__ = ("ms", "_timers", "_numbers")

    def __init__(self) -> None:
        self.ms = Milliseconds(0)
        """The time in milliseconds."""
        self._timers: list[tuple[Milliseconds, int, W]] = []
        # The number keeps timers of one instant in the order in which they were set.
        self._numbers = itertools.count()

    def now(self) -> float:
        """Return the time in seconds, as the reference counts it."""
        return seconds(self.ms)

    def due(self, delay: float) -> Milliseconds:
        """Return the time `delay` seconds from now."""
        return Milliseconds(self.ms + milliseconds(delay))

    def set_timer(self, delay: float, waiter: W) -> None:
        """Have `advance` yield a waiter in `delay` seconds.

        A timer cannot be cancelled; the caller ignores a waiter that no longer waits.
        """
        heapq.heappush(self._timers, (self.due(delay), next(self._numbers), waiter))

    def advance(self, ms: Milliseconds) -> Iterator[W]:
        """Let `ms` milliseconds pass and yield each waiter at the instant at which its timer is due.

        Timers that are set meanwhile count as well.
        """
        end = Milliseconds(self.ms + ms)
        while self._timers and self._timers[0][0] <= end:
            self.ms, _, waiter = heapq.heappop(self._timers)
            yield waiter
        self.ms = end


def seconds(ms: Milliseconds) -> float:
    """Return a time in seconds, as the reference takes it."""
    return ms / 1000


def milliseconds(seconds: float) -> Milliseconds:
    """Return a time of the reference in whole milliseconds; undoes `seconds`."""
    return Milliseconds(round(seconds * 1000))
