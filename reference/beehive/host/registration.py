"""The core that modules register with: it starts them in threads or tasks, and shuts them down."""

from __future__ import annotations

import asyncio
import inspect
import signal
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from types import FrameType, MappingProxyType

from beehive import aio
from beehive.arguments import given_names
from beehive.context import ChannelContext
from beehive.errors import AlreadyRegistered, BeehiveError, Closed, NotRegistered
from beehive.handle import ModuleHandle
from beehive.host.module import AnyModule, Module, TaskModule, check_module, check_that_it_ran
from beehive.host.modules_file import ModulesFile
from beehive.message import AnyMessage
from beehive.runtime import Runtime, ThreadRuntime
from beehive.shell import log
from beehive.timeouts import TimeoutLike, in_seconds

GRACE = 10.0
"""The default time that modules have to stop, in seconds."""
_POLL = 1.0
"""The longest time until a signal is noticed, in seconds."""


@dataclass(frozen=True, slots=True)
class Report:
    """How the modules of a core ended, by name."""

    stopped: tuple[str, ...]
    """Modules that ended in time and without an error."""
    failed: Mapping[str, BaseException]
    """Modules that failed, each with its exception."""
    running: tuple[str, ...]
    """Modules that had not ended when the time was over; those that run as tasks have been cancelled."""
    left: Mapping[str, tuple[AnyMessage, ...]] = field(default_factory=dict)
    """Messages that were never received, by module."""

    @property
    def is_clean(self) -> bool:
        """Whether every module ended in time and without an error."""
        return not self.failed and not self.running


class ModuleCore:
    """The core that modules register with; it runs the enabled ones on its bus."""

    def __init__(
        self, enabled: ModulesFile | Iterable[str], *, capacity: int | None = None, runtime: Runtime | None = None
    ) -> None:
        """Create a core that runs the modules named in `enabled`.

        For `capacity` and `runtime` see ChannelContext. Raises ValueError if a module is named twice or the
        capacity is less than 1.
        """
        self._where = enabled.path if isinstance(enabled, ModulesFile) else "the core"
        self._enabled = _enabled_names(enabled)
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
        """The bus that the modules are added to."""

    @property
    def modules(self) -> Mapping[str, AnyModule]:
        """The registered modules that are enabled, by name."""
        return MappingProxyType(self._modules)

    @property
    def disabled(self) -> Mapping[str, AnyModule]:
        """The registered modules that are not enabled, by name."""
        return MappingProxyType(self._disabled)

    def register(self, module: AnyModule) -> bool:
        """Register a module, and return whether it is enabled.

        Raises NotAModule if the object lacks a name, groups or a start method, AlreadyRegistered if its name is
        taken, and BeehiveError after `start`.
        """
        check_module(module)
        with self._lock:
            if self._started:
                raise BeehiveError(f"the modules have already been started; register {module.name!r} before start")
            if module.name in self._modules or module.name in self._disabled:
                raise AlreadyRegistered(module.name)
            is_enabled = module.name in self._enabled
            (self._modules if is_enabled else self._disabled)[module.name] = module
            return is_enabled

    def start(self) -> None:
        """Add every enabled module to the bus and to its groups, then start them.

        If the start method of a module raises, the error is logged and reported, and the module is removed from
        the bus; the others keep running. Raises NotRegistered if an enabled module is not registered, and
        ModuleExists if the name of one is already on the bus; no module has been started then. Raises
        BeehiveError if the modules have been started before.
        """
        with self._lock:
            if self._started:
                raise BeehiveError("the modules have already been started")
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
                    tasks.append(self._task(module, view, handle))  # type: ignore[arg-type]  # narrowed by the coroutine check
                else:
                    handles.append(own := self.bus.module(name, module.groups))
                    jobs.append((name, self._thread(module, own)))  # type: ignore[arg-type]  # likewise
        except BaseException:
            self._started = False
            for each in handles:
                each.close()
            raise
        # All modules are on the bus before the first one runs, so that each can send to any other at once.
        self._running = dict.fromkeys(self._modules)
        for name, job in jobs:
            self._runtime.spawn(job, name)
        if tasks:
            self._runtime.spawn(lambda: asyncio.run(self._run_tasks(tasks)), "tasks")

    def wait(self, timeout: TimeoutLike = None) -> bool:
        """Wait until every module has ended, and return whether that happened in time.

        Raises BadTimeout.
        """
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
        """Close the bus, wait for the modules to end, and report how they ended.

        Iterations over handles end, other calls of the bus raise Closed, and modules should then end. Tasks that
        have not ended in time are cancelled; threads cannot be cancelled and keep running. Raises BadTimeout.
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

        `grace` is the timeout of the shutdown, during which a second signal has its usual effect. Must be called
        in the main thread. Raises BadTimeout, what `start` raises, and ValueError in any other thread.
        """
        in_seconds(grace)
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
            # With a timeout: a signal that arrives just before the thread parks does not wake it.
            while not ended and not woken.is_set():
                parker.park(_POLL)
        finally:
            for each, handler in before.items():
                signal.signal(each, handler)
        return self.shutdown(grace)

    def _thread(self, module: Module, handle: ModuleHandle) -> Callable[[], None]:
        def run() -> None:
            try:
                start: Callable[[ChannelContext, ModuleHandle], object] = module.start
                check_that_it_ran(module, start(self.bus, handle))
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
            log.error(
                "the module %r failed and was removed from the bus; the others keep running",
                handle.name,
                exc_info=error,
            )
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


def _enabled_names(enabled: ModulesFile | Iterable[str]) -> tuple[str, ...]:
    found = given_names(enabled.enabled if isinstance(enabled, ModulesFile) else enabled, "module")
    for name in found:
        if found.count(name) > 1:
            raise ValueError(f"the module {name!r} is enabled twice; name each module once")
    return found
