"""A module's own end of the bus, for asyncio."""

from __future__ import annotations

from collections.abc import AsyncIterator
from types import TracebackType

from beehive.aio.shell import TaskShell
from beehive.core import Channel, Receiving
from beehive.errors import Closed
from beehive.message import AnyMessage
from beehive.timeouts import TimeoutLike


class ModuleHandle:
    """A handle to one module of a bus: what it receives and how it answers.

    `async for` takes one message after another and ends when the module is cleaned up. With `async with`,
    leaving cleans the module up. The handle stands for this module only, not for one that is added later
    under the same name.
    """

    __slots__ = ("name", "_shell", "_channel")

    def __init__(self, shell: TaskShell, channel: Channel) -> None:
        self.name = channel.name
        self._shell = shell
        self._channel = channel

    def __repr__(self) -> str:
        return f"<aio.ModuleHandle {self.name!r}>"

    async def __aenter__(self) -> ModuleHandle:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def __aiter__(self) -> AsyncIterator[AnyMessage]:
        return self

    async def __anext__(self) -> AnyMessage:
        try:
            return await self.receive()
        except Closed:
            raise StopAsyncIteration from None

    async def receive(self, timeout: TimeoutLike = None) -> AnyMessage:
        """Take the next message, waiting until there is one; raises BadTimeout, Timeout and ModuleClosed."""
        return await self._shell.receive_from(self._channel, timeout)

    def receive_nowait(self) -> AnyMessage:
        """Take the next message; raises WouldBlock if there is none, ModuleClosed after a clean-up."""
        return self._shell.at_once(Receiving(0, self._channel.itself))

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
