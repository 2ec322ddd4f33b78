"""The operations that never wait, shared by the bus for threads and the bus for asyncio."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Generic, TypeVar

from beehive.arguments import check_message, given_names
from beehive.core import FROM_BUS, Channel, ModuleCapacity, Receiving, Snapshot
from beehive.message import AnyMessage, Message
from beehive.shell import Shell, log

S = TypeVar("S", bound=Shell)


class Bus(Generic[S]):
    """The operations that are plain calls for threads and tasks alike."""

    def __init__(self, shell: S) -> None:
        self._shell = shell
        self._core = shell.core
        self._do = shell.do
        self._lock = shell.lock
        # Attributes of the fast paths, looked up once instead of in each call.
        self._put = shell.put
        self._take = shell.take

    def add_module(self, module: str, *, capacity: ModuleCapacity = FROM_BUS) -> None:
        """Add a module with an empty channel.

        The channel holds `capacity` messages, or any number if that is None; by default it has the capacity of
        the bus. Raises ModuleExists, and ValueError if the capacity is less than 1.
        """
        self._do(self._core.add_module, module, capacity)

    def add_module_group(self, module: str, group: str) -> None:
        """Add a module to a group, creating the group if it does not exist.

        Adding a module twice has no effect. Raises UnknownModule.
        """
        self._do(self._core.add_module_group, module, group)

    def clean_up(self, module: str) -> list[AnyMessage]:
        """Remove a module from the bus and its groups, and return the messages that were still queued for it.

        Calls that are waiting for its messages, or for room in its channel, end with ModuleClosed. A group that
        has no members left is removed. A `receive` that had just been given a message returns it; if it is
        interrupted or cancelled instead, the message is added to the returned list and a warning is logged. The
        list is therefore complete once such calls have ended. Raises UnknownModule.
        """
        return self._shell.clean_up(module)

    def send_nowait(self, module: str, message: AnyMessage) -> None:
        """Put a message into a module's channel.

        Raises UnknownModule, and WouldBlock if the channel is full.
        """
        if not self._put(module, message):
            self._shell.at_once(self._core.sending(module, message, 0))

    def receive_nowait(self, module: str) -> AnyMessage:
        """Return the next message from a module's channel.

        Raises UnknownModule, and WouldBlock if the channel is empty.
        """
        message = self._take(module)
        return self._shell.at_once(self._core.receiving(module, 0)) if message is None else message

    def send_resp(self, response: AnyMessage) -> bool:
        """Deliver a response to the call that waits for it, and return whether there was one.

        `message.reply(content)` makes a response. If no call waits for it, or no longer does, an error is
        logged.
        """
        return self._shell.send_resp(response)

    def snapshot(self) -> Snapshot:
        """Return the current modules, groups and outstanding synchronous messages."""
        return self._do(self._core.snapshot)

    def close(self) -> dict[str, list[AnyMessage]]:
        """Clean up every module, and end every waiting call with Closed.

        Returns the messages that were still queued, by module; see `clean_up`. Closing again has no effect.
        """
        return self._shell.close()

    def _opened(self, name: str, groups: str | Iterable[str], capacity: ModuleCapacity) -> Channel:
        joined = given_names(groups, "group")

        def open_channel() -> Channel:
            channel = self._core.add_module(name, capacity)
            for group in joined:
                self._core.add_module_group(name, group)
            return channel

        return self._do(open_channel)

    def _put_to_all(self, group: str, message: AnyMessage) -> bool:
        if type(message) is not Message:
            check_message(message)
        core = self._core
        # Also within a transition: only open fast paths are used, so no call is to be woken.
        try:
            with self._lock:
                return core.put_to_all(group, message)
        except TypeError:
            # The group is no string, which the slow way says.
            return False
        finally:
            if core.later and not self._shell.is_within():
                self._shell.wake()

    def _leave(self) -> None:
        for module, messages in self.close().items():
            if messages:
                log.warning(
                    "the bus was closed while %d messages were queued for the module %r", len(messages), module
                )


def warn_of_left_out(modules: tuple[str, ...], message: AnyMessage) -> None:
    """Log a warning for each module that a broadcast has skipped."""
    for module in modules:
        log.warning("the module %r was cleaned up before it had room for the message %r", module, message.id)


class Handle(Generic[S]):
    """The operations of a module handle that never wait."""

    __slots__ = ("name", "_shell", "_channel")

    def __init__(self, shell: S, channel: Channel) -> None:
        self.name = channel.name
        self._shell = shell
        self._channel = channel

    def receive_nowait(self) -> AnyMessage:
        """Return the next message.

        Raises WouldBlock if there is none, and ModuleClosed if the module has been cleaned up.
        """
        message = self._shell.take_from(self._channel)
        return self._shell.at_once(Receiving(0, self._channel.itself, self.name)) if message is None else message

    def reply(self, request: AnyMessage, content: object) -> bool:
        """Respond to a synchronous message, and return whether a call was waiting for the response.

        If none was, an error is logged.
        """
        check_message(request)
        return self._shell.send_resp(request.reply(content, source=self.name))

    def send_resp(self, response: AnyMessage) -> bool:
        """Deliver a response, and return whether a call was waiting for it; see `Bus.send_resp`."""
        return self._shell.send_resp(response)

    def close(self) -> list[AnyMessage]:
        """Clean up the module unless that has been done, and return the messages that were still queued for it.

        The list is the one that `clean_up` returns; messages may be added to it later.
        """
        if self._shell.is_within():
            return self._channel.left if self._channel.closed else self._shell.clean_up(self.name)
        return self._shell.do(self._clean_up)

    def _clean_up(self) -> list[AnyMessage]:
        return self._channel.left if self._channel.closed else self._shell.core.clean_up(self.name)

    def _leave(self) -> None:
        is_open = not self._channel.closed
        left = self.close()
        if is_open and left:
            log.warning("the module %r was cleaned up while %d messages were queued", self.name, len(left))
