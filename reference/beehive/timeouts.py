"""Conversion of timeouts from the form that callers use to seconds."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, TypeAlias

from beehive.errors import BadTimeout

if TYPE_CHECKING:
    # Imported lazily: saves a millisecond for callers that pass seconds.
    from datetime import timedelta

TimeoutLike: TypeAlias = "float | timedelta | None"
"""Seconds or a timedelta; None waits forever, 0 does not wait."""


def in_seconds(timeout: TimeoutLike) -> float | None:
    """Return a timeout in seconds, or None if it never expires.

    Raises BadTimeout if the timeout is negative, NaN, or not a duration.
    """
    if timeout is None:
        return None
    try:
        seconds = float(timeout if isinstance(timeout, (int, float)) else timeout.total_seconds())
    except AttributeError:
        raise BadTimeout(f"the timeout is {timeout!r}; it must be None, seconds or a timedelta") from None
    except OverflowError:
        # An int that is too large for a float.
        seconds = math.inf if timeout > 0 else -math.inf  # type: ignore[operator]  # only a number overflows
    # Not `seconds < 0`, which is false for NaN.
    if not seconds >= 0:
        raise BadTimeout(f"the timeout is {timeout!r}; it must be None (forever), 0 (do not wait) or more")
    return None if math.isinf(seconds) else seconds
