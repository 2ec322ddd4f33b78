"""The JSON of messages: the bytes that Go writes, round trips, and what is refused."""

from __future__ import annotations

import base64
import json
import numbers as numbers_of_python
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from decimal import Decimal
from fractions import Fraction
from importlib.util import find_spec
from pathlib import Path
from types import FrameType
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
        ('{"content":1' + "0" * 400 + "}", "the number 10* is too large"),
        ('{"header":{"timestamp":1' + "0" * 400 + "}}", "the number 10* is too large"),
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
        (Message(object()), BadMessage, "object has no JSON form"),
        (Message({1: 2}), BadMessage, r"the key 1 \(of type int\) is not a string"),
        (Message(float("nan")), BadMessage, "nan is not a JSON number"),
        (Message(nested()), BadMessage, "nested too deeply or contains itself"),
        (Message("\ud83d"), BadMessage, "lone surrogate"),
        (Message(None, Header("1", timestamp=2**63)), BadMessage, "it must fit into 64 bits"),
        (Message(None, Header("1", timestamp=10**5000)), BadMessage, "it must fit into 64 bits"),
        (Message(None, Header("1", timestamp=1.0)), BadMessage, "header.timestamp is 1.0 .* must be of type int"),  # type: ignore[arg-type]
        (Message(None, Header("1", sync=1)), BadMessage, "header.sync is 1 .* must be of type bool"),  # type: ignore[arg-type]
        (Message(None, Header(b"1")), BadMessage, "header.msg_id is b'1' .* must be of type str"),  # type: ignore[arg-type]
        (Message(None, Header("1"), Route(None)), BadMessage, "route.source is None .* must be of type str"),  # type: ignore[arg-type]
        (Message(None, None), BadMessage, "the header is None .*; it must be a Header"),  # type: ignore[arg-type]
        (Message(None, Header("1"), Header("1")), BadMessage, "the route is Header.*; it must be a Route"),  # type: ignore[arg-type]
        (Message(10**400), BadMessage, "an integer of 1329 bits is too large"),
        (Message(10**5000), BadMessage, "an integer of 16610 bits is too large"),
    ],
)
def test_what_json_cannot_represent_is_refused(message: Message[Any], error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        to_json(message)


@pytest.mark.parametrize("depth", [100, 490, 900, 5_000, 100_000])
@pytest.mark.parametrize("leaf", [r'"\ud83d"', r'"\ud83d\ude00"', '"x"'])
@pytest.mark.parametrize("place", ["content", "header", "more"])
def test_deep_text_is_read_or_refused(depth: int, leaf: str, place: str) -> None:
    text = f'{{"{place}":{"[" * depth}{leaf}{"]" * depth}}}'
    try:
        content = from_json(text).content
    except BadMessage:
        assert depth > 100 or place == "header"
        return
    for _ in range(depth if place == "content" else 0):
        (content,) = content
    assert content == (json.loads(leaf).replace("\ud83d", "\ufffd") if place == "content" else None)


@pytest.mark.parametrize(
    ("text", "content"),
    [
        (r'"\ud83d\ude00"', "\U0001f600"),
        (r'"\uD83D\uDE00"', "\U0001f600"),
        (r'"\ud83d"', "\ufffd"),
        (r'"\ude00\ud83d"', "\ufffd\ufffd"),
        (r'"\ud83d\ud83d\ude00"', "\ufffd\U0001f600"),
        (r'"\\ud83d"', r"\ud83d"),
        (r'"\\\ud83d"', "\\\ufffd"),
        (r'{"\ud83d": 1}', {"\ufffd": 1}),
        ('"\ud83d"', "\ufffd"),
    ],
)
def test_a_lone_surrogate_is_read_as_the_replacement_character(text: str, content: object) -> None:
    assert from_json(f'{{"content":{text}}}').content == content


class Counter:
    """Counts calls of the special methods of hostile values, which all fail."""

    calls = 0


def hostile(base: type[Any]) -> type[Any]:
    """Return a subclass whose own methods answer nothing."""

    def refuse(*arguments: Any, **named: Any) -> Any:
        Counter.calls += 1
        raise ZeroDivisionError("a method of the value was called")

    spared = {"__new__", "__init__", "__init_subclass__", "__class__", "__getattribute__", "__hash__", "__del__"}
    spared |= {"__subclasshook__", "__class_getitem__", "__buffer__", "__release_buffer__", "__setattr__"}
    return type(f"Hostile{base.__name__}", (base,), {name: refuse for name in dir(base) if name not in spared})


HOSTILE = {base: hostile(base) for base in (str, int, float, bytes, bytearray, list, tuple, dict)}
OTHERS: list[Any] = [Decimal(1), Fraction(1, 2), 1j, range(3), {1}, object(), int, numbers_of_python.Number]
maybe_hostile = st.booleans()
any_text = st.text(st.characters(), max_size=6)
"""Also with lone surrogates."""
leaves = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(-(10**400), 10**400),
    st.floats(),
    any_text,
    st.binary(max_size=6),
    st.sampled_from(OTHERS),
)


def disguised(value: Any, is_hostile: bool) -> Any:
    return HOSTILE[type(value)](value) if is_hostile and type(value) in HOSTILE else value


anything = st.recursive(
    st.builds(disguised, leaves, maybe_hostile),
    lambda inner: st.builds(
        disguised,
        st.one_of(
            st.lists(inner, max_size=4),
            st.lists(inner, max_size=4).map(tuple),
            st.dictionaries(any_text | st.integers(), inner, max_size=4),
        ),
        maybe_hostile,
    ),
    max_leaves=12,
)
fields = st.one_of(any_text, anything, st.builds(disguised, any_text | st.integers(), maybe_hostile))
any_headers = st.builds(Header, fields, fields, fields, st.booleans() | fields, fields, fields)
any_routes = st.builds(Route, fields, fields, fields, fields, fields)
whole_headers = st.builds(
    lambda header, is_hostile: Header(*(disguised(each, is_hostile) for each in header)), headers, maybe_hostile
)
any_messages = st.one_of(
    st.builds(Message, anything, whole_headers, routes), st.builds(Message, anything, any_headers, any_routes)
)


def plain(value: Any) -> Any:
    """Return what is read of a value that has been written."""
    for base in (str, int, float, bytes, bytearray):
        if issubclass(type(value), base) and type(value) is not bool:
            own = exact(base, value)
            if base is float and 2**53 <= abs(own) < 10**21:
                # Read as the integer that its digits say.
                return int(Decimal(repr(own)))
            return base64.b64encode(own).decode() if base in (bytes, bytearray) else own
    if issubclass(type(value), (list, tuple)):
        iterate = list.__iter__ if issubclass(type(value), list) else tuple.__iter__
        return [plain(each) for each in iterate(value)]
    if issubclass(type(value), dict):
        return {key: plain(each) for key, each in dict.items(value)}
    return value


def exact(base: type[Any], value: Any) -> Any:
    match base.__name__:
        case "str":
            return str.__str__(value)
        case "int":
            return int.__index__(value)
        case "float":
            return float.__pos__(value)
        case _:
            return memoryview(value).tobytes()


def size(value: Any) -> int:
    """Return the number of values, keys and characters in a value."""
    kind = type(value)
    if issubclass(kind, (list, tuple)):
        iterate = list.__iter__ if issubclass(kind, list) else tuple.__iter__
        return 1 + sum(size(each) for each in iterate(value))
    if issubclass(kind, dict):
        return 1 + sum(size(key) + size(each) for key, each in dict.items(value))
    if issubclass(kind, str):
        return 1 + str.__len__(value)
    return 1 + (int.bit_length(value) // 8 if issubclass(kind, int) else 0)


@contextmanager
def counted_lines() -> Iterator[list[int]]:
    """Count the lines of the codec that are run."""
    count, before = [0], sys.gettrace()

    def line(frame: FrameType, event: str, argument: Any) -> Any:
        count[0] += 1
        return line

    def called(frame: FrameType, event: str, argument: Any) -> Any:
        return line if "beehive/json/" in frame.f_code.co_filename.replace("\\", "/") else None

    sys.settrace(called)
    try:
        yield count
    finally:
        sys.settrace(before)


@settings(max_examples=400, deadline=None)
@given(message=any_messages)
def test_any_value_in_any_field_is_written_so_that_it_is_read_back_equal_or_refused(message: Message[Any]) -> None:
    Counter.calls = 0
    written = None
    with counted_lines() as count, suppress(BadMessage):
        written = to_json(message)
    whole = size(tuple(message.header)) + size(tuple(message.route)) + size(message.content)
    assert count[0] <= 40 * whole + 400
    # The text of an error may try to show a value.
    assert Counter.calls <= (1 if written is None else 0)
    if written is not None:
        with counted_lines() as count:
            back = from_json(written)
        assert count[0] <= 40 * len(written) + 400
        assert back.content == plain(message.content)
        assert back.header == Header(*(plain(each) for each in message.header))
        assert back.route == Route(*(plain(each) for each in message.route))


def test_each_hostile_value_is_written_as_what_it_is() -> None:
    values = ["x", 5, 0.5, b"x", [1], (1,), {"a": 1}]
    disguises = [disguised(value, True) for value in values]
    assert [type(each) for each in disguises] == [HOSTILE[type(value)] for value in values]
    assert to_json(Message(disguises, Header("1"))) == to_json(Message(values, Header("1")))


class Strange(str):
    """A string that equals no other, so that a dict can hold it twice."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return id(self)


def test_a_key_that_would_be_written_twice_is_refused() -> None:
    with pytest.raises(BadMessage, match="the key 'a' occurs twice"):
        to_json(Message({Strange("a"): 1, Strange("a"): 2}))
