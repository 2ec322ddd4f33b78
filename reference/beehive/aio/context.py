"""The bus for asyncio."""

from __future__ import annotations

from collections.abc import Iterable
from types import TracebackType

from beehive import context
from beehive.aio.module import ModuleHandle
from beehive.aio.shell import TaskShell
from beehive.arguments import described
from beehive.bus import Bus, warn_of_left_out
from beehive.core import FROM_BUS, Core, ModuleCapacity
from beehive.errors import WrongType
from beehive.message import AnyMessage
from beehive.runtime import new_lock
from beehive.timeouts import TimeoutLike


class ChannelContext(Bus[TaskShell]):
    """A message bus that connects the modules of one process, for asyncio tasks.

    Operations that can wait are coroutines; all others are plain calls. Timeouts are seconds or a timedelta.
    None waits forever. 0 does not wait: the call raises WouldBlock, a kind of Timeout, if it would have to. A
    negative timeout or NaN raises BadTimeout, a ValueError. What arrived in time is returned even if the task
    runs later. A call that need not wait does not yield to other tasks, like asyncio's own queues.

    Cancellation never loses or duplicates a message. A cancelled `receive` has taken nothing: a message that it
    had already been given goes to the next receiver or back to the front of the channel, or, if the module has
    been cleaned up meanwhile, into the list that `clean_up` returned. A cancelled `send` has put its message
    once or not at all. A cancelled `send_sync` or `send_to_group_sync` is no longer outstanding, so later
    responses are refused. This also holds for `asyncio.timeout` and `asyncio.wait_for`, which cancel.

    The tasks may belong to several event loops in different threads. Every task should end before its loop is
    closed, which `asyncio.run` ensures. After `close`, every operation raises Closed.

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
        """Create a bus whose channels hold `capacity` messages each, or any number if it is None.

        Raises ValueError if the capacity is less than 1.
        """
        super().__init__(TaskShell(Core(capacity), new_lock()))

    @classmethod
    def view_of(cls, bus: context.ChannelContext) -> ChannelContext:
        """Return a view of a bus for threads, so that threads and tasks can share it.

        Both operate on the same modules, groups and messages, and closing either closes both. Raises WrongType if
        `bus` is not a bus for threads.
        """
        if not isinstance(bus, context.ChannelContext):
            raise WrongType(f"{described(bus)} is not a bus for threads; pass a beehive.ChannelContext")
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
        """Add a module to the bus and to `groups`, and return a handle to it.

        `groups` is the name of one group or an iterable of names. For `capacity` see `add_module`. Raises
        ModuleExists, and ValueError if the capacity is less than 1.
        """
        return ModuleHandle(self._shell, self._opened(name, groups, capacity))

    async def send(self, module: str, message: AnyMessage, timeout: TimeoutLike = None) -> None:
        """Put a message into a module's channel, waiting for room if the channel is full.

        Raises UnknownModule, BadTimeout, Timeout if there was no room in time, and ModuleClosed if the module
        was cleaned up meanwhile. After any of these errors the message has not been put.
        """
        if timeout is not None or not self._put(module, message):
            await self._shell.wait(self._core.sending(module, message, timeout))

    async def send_to_group(self, group: str, message: AnyMessage, timeout: TimeoutLike = None) -> None:
        """Put a message into the channel of every member of a group, waiting for room in full channels.

        The members are those that the group has when the call begins. A member that is cleaned up before its
        channel had room is skipped, and a warning is logged. Raises UnknownGroup, BadTimeout, and Timeout if
        channels had no room in time: the error names their modules, and all other members have the message.
        """
        if timeout is not None or not self._put_to_all(group, message):
            warn_of_left_out(await self._shell.wait(self._core.broadcast(group, message, timeout)), message)

    async def receive(self, module: str, timeout: TimeoutLike = None) -> AnyMessage:
        """Return the next message from a module's channel, waiting for one if necessary.

        Calls that wait for the same module are served in order of arrival. Raises UnknownModule, BadTimeout, Timeout
        if no message arrived in time, and ModuleClosed if the module was cleaned up meanwhile.
        """
        if timeout is None and (message := self._take(module)) is not None:
            return message
        return await self._shell.wait(self._core.receiving(module, timeout))

    async def send_sync(self, module: str, message: AnyMessage, timeout: TimeoutLike = None) -> AnyMessage:
        """Send a message with its sync flag set, and return the first response to it.

        The timeout covers waiting for room and for the response; a message that had no room in time is not put
        later. Raises UnknownModule, BadTimeout, DuplicateRequest if a message with this id is still waiting for
        responses, Timeout if no response arrived in time, and ModuleClosed if the module was cleaned up before
        the message was put.
        """
        return await self._shell.wait(self._core.request(module, message, timeout))

    async def send_to_group_sync(self, group: str, message: AnyMessage, timeout: TimeoutLike = None) -> None:
        """Send a message with its sync flag set to every member of a group, and wait for their responses.

        The call ends when it has as many responses as the group had members when it began, whoever sent them;
        a member that is cleaned up meanwhile still counts. It waits for room and for responses at the same
        time, and the timeout covers both; a message that had no room in time is not put later. Raises
        UnknownGroup, BadTimeout, DuplicateRequest if a message with this id is still waiting for responses, and
        Timeout if responses are missing when the time is over.
        """
        await self._shell.wait(self._core.group_request(group, message, timeout))
