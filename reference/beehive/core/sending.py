"""Calls that wait for room or for responses."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeAlias, TypeVar

from beehive.core.channel import CLOSED_PUT, Channel, put_into_all
from beehive.core.parked import Parked
from beehive.errors import DuplicateRequest, ModuleClosed, WouldBlock
from beehive.message import AnyMessage
from beehive.timeouts import TimeoutLike, in_seconds

R = TypeVar("R")


class _Delivery(Parked[R]):
    """A call that puts a message into channels, and waits for room in all full ones at the same time."""

    __slots__ = ("message", "_find", "_name", "_channels", "_waiting")

    def __init__(
        self, timeout: TimeoutLike, message: AnyMessage, find: Callable[[str], Sequence[Channel]], name: str
    ) -> None:
        """Create the call; `find` is called when it begins, and returns the channels for the name or raises."""
        # Not super(), which takes twice as long; a call is made for each message.
        Parked.__init__(self, timeout)
        self.message = message
        self._find = find
        self._name = name
        self._channels: Sequence[Channel] = ()
        self._waiting: dict[Channel, None] = {}

    def _look(self) -> None:
        self._channels = self._find(self._name)

    def _try(self) -> None:
        waiting, channels = self._waiting, self._channels
        if len(channels) > 1:
            # All open ones first, at the same time.
            is_closed = [channel for channel in channels if channel.fast_put is CLOSED_PUT]
            put_into_all([channel for channel in channels if channel.fast_put is not CLOSED_PUT], self.message)
            channels = is_closed
        for channel in channels:
            if not channel.offer(self.message):
                waiting[channel] = None
                channel.senders[self] = None
        if not waiting:
            self._end_if_complete()

    def _promise(self, channels: Sequence[Channel]) -> Callable[[], object]:
        full = [channel for channel in channels if not channel.has_room()]
        if full:
            raise WouldBlock(self._no_room(full, "at once"))
        puts = [channel.promise(self.message) for channel in channels]

        def put_all() -> None:
            for put in puts:
                put()

        return put_all

    def admitted(self, channel: Channel) -> None:
        """Note that a channel has taken the message and removed this call from its senders."""
        del self._waiting[channel]
        if not self._waiting:
            self._end_if_complete()

    def turned_away(self, channel: Channel) -> None:
        """Fail because a channel was closed; it has removed this call from its senders."""
        del self._waiting[channel]
        self._fail(ModuleClosed(channel.name))

    def _end_if_complete(self) -> None:
        """End the call if nothing is missing; called after a message was put or a response arrived."""
        raise NotImplementedError

    def _withdraw(self) -> None:
        for channel in self._waiting:
            channel.senders.pop(self, None)

    def _overdue(self, limit: str) -> str:
        return self._no_room(self._waiting, limit)

    def _no_room(self, channels: Iterable[Channel], limit: str) -> str:
        names = ", ".join(repr(channel.name) for channel in channels)
        return f"no room for the message {self.message.id!r} {limit}; it was not put for: {names}"


class Sending(_Delivery[None]):
    """A call that ends when its message has been put into the channel of a module."""

    __slots__ = ()

    def accept_within(self) -> Callable[[], object]:
        """Put the message at the end of the transition; raises WouldBlock if the channel is full."""
        in_seconds(self._timeout)
        self._look()
        (channel,) = self._channels
        if channel.closed:
            raise ModuleClosed(channel.name)
        put = self._promise(self._channels)
        self.finish(None)
        return put

    def _end_if_complete(self) -> None:
        self.finish(None)


class Broadcast(_Delivery[tuple[str, ...]]):
    """A call that ends when its message has been put into the channel of every remaining member.

    The result names the members that were cleaned up while the call waited for room.
    """

    __slots__ = ("_left_out",)

    def __init__(
        self, timeout: TimeoutLike, message: AnyMessage, find: Callable[[str], Sequence[Channel]], group: str
    ) -> None:
        super().__init__(timeout, message, find, group)
        self._left_out: list[str] = []

    def accept_within(self) -> Callable[[], object]:
        """Put the message at the end of the transition; raises WouldBlock, for all, if a channel is full."""
        in_seconds(self._timeout)
        self._look()
        put = self._promise([channel for channel in self._channels if not channel.closed])
        self.finish(tuple(channel.name for channel in self._channels if channel.closed))
        return put

    def turned_away(self, channel: Channel) -> None:
        """Skip the member whose channel was closed."""
        self._left_out.append(channel.name)
        self.admitted(channel)

    def _end_if_complete(self) -> None:
        self.finish(tuple(self._left_out))


class _Request(_Delivery[R]):
    """A call that is outstanding, under the id of its message, until it ends."""

    __slots__ = ("expected", "responses", "_id", "_outstanding")

    def __init__(
        self,
        timeout: TimeoutLike,
        message: AnyMessage,
        find: Callable[[str], Sequence[Channel]],
        name: str,
        outstanding: dict[str, Request],
    ) -> None:
        _Delivery.__init__(self, timeout, message.as_sync(), find, name)
        self.expected = 0
        self.responses: list[AnyMessage] = []
        self._id = message.header.id
        self._outstanding = outstanding

    def is_served(self) -> bool:
        """Return whether enough responses have arrived."""
        return len(self.responses) == self.expected

    def accept(self, response: AnyMessage) -> bool:
        """Accept a response; return False if enough responses have already arrived."""
        if self.is_served():
            return False
        self.responses.append(response)
        self._end_if_complete()
        return True

    def _try(self) -> None:
        if self._id in self._outstanding:
            raise DuplicateRequest(self._id)
        self.expected = len(self._channels)
        # Registered before the message is put, so that no response can come too early.
        self._outstanding[self._id] = self
        _Delivery._try(self)

    def _withdraw(self) -> None:
        _Delivery._withdraw(self)
        # The id of a refused duplicate belongs to another call.
        if self._outstanding.get(self._id) is self:
            del self._outstanding[self._id]


class ModuleRequest(_Request[AnyMessage]):
    """A request to one module, which ends when its message has been put and a response has arrived.

    A response that arrives before the message is put is kept.
    """

    __slots__ = ()

    def turned_away(self, channel: Channel) -> None:
        """Fail because the message can no longer be put."""
        self._withdraw()
        super().turned_away(channel)

    def _end_if_complete(self) -> None:
        if self.responses and not self._waiting:
            self._withdraw()
            self.finish(self.responses[0])

    def _overdue(self, limit: str) -> str:
        if self._waiting:
            return super()._overdue(limit)
        return f"no response to the message {self.message.id!r} {limit}; later ones will be refused"


class GroupRequest(_Request[None]):
    """A request to a group, which ends when as many responses have arrived as the group had members.

    It waits for room and for responses at the same time.
    """

    __slots__ = ()

    def turned_away(self, channel: Channel) -> None:
        """Skip the member whose channel was closed; its response still counts as missing."""
        self.admitted(channel)

    def _end_if_complete(self) -> None:
        if len(self.responses) == self.expected:
            self._withdraw()
            self.finish(None)

    def _overdue(self, limit: str) -> str:
        arrived = f"{len(self.responses)} of {self.expected} responses"
        text = f"{arrived} to the message {self.message.id!r} {limit}; later ones will be refused"
        return f"{text}; {super()._overdue(limit)}" if self._waiting else text


Request: TypeAlias = _Request[Any]
