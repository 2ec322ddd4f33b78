"""Interrupts an implementation in this process that does not return: a program takes milliseconds or never ends."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

LIMIT = 20.0
"""Seconds of real time that one program may take; the slowest programs take less than one second."""
AGAIN = 2.0
"""Seconds until the next interrupt if the first one had no effect."""


class Hung(BaseException):
    """The implementation does not return. Not an Exception, because an implementation may catch those."""


@contextmanager
def watched(limit: float = LIMIT) -> Iterator[None]:
    """Raise Hung in the main thread if the block takes longer than `limit` seconds; do nothing in other threads."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise Hung

    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, limit, AGAIN)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
