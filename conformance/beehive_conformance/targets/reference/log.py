"""The log records of the reference, as the levels of histories."""

from __future__ import annotations

import logging
import threading

from beehive_spec.vocabulary import Level


class Log:
    """The highest level that the reference has logged in threads that have entered this context manager.

    Records logged inside are hidden from all other handlers, so that a run prints nothing.
    """

    __slots__ = ("_highest",)

    def __init__(self) -> None:
        self._highest = logging.NOTSET

    def __enter__(self) -> None:
        _this_thread.log = self

    def __exit__(self, *exception: object) -> None:
        _this_thread.log = None

    def add(self, level: int) -> None:
        """Note a record of one of the standard library's levels."""
        self._highest = max(self._highest, level)

    def take(self) -> Level:
        """Return the highest level since the last call."""
        highest, self._highest = self._highest, logging.NOTSET
        if highest >= logging.ERROR:
            return Level.ERROR
        if highest >= logging.WARNING:
            return Level.WARNING
        return Level.INFO if highest > logging.NOTSET else Level.NOTHING


class _ThreadState(threading.local):
    log: Log | None = None


_this_thread = _ThreadState()


def _keep(record: logging.LogRecord) -> bool:
    if _this_thread.log is None:
        return True
    _this_thread.log.add(record.levelno)
    return False


def listen() -> None:
    """Pass the records of the reference to the `Log` of their thread; calling this again has no effect."""
    logging.getLogger("beehive").addFilter(_keep)
