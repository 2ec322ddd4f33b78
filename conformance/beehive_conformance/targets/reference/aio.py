"""The reference's bus for asyncio on virtual time: alone, and as a view of a bus that threads use as well."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterable, Iterator, Sequence
from typing import assert_never

from beehive import BeehiveError, aio
from beehive.message import AnyMessage
from beehive_spec.vocabulary import (
    AddModule,
    AddModuleGroup,
    CleanUp,
    ClientName,
    Fields,
    Level,
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

from beehive_conformance.programs.capability import Capability
from beehive_conformance.programs.program import Program
from beehive_conformance.targets.reference import messages as reference
from beehive_conformance.targets.reference.baton import Baton, BatonParker, Pool
from beehive_conformance.targets.reference.off_bus import OffBus
from beehive_conformance.targets.reference.threads import Client, ThreadsSession
from beehive_conformance.targets.reference.virtual_loop import VirtualLoop
from beehive_conformance.targets.sessions import run_sessions
from beehive_conformance.targets.target import Event, Ran


class AioTarget:
    """`beehive.aio.ChannelContext` alone, in an event loop on virtual time."""

    def __init__(self, capacity: int | None = None) -> None:
        """Judge a bus whose channels hold `capacity` messages each, or any number if it is None."""
        self._capacity = capacity

    @property
    def name(self) -> str:
        """The name by which the command line knows it."""
        return "aio"

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What the target can show."""
        return frozenset(Capability)

    def open(self) -> AioSession:
        """Return a session on a fresh bus."""
        return AioSession(self._capacity)

    def run(self, programs: Iterable[Program]) -> Iterator[Ran]:
        """Run each program on a fresh bus and yield it with its history, in order."""
        return run_sessions(self.open, self.capabilities, programs, reference.death)

    def close(self) -> None:
        """Free nothing: each session closes its own loop."""


class AioViewTarget:
    """One bus on which threads and tasks meet: some clients call the one face of it, some the other."""

    def __init__(self, capacity: int | None = None, seed: int = 0) -> None:
        """Judge a bus whose channels hold `capacity` messages each, or any number if it is None.

        `seed` decides which clients are tasks, and which of the threads that can run does so; it is the same
        for every program.
        """
        self._capacity = capacity
        self._seed = seed
        self._pool = Pool()

    @property
    def name(self) -> str:
        """The name by which the command line knows it."""
        return "aio-view"

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What the target can show."""
        return frozenset(Capability)

    def open(self) -> AioViewSession:
        """Return a session on a fresh bus."""
        return AioViewSession(self._pool, self._seed, self._capacity)

    def run(self, programs: Iterable[Program]) -> Iterator[Ran]:
        """Run each program on a fresh bus and yield it with its history, in order."""
        return run_sessions(self.open, self.capabilities, programs, reference.death)

    def close(self) -> None:
        """End the threads."""
        self._pool.close()


class AioSession:
    """One bus, one event loop, and one task for each client that has something to do."""

    def __init__(self, capacity: int | None = None) -> None:
        reference.listen()
        self._ms = Milliseconds(0)
        self._next_timer: float | None = None
        self._loop = VirtualLoop(lambda: reference.seconds(self._ms), self._stop, lambda: None)
        self._bus = aio.ChannelContext(capacity=capacity)
        self._beside = OffBus(lambda: self._ms)
        self._log = reference.Log()
        self._clients: dict[ClientName, Client] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._events: list[Event] = []
        self._crash: BaseException | None = None

    def start(self, started: Sequence[tuple[OperationNumber, Operation]]) -> None:
        """Start operations at one instant; one for a client that is still busy waits for its turn."""
        for number, operation in started:
            client = self._clients.setdefault(operation.client, Client()) if operation.client else Client()
            client.queue.append((number, operation))
            if not client.busy:
                client.busy = True
                self._spawn(client)

    def settle(self) -> Sequence[Event]:
        """Let the tasks run until all wait or are done; tell what returned since the last call."""
        self._run()
        events, self._events = self._events, []
        return events

    def advance(self, ms: Milliseconds) -> None:
        """Let virtual time pass, instant by instant, settling at each."""
        end = Milliseconds(self._ms + ms)
        self._run()
        while self._next_timer is not None:
            due = Milliseconds(self._ms + reference.milliseconds(self._next_timer))
            if due > end:
                break
            self._ms = due
            self._run()
        self._ms = end

    def fields(self) -> Fields:
        """Return the keys of the three maps, and the registered modules."""
        return reference.fields(self._bus.snapshot(), *self._beside.registered())

    def logged(self) -> Level:
        """Return the highest level logged since the last call."""
        return self._log.take()

    def close(self) -> str:
        """Cancel every task that still waits; return what the bus has kept of them."""
        for task in self._tasks:
            task.cancel()
        self._run()
        self._loop.close()
        return reference.leaks(self._bus.snapshot())

    def _spawn(self, client: Client) -> None:
        task = self._loop.create_task(self._serve(client))
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            self._crash = self._crash or task.exception()

    def _run(self) -> None:
        with self._log:
            self._loop.run_forever()
        if self._crash is not None:
            crash, self._crash = self._crash, None
            raise crash

    def _stop(self, next_timer: float | None) -> None:
        self._next_timer = next_timer
        self._loop.stop()

    async def _serve(self, client: Client) -> None:
        while client.queue:
            number, operation = client.queue.popleft()
            outcome = await do(self._bus, self._beside, number, operation)
            self._events.append(Event(number, outcome, self._ms))
        client.busy = False


class AioViewSession(ThreadsSession):
    """A bus for threads with a view of it for tasks; the event loop is one more thread that has the baton."""

    def __init__(self, pool: Pool, seed: int, capacity: int | None = None) -> None:
        super().__init__(Baton(pool, seed), capacity)
        self._draw = random.Random(seed)
        self._view = aio.ChannelContext.view_of(self._bus)
        self._parker: BatonParker | None = None
        self._loop = VirtualLoop(self._baton.now, self._wait, self._wake)
        self._tasks: set[asyncio.Task[None]] = set()
        self._baton.spawn(self._run_loop)

    def close(self) -> str:
        """Interrupt every thread and task that still waits; return what the bus has kept of them."""
        self._loop.call_soon_threadsafe(self._cancel)
        self._baton.settle()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._baton.settle()
        self._loop.close()
        return super().close()

    def _spawn(self, client: Client) -> None:
        if self._draw.random() < 0.5:
            super()._spawn(client)
        else:
            self._loop.call_soon_threadsafe(self._start_task, client)

    def _start_task(self, client: Client) -> None:
        task = self._loop.create_task(self._serve_task(client))
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (crash := task.exception()) is not None:
            self._baton.crashed(crash)

    def _cancel(self) -> None:
        for task in self._tasks:
            task.cancel()

    async def _serve_task(self, client: Client) -> None:
        while client.queue:
            number, operation = client.queue.popleft()
            outcome = await do(self._view, self._beside, number, operation)
            self._events.append(Event(number, outcome, self._baton.ms))
        client.busy = False

    def _run_loop(self) -> None:
        with self._log:
            self._loop.run_forever()

    def _wait(self, next_timer: float | None) -> None:
        self._parker = self._baton.parker()
        self._parker.park(next_timer)
        self._parker = None

    def _wake(self) -> None:
        if self._parker is not None:
            self._parker.unpark()


async def do(bus: aio.ChannelContext, off_bus: OffBus, number: OperationNumber, operation: Operation) -> Outcome:
    """Do one operation and read its outcome; what is not documented is raised."""
    try:
        return reference.outcome(await _call(bus, off_bus, number, operation))
    except BeehiveError as error:
        return reference.failure(error)


async def _call(
    bus: aio.ChannelContext, off_bus: OffBus, number: OperationNumber, operation: Operation
) -> AnyMessage | reference.Read | None:
    match operation:
        case AddModule():
            bus.add_module(operation.module)
        case AddModuleGroup():
            bus.add_module_group(operation.module, operation.group)
        case CleanUp():
            bus.clean_up(operation.module)
        case Send():
            await bus.send(operation.module, reference.message(number, operation.id))
        case SendToGroup():
            await bus.send_to_group(operation.group, reference.message(number, operation.id))
        case Receive():
            return await bus.receive(operation.module)
        case SendSync():
            message = reference.message(number, operation.id)
            return await bus.send_sync(operation.module, message, reference.seconds(operation.timeout))
        case SendToGroupSync():
            message = reference.message(number, operation.id)
            await bus.send_to_group_sync(operation.group, message, reference.seconds(operation.timeout))
        case SendResp():
            bus.send_resp(reference.response(number, operation.parent))
        case Sleep():
            if operation.ms > 0:
                await asyncio.sleep(reference.seconds(operation.ms))
        case MakeMessage() | MakeResponse() | Start() | Register():
            return off_bus.call(operation)
        case _:
            assert_never(operation)
    return None
