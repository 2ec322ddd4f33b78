"""What both colours of the bus share: every operation that never waits."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Generic, TypeVar

from beehive.core import FROM_BUS, Channel, ModuleCapacity, Receiving, Snapshot
from beehive.message import AnyMessage
from beehive.shell import Shell, log

S = TypeVar("S", bound=Shell)


class Bus(Generic[S]):
    """The operations of a bus that are plain calls for threads and for tasks alike."""

    def __init__(self, shell: S) -> None:
        self._shell = shell
        self._core = shell.core
        self._do = shell.do
        # Looked up once and not in each call: most calls need no more than these.
        self._channels = shell.core.channels
        self._put = shell.put
        self._take = shell.take

    def add_module(self, module: str, *, capacity: ModuleCapacity = FROM_BUS) -> None:
        """Give a module a new, empty channel, for `capacity` messages if that is given.

        Raises ModuleExists, and ValueError if the capacity is less than 1.
        """
        self._do(self._core.add_module, module, capacity)

    def add_module_group(self, module: str, group: str) -> None:
        """Put a module into a group; a new group needs no making, and once more does no harm.

        Raises UnknownModule.
        """
        self._do(self._core.add_module_group, module, group)

    def clean_up(self, module: str) -> list[AnyMessage]:
        """Remove a module from the bus and from every group, and return the messages still queued for it.

        Calls that wait for its messages or for room in its channel end with ModuleClosed; a group without
        members is gone. A receive that had been handed a message just before returns it. If it is
        interrupted or cancelled instead, its message is added to the list, and a warning logged: after
        those calls have ended, the list says everything. Raises UnknownModule.
        """
        return self._do(self._core.clean_up, module)

    def send_nowait(self, module: str, message: AnyMessage) -> None:
        """Put a message into a module's channel; raises UnknownModule, and WouldBlock if it is full."""
        if not self._put(self._channels.get(module), message):
            self._shell.at_once(self._core.sending(module, message, 0))

    def receive_nowait(self, module: str) -> AnyMessage:
        """Take the next message out of a module's channel; raises UnknownModule and WouldBlock."""
        message = self._take(self._channels.get(module))
        return self._shell.at_once(self._core.receiving(module, 0)) if message is None else message

    def send_resp(self, response: AnyMessage) -> bool:
        """Hand a response to the call that waits for it, and return whether it was taken.

        `message.reply(content)` makes a response to a message. Where nobody waits for it, or not any
        more, that is logged as an error.
        """
        return self._shell.send_resp(response)

    def snapshot(self) -> Snapshot:
        """Return the three maps as they are now: modules, groups, and outstanding synchronous messages."""
        return self._do(self._core.snapshot)

    def close(self) -> dict[str, list[AnyMessage]]:
        """Clean up every module and end every call that waits with Closed; closing again is harmless.

        Returns by module what `clean_up` returns.
        """
        return self._do(self._core.close)

    def _opened(self, name: str, groups: str | Iterable[str], capacity: ModuleCapacity) -> Channel:
        # A text is a collection of texts as well, but nobody means one group for each of its letters.
        names = (groups,) if isinstance(groups, str) else tuple(groups)

        def open_channel() -> Channel:
            channel = self._core.add_module(name, capacity)
            for group in names:
                self._core.add_module_group(name, group)
            return channel

        return self._do(open_channel)

    def _put_to_all(self, group: str, message: AnyMessage) -> bool:
        # Where this succeeds, nobody waits who would have to be woken.
        with self._shell.lock:
            return self._core.put_to_all(group, message)

    def _leave(self) -> None:
        for module, messages in self.close().items():
            if messages:
                log.warning(
                    "the bus was closed with %d messages for the module %r still queued", len(messages), module
                )


def warn_of_left_out(modules: tuple[str, ...], message: AnyMessage) -> None:
    """Log a warning for each module that a broadcast did not reach."""
    for module in modules:
        log.warning("the module %r was cleaned up before the message %r reached it", module, message.id)


class Handle(Generic[S]):
    """The calls of a module's own end of the bus that never wait."""

    __slots__ = ("name", "_shell", "_channel")

    def __init__(self, shell: S, channel: Channel) -> None:
        self.name = channel.name
        self._shell = shell
        self._channel = channel

    def receive_nowait(self) -> AnyMessage:
        """Take the next message; raises WouldBlock if there is none, ModuleClosed after a clean-up."""
        message = self._shell.take(self._channel)
        return self._shell.at_once(Receiving(0, self._channel.itself, self.name)) if message is None else message

    def reply(self, request: AnyMessage, content: object) -> bool:
        """Respond to a synchronous message; return whether the response was taken, log an error if not."""
        return self._shell.send_resp(request.reply(content, source=self.name))

    def send_resp(self, response: AnyMessage) -> bool:
        """Hand over a response made elsewhere; return whether it was taken, log an error if not."""
        return self._shell.send_resp(response)

    def close(self) -> list[AnyMessage]:
        """Clean the module up if that has not been done, and return the messages that were still queued for it.

        It is the list that `clean_up` returns, to which messages can be added later.
        """
        return self._shell.do(self._clean_up)

    def _clean_up(self) -> list[AnyMessage]:
        return self._channel.left if self._channel.closed else self._shell.core.clean_up(self.name)

    def _leave(self) -> None:
        is_open = not self._channel.closed
        left = self.close()
        if is_open and left:
            log.warning("the module %r was cleaned up with %d messages still queued", self.name, len(left))
