"""The JSON of messages: there and back, and what is refused."""

from __future__ import annotations

import json

import pytest
from beehive import BadMessage, Header, Message, Route, from_json, to_json


def test_a_message_comes_back_from_its_json() -> None:
    message = Message({"led": "on", "ü": [1, None]}, Header("1", "0", 12, True), Route("a", "b", "c", "d"))
    assert from_json(to_json(message)) == message


def test_what_is_left_out_is_empty_and_what_is_unknown_is_passed_over() -> None:
    message = from_json(b'{"header":{"msg_id":"1","more":1},"else":2}')
    assert message == Message(None, Header("1"), Route())


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "not JSON"),
        ("[" * 100_000, "not JSON"),
        (b"\xff", "not JSON"),
        ("[]", r"message is \[\]; it has to be a JSON object"),
        ('{"header":3}', "header is 3; it has to be a JSON object"),
        ('{"header":{"msg_id":3}}', "header.msg_id is 3; it has to be of type str"),
        ('{"header":{"timestamp":true}}', "header.timestamp is true; it has to be of type int"),
        ('{"header":{"sync":1}}', "header.sync is 1; it has to be of type bool"),
        ('{"router":{"group":null}}', "router.group is null; it has to be of type str"),
    ],
)
def test_a_text_that_is_no_message_is_refused_with_the_field_at_fault(text: str | bytes, says: str) -> None:
    with pytest.raises(BadMessage, match=says):
        from_json(text)


def test_content_that_json_cannot_write_is_a_type_error() -> None:
    with pytest.raises(TypeError):
        to_json(Message(object()))


def test_the_json_is_one_line_of_three_parts() -> None:
    text = to_json(Message("a\nb"))
    assert "\n" not in text
    assert list(json.loads(text)) == ["header", "router", "content"]
