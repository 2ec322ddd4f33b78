"""Handles to modules of the bus for asyncio."""

from __future__ import annotations

from collections.abc import AsyncIterator
from types import TracebackType

from beehive.aio.shell import TaskShell
from beehive.bus import Handle
from beehive.core import Receiving
from beehive.errors import Closed
from beehive.message import AnyMessage
from beehive.timeouts import TimeoutLike


class ModuleHandle(Handle[TaskShell]):
    """A handle to one module of a bus, with which the module receives and replies.

    `async for` receives one message after another and ends when the module is cleaned up. As an async context
    manager, the handle cleans the module up on exit and logs a warning if messages were still queued. The
    handle does not refer to a module that is added later under the same name.
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return f"<aio.ModuleHandle {self.name!r}>"

    async def __aenter__(self) -> ModuleHandle:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._leave()

    def __aiter__(self) -> AsyncIterator[AnyMessage]:
        return self

    async def __anext__(self) -> AnyMessage:
        try:
            return await self.receive()
        except Closed:
            raise StopAsyncIteration from None

    async def receive(self, timeout: TimeoutLike = None) -> AnyMessage:
        """Return the next message, waiting for one if necessary.

        Raises BadTimeout, Timeout if no message arrived in time, and ModuleClosed if the module has been
        cleaned up.
        """
        if timeout is None and (message := self._shell.take_from(self._channel)) is not None:
            return message
        return await self._shell.wait(Receiving(timeout, self._channel.itself, self.name))
