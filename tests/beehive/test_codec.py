"""The JSON of messages: the bytes that Go writes, round trips, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from beehive import BadMessage, Header, Message, Route, from_json, to_json
from hypothesis import given, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from beehive_go.bridge import Bridge

GOLDEN = Path(__file__).with_name("golden")
"""Messages in various spellings, and as Go v1.13.0 wrote them after reading them."""
READ = GOLDEN.joinpath("read.jsonl").read_text(encoding="utf-8").split("\n")[:-1]
WRITTEN = GOLDEN.joinpath("written.jsonl").read_text(encoding="utf-8").split("\n")[:-1]

texts = st.text(max_size=12)
"""Strings without lone surrogates."""
# Go reads larger integers as different numbers.
numbers = st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
contents = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)
headers = st.builds(Header, texts, texts, st.integers(-(2**63), 2**63 - 1), st.booleans(), texts, texts)
routes = st.builds(Route, texts, texts, texts, texts, texts)
messages = st.builds(Message, contents, headers, routes)


def some_of(fields: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[dict[str, Any]]:
    """Objects in which known fields may be missing or null, and unknown ones may occur."""
    known = st.fixed_dictionaries({}, optional={name: value | st.none() for name, value in fields.items()})
    unknown = st.dictionaries(texts.map(lambda text: f"{text}?"), contents, max_size=2)
    return st.builds(lambda a, b: {**b, **a}, known, unknown)


header_objects = some_of(
    {
        "msg_id": texts,
        "parent_msg_id": texts,
        "timestamp": st.integers(-(2**63), 2**63 - 1),
        "resourceversion": texts,
        "sync": st.booleans(),
        "Type": texts,
    }
)
route_objects = some_of(dict.fromkeys(("source", "destination", "GROUP", "operation", "resource"), texts))
objects = some_of({"header": header_objects, "route": route_objects, "content": contents})


@pytest.fixture(scope="module")
def go() -> Iterator[Bridge]:
    if find_spec("cffi") is None:
        pytest.skip("the extra [go] is not installed")
    from beehive_go.bridge import Bridge
    from beehive_go.build import BuildStage, build, state

    if state().stage is BuildStage.MISSING:
        pytest.skip(state().text)
    with Bridge(build()) as bridge:
        yield bridge


def rewritten(go: Bridge, text: str) -> str:
    """Return the JSON that KubeEdge's code writes after reading the JSON of a message."""
    return go.rewrite_json(text.encode()).decode()


@pytest.mark.parametrize(("read", "written"), list(zip(READ, WRITTEN, strict=True)))
def test_a_message_is_written_byte_for_byte_as_in_the_golden_file(read: str, written: str) -> None:
    assert to_json(from_json(read)).encode() == written.encode()


def test_go_still_writes_the_golden_file(go: Bridge) -> None:
    assert [rewritten(go, line) for line in READ] == WRITTEN


@settings(max_examples=400, deadline=None)
@given(message=messages)
def test_go_reads_any_message_and_writes_it_as_the_reference_does(go: Bridge, message: Message[Any]) -> None:
    text = to_json(message)
    assert rewritten(go, text) == text
    assert to_json(from_json(text)) == text


@settings(max_examples=400, deadline=None)
@given(form=objects, is_ascii=st.booleans(), indent=st.booleans())
def test_the_reference_reads_what_go_reads(go: Bridge, form: Any, is_ascii: bool, indent: bool) -> None:
    separators = (" , ", " : ") if indent else (",", ":")
    text = json.dumps(form, ensure_ascii=is_ascii, separators=separators)
    assert to_json(from_json(text)) == rewritten(go, text)


@settings(max_examples=100, deadline=None)
@given(content=st.binary(max_size=40))
def test_bytes_are_written_as_go_writes_bytes(go: Bridge, content: bytes) -> None:
    assert go.write_json(content).decode() == to_json(Message(content, Header("")))


@given(messages)
def test_a_message_comes_back_from_its_json(message: Message[Any]) -> None:
    text = to_json(message)
    back = from_json(text.encode())
    assert (back.header, back.route) == (message.header, message.route)
    # Compared as JSON, because whole floats come back as ints.
    assert to_json(back) == text


def test_whole_floats_come_back_as_ints_and_other_numbers_unchanged() -> None:
    back = from_json(to_json(Message([2.0, 1e16, 0.5, 2**64, -0.0])))
    assert [(type(each), each) for each in back.content] == [
        (int, 2),
        (int, 10**16),
        (float, 0.5),
        (int, 2**64),
        (float, 0.0),
    ]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "not JSON"),
        ("[" * 100_000, "not JSON"),
        (b"\xff", "not JSON"),
        ('{"content":1}'.encode("utf-16"), "not JSON"),
        ('{"content":NaN}', "NaN is not a JSON number"),
        ('{"content":1e400}', "the number 1e400 is too large"),
        ("[]", r"message is \[\]; it must be a JSON object"),
        ("null", "message is null; it must be a JSON object"),
        ('{"header":3}', "header is 3; it must be a JSON object"),
        ('{"header":{"msg_id":3}}', "header.msg_id is 3; it must be of type str"),
        ('{"header":{"timestamp":true}}', "header.timestamp is true; it must be of type int"),
        ('{"header":{"timestamp":1.0}}', "header.timestamp is 1.0; it must be of type int"),
        ('{"header":{"timestamp":9223372036854775808}}', "header.timestamp is 9223372036854775808; .* 64 bits"),
        ('{"header":{"sync":1}}', "header.sync is 1; it must be of type bool"),
        ('{"route":{"group":[]}}', r"route.group is \[\]; it must be of type str"),
    ],
)
def test_invalid_json_is_refused_with_the_name_of_the_bad_field(text: str | bytes, says: str) -> None:
    with pytest.raises(BadMessage, match=says):
        from_json(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '{"content":1e400}',
        '{"header":3}',
        '{"header":{"msg_id":3}}',
        '{"header":{"timestamp":1.0}}',
        '{"header":{"timestamp":9223372036854775808}}',
        '{"header":{"sync":1}}',
        '{"route":{"group":[]}}',
    ],
)
def test_the_reference_refuses_what_go_refuses(go: Bridge, text: str) -> None:
    from beehive_go.bridge import Refused

    with pytest.raises(Refused):
        rewritten(go, text)
    with pytest.raises(BadMessage):
        from_json(text)


def nested() -> list[Any]:
    whole: list[Any] = []
    whole.append(whole)
    return whole


@pytest.mark.parametrize(
    ("message", "error", "says"),
    [
        (Message(object()), TypeError, "object has no JSON form"),
        (Message({1: 2}), TypeError, "the key 1 is not a string"),
        (Message(float("nan")), BadMessage, "nan is not a JSON number"),
        (Message(nested()), BadMessage, "nested too deeply or contains itself"),
        (Message("\ud83d"), BadMessage, "lone surrogate"),
        (Message(None, Header("1", timestamp=2**63)), BadMessage, "it must fit into 64 bits"),
    ],
)
def test_what_json_cannot_represent_is_refused(message: Message[Any], error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        to_json(message)
