"""The state of a bus and its transitions."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from enum import Enum
from typing import Final, Literal, TypeAlias

from beehive.arguments import check_id, check_message, check_name, described
from beehive.core.channel import Channel, Receiving, lengths, put_into_all
from beehive.core.sending import Broadcast, GroupRequest, ModuleRequest, Request, Sending
from beehive.core.snapshot import ChannelState, RequestState, Snapshot, read_only
from beehive.errors import Closed, ModuleExists, UnknownGroup, UnknownModule, WrongType
from beehive.message import AnyMessage
from beehive.timeouts import TimeoutLike


class Inherited(Enum):
    """The default for the capacity of a module."""

    FROM_BUS = "the capacity of the bus"


FROM_BUS: Final = Inherited.FROM_BUS
Capacity: TypeAlias = int | None
"""The number of messages that a channel holds, or None for any number."""
ModuleCapacity: TypeAlias = Capacity | Literal[Inherited.FROM_BUS]

_NOBODY: Final[dict[str, Channel]] = {}


class Core:
    """The state of one bus, and the only place where it changes.

    Arguments of the wrong type are refused with WrongType. An operation that may have to wait is returned as a
    `Parked` that has not begun, so that its owner can undo it at any time, from before its first effect until after
    its last. An operation that raises has changed nothing. The core is not thread-safe: shells hold one lock around
    each use, except to make a `Parked`.
    """

    __slots__ = ("make_channel", "channels", "woken", "later", "_capacity", "_closed", "_groups", "_requests")

    def __init__(self, capacity: Capacity = None) -> None:
        """Create a core whose channels hold `capacity` messages each, or any number if it is None.

        Raises ValueError if the capacity is less than 1.
        """
        self._capacity = _checked(capacity)
        self._closed = False
        self.channels: dict[str, Channel] = {}
        """The channels by module; read-only, for the fast paths of the shells."""
        self.woken: deque[Callable[[], object]] = deque()
        """The wakers that the shell calls after it has released the lock; the core only holds them."""
        self.later: deque[Callable[[], object]] = deque()
        """What was asked for within a transition; the shell does it at the end of the transition."""
        self._groups: dict[str, dict[str, Channel]] = {}
        self._requests: dict[str, Request] = {}
        self.make_channel: Callable[[str, Capacity], Channel] = Channel
        """Creates the channels. To observe them, replace it before the first module is added."""

    def add_module(self, module: str, capacity: ModuleCapacity = FROM_BUS) -> Channel:
        """Add a module and return its channel; raises ModuleExists, and ValueError if the capacity is invalid."""
        check_name(module, "module")
        room = self._capacity if capacity is FROM_BUS else _checked(capacity)
        if self._closed:
            raise Closed
        if module in self.channels:
            raise ModuleExists(module)
        channel = self.make_channel(module, room)
        self.channels[module] = channel
        return channel

    def add_module_group(self, module: str, group: str) -> None:
        """Add a module to a group, creating the group if necessary. Raises UnknownModule."""
        check_name(group, "group")
        channel = self._channel(module)
        self._groups.setdefault(group, {})[module] = channel

    def clean_up(self, module: str) -> list[AnyMessage]:
        """Remove a module from the bus and its groups, close its channel, and return the queued messages.

        Every call that waits for the channel ends with ModuleClosed, and a group without members is removed.
        Messages that are given back later are added to the returned list. Raises UnknownModule.
        """
        channel = self._channel(module)
        left = channel.close()
        # After closing the channel: who finds no module any more finds no open channel either.
        del self.channels[module]
        for group in [group for group, members in self._groups.items() if module in members]:
            members = self._groups[group]
            del members[module]
            if not members:
                del self._groups[group]
        return left

    def put_to_all(self, group: str, message: AnyMessage) -> bool:
        """Put a message into the channel of every member if all of them have a fast path.

        Returns False and changes nothing if a channel has no fast path or the group does not exist.
        """
        return put_into_all(self._groups.get(group, _NOBODY).values(), message)

    def sending(self, module: str, message: AnyMessage, timeout: TimeoutLike = None) -> Sending:
        """Return a call that puts a message into a module's channel; raises UnknownModule when it begins."""
        check_message(message)
        check_name(module, "module")
        return Sending(timeout, message, self._one, module)

    def broadcast(self, group: str, message: AnyMessage, timeout: TimeoutLike = None) -> Broadcast:
        """Return a call that puts a message into the channel of every member.

        The members are those that the group has when the call begins; it raises UnknownGroup if there is no such
        group.
        """
        check_message(message)
        check_name(group, "group")
        return Broadcast(timeout, message, self._members, group)

    def receiving(self, module: str, timeout: TimeoutLike = None) -> Receiving:
        """Return a call that takes a message from a module's channel; raises UnknownModule when it begins."""
        check_name(module, "module")
        return Receiving(timeout, self._channel, module)

    def request(self, module: str, message: AnyMessage, timeout: TimeoutLike = None) -> ModuleRequest:
        """Return a call that sends to a module and waits for one response; the timeout covers both.

        Raises UnknownModule and DuplicateRequest when it begins.
        """
        check_message(message)
        check_id(message.header.id, "id")
        check_name(module, "module")
        return ModuleRequest(timeout, message, self._one, module, self._requests)

    def group_request(self, group: str, message: AnyMessage, timeout: TimeoutLike = None) -> GroupRequest:
        """Return a call that sends to every member and waits for as many responses as there are members.

        The members are those that the group has when the call begins, which is also when it raises UnknownGroup or
        DuplicateRequest.
        """
        check_message(message)
        check_id(message.header.id, "id")
        check_name(group, "group")
        return GroupRequest(timeout, message, self._members, group, self._requests)

    def send_resp(self, response: AnyMessage) -> bool:
        """Deliver a response to the request that it names as its parent.

        Returns False if the request is not outstanding or has enough responses.
        """
        request = self._request_of(response)
        return request is not None and request.accept(response)

    # The following may be called within a transition, which they do not disturb.

    def expects(self, response: AnyMessage) -> bool:
        """Return whether a request is outstanding that needs the response."""
        request = self._request_of(response)
        return request is not None and not request.is_served()

    def clean_up_within(self, module: str) -> list[AnyMessage]:
        """Clean up a module at the end of the transition, and return the list that will have the queued messages.

        If the transition itself cleans the module up, the list stays empty. Raises UnknownModule.
        """
        channel = self._channel(module)
        left: list[AnyMessage] = []

        def clean_up() -> None:
            if self.channels.get(module) is channel and not channel.closed:
                channel.left = left
                self.clean_up(module)

        self.later.append(clean_up)
        return left

    def close_within(self) -> dict[str, list[AnyMessage]]:
        """Close the bus at the end of the transition, and return the dict that will have the queued messages."""
        left: dict[str, list[AnyMessage]] = {}
        self.later.append(lambda: left.update(self.close()))
        return left

    def close(self) -> dict[str, list[AnyMessage]]:
        """Clean up every module and end every waiting call; afterwards every operation raises Closed.

        Returns the messages that were still queued, by module. Closing again has no effect and returns nothing.
        """
        self._closed = True
        for channel in self.channels.values():
            # One at a time: a call that leaves may cause another to be served.
            while channel.receivers:
                next(iter(channel.receivers)).abandon()
            for sender in tuple(channel.senders):
                sender.abandon()
        for request in tuple(self._requests.values()):
            request.abandon()
        return {module: self.clean_up(module) for module in tuple(self.channels)}

    def snapshot(self) -> Snapshot:
        """Return the current state of the three maps."""
        states = {
            module: ChannelState(queued, len(channel.receivers), len(channel.senders))
            for (module, channel), queued in zip(self.channels.items(), lengths(self.channels.values()), strict=True)
        }
        groups = {group: {module: states[module] for module in members} for group, members in self._groups.items()}
        requests = {
            message_id: RequestState(request.expected, len(request.responses))
            for message_id, request in self._requests.items()
        }
        return read_only(states, groups, requests)

    def _request_of(self, response: AnyMessage) -> Request | None:
        check_message(response)
        check_id(response.header.parent_id, "parent id")
        if self._closed:
            raise Closed
        return self._requests.get(response.header.parent_id)

    def _channel(self, module: str) -> Channel:
        check_name(module, "module")
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
    if capacity is None:
        return None
    right = "it must be None (unbounded) or an integer of at least 1"
    if not isinstance(capacity, int) or isinstance(capacity, bool):
        raise WrongType(f"the capacity is {described(capacity)}; {right}")
    if capacity < 1:
        raise ValueError(f"the capacity is {capacity!r}; {right}")
    return capacity
