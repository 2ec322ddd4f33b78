"""Ends an implementation in this process that does not come back: a program takes milliseconds, or for ever."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

LIMIT = 20.0
"""Seconds of real time that one program may take; the slowest ones take less than one."""
AGAIN = 2.0
"""Seconds after which it is tried again, where the first time was not enough."""


class Hung(BaseException):
    """The implementation does not come back; no Exception, which an implementation might finding."""


@contextmanager
def watched(limit: float = LIMIT) -> Iterator[None]:
    """Raise Hung in the main thread if what is inside takes longer than `limit` seconds; elsewhere do nothing."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def bark(_number: int, _frame: FrameType | None) -> None:
        raise Hung

    before = signal.signal(signal.SIGALRM, bark)
    signal.setitimer(signal.ITIMER_REAL, limit, AGAIN)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
