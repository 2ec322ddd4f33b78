"""The reference's bus for threads, called by real threads on virtual time."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import assert_never

from beehive import BeehiveError, ChannelContext
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
from beehive_conformance.targets.reference.baton import Baton, Pool
from beehive_conformance.targets.reference.off_bus import OffBus
from beehive_conformance.targets.sessions import run_sessions
from beehive_conformance.targets.target import Event, Ran


class ThreadsTarget:
    """`beehive.ChannelContext` as its users have it, except that one thread runs at a time, in a drawn order."""

    def __init__(self, capacity: int | None = None, seed: int = 0) -> None:
        """Judge a bus whose channels hold `capacity` messages each, or any number if it is None.

        `seed` decides which of the threads that can run does so; it is the same for every program, so that
        the history of a program does not depend on those that ran before it.
        """
        self._capacity = capacity
        self._seed = seed
        self._pool = Pool()

    @property
    def name(self) -> str:
        """The name by which the command line knows it."""
        return "threads"

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What the target can show."""
        return frozenset(Capability)

    def open(self) -> ThreadsSession:
        """Return a session on a fresh bus."""
        return ThreadsSession(self._baton(), self._capacity)

    def run(self, programs: Iterable[Program]) -> Iterator[Ran]:
        """Run each program on a fresh bus and yield it with its history, in order."""
        return run_sessions(self.open, self.capabilities, programs, reference.death)

    def close(self) -> None:
        """End the threads."""
        self._pool.close()

    def _baton(self) -> Baton:
        return Baton(self._pool, self._seed)


class ThreadsSession:
    """One bus, and one thread for each client that has something to do."""

    def __init__(self, baton: Baton, capacity: int | None = None) -> None:
        reference.listen()
        self._baton = baton
        self._bus = ChannelContext(capacity=capacity, runtime=baton)
        self._beside = OffBus(lambda: self._baton.ms, baton)
        self._log = reference.Log()
        self._clients: dict[ClientName, Client] = {}
        self._events: list[Event] = []

    def start(self, started: Sequence[tuple[OperationNumber, Operation]]) -> None:
        """Start operations at one instant; one for a client that is still busy waits for its turn."""
        for number, operation in started:
            client = self._clients.setdefault(operation.client, Client()) if operation.client else Client()
            client.queue.append((number, operation))
            if not client.busy:
                client.busy = True
                self._spawn(client)

    def settle(self) -> Sequence[Event]:
        """Let the threads run until all wait or are done; tell what returned since the last call."""
        self._baton.settle()
        events, self._events = self._events, []
        return events

    def advance(self, ms: Milliseconds) -> None:
        """Let virtual time pass, instant by instant, settling at each."""
        self._baton.advance(ms)

    def fields(self) -> Fields:
        """Return the keys of the three maps, and the registered modules."""
        return reference.fields(self._bus.snapshot(), *self._beside.registered())

    def logged(self) -> Level:
        """Return the highest level logged since the last call."""
        return self._log.take()

    def close(self) -> str:
        """Interrupt every thread that still waits; return what the bus has kept of them."""
        self._baton.leave()
        return reference.leaks(self._bus.snapshot())

    def _spawn(self, client: Client) -> None:
        self._baton.spawn(partial(self._serve, client))

    def _serve(self, client: Client) -> None:
        with self._log:
            while client.queue:
                number, operation = client.queue.popleft()
                outcome = self._do(number, operation)
                self._events.append(Event(number, outcome, self._baton.ms))
        client.busy = False

    def _do(self, number: OperationNumber, operation: Operation) -> Outcome:
        try:
            return reference.outcome(self._call(number, operation))
        except BeehiveError as error:
            return reference.failure(error)

    def _call(self, number: OperationNumber, operation: Operation) -> AnyMessage | reference.Read | None:
        bus = self._bus
        match operation:
            case AddModule():
                bus.add_module(operation.module)
            case AddModuleGroup():
                bus.add_module_group(operation.module, operation.group)
            case CleanUp():
                bus.clean_up(operation.module)
            case Send():
                bus.send(operation.module, reference.message(number, operation.id))
            case SendToGroup():
                bus.send_to_group(operation.group, reference.message(number, operation.id))
            case Receive():
                return bus.receive(operation.module)
            case SendSync():
                message = reference.message(number, operation.id)
                return bus.send_sync(operation.module, message, reference.seconds(operation.timeout))
            case SendToGroupSync():
                message = reference.message(number, operation.id)
                bus.send_to_group_sync(operation.group, message, reference.seconds(operation.timeout))
            case SendResp():
                bus.send_resp(reference.response(number, operation.parent))
            case Sleep():
                if operation.ms > 0:
                    self._baton.parker().park(reference.seconds(operation.ms))
            case MakeMessage() | MakeResponse() | Start() | Register():
                return self._beside.call(operation)
            case _:
                assert_never(operation)
        return None


class Client:
    """A caller that does one operation after another."""

    __slots__ = ("queue", "busy")

    def __init__(self) -> None:
        self.queue: deque[tuple[OperationNumber, Operation]] = deque()
        self.busy = False
