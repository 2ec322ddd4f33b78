"""Registering modules with a core, starting them in threads or tasks, and shutting them down."""

from __future__ import annotations

import asyncio
import inspect
import signal
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from types import FrameType, MappingProxyType
from typing import Protocol, TypeAlias, runtime_checkable

from beehive import aio
from beehive.context import ChannelContext
from beehive.errors import AlreadyRegistered, BeehiveError, Closed, NotAModule, NotRegistered
from beehive.handle import ModuleHandle
from beehive.host.modules_file import ModulesFile
from beehive.message import AnyMessage
from beehive.runtime import Runtime, ThreadRuntime
from beehive.shell import log
from beehive.timeouts import TimeoutLike, in_seconds

GRACE = 10.0
"""Seconds that modules have to stop, if nobody says otherwise."""
_LOOK = 1.0
"""Seconds after which a signal is noticed at the latest."""


@runtime_checkable
class Module(Protocol):
    """A module that runs in a thread of its own."""

    @property
    def name(self) -> str:
        """The name under which others send to it."""

    @property
    def groups(self) -> Sequence[str]:
        """The groups that it is in."""

    def start(self, bus: ChannelContext, handle: ModuleHandle) -> None:
        """Do the module's work until it ends; every call of the bus raises Closed when that is due."""


@runtime_checkable
class TaskModule(Protocol):
    """A module that runs as a task, in an event loop with the other modules of this kind."""

    @property
    def name(self) -> str:
        """The name under which others send to it."""

    @property
    def groups(self) -> Sequence[str]:
        """The groups that it is in."""

    async def start(self, bus: aio.ChannelContext, handle: aio.ModuleHandle) -> None:
        """Do the module's work until it ends; every call of the bus raises Closed when that is due."""


AnyModule: TypeAlias = Module | TaskModule


@dataclass(frozen=True, slots=True)
class Report:
    """How the modules of a core ended, by their names."""

    stopped: tuple[str, ...]
    """Those that ended in time."""
    failed: Mapping[str, BaseException]
    """Those that ended with an error, with it."""
    running: tuple[str, ...]
    """Those that had not ended when the time was over; tasks among them have been cancelled."""
    left: Mapping[str, tuple[AnyMessage, ...]] = field(default_factory=dict)
    """The messages that nobody received, by module."""

    @property
    def is_clean(self) -> bool:
        """Whether every module has ended in time and without an error."""
        return not self.failed and not self.running


class ModuleCore:
    """The core with which modules register: those that are enabled run on its bus, the others never do."""

    def __init__(
        self, enabled: ModulesFile | Iterable[str], *, capacity: int | None = None, runtime: Runtime | None = None
    ) -> None:
        """Make a core for the modules that are enabled; see ChannelContext for the rest.

        Raises ValueError if a module is enabled twice, or if the capacity is less than 1.
        """
        self._where = enabled.path if isinstance(enabled, ModulesFile) else "the core"
        self._enabled = _names(enabled.enabled if isinstance(enabled, ModulesFile) else enabled)
        self._runtime = ThreadRuntime() if runtime is None else runtime
        self._modules: dict[str, AnyModule] = {}
        self._disabled: dict[str, AnyModule] = {}
        self._running: dict[str, None] = {}
        self._failed: dict[str, BaseException] = {}
        self._left: dict[str, list[AnyMessage]] = {}
        self._started = False
        self._closing = False
        self._lock = self._runtime.lock()
        self._waiters: list[Callable[[], object]] = []
        self._cancel_tasks: Callable[[], object] = lambda: None
        self.bus = ChannelContext(capacity=capacity, runtime=self._runtime)
        """The bus of the modules."""

    @property
    def modules(self) -> Mapping[str, AnyModule]:
        """The modules that are registered and enabled, by name."""
        return MappingProxyType(self._modules)

    @property
    def disabled(self) -> Mapping[str, AnyModule]:
        """The modules that are registered and not enabled, by name."""
        return MappingProxyType(self._disabled)

    def register(self, module: AnyModule) -> bool:
        """Put a module among the enabled or the disabled ones, and return whether it is enabled.

        Raises NotAModule if it lacks something that a module has, AlreadyRegistered if another one has its
        name, and BeehiveError after `start`.
        """
        check_module(module)
        with self._lock:
            if self._started:
                raise BeehiveError(f"the modules have been started; register {module.name!r} before that")
            if module.name in self._modules or module.name in self._disabled:
                raise AlreadyRegistered(module.name)
            is_enabled = module.name in self._enabled
            (self._modules if is_enabled else self._disabled)[module.name] = module
            return is_enabled

    def start(self) -> None:
        """Add every enabled module to the bus and to its groups, then start them all.

        A module whose start raises is logged, taken off the bus and reported; the others keep running.
        Raises NotRegistered if a module is enabled that has not registered, ModuleExists if the name of one
        is on the bus already, both with nothing started, and BeehiveError if this was done before.
        """
        with self._lock:
            if self._started:
                raise BeehiveError("the modules have been started already")
            missing = tuple(name for name in self._enabled if name not in self._modules)
            if missing:
                raise NotRegistered(missing, tuple({**self._modules, **self._disabled}), self._where)
            self._started = True
        view = aio.ChannelContext.view_of(self.bus)
        jobs: list[tuple[str, Callable[[], None]]] = []
        tasks: list[Callable[[], asyncio.Task[None]]] = []
        handles: list[ModuleHandle | aio.ModuleHandle] = []
        try:
            for name, module in self._modules.items():
                if inspect.iscoroutinefunction(module.start):
                    handles.append(handle := view.module(name, module.groups))
                    tasks.append(self._task(module, view, handle))  # type: ignore[arg-type]
                else:
                    handles.append(own := self.bus.module(name, module.groups))
                    jobs.append((name, self._thread(module, own)))  # type: ignore[arg-type]
        except BaseException:
            self._started = False
            for each in handles:
                each.close()
            raise
        # All are on the bus before the first one runs: each may send to any other from its first line on.
        self._running = dict.fromkeys(self._modules)
        for name, job in jobs:
            self._runtime.spawn(job, name)
        if tasks:
            self._runtime.spawn(lambda: asyncio.run(self._run_tasks(tasks)), "tasks")

    def wait(self, timeout: TimeoutLike = None) -> bool:
        """Wait until every module has ended, and return whether that was so in time; raises BadTimeout."""
        limit = in_seconds(timeout)
        parker = self._runtime.parker()
        with self._lock:
            if not self._running:
                return True
            self._waiters.append(parker.unpark)
        if parker.park(limit):
            return True
        with self._lock, suppress(ValueError):
            self._waiters.remove(parker.unpark)
        return not self._running

    def shutdown(self, timeout: TimeoutLike = GRACE) -> Report:
        """Close the bus, wait for the modules to end, and report how they did.

        Whatever module waits for a message finds its iteration over, or gets Closed, and should then end.
        Tasks that have not ended in time are cancelled; threads cannot be, and run on. Raises BadTimeout.
        """
        limit = in_seconds(timeout)
        with self._lock:
            self._closing = True
        left = self.bus.close()
        self.wait(limit)
        with self._lock:
            running = tuple(self._running)
            failed = dict(self._failed)
            left = {**left, **self._left}
        self._cancel_tasks()
        stopped = tuple(name for name in self._modules if name not in failed and name not in running)
        unread = {name: tuple(messages) for name, messages in left.items() if messages}
        return Report(stopped if self._started else (), failed, running, unread)

    def run(self, grace: TimeoutLike = GRACE) -> Report:
        """Start the modules, wait until all have ended or SIGINT or SIGTERM arrives, and shut down.

        A second signal during the shutdown does what it does elsewhere. Only in the main thread; raises
        what `start` raises, and ValueError in another thread.
        """
        parker = self._runtime.parker()
        woken = threading.Event()

        def stop(_number: int, _frame: FrameType | None) -> None:
            if not woken.is_set():
                woken.set()
                parker.unpark()

        before = {each: signal.signal(each, stop) for each in (signal.SIGINT, signal.SIGTERM)}
        try:
            self.start()
            with self._lock:
                ended = not self._running
                self._waiters.append(lambda: stop(0, None))
            # A signal that arrives at the very moment at which a thread begins to wait does not end the wait.
            while not ended and not woken.is_set():
                parker.park(_LOOK)
        finally:
            for each, handler in before.items():
                signal.signal(each, handler)
        return self.shutdown(grace)

    def _thread(self, module: Module, handle: ModuleHandle) -> Callable[[], None]:
        def run() -> None:
            try:
                module.start(self.bus, handle)
            except BaseException as error:
                self._ended(handle, error)
            else:
                self._ended(handle)

        return run

    def _task(
        self, module: TaskModule, view: aio.ChannelContext, handle: aio.ModuleHandle
    ) -> Callable[[], asyncio.Task[None]]:
        async def run() -> None:
            try:
                await module.start(view, handle)
            except asyncio.CancelledError:
                self._ended(handle)
                raise
            except BaseException as error:
                self._ended(handle, error)
            else:
                self._ended(handle)

        return lambda: asyncio.get_running_loop().create_task(run(), name=module.name)

    async def _run_tasks(self, starts: Sequence[Callable[[], asyncio.Task[None]]]) -> None:
        loop = asyncio.get_running_loop()
        tasks = [start() for start in starts]

        def cancel() -> None:
            for task in tasks:
                task.cancel()

        def from_any_thread() -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(cancel)

        self._cancel_tasks = from_any_thread
        await asyncio.wait(tasks)

    def _ended(self, handle: ModuleHandle | aio.ModuleHandle, error: BaseException | None = None) -> None:
        left = handle.close()
        if isinstance(error, Closed) and self._closing:
            error = None
        if error is not None:
            log.error("the module %r has failed and is off the bus; the others go on", handle.name, exc_info=error)
        with self._lock:
            if error is not None:
                self._failed[handle.name] = error
            self._left[handle.name] = left
            del self._running[handle.name]
            waiters = () if self._running else tuple(self._waiters)
            if waiters:
                self._waiters.clear()
        for wake in waiters:
            wake()


def _names(enabled: Iterable[str]) -> tuple[str, ...]:
    # A text is a collection of texts as well, but nobody means one module for each of its letters.
    names = (enabled,) if isinstance(enabled, str) else tuple(enabled)
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"the module {name!r} is enabled twice; name each module once")
    return names


def check_module(module: AnyModule) -> None:
    """Raise NotAModule if something has no name, no groups or no start."""
    what = f"{module!r} is no module"
    name, groups = getattr(module, "name", None), getattr(module, "groups", None)
    if not isinstance(name, str):
        raise NotAModule(f"{what}: its name is {name!r}; it has to be a text")
    if not isinstance(groups, Iterable) or not all(isinstance(group, str) for group in groups):
        raise NotAModule(f"{what}: its groups are {groups!r}; they have to be texts, () if there are none")
    if not callable(getattr(module, "start", None)):
        raise NotAModule(f"{what}: it has no start(bus, handle)")
