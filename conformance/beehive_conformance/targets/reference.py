"""What the targets of the reference share: messages made from operations, and what is read from results."""

from __future__ import annotations

import logging
import threading

from beehive import BeehiveError, Closed, Header, Message, Snapshot, Timeout, UnknownGroup, UnknownModule
from beehive.message import AnyMessage
from beehive_spec.vocabulary import (
    ErrorKind,
    Failed,
    Fields,
    GotMessage,
    GroupName,
    Level,
    MessageId,
    Milliseconds,
    ModuleName,
    OperationNumber,
    Outcome,
    Returned,
)

_RETURNED = Returned()
_KINDS: tuple[tuple[type[BeehiveError], ErrorKind], ...] = (
    (UnknownModule, ErrorKind.UNKNOWN_MODULE),
    (UnknownGroup, ErrorKind.UNKNOWN_GROUP),
    (Timeout, ErrorKind.TIMEOUT),
    (Closed, ErrorKind.CLOSED),
)


def message(number: OperationNumber, id: MessageId) -> AnyMessage:
    """Return the message of an operation; its content is the operation's number."""
    return Message(number, Header(id))


def response(number: OperationNumber, parent: MessageId) -> AnyMessage:
    """Return the response of an operation; its content is the operation's number."""
    return Message(number, Header("", parent))


def seconds(ms: Milliseconds) -> float:
    """Return a timeout as the reference takes it."""
    return ms / 1000


def milliseconds(seconds: float) -> Milliseconds:
    """Return a time of the reference in whole milliseconds; undoes `seconds`."""
    return Milliseconds(round(seconds * 1000))


def outcome(result: AnyMessage | tuple[str, ...] | None) -> Outcome:
    """Read the outcome of an operation that returned a message, those whom it left out, or nothing."""
    if not isinstance(result, Message):
        return _RETURNED
    return GotMessage(sent_by=OperationNumber(result.content), sync=result.sync)


def failure(error: BeehiveError) -> Failed:
    """Read the outcome of an operation that raised a documented error; anything else is a bug and no outcome."""
    kind = next((kind for base, kind in _KINDS if isinstance(error, base)), ErrorKind.OTHER)
    return Failed(kind, str(error))


def fields(snapshot: Snapshot) -> Fields:
    """Read the keys of the three maps."""
    return Fields(
        channels=tuple(sorted(ModuleName(name) for name in snapshot.channels)),
        type_channels=tuple(
            (GroupName(group), tuple(sorted(ModuleName(name) for name in snapshot.type_channels[group])))
            for group in sorted(snapshot.type_channels)
        ),
        anon_channels=tuple(sorted(MessageId(id) for id in snapshot.anon_channels)),
    )


def leaks(snapshot: Snapshot) -> str:
    """Say what still waits on a bus whose callers have all gone, or return an empty text."""
    found = [
        f"{name}: {state.receiving} receiving, {state.sending} sending"
        for name, state in snapshot.channels.items()
        if state.receiving or state.sending
    ]
    found.extend(f"request {id!r} outstanding" for id in snapshot.anon_channels)
    return "; ".join(found)


class Log:
    """The highest level that the reference has logged in the threads that have entered this log.

    What is logged inside is kept from every other handler, so that a run prints nothing.
    """

    __slots__ = ("_highest",)

    def __init__(self) -> None:
        self._highest = logging.NOTSET

    def __enter__(self) -> None:
        _here.log = self

    def __exit__(self, *exception: object) -> None:
        _here.log = None

    def add(self, level: int) -> None:
        """Note that something was logged at one of the levels of the standard library."""
        self._highest = max(self._highest, level)

    def take(self) -> Level:
        """Return the highest level since the last call."""
        highest, self._highest = self._highest, logging.NOTSET
        if highest >= logging.ERROR:
            return Level.ERROR
        if highest >= logging.WARNING:
            return Level.WARNING
        return Level.INFO if highest > logging.NOTSET else Level.NOTHING


class _Here(threading.local):
    log: Log | None = None


_here = _Here()


def _keep(record: logging.LogRecord) -> bool:
    if _here.log is None:
        return True
    _here.log.add(record.levelno)
    return False


def listen() -> None:
    """Let logs see what the reference logs; needed once for the process, more often does no harm."""
    logging.getLogger("beehive").addFilter(_keep)
