"""The JSON of messages, as KubeEdge's Go code writes and reads it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, NoReturn

from beehive.arguments import check_message, described
from beehive.errors import BadMessage, WrongType
from beehive.json.text import json_text
from beehive.message import AnyMessage, Header, Message, Route

INT64 = range(-(2**63), 2**63)
"""The values of a timestamp in Go."""


class _Key(NamedTuple):
    """A field of the JSON; empty fields are omitted unless they are required."""

    key: str
    field: str
    kind: type
    is_required: bool = False


_HEADER = (
    _Key("msg_id", "id", str, True),
    _Key("parent_msg_id", "parent_id", str),
    _Key("timestamp", "timestamp", int, True),
    _Key("resourceversion", "resource_version", str),
    _Key("sync", "sync", bool),
    _Key("type", "type", str),
)
_ROUTE = tuple(_Key(name, name, str) for name in ("source", "destination", "group", "operation", "resource"))


def to_json(message: AnyMessage) -> str:
    r"""Return a message as one line of JSON, byte for byte as Go's `encoding/json` writes it.

    The content may consist of None, bool, int, float, str, bytes (written as base64), lists, tuples, dicts with
    string keys, and instances of subclasses of these. Whole floats are written without a decimal point. Raises
    BadMessage for other types, and for values that JSON or Go cannot represent: NaN, infinities, integers beyond
    the floats, lone surrogates, a timestamp beyond 64 bits, and content that contains itself or is nested too deeply.
    The strings, numbers and containers are read without their own methods, so the time depends on their size alone.

    >>> to_json(Message({"led": 1.0, "b": "<on>"}, Header("1", timestamp=5)))
    '{"header":{"msg_id":"1","timestamp":5},"route":{},"content":{"b":"\\u003con\\u003e","led":1}}'
    """
    check_message(message)
    header = _written(_HEADER, "header", message.header, Header)
    route = _written(_ROUTE, "route", message.route, Route)
    return f'{{"header":{header},"route":{route},"content":{json_text(message.content)}}}'


def from_json(text: str | bytes | bytearray) -> AnyMessage:
    """Read a message from JSON.

    Missing and null fields are empty, and unknown fields are ignored. As in Go, field names are matched without
    regard to case, and lone surrogates are read as U+FFFD. Numbers without a decimal point become int, even if
    they were written from a float. Raises BadMessage if the text is not JSON or a field has the wrong type.

    >>> from_json('{"header":{"msg_id":"1","more":2},"content":[3]}').content
    [3]
    """
    if not isinstance(text, (str, bytes, bytearray)):
        raise WrongType(f"the text is {described(text)}; it must be str or bytes")
    try:
        # json.loads would also accept bytes in UTF-16 and UTF-32.
        decoded = text if isinstance(text, str) else text.decode()
        form = json.loads(_without_halves(decoded), parse_int=_integer, parse_float=_finite, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise BadMessage(f"not JSON: {error}") from error
    if not isinstance(form, dict):
        raise BadMessage(f"message is {_short(form)}; it must be a JSON object")
    parts = _by_name(form, ("header", "route", "content"))
    header = _read(_HEADER, "header", parts.get("header"))
    route = _read(_ROUTE, "route", parts.get("route"))
    return Message(parts.get("content"), Header(**{"id": "", **header}), Route(**route))


def _written(keys: tuple[_Key, ...], name: str, part: object, kind: type[Header] | type[Route]) -> str:
    if not issubclass(type(part), kind):
        raise BadMessage(f"the {name} is {described(part)}; it must be a {kind.__name__}")
    parts: Iterator[object] = tuple.__iter__(part)  # type: ignore[arg-type]  # a tuple: checked above
    values = dict(zip(kind._fields, parts, strict=True))
    texts = []
    for each in keys:
        value = _exact(each, name, values[each.field], described)
        if value or each.is_required:
            texts.append(f'"{each.key}":{json_text(value)}')
    return "{" + ",".join(texts) + "}"


def _exact(key: _Key, name: str, value: object, text_of: Callable[[object], str]) -> str | int:
    """Return the value of a field as a str, int or bool; raises BadMessage if it has another type or is too large."""
    given = type(value)
    # bool is a subclass of int, but not a number of JSON.
    if not issubclass(given, key.kind) or (key.kind is int and given is bool):
        raise BadMessage(f"{name}.{key.key} is {text_of(value)}; it must be of type {key.kind.__name__}")
    if key.kind is str:
        return str.__str__(value)
    number = int.__index__(value)  # type: ignore[arg-type]  # likewise
    if key.kind is int and number not in INT64:
        raise BadMessage(f"{name}.{key.key} is {_short(number)}; it must fit into 64 bits")
    return number if key.kind is int else bool(number)


def _read(keys: tuple[_Key, ...], name: str, part: Any) -> dict[str, Any]:
    if part is None:
        return {}
    if not isinstance(part, dict):
        raise BadMessage(f"{name} is {_short(part)}; it must be a JSON object")
    found = _by_name(part, tuple(each.key for each in keys))
    fields = {}
    for each in keys:
        value = found.get(each.key)
        if value is None:
            continue
        fields[each.field] = _exact(each, name, value, _short)
    return fields


def _by_name(form: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    if form.keys() <= set(names):
        return form
    found: dict[str, Any] = {}
    for key, value in form.items():
        folded = key.casefold()
        # As in Go: null does not overwrite an earlier spelling, and letters that fold into two do not match.
        if folded in names and len(folded) == len(key) and value is not None:
            found[folded] = value
    return found


_ESCAPE = re.compile(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)", re.DOTALL
)
"""An escape in a string: a pair of surrogates, a lone surrogate (group 1), or any other."""


def _without_halves(text: str) -> str:
    """Return JSON in which every lone surrogate is U+FFFD."""
    # In the text: what it says may be nested too deeply for a walk.
    text = re.sub("[\ud800-\udfff]", "\ufffd", text)
    if "\\u" not in text:
        return text
    return _ESCAPE.sub(lambda found: r"\ufffd" if found[1] else found[0], text)


def _integer(text: str) -> int | float:
    # Go reads numbers as floats, which have a negative zero and a largest value.
    if text == "-0":
        return -0.0
    _finite(text)
    return int(text)


def _finite(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise ValueError(f"the number {text[:60]} is too large")
    return value


def _refuse(text: str) -> NoReturn:
    raise ValueError(f"{text} is not a JSON number")


def _short(value: Any) -> str:
    try:
        return json.dumps(value)[:60]
    except (RecursionError, ValueError):
        # Nested too deeply, or an integer with too many digits.
        return "too large to show"
