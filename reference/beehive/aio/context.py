"""The bus for asyncio: a shell around the core that locks, waits in the event loop and logs."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from types import TracebackType

from beehive import context
from beehive.aio.module import ModuleHandle
from beehive.aio.shell import TaskShell
from beehive.core import FROM_BUS, Core, ModuleCapacity, Snapshot
from beehive.message import AnyMessage
from beehive.shell import log
from beehive.timeouts import TimeoutLike


class ChannelContext:
    """A message bus between the modules of one process, for the tasks of asyncio.

    What can wait is awaited; everything else is a plain call. Timeouts are seconds or a timedelta: None
    waits for ever, 0 tries once and raises WouldBlock where it would have to wait, negative ones and NaN
    raise BadTimeout, which is a ValueError. A call that has found what it wants returns without letting
    other tasks run in between, as in asyncio's own queues.

    Cancellation: a message is never lost and never doubled. A cancelled `receive` has taken nothing: a
    message that had been handed to it already goes to whoever waits next, or back to the front of the
    channel; only if the module has been cleaned up meanwhile is there no way back, and that is logged as
    an error, with the message as `stranded` of the log record. A cancelled `send` has put its message once
    or not at all, and does not put it later. A cancelled `send_sync` or `send_to_group_sync` is not
    outstanding any more, so that a later response is refused. The same holds for `asyncio.timeout` and
    `asyncio.wait_for`, which cancel. What had arrived when a `timeout` of the bus is over is returned.

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
        self._use(TaskShell(Core(capacity), threading.Lock()))

    @classmethod
    def view_of(cls, bus: context.ChannelContext) -> ChannelContext:
        """Return a second face of a bus for threads: one bus, on which threads and tasks meet.

        What either face adds, sends or closes is added, sent and closed for both.
        """
        view = cls.__new__(cls)
        view._use(TaskShell(bus._core, bus._lock))
        return view

    def _use(self, shell: TaskShell) -> None:
        self._shell = shell
        self._core = shell.core
        self._lock = shell.lock
        self._channels = shell.core.channels
        self._takes_unlocked = shell.core.takes_unlocked

    async def __aenter__(self) -> ChannelContext:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for module, messages in self.close().items():
            log.warning("the bus was closed with %d messages for the module %r still queued", len(messages), module)

    def add_module(self, module: str, *, capacity: ModuleCapacity = FROM_BUS) -> None:
        """Give a module a new, empty channel, for `capacity` messages if that is given.

        Raises ModuleExists, and ValueError if the capacity is less than 1.
        """
        with self._lock:
            self._core.add_module(module, capacity)

    def add_module_group(self, module: str, group: str) -> None:
        """Put a module into a group; a new group needs no making, and once more does no harm.

        Raises UnknownModule.
        """
        with self._lock:
            self._core.add_module_group(module, group)

    def module(
        self, name: str, groups: str | Iterable[str] = (), *, capacity: ModuleCapacity = FROM_BUS
    ) -> ModuleHandle:
        """Add a module, put it into a group or several, and return a handle to it.

        Its channel holds `capacity` messages if that is given. Raises ModuleExists, and ValueError if the
        capacity is less than 1.
        """
        # A text is a collection of texts as well, but nobody means one group for each of its letters.
        names = (groups,) if isinstance(groups, str) else tuple(groups)
        with self._lock:
            channel = self._core.add_module(name, capacity)
            for group in names:
                self._core.add_module_group(name, group)
        return ModuleHandle(self._shell, channel)

    def clean_up(self, module: str) -> tuple[AnyMessage, ...]:
        """Remove a module from the bus and from every group, and return the messages still queued for it.

        Calls that wait for its messages or for room in its channel end with ModuleClosed; a group without
        members is gone. Raises UnknownModule.
        """
        with self._lock:
            return self._core.clean_up(module)

    async def send(self, module: str, message: AnyMessage, timeout: TimeoutLike = None) -> None:
        """Put a message into a module's channel, waiting for room if the channel is full.

        Raises UnknownModule, BadTimeout, Timeout if there was no room in time (the message is not put
        then), and ModuleClosed if the module was cleaned up meanwhile.
        """
        if timeout is None:
            with self._lock:
                channel = self._channels.get(module)
                if channel is not None:
                    if (put := channel.quick_put) is not None:
                        put(message)
                        return
                    if channel.offer(message):
                        return
        await self._shell.wait(self._core.sending(module, message, timeout))

    def send_nowait(self, module: str, message: AnyMessage) -> None:
        """Put a message into a module's channel; raises UnknownModule, and WouldBlock if it is full."""
        self._shell.at_once(self._core.sending(module, message, 0))

    async def send_to_group(self, group: str, message: AnyMessage, timeout: TimeoutLike = None) -> None:
        """Put a message into the channel of every member, waiting for room where there is none.

        The members are those that the group has when the call begins; one that is cleaned up while the
        message waits for room there is left out, with a warning in the log. Raises UnknownGroup,
        BadTimeout, and Timeout naming the members that had no room in time; only the others have the
        message then.
        """
        if timeout is None:
            with self._lock:
                if self._core.put_to_all(group, message):
                    return
        for module in await self._shell.wait(self._core.broadcast(group, message, timeout)):
            log.warning("the module %r was cleaned up before the message %r reached it", module, message.id)

    async def receive(self, module: str, timeout: TimeoutLike = None) -> AnyMessage:
        """Take the next message out of a module's channel, waiting until there is one.

        Receivers of one module are served in the order of their calls. Raises UnknownModule, BadTimeout,
        Timeout, and ModuleClosed if the module was cleaned up meanwhile.
        """
        if timeout is None and (take := self._takes_unlocked.get(module)) is not None:
            # Most receives find a message, and then need neither the lock nor the rest of the core.
            try:
                return take()
            except IndexError:
                pass
        return await self._shell.wait(self._core.receiving(module, timeout))

    def receive_nowait(self, module: str) -> AnyMessage:
        """Take the next message out of a module's channel; raises UnknownModule and WouldBlock."""
        return self._shell.at_once(self._core.receiving(module, 0))

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

    def send_resp(self, response: AnyMessage) -> bool:
        """Hand a response to the call that waits for it, and return whether it was taken.

        `message.reply(content)` makes a response to a message. Where nobody waits for it, or not any
        more, that is logged as an error.
        """
        return self._shell.send_resp(response)

    def snapshot(self) -> Snapshot:
        """Return the three maps as they are now: modules, groups, and outstanding synchronous messages."""
        with self._lock:
            return self._core.snapshot()

    def close(self) -> dict[str, tuple[AnyMessage, ...]]:
        """Clean up every module and end every call that waits with Closed; closing again is harmless.

        Returns the messages that were still queued, by module, without the modules that had none.
        """
        with self._lock:
            return self._core.close()
