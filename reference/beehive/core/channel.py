"""The channel of one module: its messages, and who waits for one or for room."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable
from typing import Protocol

from beehive.core.parked import Parked
from beehive.errors import ModuleClosed
from beehive.message import AnyMessage
from beehive.timeouts import TimeoutLike


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
    """

    __slots__ = (
        "name",
        "capacity",
        "closed",
        "receivers",
        "senders",
        "quick_put",
        "take_unlocked",
        "_messages",
        "_append",
    )

    def __init__(self, name: str, capacity: int | None) -> None:
        self.name = name
        self.capacity = capacity
        self.closed = False
        # Ordered dicts, because a call that gives up leaves from the middle.
        self.receivers: OrderedDict[Receiving, None] = OrderedDict()
        self.senders: OrderedDict[Sender, None] = OrderedDict()
        self._messages: deque[AnyMessage] = deque()
        self._append = self._messages.append if capacity is None else None
        self.quick_put = self._append
        """Put a message; None while that is not all there is to it: somebody waits for it, or there is a bound."""
        # Where nobody ever waits for room, taking a message is one indivisible step of the deque.
        self.take_unlocked: Callable[[], AnyMessage] | None = self._messages.popleft if capacity is None else None
        """Take the first message or raise IndexError; None if the channel has a bound.

        This alone may be called without the lock that is held around every other use of the core.
        """

    def __len__(self) -> int:
        return len(self._messages)

    def itself(self) -> Channel:
        """Return the channel: what `Receiving` wants to know, for who has found it already."""
        return self

    def offer(self, message: AnyMessage) -> bool:
        """Put a message if there is room, and return whether there was; raises ModuleClosed."""
        if self.receivers:
            self._hand_over(message)
            return True
        if self.closed:
            raise ModuleClosed(self.name)
        if self.capacity is not None and len(self._messages) >= self.capacity:
            return False
        self._messages.append(message)
        return True

    def poll(self) -> AnyMessage | None:
        """Take the first message if there is one; raises ModuleClosed."""
        message = self._take()
        if message is None and self.closed:
            raise ModuleClosed(self.name)
        if self.senders:
            self._admit()
        return message

    def queue_up(self, receiving: Receiving) -> None:
        """Let a call wait for the next message; only while there is none."""
        self.quick_put = None
        self.receivers[receiving] = None

    def let_go(self, receiving: Receiving) -> None:
        """Let a call wait no longer, if it does."""
        self.receivers.pop(receiving, None)
        if not self.receivers and not self.closed:
            self.quick_put = self._append

    def give_back(self, message: AnyMessage) -> bool:
        """Take a message back whose receiver has gone, before all others; return False if closed."""
        if self.closed:
            return False
        if self.receivers:
            self._hand_over(message)
        else:
            self._messages.appendleft(message)
        return True

    def close(self) -> tuple[AnyMessage, ...]:
        """Close the channel, end every call that waits at it, and return the messages that were left."""
        self.closed = True
        self.quick_put = None
        # One by one: what is taken without the lock meanwhile must not be returned here as well.
        left: list[AnyMessage] = []
        while (message := self._take()) is not None:
            left.append(message)
        while self.receivers:
            self.receivers.popitem(last=False)[0].turned_away(self)
        while self.senders:
            self.senders.popitem(last=False)[0].turned_away(self)
        return tuple(left)

    def _hand_over(self, message: AnyMessage) -> None:
        receiving = self.receivers.popitem(last=False)[0]
        if not self.receivers:
            self.quick_put = self._append
        receiving.arrived(message)

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

    __slots__ = ("_find", "_channel")

    def __init__(self, timeout: TimeoutLike, find: Callable[[], Channel]) -> None:
        """Make a call; `find` returns the channel when the call begins, or raises."""
        super().__init__(timeout)
        self._find = find
        self._channel: Channel | None = None

    def arrived(self, message: AnyMessage) -> None:
        """The channel, which has let go of this call, hands it a message."""
        self._finish(message)

    def turned_away(self, channel: Channel) -> None:
        """The channel has been closed."""
        self._fail(ModuleClosed(channel.name))

    def undo(self) -> AnyMessage | None:
        """End the call; a message that it was given goes back to the front of the channel, if that is open."""
        if self.done and self._error is None and self._channel is not None:
            channel, self._channel = self._channel, None
            return None if channel.give_back(self._value) else self._value
        return super().undo()

    def _look(self) -> None:
        self._channel = self._find()

    def _try(self) -> None:
        channel = self._channel
        assert channel is not None
        message = channel.poll()
        if message is None:
            channel.queue_up(self)
        else:
            self._finish(message)

    def _withdraw(self) -> None:
        if self._channel is not None:
            self._channel.let_go(self)

    def _overdue(self, limit: str) -> str:
        name = self._channel.name if self._channel is not None else ""
        return f"no message for the module {name!r} {limit}; nothing was taken"
