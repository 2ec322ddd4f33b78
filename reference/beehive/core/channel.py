"""The channel of one module: its messages, and the calls that wait for a message or for room."""

from __future__ import annotations

import sys
from collections import OrderedDict, deque
from collections.abc import Callable, Collection, Iterable
from itertools import repeat
from typing import Final, Protocol, TypeAlias

from beehive.core.parked import Parked
from beehive.errors import ModuleClosed
from beehive.message import AnyMessage
from beehive.timeouts import TimeoutLike

FastPut: TypeAlias = Callable[[AnyMessage], object]
"""Puts a message without the lock and returns None; returns anything else and does nothing if it is closed."""
FastTake: TypeAlias = Callable[[], AnyMessage | None]
"""Takes a message without the lock, or raises IndexError if there is none; returns None if it is closed."""
CLOSED_PUT: Final[FastPut] = id
CLOSED_TAKE: Final[FastTake] = deque[AnyMessage]().clear
_APPEND: Final = deque.append
INDIVISIBLE: Final[bool] = sys.implementation.name == "cpython" and getattr(sys, "_is_gil_enabled", lambda: True)()
"""Whether operations of a deque are atomic for all threads, and threads are switched only at the start of a function,
at a jump back and after a call. CPython guarantees the former with the GIL, and the latter is how it is built."""


class Sender(Protocol):
    """A call that waits for room in one or more channels."""

    @property
    def message(self) -> AnyMessage:
        """The message to put."""

    def admitted(self, channel: Channel) -> None:
        """Note that the message has been put into the channel."""

    def turned_away(self, channel: Channel) -> None:
        """Note that the channel was closed before it had room."""

    def abandon(self) -> None:
        """End the call because the bus was closed."""


class Channel:
    """The messages of one module, first in, first out.

    Calls that wait for a message, and calls that wait for room, are served in order of arrival. Receivers wait only
    while there is no message, senders only while there is no room.

    While an unbounded channel has no waiting calls, `fast_put` and `fast_take` are its fast paths. They may be
    used without the lock, unlike everything else in the core, because each is one atomic operation of the deque.
    They must be loaded and called in one expression, `channel.fast_put(message)`: no other thread runs between the
    two, so a closed path is never used, and whoever holds the lock and has closed the paths has the channel alone.
    """

    __slots__ = (
        "name",
        "capacity",
        "closed",
        "left",
        "receivers",
        "senders",
        "fast_put",
        "fast_take",
        "_messages",
        "_promised",
        "_open_put",
        "_open_take",
    )

    def __init__(self, name: str, capacity: int | None) -> None:
        self.name = name
        self.capacity = capacity
        self.closed = False
        self.left: list[AnyMessage] = []
        """The messages that were queued when the channel was closed, and those given back since."""
        # Not deques: a call that gives up may be in the middle.
        self.receivers: OrderedDict[Receiving, None] = OrderedDict()
        self.senders: OrderedDict[Sender, None] = OrderedDict()
        self._messages: deque[AnyMessage] = deque()
        self._promised = 0
        """How many messages will be put at the end of the transition under way."""
        self._open_put: FastPut = CLOSED_PUT
        self._open_take: FastTake = CLOSED_TAKE
        if capacity is None and INDIVISIBLE:
            self._open_put, self._open_take = self._messages.append, self._messages.popleft
        self.fast_put, self.fast_take = self._open_put, self._open_take

    def itself(self, _name: str) -> Channel:
        """Return the channel itself; used as the `find` of a `Receiving` whose caller already has the channel."""
        return self

    def offer(self, message: AnyMessage) -> bool:
        """Put a message if there is room, and return whether there was. Raises ModuleClosed."""
        if self.closed:
            raise ModuleClosed(self.name)
        if self.capacity is not None and len(self._messages) >= self.capacity:
            return False
        try:
            self._messages.append(message)
            if self.receivers:
                self._serve()
        except BaseException:
            # The interrupt may have come before a waiting receiver was given the message.
            self._serve()
            raise
        return True

    def has_room(self) -> bool:
        """Return whether a message can be promised; may be called within a transition."""
        return self.capacity is None or (not self.senders and len(self._messages) + self._promised < self.capacity)

    def promise(self, message: AnyMessage) -> Callable[[], None]:
        """Return a function that puts a message at the end of the transition under way.

        If the transition closes the channel, the function adds the message to `left`. If the transition fills the
        channel, the channel then holds the message beyond its capacity.
        """
        self._promised += 1

        def put() -> None:
            self._promised -= 1
            if self.closed:
                self.left.append(message)
            else:
                self._messages.append(message)
                self._serve()

        return put

    def poll(self) -> AnyMessage | None:
        """Take the first message if there is one. Raises ModuleClosed."""
        if self.closed:
            raise ModuleClosed(self.name)
        message = self._take()
        if self.senders:
            self._admit()
        return message

    def queue_up(self, receiving: Receiving) -> None:
        """Let a call wait for the next message, unless one has just arrived on the fast path."""
        self.receivers[receiving] = None
        self.fast_put, self.fast_take = CLOSED_PUT, CLOSED_TAKE
        # After closing the fast paths: nothing arrives unseen any more.
        if self._messages:
            self._serve()

    def let_go(self, receiving: Receiving) -> None:
        """Remove a call from those that wait, if it is among them."""
        self.receivers.pop(receiving, None)
        self._serve()

    def give_back(self, message: AnyMessage) -> bool:
        """Put a message back in front because its receiver is gone; return False if it went into `left` instead."""
        if self.closed:
            self.left.append(message)
            return False
        self._messages.appendleft(message)
        self._serve()
        return True

    def close(self) -> list[AnyMessage]:
        """Close the channel, end every call that waits for it, and return the queued messages."""
        self.closed = True
        self.fast_put, self.fast_take = CLOSED_PUT, CLOSED_TAKE
        # After closing the fast paths: no other thread takes from the messages or adds to them.
        self.left.extend(self._messages)
        self._messages.clear()
        while self.receivers:
            self.receivers.popitem(last=False)[0].turned_away(self)
        while self.senders:
            self.senders.popitem(last=False)[0].turned_away(self)
        return self.left

    def _serve(self) -> None:
        """Give messages to waiting receivers, and open the fast paths if no receiver is left."""
        while self.receivers and (message := self._take()) is not None:
            self.receivers.popitem(last=False)[0].finish(message)
        if not self.receivers and not self.closed:
            self.fast_put, self.fast_take = self._open_put, self._open_take

    def _take(self) -> AnyMessage | None:
        # Checking first is cheaper than an exception, but another thread may still take the last message.
        if not self._messages:
            return None
        try:
            return self._messages.popleft()
        except IndexError:
            return None

    def _admit(self) -> None:
        # Not only once: after a message was given back, the channel may be above its capacity.
        while self.senders and (self.capacity is None or len(self._messages) < self.capacity):
            sender = self.senders.popitem(last=False)[0]
            self._messages.append(sender.message)
            sender.admitted(self)


def put_into_all(channels: Collection[Channel], message: AnyMessage) -> bool:
    """Put a message into all channels if each has an open fast path, and return whether that is so.

    Must be called with the lock held. All channels get the message at the same time: a thread that receives it from
    one channel cannot overtake it in another.
    """
    opened = [channel._messages for channel in channels if channel.fast_put is not CLOSED_PUT]
    if not opened or len(opened) < len(channels):
        return False
    # One call, in which no other thread runs; each append returns None.
    any(map(_APPEND, opened, repeat(message)))
    return True


def lengths(channels: Iterable[Channel]) -> list[int]:
    """Return the number of messages in each channel, all at the same time; must be called with the lock held."""
    return list(map(len, [channel._messages for channel in channels]))


class Receiving(Parked[AnyMessage]):
    """A call that ends when it has received a message from a channel."""

    __slots__ = ("_find", "_name", "_channel")

    def __init__(self, timeout: TimeoutLike, find: Callable[[str], Channel], name: str) -> None:
        """Create the call; `find` is called when it begins, and returns the channel of the module or raises."""
        Parked.__init__(self, timeout)
        self._find = find
        self._name = name
        self._channel: Channel | None = None

    def turned_away(self, channel: Channel) -> None:
        """Fail because the channel was closed."""
        self._fail(ModuleClosed(channel.name))

    def undo(self) -> AnyMessage | None:
        """End the call; a message that it was given goes back to the front of the channel or into `left`."""
        if self.done and not self._is_failed and self._channel is not None:
            channel, self._channel = self._channel, None
            return None if channel.give_back(self._value) else self._value
        return super().undo()

    def _look(self) -> None:
        self._channel = self._find(self._name)

    def _try(self) -> None:
        channel = self._channel
        assert channel is not None
        message = channel.poll()
        if message is None:
            channel.queue_up(self)
        else:
            self.finish(message)

    def _withdraw(self) -> None:
        if self._channel is not None:
            self._channel.let_go(self)

    def _overdue(self, limit: str) -> str:
        return f"no message for the module {self._name!r} {limit}; nothing was taken"
