"""Calls that wait for room, and those that wait for responses."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

from beehive.core.channel import Channel
from beehive.core.parked import Parked
from beehive.errors import Closed, ModuleClosed
from beehive.message import AnyMessage

R = TypeVar("R")


class _Delivery(Parked[R]):
    """A call whose message still waits for room in some channels, in all of them at the same time."""

    __slots__ = ("message", "_waiting", "_closed")

    def __init__(self, message: AnyMessage, limit: float | None) -> None:
        super().__init__(limit)
        self.message = message
        self._waiting: dict[Channel, None] = {}
        self._closed: list[str] = []

    def wait_for_room(self, channels: Iterable[Channel]) -> None:
        """Queue up at the channels, all of them full."""
        for channel in channels:
            self._waiting[channel] = None
            channel.senders[self] = None

    def admitted(self, channel: Channel) -> None:
        """The channel, which has let go of this call, has taken the message."""
        del self._waiting[channel]
        if not self._waiting:
            self._all_put()

    def turned_away(self, channel: Channel) -> None:
        """The channel has been closed; the message still goes to the others before that is reported."""
        self._closed.append(channel.name)
        self.admitted(channel)

    def _withdraw(self) -> None:
        for channel in self._waiting:
            channel.senders.pop(self, None)

    def _no_room(self, limit: str) -> str:
        names = ", ".join(repr(channel.name) for channel in self._waiting)
        return f"no room for the message {self.message.id!r} {limit}, so it was not put there: {names}"

    def _all_put(self) -> None:
        raise NotImplementedError


class Sending(_Delivery[None]):
    """A call that ends when its message has been put into every channel."""

    __slots__ = ()

    def _all_put(self) -> None:
        if self._closed:
            self._fail(ModuleClosed(*self._closed))
        else:
            self._finish(None)

    def _overdue(self, limit: str) -> str:
        return self._no_room(limit)


class Request(_Delivery[R]):
    """A call that ends when its message has been put everywhere and every response is there.

    As long as it waits it stands among the outstanding requests under the id of its message; a response
    that comes before the message is put is kept.
    """

    __slots__ = ("expected", "responses", "_outstanding")

    def __init__(
        self, message: AnyMessage, limit: float | None, expected: int, outstanding: dict[str, Request[Any]]
    ) -> None:
        super().__init__(message, limit)
        self.expected = expected
        self.responses: list[AnyMessage] = []
        self._outstanding = outstanding
        outstanding[message.id] = self

    def answer(self, response: AnyMessage) -> bool:
        """Take a response, and return False if there are enough already."""
        if len(self.responses) == self.expected:
            return False
        self.responses.append(response)
        if not self._waiting:
            self._all_put()
        return True

    def abandon(self) -> None:
        """The bus has been closed."""
        self._withdraw()
        self._fail(Closed())

    def _all_put(self) -> None:
        if self._closed:
            del self._outstanding[self.message.id]
            self._fail(ModuleClosed(*self._closed))
        elif len(self.responses) == self.expected:
            del self._outstanding[self.message.id]
            self._finish(self._all_arrived())

    def _all_arrived(self) -> R:
        raise NotImplementedError

    def _withdraw(self) -> None:
        super()._withdraw()
        del self._outstanding[self.message.id]

    def _overdue(self, limit: str) -> str:
        if self._waiting:
            return self._no_room(limit)
        arrived = f"{len(self.responses)} of {self.expected} responses"
        return f"{arrived} to the message {self.message.id!r} {limit}; later ones will be refused"


class ModuleRequest(Request[AnyMessage]):
    """A request to one module, which ends with its response."""

    __slots__ = ()

    def _all_arrived(self) -> AnyMessage:
        return self.responses[0]


class GroupRequest(Request[None]):
    """A request to the members of a group, which ends when there are as many responses as members."""

    __slots__ = ()

    def _all_arrived(self) -> None:
        return None
