"""The parts of a message, as an implementer needs them in one table."""

from __future__ import annotations

from typing import NamedTuple


class MessagePart(NamedTuple):
    """One part of a message: where it stands, its type, its unit, what it means, who sets it, and its clauses."""

    name: str
    within: str
    type: str
    unit: str
    meaning: str
    set_by: str
    clauses: tuple[str, ...]


MESSAGE_PART_ROWS: tuple[MessagePart, ...] = (
    MessagePart(
        "id",
        "header",
        "string",
        "",
        "Identifies the message; a response names it as its parent. `empty_id` asks about an empty one.",
        "the call that makes the message",
        ("MSG-2", "MSG-5"),
    ),
    MessagePart(
        "parent",
        "header",
        "string",
        "",
        "The id of the message to which this one responds; empty if it is no response.",
        "the maker of the message",
        ("MSG-2", "MSG-6", "MSG-8", "RESP-1"),
    ),
    MessagePart(
        "timestamp",
        "header",
        "whole number",
        "what `timestamp_unit` says",
        "When the message was made.",
        "the call that makes the message",
        ("MSG-7", "MSG-11"),
    ),
    MessagePart(
        "sync",
        "header",
        "true or false",
        "",
        "Whether the message was sent by a synchronous call.",
        "send_sync and send_to_group_sync, or the maker of the message, as a parameter of `make_message`",
        ("MSG-3", "MSG-4", "MSG-9"),
    ),
    MessagePart(
        "source",
        "route",
        "string",
        "",
        "Where the message comes from.",
        "the maker of the message",
        ("MSG-8", "MSG-10"),
    ),
    MessagePart(
        "group",
        "route",
        "string",
        "",
        "A group; it does not decide where the message goes (D-7).",
        "the maker of the message, or a call that sends to a group, as `route_group` says",
        ("MSG-8", "MSG-10"),
    ),
    MessagePart(
        "operation",
        "route",
        "string",
        "",
        "What is done to the resource.",
        "the maker of the message",
        ("MSG-8", "MSG-10"),
    ),
    MessagePart(
        "resource",
        "route",
        "string",
        "",
        "What the operation is about.",
        "the maker of the message",
        ("MSG-8", "MSG-10"),
    ),
    MessagePart(
        "content",
        "content",
        "any value, or none",
        "",
        "What the message says.",
        "the maker of the message",
        ("MSG-1", "MSG-6", "MSG-8"),
    ),
)
"""In the order of the documents."""
