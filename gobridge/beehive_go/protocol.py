"""The worker's protocol: frames, their kinds and contents, and the notes in the progress file.

A frame is four bytes of length, most significant first, and that many bytes of payload, of which the first is the
kind. The worker sends one reply to each request, in order. Programs, histories and the hello are MessagePack in the
form that the suite defines; this package never decodes them.

The worker process imports this module at every start, so it imports only what is cheap to import.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from enum import Enum
from typing import NamedTuple, Protocol, assert_never

from beehive_go.errors import WorkerError

BATCH_PROGRAMS = 100
"""Programs in a request: enough to make the round trip cheap."""
BATCHES_IN_FLIGHT = 2
"""Requests that the worker has at once, so that it never waits for the next one."""
BATCH_SILENCE_S = 10.0
"""Seconds of real time without a sign of life after which a worker counts as hung; normally there are thousands of
signs in a second."""
ALONE_SILENCE_S = 20.0
"""The same for one program that is suspected of hanging."""
BROKEN_STATUS = 70
"""The exit status of a worker process that failed by itself, not by the implementation in it."""

_LENGTH = struct.Struct(">I")


class RequestKind(Enum):
    """What a request asks for, as its first byte; what follows is given in brackets."""

    HELLO = b"H"
    """The worker's hello (nothing)."""
    BATCH = b"B"
    """Histories (an array of programs)."""
    ALONE = b"A"
    """Histories, with each step also noted in the progress file (an array of programs)."""
    ECHO = b"E"
    """The programs as the worker understands them (an array of programs)."""
    REWRITE_JSON = b"J"
    """A message read from JSON and written again (JSON)."""
    WRITE_CONTENT = b"C"
    """A message written as JSON (its content, any bytes)."""


class ReplyKind(Enum):
    """What a reply contains, as its first byte; what follows is given in brackets."""

    HELLO = b"h"
    """The hello of the suite's protocol (a map)."""
    HISTORIES = b"s"
    """The histories of all programs, or the programs of an echo (an array)."""
    RETIRED = b"r"
    """The histories of the first programs; the worker can run no more (a length and a reason, an array)."""
    JSON = b"j"
    """A message (JSON)."""
    REFUSED = b"x"
    """The request could not be read (a text)."""


class Reply(NamedTuple):
    """A reply whose kind is known."""

    kind: ReplyKind
    content: bytes


class BatchReply(NamedTuple):
    """Histories as a packed array, of the first `done` programs; `leak` is why the worker retired, or empty."""

    done: int
    histories: bytes
    leak: str


class Stage(Enum):
    """How far the worker is with a program."""

    NONE = 0
    """It runs no program."""
    RUNNING = 1
    ENDING = 2
    """Every step has been seen; operations that still wait are being ended."""


class Notes(NamedTuple):
    """What the worker noted about the program that it runs: its index in the request, its stage, its steps."""

    program: int
    stage: Stage
    steps: tuple[bytes, ...]


class Source(Protocol):
    """A stream from which a given number of bytes is read, or fewer at the end."""

    def read(self, size: int, /) -> bytes:
        """Return `size` bytes, or fewer at the end."""


def frame_header(size: int) -> bytes:
    """Return what precedes a payload of `size` bytes."""
    return _LENGTH.pack(size)


def frame(payload: bytes) -> bytes:
    """Return the payload as a frame."""
    return frame_header(len(payload)) + payload


def take_frame(unread: bytearray) -> bytes | None:
    """Remove the first frame and return its payload, or return None while it is incomplete."""
    if len(unread) < _LENGTH.size:
        return None
    end = _LENGTH.size + _LENGTH.unpack_from(unread)[0]
    if len(unread) < end:
        return None
    payload = bytes(unread[_LENGTH.size : end])
    del unread[:end]
    return payload


def read_frame(source: Source) -> bytes:
    """Wait for the next frame and return its payload, which is empty at the end of the stream."""
    header = source.read(_LENGTH.size)
    return source.read(_LENGTH.unpack(header)[0]) if len(header) == _LENGTH.size else b""


def request(kind: RequestKind, content: bytes = b"") -> bytes:
    """Return the payload of a request."""
    return kind.value + content


def read_reply(payload: bytes) -> Reply:
    """Return a reply with its kind; raise WorkerError if it has none."""
    try:
        return Reply(ReplyKind(payload[:1]), payload[1:])
    except ValueError:
        raise WorkerError(f"the worker sent a reply of the unknown kind {payload[:1]!r}") from None


def read_batch_reply(payload: bytes, programs: int) -> BatchReply:
    """Read the reply to a request with this many programs; raise WorkerError if it is not one."""
    kind, content = read_reply(payload)
    match kind:
        case ReplyKind.HISTORIES:
            return BatchReply(programs, content, "")
        case ReplyKind.RETIRED:
            start = _LENGTH.size + _LENGTH.unpack_from(content)[0]
            leak, histories = content[_LENGTH.size : start].decode(errors="replace"), content[start:]
            return BatchReply(_LENGTH.unpack_from(histories, 1)[0], histories, leak)
        case ReplyKind.REFUSED:
            raise refused(content)
        case ReplyKind.HELLO | ReplyKind.JSON:
            raise WorkerError(f"the worker replied to a batch with {kind.name}")
        case _:
            assert_never(kind)


def refused(content: bytes) -> WorkerError:
    """Return the error for a request that the worker could not read."""
    return WorkerError(f"the worker refused a request: {content.decode(errors='replace')}")


def packed_array(values: Sequence[bytes]) -> bytes:
    """Return packed values as one MessagePack array, whose header always has the same length."""
    return b"\xdd" + _LENGTH.pack(len(values)) + b"".join(values)


def packed_history(steps: Sequence[bytes]) -> bytes:
    """Return packed steps as one history that did not end in a death."""
    return b"\x81\xa5steps" + packed_array(steps)


_NOTES_HEAD = struct.Struct(">IBI")
"""The index of the program, its stage, and a number that changes while a step takes long."""
SIGNS_SIZE = _NOTES_HEAD.size
"""Bytes at the start of the progress file that change while the worker works."""


def read_notes(notes: bytes) -> Notes | None:
    """Read the progress file; return None if the worker runs no program."""
    if len(notes) < _NOTES_HEAD.size:
        return None
    index, stage, _ = _NOTES_HEAD.unpack_from(notes)
    if Stage(stage) is Stage.NONE:
        return None
    steps: list[bytes] = []
    rest = bytearray(notes[_NOTES_HEAD.size :])
    while (step := take_frame(rest)) is not None:
        steps.append(step)
    return Notes(index, Stage(stage), tuple(steps))
