"""Messages: a header, a route and a content."""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Generic, NamedTuple, TypeAlias, TypeVar

C = TypeVar("C")
D = TypeVar("D")


def _id_maker() -> Callable[[], str]:
    """Return a function that makes new ids in the form of random UUIDs."""
    # A random prefix for the process and a counter: unique without a system call for each id.
    digits = os.urandom(9).hex()
    prefix = f"{digits[:8]}-{digits[8:12]}-4{digits[12:15]}-8{digits[15:18]}-"
    count = itertools.count(1)
    return lambda: f"{prefix}{next(count):012x}"


def _after_fork() -> None:
    global _make_id
    _make_id = _id_maker()


_make_id = _id_maker()
os.register_at_fork(after_in_child=_after_fork)


TimeOfDay: TypeAlias = Callable[[], int]
"""Returns the time of day in milliseconds since 1970."""


def now_ms() -> int:
    """Return the system's time of day in milliseconds since 1970."""
    return time.time_ns() // 1_000_000


class Header(NamedTuple):
    """The header of a message.

    `resource_version` and `type` are not in the documents: KubeEdge's messages carry them, and no operation
    of the bus uses them.
    """

    id: str
    parent_id: str = ""
    """The id of the message that this one responds to, or an empty string."""
    timestamp: int = 0
    """The time at which the message was made, in milliseconds since 1970."""
    sync: bool = False
    """Whether the sender waits for a response."""
    resource_version: str = ""
    """The version of the object in the content, if it has one."""
    type: str = ""
    """The kind of context that delivers the message; empty for channels."""


class Route(NamedTuple):
    """The route of a message: its source, its group, and the operation on a resource that it asks for.

    `destination` is not in the documents: KubeEdge's messages carry it, and no operation of the bus uses it.
    """

    source: str = ""
    group: str = ""
    operation: str = ""
    resource: str = ""
    destination: str = ""


_NOWHERE = Route()


def _fresh() -> Header:
    return Header(_make_id(), "", now_ms())


@dataclass(frozen=True, slots=True)
class Message(Generic[C]):
    """An immutable message, which all members of a group share.

    `Message(content)` has a new id, the current time as its timestamp, and an empty route.

    >>> question = Message.make("?", operation="query", resource="lamp")
    >>> response = question.reply("on", source="twin")
    >>> response.content, response.parent_id == question.id, response.route.resource
    ('on', True, 'lamp')
    """

    content: C
    header: Header = field(default_factory=_fresh)
    route: Route = _NOWHERE

    @staticmethod
    def make(
        content: D,
        *,
        id: str | None = None,
        parent_id: str = "",
        sync: bool = False,
        source: str = "",
        group: str = "",
        operation: str = "",
        resource: str = "",
        destination: str = "",
        resource_version: str = "",
        type: str = "",
        time_of_day: TimeOfDay = now_ms,
    ) -> Message[D]:
        """Return a new message with the given header and route fields.

        If no `id` is given, the message gets a new one. `time_of_day` is called once for the timestamp; pass your own
        in tests that need a fixed time.
        """
        header = Header(_make_id() if id is None else id, parent_id, time_of_day(), sync, resource_version, type)
        return Message(content, header, Route(source, group, operation, resource, destination))

    @property
    def id(self) -> str:
        """The id in the header."""
        return self.header.id

    @property
    def parent_id(self) -> str:
        """The id of the message that this one responds to, or an empty string."""
        return self.header.parent_id

    @property
    def sync(self) -> bool:
        """Whether the sender waits for a response."""
        return self.header.sync

    def reply(self, content: D, *, source: str = "", time_of_day: TimeOfDay = now_ms) -> Message[D]:
        """Return a response to this message.

        The response has a new id, this message's id as its parent id, and the same operation and resource.
        `time_of_day` is called once for the timestamp.
        """
        header = Header(_make_id(), self.header.id, time_of_day())
        return Message(content, header, Route(source, "", self.route.operation, self.route.resource))

    def as_sync(self) -> Message[C]:
        """Return this message with the `sync` flag set; it keeps its class and all its attributes."""
        if self.header.sync:
            return self
        if type(self) is Message and type(self.header) is Header:
            id, parent_id, timestamp, _, version, kind = self.header
            return Message(self.content, Header(id, parent_id, timestamp, True, version, kind), self.route)
        return self._with_header(self.header._replace(sync=True))

    def _with_header(self, header: Header) -> Message[C]:
        # Not dataclasses.replace: a subclass may have another __init__, and attributes that are no fields.
        state: tuple[dict[str, Any] | None, dict[str, Any]] = object.__getstate__(self)  # type: ignore[assignment]  # with slots
        attributes, slots = state
        same = object.__new__(type(self))
        for name, value in {**(attributes or {}), **slots, "header": header}.items():
            object.__setattr__(same, name, value)
        return same


AnyMessage: TypeAlias = Message[Any]
"""A message whose content has any type."""
