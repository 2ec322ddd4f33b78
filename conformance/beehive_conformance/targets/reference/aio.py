"""The reference's bus for asyncio on virtual time, on its own and as a view of a bus for threads."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence
from typing import assert_never

from beehive import BeehiveError, Snapshot, aio
from beehive.aio.virtual_loop import VirtualLoop
from beehive_spec.vocabulary import (
    AddModule,
    AddModuleGroup,
    CleanUp,
    MakeMessage,
    MakeResponse,
    Milliseconds,
    Operation,
    OperationNumber,
    Outcome,
    Receive,
    Register,
    Send,
    SendResp,
    SendSync,
    SendToGroup,
    SendToGroupSync,
    Sleep,
    Start,
)

from beehive_conformance.targets.reference import translate
from beehive_conformance.targets.reference.baton import Baton, BatonParker, Pool
from beehive_conformance.targets.reference.clients import Client, ClientSession, ReferenceTarget
from beehive_conformance.targets.reference.clock import Clock, seconds
from beehive_conformance.targets.reference.off_bus import OffBus
from beehive_conformance.targets.reference.threads import ThreadsSession, ThreadsTarget
from beehive_conformance.targets.target import Event


class AioTarget(ReferenceTarget):
    """`beehive.aio.ChannelContext` in an event loop on virtual time."""

    @property
    def name(self) -> str:
        """The target's name on the command line."""
        return "aio"

    def open(self) -> AioSession:
        """Return a session on a fresh bus."""
        return AioSession(self._capacity)

    def close(self) -> None:
        """Free nothing: each session closes its own loop."""


class AioViewTarget(ThreadsTarget):
    """One bus used by threads and tasks; the seed also determines which clients are tasks."""

    @property
    def name(self) -> str:
        """The target's name on the command line."""
        return "aio-view"

    def open(self) -> AioViewSession:
        """Return a session on a fresh bus."""
        return AioViewSession(self._pool, self._seed, self._capacity)


class AioSession(ClientSession[None]):
    """One bus, one event loop, and one task for each client that has operations to perform."""

    def __init__(self, capacity: int | None = None) -> None:
        clock = Clock[None]()
        super().__init__(clock, OffBus(clock))
        self._due = Milliseconds(0)
        self._loop = VirtualLoop(clock.now, self._stop)
        self._crash: BaseException | None = None
        self._bus = aio.ChannelContext(capacity=capacity)
        self._task_clients = _TaskClients(self._loop, self._bus, self._off_bus, self._returned, self._crashed)

    def settle(self) -> Sequence[Event]:
        """Let the tasks run until all wait or are done, and return the events since the last call."""
        self._run()
        return super().settle()

    def advance(self, ms: Milliseconds) -> None:
        """Let virtual time pass, instant by instant, settling at each."""
        self._run()
        for _ in self._clock.advance(ms):
            self._run()

    def close(self) -> None:
        """Cancel every task that still waits."""
        self._task_clients.cancel()
        self._run()
        self._loop.close()

    def _snapshot(self) -> Snapshot:
        return self._bus.snapshot()

    def _spawn(self, client: Client) -> None:
        self._task_clients.spawn(client)

    def _crashed(self, crash: BaseException) -> None:
        self._crash = self._crash or crash

    def _run(self) -> None:
        with self._log:
            self._loop.run_forever()
        if self._crash is not None:
            crash, self._crash = self._crash, None
            raise crash

    def _stop(self, loop: VirtualLoop, next_timer: float | None) -> None:
        if next_timer is not None and (due := self._clock.due(next_timer)) != self._due:
            self._due = due
            self._clock.set_timer(next_timer, None)
        loop.stop()


class AioViewSession(ThreadsSession):
    """A bus for threads with a view for tasks, whose event loop runs in one more thread of the baton."""

    def __init__(self, pool: Pool, seed: int, capacity: int | None = None) -> None:
        super().__init__(Baton(pool, seed), capacity)
        self._draw = random.Random(seed)
        self._parker: BatonParker | None = None
        self._loop = VirtualLoop(self._baton.now, self._wait, self._wake)
        view = aio.ChannelContext.view_of(self._bus)
        self._task_clients = _TaskClients(self._loop, view, self._off_bus, self._returned, self._baton.crashed)
        self._baton.spawn(self._run_loop)

    def close(self) -> None:
        """Interrupt every thread and task that still waits."""
        self._loop.call_soon_threadsafe(self._task_clients.cancel)
        self._baton.settle()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._baton.settle()
        self._loop.close()
        super().close()

    def _spawn(self, client: Client) -> None:
        if self._draw.random() < 0.5:
            super()._spawn(client)
        else:
            self._loop.call_soon_threadsafe(self._task_clients.spawn, client)

    def _run_loop(self) -> None:
        with self._log:
            self._loop.run_forever()

    def _wait(self, _loop: VirtualLoop, next_timer: float | None) -> None:
        self._parker = self._baton.parker()
        self._parker.park(next_timer)
        self._parker = None

    def _wake(self) -> None:
        if self._parker is not None:
            self._parker.unpark()


class _TaskClients:
    """The clients of a session that use the bus for asyncio, each in its own task."""

    def __init__(
        self,
        loop: VirtualLoop,
        bus: aio.ChannelContext,
        off_bus: OffBus,
        returned: Callable[[OperationNumber, Outcome], None],
        crashed: Callable[[BaseException], None],
    ) -> None:
        self._loop = loop
        self._bus = bus
        self._off_bus = off_bus
        self._returned = returned
        self._crashed = crashed
        self._tasks: set[asyncio.Task[None]] = set()

    def spawn(self, client: Client) -> None:
        task = self._loop.create_task(self._serve(client))
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def cancel(self) -> None:
        for task in self._tasks:
            task.cancel()

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (crash := task.exception()) is not None:
            self._crashed(crash)

    async def _serve(self, client: Client) -> None:
        while client.queue:
            number, operation = client.queue.popleft()
            self._returned(number, await self._do(number, operation))
        client.busy = False

    async def _do(self, number: OperationNumber, operation: Operation) -> Outcome:
        try:
            return translate.outcome(await self._call(number, operation))
        except BeehiveError as error:
            return translate.failure(error)

    async def _call(self, number: OperationNumber, operation: Operation) -> translate.CallResult:
        bus = self._bus
        match operation:
            case AddModule():
                bus.add_module(operation.module)
            case AddModuleGroup():
                bus.add_module_group(operation.module, operation.group)
            case CleanUp():
                bus.clean_up(operation.module)
            case Send():
                await bus.send(operation.module, translate.message(number, operation.id))
            case SendToGroup():
                await bus.send_to_group(operation.group, translate.message(number, operation.id))
            case Receive():
                return await bus.receive(operation.module)
            case SendSync():
                message = translate.message(number, operation.id)
                return await bus.send_sync(operation.module, message, seconds(operation.timeout))
            case SendToGroupSync():
                message = translate.message(number, operation.id)
                await bus.send_to_group_sync(operation.group, message, seconds(operation.timeout))
            case SendResp():
                bus.send_resp(translate.response(number, operation.parent))
            case Sleep():
                if operation.ms > 0:
                    await asyncio.sleep(seconds(operation.ms))
            case MakeMessage() | MakeResponse() | Start() | Register():
                return self._off_bus.call(operation)
            case _:
                assert_never(operation)
        return None
