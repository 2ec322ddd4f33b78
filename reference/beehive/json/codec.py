"""The JSON of messages: what KubeEdge's Go code writes, byte for byte, and all that it reads."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, NamedTuple, NoReturn

from beehive.errors import BadMessage
from beehive.json.text import json_text
from beehive.message import AnyMessage, Header, Message, Route

INT64 = range(-(2**63), 2**63)
"""The numbers that a timestamp can be on the Go side."""


class _Key(NamedTuple):
    """One field as it stands in the JSON; left out when it is empty, unless it is always there."""

    key: str
    field: str
    kind: type
    is_always_there: bool = False


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
    r"""Return a message as JSON on one line, just as `encoding/json` of Go writes it.

    The content is made of None, bool, int, float, str, bytes (which become base64), lists, tuples, and dicts
    whose keys are texts. Floats that are whole are written without a point. Raises TypeError for a content of
    anything else, and BadMessage for what JSON or Go cannot hold: NaN, infinities, text with half a surrogate
    pair, a timestamp beyond 64 bits, and content that contains itself.

    >>> to_json(Message({"led": 1.0, "b": "<on>"}, Header("1", timestamp=5)))
    '{"header":{"msg_id":"1","timestamp":5},"route":{},"content":{"b":"\\u003con\\u003e","led":1}}'
    """
    if message.header.timestamp not in INT64:
        raise BadMessage(f"header.timestamp is {message.header.timestamp}; it has to fit into 64 bits")
    header = _written(_HEADER, message.header._asdict())
    route = _written(_ROUTE, message.route._asdict())
    return f'{{"header":{header},"route":{route},"content":{json_text(message.content)}}}'


def from_json(text: str | bytes) -> AnyMessage:
    """Read a message from its JSON; what is left out or null is empty, what is not known is passed over.

    As in Go, capital letters in the names of fields make no difference, and half a surrogate pair is read as
    U+FFFD. A number without a point is an int, also where a float was written. Raises BadMessage if the text
    is no JSON or a field is of the wrong type.

    >>> from_json('{"header":{"msg_id":"1","more":2},"content":[3]}').content
    [3]
    """
    try:
        # Of bytes the standard library would accept other encodings as well.
        decoded = text.decode() if isinstance(text, bytes) else text
        form = json.loads(decoded, parse_int=_integer, parse_float=_finite, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise BadMessage(f"not JSON: {error}") from error
    if not isinstance(form, dict):
        raise BadMessage(f"message is {_short(form)}; it has to be a JSON object")
    if re.search(r"\\ud[89a-f]", decoded, re.IGNORECASE):
        form = _without_halves(form)
    parts = _by_name(form, ("header", "route", "content"))
    header = _read(_HEADER, "header", parts.get("header"))
    route = _read(_ROUTE, "route", parts.get("route"))
    if header.setdefault("timestamp", 0) not in INT64:
        raise BadMessage(f"header.timestamp is {header['timestamp']}; it has to fit into 64 bits")
    return Message(parts.get("content"), Header(**{"id": "", **header}), Route(**route))


def _written(keys: tuple[_Key, ...], values: Mapping[str, Any]) -> str:
    there = ((each, values[each.field]) for each in keys)
    return "{" + ",".join(f'"{k.key}":{json_text(value)}' for k, value in there if value or k.is_always_there) + "}"


def _read(keys: tuple[_Key, ...], name: str, part: Any) -> dict[str, Any]:
    if part is None:
        return {}
    if not isinstance(part, dict):
        raise BadMessage(f"{name} is {_short(part)}; it has to be a JSON object")
    found = _by_name(part, tuple(each.key for each in keys))
    fields = {}
    for each in keys:
        value = found.get(each.key)
        if value is None:
            continue
        # True is an int to isinstance, but not to whoever reads the JSON.
        if not isinstance(value, each.kind) or (each.kind is int and isinstance(value, bool)):
            raise BadMessage(f"{name}.{each.key} is {_short(value)}; it has to be of type {each.kind.__name__}")
        fields[each.field] = value
    return fields


def _by_name(form: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    if form.keys() <= set(names):
        return form
    found: dict[str, Any] = {}
    for key, value in form.items():
        folded = key.casefold()
        # A null changes nothing that an earlier spelling has said; letters that fold into two are others.
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
    # Numbers are floats on the Go side, which know a negative zero.
    return -0.0 if text == "-0" else int(text)


def _finite(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise ValueError(f"the number {text[:60]} is too large")
    return value


def _refuse(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number of JSON")


def _short(value: Any) -> str:
    return json.dumps(value)[:60]
