"""Frames, replies and the progress file are read as the worker writes them."""

from __future__ import annotations

import io
import struct

import pytest
from beehive_go.errors import WorkerError
from beehive_go.protocol import (
    BatchReply,
    Notes,
    Stage,
    frame,
    packed_array,
    packed_history,
    read_batch_reply,
    read_frame,
    read_notes,
    read_reply,
    take_frame,
)


def notes(index: int, stage: Stage, *steps: bytes) -> bytes:
    return struct.pack(">IBI", index, stage.value, 77) + b"".join(map(frame, steps))


def test_a_frame_is_taken_when_it_is_complete() -> None:
    unread = bytearray()
    whole = frame(b"payload")
    for byte in whole[:-1]:
        unread.append(byte)
        assert take_frame(unread) is None
    unread += whole[-1:] + b"next"
    assert take_frame(unread) == b"payload"
    assert unread == b"next"


def test_frames_are_read_from_a_stream_until_its_end() -> None:
    stream = io.BytesIO(frame(b"first") + frame(b"second") + b"\x00")
    assert [read_frame(stream), read_frame(stream), read_frame(stream)] == [b"first", b"second", b""]


def test_a_reply_of_an_unknown_kind_is_an_error_of_the_worker() -> None:
    with pytest.raises(WorkerError, match="a reply of the unknown kind b'z'"):
        read_reply(b"zero")


def test_a_batch_reply_holds_histories() -> None:
    histories = packed_array([packed_history(())] * 2)
    assert read_batch_reply(b"s" + histories, 2) == BatchReply(2, histories, "")


def test_a_worker_that_retires_says_why_and_how_far_it_came() -> None:
    histories = packed_array([packed_history(())])
    reply = b"r" + frame(b"goroutine 7") + histories
    assert read_batch_reply(reply, 2) == BatchReply(1, histories, "goroutine 7")


@pytest.mark.parametrize(
    ("reply", "says"),
    [
        (b"xunknown op", "the worker refused a request: unknown op"),
        (b"j{}", "the worker replied to a batch with JSON"),
        (b"h\x80", "the worker replied to a batch with HELLO"),
    ],
)
def test_a_batch_without_histories_is_an_error_of_the_worker(reply: bytes, says: str) -> None:
    with pytest.raises(WorkerError, match=f"^{says}$"):
        read_batch_reply(reply, 2)


def test_notes_hold_the_steps_that_were_written_whole() -> None:
    written = notes(3, Stage.RUNNING, b"one", b"two")
    assert read_notes(written) == Notes(3, Stage.RUNNING, (b"one", b"two"))
    assert read_notes(written[:-1]) == Notes(3, Stage.RUNNING, (b"one",))
    assert read_notes(notes(4, Stage.ENDING)) == Notes(4, Stage.ENDING, ())


@pytest.mark.parametrize("written", [b"", notes(3, Stage.RUNNING)[:-1], notes(3, Stage.NONE)])
def test_a_worker_that_runs_nothing_has_no_notes(written: bytes) -> None:
    assert read_notes(written) is None
