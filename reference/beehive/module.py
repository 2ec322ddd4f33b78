"""A module's own end of the bus."""

from __future__ import annotations

from collections.abc import Iterator
from types import TracebackType

from beehive.core import Channel
from beehive.errors import Closed
from beehive.message import AnyMessage
from beehive.shell import Shell
from beehive.timeouts import TimeoutLike


class ModuleHandle:
    """A handle to one module of a bus: what it receives and how it answers.

    Iterating takes one message after another and ends when the module is cleaned up. With `with`, leaving
    cleans the module up. The handle stands for this module only, not for one that is added later under the
    same name.

    >>> from beehive import ChannelContext, Message
    >>> bus = ChannelContext()
    >>> with bus.module("edged", groups="edge") as edged:
    ...     bus.send_to_group("edge", Message("start"))
    ...     edged.receive().content
    'start'
    """

    __slots__ = ("name", "_shell", "_channel")

    def __init__(self, shell: Shell, channel: Channel) -> None:
        self.name = channel.name
        self._shell = shell
        self._channel = channel

    def __repr__(self) -> str:
        return f"<ModuleHandle {self.name!r}>"

    def __enter__(self) -> ModuleHandle:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def __iter__(self) -> Iterator[AnyMessage]:
        while True:
            try:
                message = self.receive()
            except Closed:
                return
            yield message

    def receive(self, timeout: TimeoutLike = None) -> AnyMessage:
        """Take the next message, waiting until there is one; raises BadTimeout, Timeout and ModuleClosed."""
        return self._shell.receive_from(self._channel, timeout)

    def receive_nowait(self) -> AnyMessage:
        """Take the next message; raises WouldBlock if there is none, ModuleClosed after a clean-up."""
        return self._shell.receive_from(self._channel, 0)

    def answer(self, request: AnyMessage, content: object) -> bool:
        """Respond to a synchronous message; return whether the response was taken, log an error if not."""
        return self.send_resp(request.reply(content, source=self.name))

    def send_resp(self, response: AnyMessage) -> bool:
        """Hand over a response made elsewhere; return whether it was taken, log an error if not."""
        return self._shell.send_resp(response)

    def close(self) -> tuple[AnyMessage, ...]:
        """Clean the module up and return the messages still queued for it; closing again is harmless."""
        with self._shell.lock:
            return () if self._channel.closed else self._shell.core.clean_up(self.name)
