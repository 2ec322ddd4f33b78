"""Messages: the values of new ones, and immutability."""

from __future__ import annotations

import os
import pickle
import uuid
from dataclasses import FrozenInstanceError

import pytest
from beehive import Header, Message, Route, now_ms


def test_a_message_made_from_content_has_a_new_id_and_the_current_time() -> None:
    before = now_ms()
    first, second = Message("a"), Message("a")
    assert first.id != second.id
    assert before <= first.header.timestamp <= now_ms()
    assert (first.parent_id, first.sync, first.route) == ("", False, Route())


def test_ids_have_the_form_of_random_uuids() -> None:
    assert uuid.UUID(Message(None).id).version == 4


def test_a_forked_process_makes_different_ids() -> None:
    read, write = os.pipe()
    if os.fork() == 0:
        os.write(write, Message(None).id.encode())
        os._exit(0)
    os.wait()
    beginning = os.read(read, 100).decode().rpartition("-")[0]
    os.close(read)
    os.close(write)
    assert beginning != Message(None).id.rpartition("-")[0]


def test_make_fills_header_and_route() -> None:
    made = Message.make("on", id="1", parent_id="0", source="twin", group="hub", operation="update", resource="led")
    assert made.header == Header("1", "0", made.header.timestamp, False)
    assert made.route == Route("twin", "hub", "update", "led")


def test_a_reply_has_its_message_as_parent_and_the_same_resource() -> None:
    question = Message.make("?", sync=True, source="hub", group="all", operation="get", resource="led")
    response = question.reply(7, source="twin")
    assert (response.content, response.parent_id, response.sync) == (7, question.id, False)
    assert response.id not in ("", question.id)
    assert response.route == Route("twin", "", "get", "led")


def test_a_timestamp_is_read_once_from_the_given_time_of_day() -> None:
    times = iter((946_684_800_000, 946_684_800_001))
    question = Message.make("?", time_of_day=lambda: next(times))
    response = question.reply("!", time_of_day=lambda: next(times))
    assert (question.header.timestamp, response.header.timestamp) == (946_684_800_000, 946_684_800_001)


def test_setting_the_sync_flag_does_not_change_the_original() -> None:
    plain = Message("a")
    marked = plain.as_sync()
    assert (plain.sync, marked.sync) == (False, True)
    assert (marked.id, marked.content, marked.route) == (plain.id, plain.content, plain.route)
    assert marked.as_sync() is marked


def test_a_message_is_immutable() -> None:
    message = Message("a")
    with pytest.raises(FrozenInstanceError):
        message.content = "b"  # type: ignore[misc]
    assert not hasattr(message, "__dict__")


def test_a_message_survives_pickling() -> None:
    message = Message.make({"a": 1}, source="hub")
    assert pickle.loads(pickle.dumps(message)) == message
