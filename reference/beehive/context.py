"""The bus for threads: a shell around the core that locks, waits and logs."""

from __future__ import annotations

from collections.abc import Iterable
from types import TracebackType

from beehive.bus import Bus, warn_of_left_out
from beehive.core import FROM_BUS, Core, ModuleCapacity
from beehive.handle import ModuleHandle
from beehive.message import AnyMessage
from beehive.runtime import Runtime, ThreadRuntime
from beehive.shell import ThreadShell
from beehive.timeouts import TimeoutLike


class ChannelContext(Bus[ThreadShell]):
    """A message bus between the modules of one process, for any number of threads.

    Timeouts are seconds or a timedelta: None waits for ever, 0 tries once and raises WouldBlock where it
    would have to wait, negative ones and NaN raise BadTimeout, which is a ValueError. What had arrived in
    time is returned even if the time is over by then. After `close`, every operation raises Closed.

    Interruption, by Ctrl-C for example: a call that is interrupted while it waits has left its place. A
    `receive` has taken nothing: a message that had been handed to it already goes to whoever waits next, or
    back to the front of the channel; if the module has been cleaned up meanwhile, it is added to the list
    that `clean_up` returned. A `send` has put its message once or not at all, and does not put it later. A
    synchronous one is not outstanding any more.

    >>> from beehive import ChannelContext, Message
    >>> with ChannelContext() as bus:
    ...     bus.add_module("edged")
    ...     bus.send("edged", Message("start"))
    ...     bus.receive("edged").content
    'start'
    """

    def __init__(self, *, capacity: int | None = None, runtime: Runtime | None = None) -> None:
        """Make a bus whose channels hold `capacity` messages each, or any number if it is None.

        `runtime` is where threads, time and waiting come from; left out, it is the operating system.
        Raises ValueError if the capacity is less than 1.
        """
        super().__init__(ThreadShell(Core(capacity), ThreadRuntime() if runtime is None else runtime))

    def __enter__(self) -> ChannelContext:
        return self

    def __exit__(
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

    def send(self, module: str, message: AnyMessage, timeout: TimeoutLike = None) -> None:
        """Put a message into a module's channel, waiting for room if the channel is full.

        Raises UnknownModule, BadTimeout, Timeout if there was no room in time (the message is not put
        then), and ModuleClosed if the module was cleaned up meanwhile.
        """
        if timeout is not None or not self._put(self._channels.get(module), message):
            self._shell.wait(self._core.sending(module, message, timeout))

    def send_to_group(self, group: str, message: AnyMessage, timeout: TimeoutLike = None) -> None:
        """Put a message into the channel of every member, waiting for room where there is none.

        The members are those that the group has when the call begins; one that is cleaned up while the
        message waits for room there is left out, with a warning in the log. Raises UnknownGroup,
        BadTimeout, and Timeout naming the members that had no room in time; only the others have the
        message then.
        """
        if timeout is not None or not self._put_to_all(group, message):
            warn_of_left_out(self._shell.wait(self._core.broadcast(group, message, timeout)), message)

    def receive(self, module: str, timeout: TimeoutLike = None) -> AnyMessage:
        """Take the next message out of a module's channel, waiting until there is one.

        Receivers of one module are served in the order of their calls. Raises UnknownModule, BadTimeout,
        Timeout, and ModuleClosed if the module was cleaned up meanwhile.
        """
        if timeout is None and (message := self._take(self._channels.get(module))) is not None:
            return message
        return self._shell.wait(self._core.receiving(module, timeout))

    def send_sync(self, module: str, message: AnyMessage, timeout: TimeoutLike = None) -> AnyMessage:
        """Send a message, which arrives with its sync flag set, and wait for the response to it.

        One timeout covers waiting for room and for the response; a message that had no room in time is not
        put later. The first response counts. Raises UnknownModule, BadTimeout, DuplicateRequest if
        a message with this id waits for responses already, Timeout, and ModuleClosed if the module was
        cleaned up before the message was put.
        """
        return self._shell.wait(self._core.request(module, message, timeout))

    def send_to_group_sync(self, group: str, message: AnyMessage, timeout: TimeoutLike = None) -> None:
        """Send a message to every member of a group and wait for as many responses as it has members.

        The message arrives with its sync flag set. Responses are counted, whoever gave them, and so are
        the members when the call begins, even if one is cleaned up meanwhile. Room and responses are
        waited for at the same time, under one timeout; what was not put by the end is not put later.
        Raises UnknownGroup, BadTimeout, DuplicateRequest if a message with this id waits for responses
        already, and Timeout.
        """
        self._shell.wait(self._core.group_request(group, message, timeout))
