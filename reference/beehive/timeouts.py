"""How long a call may wait."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import TypeAlias

from beehive.errors import BadTimeout

TimeoutLike: TypeAlias = float | timedelta | None
"""Seconds or a timedelta; None waits for ever, 0 tries once."""


def in_seconds(timeout: TimeoutLike) -> float | None:
    """Return a timeout in seconds, or None for ever; raises BadTimeout if it is negative or not a number."""
    if timeout is None:
        return None
    seconds = timeout.total_seconds() if isinstance(timeout, timedelta) else timeout
    # Written so that NaN, which compares with nothing, is refused as well.
    if not seconds >= 0:
        raise BadTimeout(f"the timeout is {timeout!r}; it has to be None (for ever), 0 (try once) or more")
    return None if math.isinf(seconds) else seconds
