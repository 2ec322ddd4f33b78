"""The channel of one module: its messages, and who waits for one or for room."""

from __future__ import annotations

import sys
from collections import OrderedDict, deque
from collections.abc import Callable
from typing import Final, Protocol, TypeAlias

from beehive.core.parked import Parked
from beehive.errors import ModuleClosed
from beehive.message import AnyMessage
from beehive.timeouts import TimeoutLike

Ways: TypeAlias = tuple[Callable[[AnyMessage], object] | None, Callable[[], AnyMessage] | None]
"""How to put a message and how to take one without the lock; None where there is no such way."""
_NO_WAYS: Final[Ways] = (None, None)
INDIVISIBLE: Final[bool] = getattr(sys, "_is_gil_enabled", lambda: True)()
"""Whether one step of a deque, and what is seen after it, is the same for all threads: not without the GIL."""


class Sender(Protocol):
    """A call that waits for room in one or more channels."""

    @property
    def message(self) -> AnyMessage:
        """What it wants to put."""

    def admitted(self, channel: Channel) -> None:
        """Its message has been put into the channel."""

    def turned_away(self, channel: Channel) -> None:
        """The channel has been closed before there was room."""

    def abandon(self) -> None:
        """The bus has been closed."""


class Channel:
    """The messages of one module, first in, first out.

    Whoever waits, for a message or for room, is served in the order of coming. Receivers wait only while
    there is no message, senders only while there is no room.

    A channel without a bound at which nobody waits has quick ways in and out, which alone may be used without
    the lock that is held around every other use of the core. Each is one indivisible step of the deque.
    """

    __slots__ = (
        "name",
        "capacity",
        "closed",
        "left",
        "receivers",
        "senders",
        "quick_put",
        "quick_take",
        "_messages",
        "_ways",
    )

    def __init__(self, name: str, capacity: int | None) -> None:
        self.name = name
        self.capacity = capacity
        self.closed = False
        self.left: list[AnyMessage] = []
        """What nobody has received by the time the channel is closed; what is given back later comes in as well."""
        # Ordered dicts, because a call that gives up leaves from the middle.
        self.receivers: OrderedDict[Receiving, None] = OrderedDict()
        self.senders: OrderedDict[Sender, None] = OrderedDict()
        self._messages: deque[AnyMessage] = deque()
        self._ways: Ways = _NO_WAYS if capacity is not None or not INDIVISIBLE else self._quick_ways()
        self.quick_put, self.quick_take = self._ways

    def _quick_ways(self) -> Ways:
        """Return how to put a message, to be followed by `settle` if there is no quick way any more, and to take one.

        Taking raises IndexError if there is no message.
        """
        return self._messages.append, self._messages.popleft

    def __len__(self) -> int:
        return len(self._messages)

    def itself(self, _name: str) -> Channel:
        """Return the channel: what `Receiving` wants to know, for who has found it already."""
        return self

    def offer(self, message: AnyMessage) -> bool:
        """Put a message if there is room, and return whether there was; raises ModuleClosed."""
        if self.closed:
            raise ModuleClosed(self.name)
        if self.capacity is not None and len(self._messages) >= self.capacity:
            return False
        self._messages.append(message)
        if self.receivers:
            self._serve()
        return True

    def settle(self, message: AnyMessage) -> bool:
        """Pass on what was put the quick way; return False if the channel had been closed before that.

        The message is in the channel no longer then. Doing it once more changes nothing.
        """
        if not self.closed:
            self._serve()
            return True
        # One by one, for others may put something this way at the same time. If it is not there, closing has
        # found it, or a receive that was a moment faster.
        others: list[AnyMessage] = []
        is_found = False
        while (each := self._take()) is not None:
            if each is message and not is_found:
                is_found = True
            else:
                others.append(each)
        self._messages.extend(others)
        return not is_found

    def poll(self) -> AnyMessage | None:
        """Take the first message if there is one; raises ModuleClosed."""
        if self.closed:
            raise ModuleClosed(self.name)
        if self.receivers:
            self._serve()
        message = self._take()
        if self.senders:
            self._admit()
        return message

    def queue_up(self, receiving: Receiving) -> None:
        """Let a call wait for the next message, unless one has come the quick way just now."""
        self.receivers[receiving] = None
        self.quick_put, self.quick_take = _NO_WAYS
        # In this order: who puts the quick way looks for receivers afterwards, so one of the two sees the other.
        if self._messages:
            self._serve()

    def let_go(self, receiving: Receiving) -> None:
        """Let a call wait no longer, if it does."""
        self.receivers.pop(receiving, None)
        self._serve()

    def give_back(self, message: AnyMessage) -> bool:
        """Take a message back whose receiver has gone, before all others; return False if it is among `left` now."""
        if self.closed:
            self.left.append(message)
            return False
        self._messages.appendleft(message)
        self._serve()
        return True

    def close(self) -> list[AnyMessage]:
        """Close the channel, end every call that waits at it, and return the messages that were left."""
        self._serve()
        self.closed = True
        self.quick_put, self.quick_take = _NO_WAYS
        # One by one: what is taken the quick way meanwhile must not be returned here as well.
        while (message := self._take()) is not None:
            self.left.append(message)
        while self.receivers:
            self.receivers.popitem(last=False)[0].turned_away(self)
        while self.senders:
            self.senders.popitem(last=False)[0].turned_away(self)
        return self.left

    def _serve(self) -> None:
        """Hand messages to those who wait for one, while there are both; open the quick ways if nobody waits."""
        while self.receivers and (message := self._take()) is not None:
            self.receivers.popitem(last=False)[0].finish(message)
        if not self.receivers and not self.closed:
            self.quick_put, self.quick_take = self._ways

    def _take(self) -> AnyMessage | None:
        # Looking first is cheaper than an error; a taker without the lock may still be faster.
        if not self._messages:
            return None
        try:
            return self._messages.popleft()
        except IndexError:
            return None

    def _admit(self) -> None:
        # A message that was given back may have left one too many.
        while self.senders and (self.capacity is None or len(self._messages) < self.capacity):
            sender = self.senders.popitem(last=False)[0]
            self._messages.append(sender.message)
            sender.admitted(self)


class Receiving(Parked[AnyMessage]):
    """A call that ends when it has a message of one channel."""

    __slots__ = ("_find", "_name", "_channel")

    def __init__(self, timeout: TimeoutLike, find: Callable[[str], Channel], name: str) -> None:
        """Make a call; `find` returns the channel of a module when the call begins, or raises."""
        Parked.__init__(self, timeout)
        self._find = find
        self._name = name
        self._channel: Channel | None = None

    def turned_away(self, channel: Channel) -> None:
        """The channel has been closed."""
        self._fail(ModuleClosed(channel.name))

    def undo(self) -> AnyMessage | None:
        """End the call; a message that it was given goes back to the front of the channel, or to what was left."""
        if self.done and self._error is None and self._channel is not None:
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
