"""Conversion of timeouts from the form that callers use to seconds."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, TypeAlias

from beehive.arguments import described
from beehive.errors import BadTimeout, WrongType

if TYPE_CHECKING:
    # Imported lazily: saves a millisecond for callers that pass seconds.
    from datetime import timedelta

TimeoutLike: TypeAlias = "float | timedelta | None"
"""Seconds or a timedelta; None waits forever, 0 does not wait."""


def in_seconds(timeout: TimeoutLike) -> float | None:
    """Return a timeout in seconds, or None if it never expires.

    Raises BadTimeout if the timeout is negative or NaN, and WrongType if it is not a duration. True and False are
    none: they are meant for another parameter, such as `block` of `queue.Queue.get`.
    """
    if timeout is None:
        return None
    try:
        seconds = _seconds(timeout)
    except OverflowError:
        # An int that is too large for a float.
        seconds = math.inf if timeout > 0 else -math.inf  # type: ignore[operator]  # only a number overflows
    # Not `seconds < 0`, which is false for NaN.
    if not seconds >= 0:
        raise BadTimeout(f"the timeout is {timeout!r}; it must be None (forever), 0 (do not wait) or more")
    return None if math.isinf(seconds) else seconds


def _seconds(timeout: float | timedelta) -> float:
    if isinstance(timeout, (int, float)) and not isinstance(timeout, bool):
        return float(timeout)
    from datetime import timedelta

    if not isinstance(timeout, timedelta):
        raise WrongType(f"the timeout is {described(timeout)}; it must be None, seconds or a timedelta")
    return timeout.total_seconds()
