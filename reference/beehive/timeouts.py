"""How long a call may wait."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, TypeAlias

from beehive.errors import BadTimeout

if TYPE_CHECKING:
    # Who has a timedelta has imported it; for the others it is a millisecond saved.
    from datetime import timedelta

TimeoutLike: TypeAlias = "float | timedelta | None"
"""Seconds or a timedelta; None waits for ever, 0 tries once."""


def in_seconds(timeout: TimeoutLike) -> float | None:
    """Return a timeout in seconds, or None for ever; raises BadTimeout if it is negative or no length of time."""
    if timeout is None:
        return None
    try:
        seconds = float(timeout if isinstance(timeout, (int, float)) else timeout.total_seconds())
    except AttributeError:
        raise BadTimeout(f"the timeout is {timeout!r}; it has to be None, seconds or a timedelta") from None
    except OverflowError:
        # More seconds than a float can count are for ever.
        seconds = math.inf if timeout > 0 else -math.inf  # type: ignore[operator]  # only a number overflows
    # Written so that NaN, which compares with nothing, is refused as well.
    if not seconds >= 0:
        raise BadTimeout(f"the timeout is {timeout!r}; it has to be None (for ever), 0 (try once) or more")
    return None if math.isinf(seconds) else seconds
