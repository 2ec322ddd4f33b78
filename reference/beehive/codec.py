"""The JSON of messages."""

from __future__ import annotations

import json
from typing import Any, TypeVar

from beehive.errors import BadMessage
from beehive.message import AnyMessage, Header, Message, Route

_T = TypeVar("_T")


def to_json(message: AnyMessage) -> str:
    """Return a message as JSON on one line.

    The content must be something that the standard library's `json` can write; raises its TypeError or
    ValueError otherwise.
    """
    header, route = message.header, message.route
    form = {
        "header": {
            "msg_id": header.id,
            "parent_msg_id": header.parent_id,
            "timestamp": header.timestamp,
            "sync": header.sync,
        },
        "router": {
            "source": route.source,
            "group": route.group,
            "operation": route.operation,
            "resource": route.resource,
        },
        "content": message.content,
    }
    return json.dumps(form, ensure_ascii=False, separators=(",", ":"))


def from_json(text: str | bytes) -> AnyMessage:
    """Read a message from its JSON; what is left out is empty, what is not known is passed over.

    Raises BadMessage if the text is no JSON or a field is of the wrong type.
    """
    try:
        form = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadMessage(f"not JSON: {error}") from error
    whole = _object({"message": form}, "message")
    header = _object(whole, "header")
    route = _object(whole, "router")
    return Message(
        whole.get("content"),
        Header(
            id=_field(header, "header", "msg_id", str, ""),
            parent_id=_field(header, "header", "parent_msg_id", str, ""),
            timestamp=_field(header, "header", "timestamp", int, 0),
            sync=_field(header, "header", "sync", bool, False),
        ),
        Route(*(_field(route, "router", name, str, "") for name in Route._fields)),
    )


def _object(whole: dict[str, Any], name: str) -> dict[str, Any]:
    part = whole.get(name, {})
    if not isinstance(part, dict):
        raise BadMessage(f"{name} is {json.dumps(part)[:60]}; it has to be a JSON object")
    return part


def _field(part: dict[str, Any], part_name: str, name: str, kind: type[_T], absent: _T) -> _T:
    value = part.get(name, absent)
    # True is an int to isinstance, but not to whoever reads the JSON.
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise BadMessage(f"{part_name}.{name} is {json.dumps(value)[:60]}; it has to be of type {kind.__name__}")
    return value
