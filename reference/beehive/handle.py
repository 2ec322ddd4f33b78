"""Handles to modules of the bus for threads."""

from __future__ import annotations

from collections.abc import Iterator
from types import TracebackType

from beehive.bus import Handle
from beehive.core import Receiving
from beehive.errors import Closed
from beehive.message import AnyMessage
from beehive.shell import ThreadShell
from beehive.timeouts import TimeoutLike


class ModuleHandle(Handle[ThreadShell]):
    """A handle to one module of a bus, with which the module receives and replies.

    Iteration receives one message after another and ends when the module is cleaned up. As a context manager,
    the handle cleans the module up on exit and logs a warning if messages were still queued. The handle does
    not refer to a module that is added later under the same name.

    >>> from beehive import ChannelContext, Message
    >>> bus = ChannelContext()
    >>> with bus.module("edged", groups="edge") as edged:
    ...     bus.send_to_group("edge", Message("start"))
    ...     edged.receive().content
    'start'
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return f"<ModuleHandle {self.name!r}>"

    def __enter__(self) -> ModuleHandle:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._leave()

    def __iter__(self) -> Iterator[AnyMessage]:
        while True:
            try:
                message = self.receive()
            except Closed:
                return
            yield message

    def receive(self, timeout: TimeoutLike = None) -> AnyMessage:
        """Return the next message, waiting for one if necessary.

        Raises BadTimeout, Timeout if no message arrived in time, and ModuleClosed if the module has been
        cleaned up.
        """
        if timeout is None and (message := self._shell.take_from(self._channel)) is not None:
            return message
        return self._shell.wait(Receiving(timeout, self._channel.itself, self.name))
