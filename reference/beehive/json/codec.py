"""The JSON of messages, as KubeEdge's Go code writes and reads it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
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

    The content may consist of None, bool, int, float, str, bytes (written as base64), lists, tuples, and dicts
    with string keys. Whole floats are written without a decimal point. Raises TypeError for other types, and
    BadMessage for values that JSON or Go cannot represent: NaN, infinities, lone surrogates, a timestamp beyond
    64 bits, and content that contains itself or is nested too deeply.

    >>> to_json(Message({"led": 1.0, "b": "<on>"}, Header("1", timestamp=5)))
    '{"header":{"msg_id":"1","timestamp":5},"route":{},"content":{"b":"\\u003con\\u003e","led":1}}'
    """
    check_message(message)
    if message.header.timestamp not in INT64:
        raise BadMessage(f"header.timestamp is {message.header.timestamp}; it must fit into 64 bits")
    header = _written(_HEADER, message.header._asdict())
    route = _written(_ROUTE, message.route._asdict())
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
        form = json.loads(decoded, parse_int=_integer, parse_float=_finite, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise BadMessage(f"not JSON: {error}") from error
    if not isinstance(form, dict):
        raise BadMessage(f"message is {_short(form)}; it must be a JSON object")
    if re.search(r"\\ud[89a-f]", decoded, re.IGNORECASE):
        form = _without_halves(form)
    parts = _by_name(form, ("header", "route", "content"))
    header = _read(_HEADER, "header", parts.get("header"))
    route = _read(_ROUTE, "route", parts.get("route"))
    if header.setdefault("timestamp", 0) not in INT64:
        raise BadMessage(f"header.timestamp is {header['timestamp']}; it must fit into 64 bits")
    return Message(parts.get("content"), Header(**{"id": "", **header}), Route(**route))


def _written(keys: tuple[_Key, ...], values: Mapping[str, Any]) -> str:
    there = ((each, values[each.field]) for each in keys)
    return "{" + ",".join(f'"{k.key}":{json_text(value)}' for k, value in there if value or k.is_required) + "}"


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
        # bool is a subclass of int, but not a number of JSON.
        if not isinstance(value, each.kind) or (each.kind is int and isinstance(value, bool)):
            raise BadMessage(f"{name}.{each.key} is {_short(value)}; it must be of type {each.kind.__name__}")
        fields[each.field] = value
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


def _without_halves(value: Any) -> Any:
    match value:
        case str():
            return re.sub("[\ud800-\udfff]", "\ufffd", value)
        case list():
            return [_without_halves(each) for each in value]
        case dict():
            return {_without_halves(key): _without_halves(each) for key, each in value.items()}
        case _:
            return value


def _integer(text: str) -> int | float:
    # Go reads numbers as floats, which have a negative zero.
    return -0.0 if text == "-0" else int(text)


def _finite(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise ValueError(f"the number {text[:60]} is too large")
    return value


def _refuse(text: str) -> NoReturn:
    raise ValueError(f"{text} is not a JSON number")


def _short(value: Any) -> str:
    return json.dumps(value)[:60]
