"""The bus for asyncio: a shell around the core that locks, waits in the event loop and logs."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from types import TracebackType

from beehive import context
from beehive.aio.module import ModuleHandle
from beehive.aio.shell import TaskShell
from beehive.bus import Bus, warn_of_left_out
from beehive.core import FROM_BUS, Core, ModuleCapacity
from beehive.message import AnyMessage
from beehive.timeouts import TimeoutLike


class ChannelContext(Bus[TaskShell]):
    """A message bus between the modules of one process, for the tasks of asyncio.

    What can wait is awaited; everything else is a plain call. Timeouts are seconds or a timedelta: None
    waits for ever, 0 tries once and raises WouldBlock where it would have to wait, negative ones and NaN
    raise BadTimeout, which is a ValueError. A call that has found what it wants returns without letting
    other tasks run in between, as in asyncio's own queues.

    Cancellation: a message is never lost and never doubled. A cancelled `receive` has taken nothing: a
    message that had been handed to it already goes to whoever waits next, or back to the front of the
    channel; if the module has been cleaned up meanwhile, it is added to the list that `clean_up` returned. A
    cancelled `send` has put its message once or not at all, and does not put it later. A cancelled
    `send_sync` or `send_to_group_sync` is not outstanding any more, so that a later response is refused. The
    same holds for `asyncio.timeout` and `asyncio.wait_for`, which cancel. What had arrived when a `timeout`
    of the bus is over is returned.

    The tasks may belong to several event loops in different threads. Every task should end before its
    loop is closed, as `asyncio.run` sees to. After `close`, every operation raises Closed.

    >>> import asyncio
    >>> from beehive import Message, aio
    >>> async def main() -> str:
    ...     async with aio.ChannelContext() as bus, bus.module("edged") as edged:
    ...         await bus.send("edged", Message("start"))
    ...         return (await edged.receive()).content
    >>> asyncio.run(main())
    'start'
    """

    def __init__(self, *, capacity: int | None = None) -> None:
        """Make a bus whose channels hold `capacity` messages each, or any number if it is None.

        Raises ValueError if the capacity is less than 1.
        """
        super().__init__(TaskShell(Core(capacity), threading.Lock()))

    @classmethod
    def view_of(cls, bus: context.ChannelContext) -> ChannelContext:
        """Return a second face of a bus for threads: one bus, on which threads and tasks meet.

        What either face adds, sends or closes is added, sent and closed for both.
        """
        view = cls.__new__(cls)
        Bus.__init__(view, TaskShell(bus._core, bus._shell.lock))
        return view

    async def __aenter__(self) -> ChannelContext:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._leave()

    def module(
        self, name: str, groups: str | Iterable[str] = (), *, capacity: ModuleCapacity = FROM_BUS
    ) -> ModuleHandle:
        """Add a module, put it into a group or several, and return a handle to it.

        Its channel holds `capacity` messages if that is given. Raises ModuleExists, and ValueError if the
        capacity is less than 1.
        """
        return ModuleHandle(self._shell, self._opened(name, groups, capacity))

    async def send(self, module: str, message: AnyMessage, timeout: TimeoutLike = None) -> None:
        """Put a message into a module's channel, waiting for room if the channel is full.

        Raises UnknownModule, BadTimeout, Timeout if there was no room in time (the message is not put
        then), and ModuleClosed if the module was cleaned up meanwhile.
        """
        if timeout is not None or not self._put(self._channels.get(module), message):
            await self._shell.wait(self._core.sending(module, message, timeout))

    async def send_to_group(self, group: str, message: AnyMessage, timeout: TimeoutLike = None) -> None:
        """Put a message into the channel of every member, waiting for room where there is none.

        The members are those that the group has when the call begins; one that is cleaned up while the
        message waits for room there is left out, with a warning in the log. Raises UnknownGroup,
        BadTimeout, and Timeout naming the members that had no room in time; only the others have the
        message then.
        """
        if timeout is not None or not self._put_to_all(group, message):
            warn_of_left_out(await self._shell.wait(self._core.broadcast(group, message, timeout)), message)

    async def receive(self, module: str, timeout: TimeoutLike = None) -> AnyMessage:
        """Take the next message out of a module's channel, waiting until there is one.

        Receivers of one module are served in the order of their calls. Raises UnknownModule, BadTimeout,
        Timeout, and ModuleClosed if the module was cleaned up meanwhile.
        """
        if timeout is None and (message := self._take(self._channels.get(module))) is not None:
            return message
        return await self._shell.wait(self._core.receiving(module, timeout))

    async def send_sync(self, module: str, message: AnyMessage, timeout: TimeoutLike = None) -> AnyMessage:
        """Send a message, which arrives with its sync flag set, and wait for the response to it.

        One timeout covers waiting for room and for the response; a message that had no room in time is not
        put later. The first response counts. Raises UnknownModule, BadTimeout, DuplicateRequest if
        a message with this id waits for responses already, Timeout, and ModuleClosed if the module was
        cleaned up before the message was put.
        """
        return await self._shell.wait(self._core.request(module, message, timeout))

    async def send_to_group_sync(self, group: str, message: AnyMessage, timeout: TimeoutLike = None) -> None:
        """Send a message to every member of a group and wait for as many responses as it has members.

        The message arrives with its sync flag set. Responses are counted, whoever gave them, and so are
        the members when the call begins, even if one is cleaned up meanwhile. Room and responses are
        waited for at the same time, under one timeout; what was not put by the end is not put later.
        Raises UnknownGroup, BadTimeout, DuplicateRequest if a message with this id waits for responses
        already, and Timeout.
        """
        await self._shell.wait(self._core.group_request(group, message, timeout))
