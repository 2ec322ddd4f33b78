"""Every transition of the bus, without any waiting."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from types import MappingProxyType
from typing import Any, TypeVar

from beehive.core.channel import Channel, Receiving
from beehive.core.parked import Parked
from beehive.core.sending import Broadcast, GroupRequest, ModuleRequest, Request, Sending
from beehive.core.snapshot import ChannelState, RequestState, Snapshot
from beehive.errors import Closed, DuplicateRequest, ModuleExists, UnknownGroup, UnknownModule
from beehive.message import AnyMessage
from beehive.timeouts import TimeoutLike, in_seconds

P = TypeVar("P", bound=Parked[Any])
Q = TypeVar("Q", ModuleRequest, GroupRequest)
S = TypeVar("S", Sending, Broadcast, ModuleRequest, GroupRequest)


class Core:
    """The state of one bus, and the only place where it changes.

    A call that cannot finish at once comes back as a `Parked`, which the shell waits for. A call that
    raises has changed nothing; only where the timeout is 0, messages are where there was room for them.
    Nothing here is safe for threads: a shell that serves several holds one lock around each use.
    """

    __slots__ = ("takes_unlocked", "_capacity", "_closed", "_channels", "_groups", "_requests")

    def __init__(self, capacity: int | None = None) -> None:
        """Make a bus whose channels hold `capacity` messages each, or any number if it is None.

        Raises ValueError if the capacity is less than 1.
        """
        if capacity is not None and capacity < 1:
            raise ValueError(f"the capacity is {capacity}; it has to be None (no bound) or at least 1")
        self._capacity = capacity
        self._closed = False
        self._channels: dict[str, Channel] = {}
        self._groups: dict[str, dict[str, Channel]] = {}
        self._requests: dict[str, Request] = {}
        self.takes_unlocked: dict[str, Callable[[], AnyMessage]] = {}
        """By module, what `Channel.take_unlocked` is, for who is in a hurry; only to be read."""

    def add_module(self, module: str) -> Channel:
        """Give a module a new channel and return it; raises ModuleExists."""
        if self._closed:
            raise Closed
        if module in self._channels:
            raise ModuleExists(module)
        channel = self._channels[module] = Channel(module, self._capacity)
        if channel.take_unlocked is not None:
            self.takes_unlocked[module] = channel.take_unlocked
        return channel

    def add_module_group(self, module: str, group: str) -> None:
        """Put a module into a group, which may be new; once more does no harm. Raises UnknownModule."""
        channel = self._channel(module)
        self._groups.setdefault(group, {})[module] = channel

    def clean_up(self, module: str) -> tuple[AnyMessage, ...]:
        """Remove a module from the bus and from every group, and close its channel.

        Every call that waits at the channel ends with ModuleClosed, a group without members is gone, and
        the messages that were still queued are returned. Raises UnknownModule.
        """
        channel = self._channel(module)
        del self._channels[module]
        self.takes_unlocked.pop(module, None)
        for group in [group for group, members in self._groups.items() if module in members]:
            members = self._groups[group]
            del members[module]
            if not members:
                del self._groups[group]
        return channel.close()

    def send(self, module: str, message: AnyMessage, timeout: TimeoutLike = None) -> Sending | None:
        """Put a message into a module's channel, or wait for room there.

        Raises UnknownModule, BadTimeout, and WouldBlock if there is no room and the timeout is 0.
        """
        channel = self._channels.get(module)
        if channel is None:
            raise self._unknown(module)
        limit = None if timeout is None else in_seconds(timeout)
        if channel.offer(message):
            return None
        return _waiting_for_room(Sending(message, limit), (channel,))

    def send_to_group(self, group: str, message: AnyMessage, timeout: TimeoutLike = None) -> Broadcast | None:
        """Put a message into the channel of every member, waiting for room where there is none.

        The members are those of this moment. Raises UnknownGroup, BadTimeout, and WouldBlock if a channel
        has no room and the timeout is 0; the others have the message then.
        """
        members = self._members(group)
        limit = in_seconds(timeout)
        full = [channel for channel in members if not channel.offer(message)]
        return _waiting_for_room(Broadcast(message, limit), full) if full else None

    def receive(self, module: str, timeout: TimeoutLike = None) -> AnyMessage | Receiving:
        """Take the next message out of a module's channel, or wait for one.

        Raises UnknownModule, BadTimeout, and WouldBlock if there is no message and the timeout is 0.
        """
        channel = self._channels.get(module)
        if channel is None:
            raise self._unknown(module)
        return self.receive_from(channel, timeout)

    def receive_from(self, channel: Channel, timeout: TimeoutLike = None) -> AnyMessage | Receiving:
        """Do as `receive` does, for who holds the channel itself; raises ModuleClosed once it is closed."""
        limit = None if timeout is None else in_seconds(timeout)
        message = channel.poll()
        return _unless_at_once(Receiving(channel, limit)) if message is None else message

    def send_sync(self, module: str, message: AnyMessage, timeout: TimeoutLike = None) -> ModuleRequest:
        """Send to a module and wait for one response.

        The timeout covers waiting for room and waiting for the response. Raises UnknownModule, BadTimeout,
        DuplicateRequest, and WouldBlock if the timeout is 0: the message has been put, if there was room.
        """
        return self._request(ModuleRequest, (self._channel(module),), message, in_seconds(timeout))

    def send_to_group_sync(self, group: str, message: AnyMessage, timeout: TimeoutLike = None) -> GroupRequest:
        """Send to every member and wait for as many responses as there are members at this moment.

        Raises UnknownGroup, and otherwise what `send_sync` raises.
        """
        return self._request(GroupRequest, self._members(group), message, in_seconds(timeout))

    def send_resp(self, response: AnyMessage) -> bool:
        """Hand a response to the request that it names as its parent.

        Returns False if no such request waits, or not for a response any more.
        """
        if self._closed:
            raise Closed
        request = self._requests.get(response.parent_id)
        return request is not None and request.answer(response)

    def close(self) -> dict[str, tuple[AnyMessage, ...]]:
        """Clean up every module and end every call that waits; afterwards every operation raises Closed.

        Returns what was still queued, by module, without those that had nothing. Closing again is harmless.
        """
        self._closed = True
        for channel in self._channels.values():
            for receiver in tuple(channel.receivers):
                receiver.abandon()
            for sender in tuple(channel.senders):
                sender.abandon()
        for request in tuple(self._requests.values()):
            request.abandon()
        left = {module: self.clean_up(module) for module in tuple(self._channels)}
        return {module: messages for module, messages in left.items() if messages}

    def snapshot(self) -> Snapshot:
        """Return what the three maps hold now."""
        states = {
            module: ChannelState(len(channel), len(channel.receivers), len(channel.senders))
            for module, channel in self._channels.items()
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
        channel = self._channels.get(module)
        if channel is None:
            raise self._unknown(module)
        return channel

    def _members(self, group: str) -> tuple[Channel, ...]:
        members = self._groups.get(group)
        if members is None:
            raise Closed if self._closed else UnknownGroup(group)
        return tuple(members.values())

    def _unknown(self, module: str) -> Closed | UnknownModule:
        return Closed() if self._closed else UnknownModule(module)

    def _request(self, kind: type[Q], channels: tuple[Channel, ...], message: AnyMessage, limit: float | None) -> Q:
        if message.id in self._requests:
            raise DuplicateRequest(message.id)
        request = kind(message.as_sync(), limit, len(channels), self._requests)
        # Registered before anything is put, so that no response can come too early.
        self._requests[message.id] = request
        return _waiting_for_room(request, [each for each in channels if not each.offer(request.message)])


def _waiting_for_room(delivery: S, full: Iterable[Channel]) -> S:
    delivery.wait_for_room(full)
    return _unless_at_once(delivery)


def _unless_at_once(parked: P) -> P:
    if parked.limit == 0:
        raise parked.expire()
    return parked
