"""Messages: the values of new ones, and immutability."""

from __future__ import annotations

import os
import pickle
import uuid
from contextlib import suppress
from dataclasses import FrozenInstanceError, dataclass

import pytest
from beehive import ChannelContext, Header, Message, Route, Timeout, now_ms


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


class LongHeader(Header):
    """A subclass of the header."""


class Traced(Message[str]):
    """A message with a slot of its own and with attributes, whose __init__ takes other arguments."""

    def __init__(self, trace: str) -> None:
        super().__init__("content", LongHeader("1"))
        object.__setattr__(self, "trace", trace)


@dataclass(frozen=True, slots=True)
class Slotted(Message[str]):
    more: str = "more"


@pytest.mark.parametrize("message", [Traced("t"), Slotted("content")])
@pytest.mark.parametrize("call", ["send", "send_to_group", "send_sync", "send_to_group_sync"])
def test_what_arrives_is_what_was_sent_also_of_a_subclass(message: Message[str], call: str) -> None:
    bus = ChannelContext()
    module = bus.module("m", groups="g")
    with suppress(Timeout):
        getattr(bus, call)("g" if "group" in call else "m", message, 0)
    arrived = module.receive_nowait()
    assert type(arrived) is type(message)
    assert type(arrived.header) is type(message.header)
    assert arrived.header == message.header._replace(sync="sync" in call)
    assert (arrived.content, arrived.route) == (message.content, message.route)
    assert getattr(arrived, "trace", "t") == getattr(message, "trace", "t")
    assert getattr(arrived, "more", "more") == getattr(message, "more", "more")
    assert not message.sync
