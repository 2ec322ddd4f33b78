"""Every transition of the bus, without any waiting."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from enum import Enum
from types import MappingProxyType
from typing import Final, Literal, TypeAlias

from beehive.core.channel import Channel, Receiving
from beehive.core.sending import Broadcast, GroupRequest, ModuleRequest, Request, Sending
from beehive.core.snapshot import ChannelState, RequestState, Snapshot
from beehive.errors import Closed, ModuleExists, UnknownGroup, UnknownModule
from beehive.message import AnyMessage
from beehive.timeouts import TimeoutLike


class Inherited(Enum):
    """What stands for a capacity that is not given."""

    FROM_BUS = "the capacity of the bus"


FROM_BUS: Final = Inherited.FROM_BUS
Capacity: TypeAlias = int | None
"""How many messages a channel holds; None for any number."""
ModuleCapacity: TypeAlias = Capacity | Literal[Inherited.FROM_BUS]

_NOBODY: Final[dict[str, Channel]] = {}


class Core:
    """The state of one bus, and the only place where it changes.

    What may have to wait comes back as a `Parked` that has not begun: so its owner has it in hand, and can
    undo it, from before its first effect to after its last. What raises has changed nothing. Nothing here is
    safe for threads: a shell that serves several holds one lock around each use, except for making a `Parked`.
    """

    __slots__ = ("make_channel", "channels", "woken", "_capacity", "_closed", "_groups", "_requests")

    def __init__(self, capacity: Capacity = None) -> None:
        """Make a bus whose channels hold `capacity` messages each, or any number if it is None.

        Raises ValueError if the capacity is less than 1.
        """
        self._capacity = _checked(capacity)
        self._closed = False
        self.channels: dict[str, Channel] = {}
        """The channels by module, for who is in a hurry; only to be read."""
        self.woken: deque[Callable[[], object]] = deque()
        """Whom the shells have to wake as soon as the lock is free; the core itself does not look at it."""
        self._groups: dict[str, dict[str, Channel]] = {}
        self._requests: dict[str, Request] = {}
        self.make_channel: Callable[[str, Capacity], Channel] = Channel
        """What makes the channels; to be replaced, before the first module is added, by who wants to watch them."""

    def add_module(self, module: str, capacity: ModuleCapacity = FROM_BUS) -> Channel:
        """Give a module a new channel and return it; raises ModuleExists, and ValueError for a bad capacity."""
        if self._closed:
            raise Closed
        if module in self.channels:
            raise ModuleExists(module)
        channel = self.make_channel(module, self._capacity if capacity is FROM_BUS else _checked(capacity))
        self.channels[module] = channel
        return channel

    def add_module_group(self, module: str, group: str) -> None:
        """Put a module into a group, which may be new; once more does no harm. Raises UnknownModule."""
        channel = self._channel(module)
        self._groups.setdefault(group, {})[module] = channel

    def clean_up(self, module: str) -> list[AnyMessage]:
        """Remove a module from the bus and from every group, and close its channel.

        Every call that waits at the channel ends with ModuleClosed, a group without members is gone, and
        the messages that were still queued are returned; those that are given back later are added to the
        list. Raises UnknownModule.
        """
        channel = self._channel(module)
        del self.channels[module]
        for group in [group for group, members in self._groups.items() if module in members]:
            members = self._groups[group]
            del members[module]
            if not members:
                del self._groups[group]
        return channel.close()

    def put_to_all(self, group: str, message: AnyMessage) -> bool:
        """Put a message into the channel of every member if nobody waits there and none has a bound.

        Returns whether that was so; if not, or if there is no such group, nothing has happened.
        """
        puts = [channel.quick_put for channel in self._groups.get(group, _NOBODY).values()]
        if not puts or not all(puts):
            return False
        for put in puts:
            put(message)  # type: ignore[misc]  # that none is None has just been seen
        return True

    def sending(self, module: str, message: AnyMessage, timeout: TimeoutLike = None) -> Sending:
        """Return a call that puts a message into a module's channel; it raises UnknownModule when it begins."""
        return Sending(timeout, message, self._one, module)

    def broadcast(self, group: str, message: AnyMessage, timeout: TimeoutLike = None) -> Broadcast:
        """Return a call that puts a message into the channel of every member.

        The members are those that the group has when it begins; it raises UnknownGroup then.
        """
        return Broadcast(timeout, message, self._members, group)

    def receiving(self, module: str, timeout: TimeoutLike = None) -> Receiving:
        """Return a call that takes a message out of a module's channel; it raises UnknownModule when it begins."""
        return Receiving(timeout, self._channel, module)

    def request(self, module: str, message: AnyMessage, timeout: TimeoutLike = None) -> ModuleRequest:
        """Return a call that sends to a module and waits for one response, under one timeout.

        When it begins it raises UnknownModule and DuplicateRequest.
        """
        return ModuleRequest(timeout, message, self._one, module, self._requests)

    def group_request(self, group: str, message: AnyMessage, timeout: TimeoutLike = None) -> GroupRequest:
        """Return a call that sends to every member and waits for as many responses as there are members.

        The members are those that the group has when it begins; it raises UnknownGroup and DuplicateRequest then.
        """
        return GroupRequest(timeout, message, self._members, group, self._requests)

    def send_resp(self, response: AnyMessage) -> bool:
        """Hand a response to the request that it names as its parent.

        Returns False if no such request waits, or not for a response any more.
        """
        if self._closed:
            raise Closed
        request = self._requests.get(response.header.parent_id)
        return request is not None and request.accept(response)

    def close(self) -> dict[str, list[AnyMessage]]:
        """Clean up every module and end every call that waits; afterwards every operation raises Closed.

        Returns by module what `clean_up` does. Closing again is harmless, and there is nothing more to return.
        """
        self._closed = True
        for channel in self.channels.values():
            # One at a time: whoever leaves may let another be served.
            while channel.receivers:
                next(iter(channel.receivers)).abandon()
            for sender in tuple(channel.senders):
                sender.abandon()
        for request in tuple(self._requests.values()):
            request.abandon()
        return {module: self.clean_up(module) for module in tuple(self.channels)}

    def snapshot(self) -> Snapshot:
        """Return what the three maps hold now."""
        states = {
            module: ChannelState(len(channel), len(channel.receivers), len(channel.senders))
            for module, channel in self.channels.items()
        }
        groups = {
            group: MappingProxyType({module: states[module] for module in members})
            for group, members in self._groups.items()
        }
        requests = {
            message_id: RequestState(request.expected, len(request.responses))
            for message_id, request in self._requests.items()
        }
        return Snapshot(MappingProxyType(states), MappingProxyType(groups), MappingProxyType(requests))

    def _channel(self, module: str) -> Channel:
        channel = self.channels.get(module)
        if channel is None:
            raise self._unknown(module)
        return channel

    def _one(self, module: str) -> tuple[Channel]:
        return (self._channel(module),)

    def _members(self, group: str) -> tuple[Channel, ...]:
        members = self._groups.get(group)
        if members is None:
            raise Closed if self._closed else UnknownGroup(group)
        return tuple(members.values())

    def _unknown(self, module: str) -> Closed | UnknownModule:
        return Closed() if self._closed else UnknownModule(module)


def _checked(capacity: Capacity) -> Capacity:
    is_count = isinstance(capacity, int) and not isinstance(capacity, bool)
    if capacity is not None and not (is_count and capacity >= 1):
        raise ValueError(f"the capacity is {capacity!r}; it has to be None (no bound) or a whole number, at least 1")
    return capacity
