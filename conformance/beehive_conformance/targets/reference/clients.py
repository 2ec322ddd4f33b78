"""The base classes of the reference's targets and sessions, and the clients of a session."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import Generic, TypeVar

from beehive import Snapshot
from beehive_spec.vocabulary import ClientName, Fields, Level, Operation, OperationNumber, Outcome

from beehive_conformance.programs.capability import Capability
from beehive_conformance.programs.program import Program
from beehive_conformance.targets.reference import translate
from beehive_conformance.targets.reference.clock import Clock
from beehive_conformance.targets.reference.log import Log, listen
from beehive_conformance.targets.reference.off_bus import OffBus
from beehive_conformance.targets.sessions import run_sessions
from beehive_conformance.targets.target import Event, Ran, Session

W = TypeVar("W")


class ReferenceTarget(ABC):
    """A target for one part of the reference; each program gets a session on a fresh bus."""

    def __init__(self, capacity: int | None = None) -> None:
        """Create a target for a bus whose channels hold `capacity` messages each, or any number if it is None."""
        self._capacity = capacity

    @property
    @abstractmethod
    def name(self) -> str:
        """The target's name on the command line."""

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What the target can show."""
        return frozenset(Capability)

    @abstractmethod
    def open(self) -> Session:
        """Return a session on a fresh bus."""

    def run(self, programs: Iterable[Program]) -> Iterator[Ran]:
        """Run each program on a fresh bus and yield it with its history, in order."""
        return run_sessions(self.open, self.capabilities, programs, translate.death)

    @abstractmethod
    def close(self) -> None:
        """Free what the target holds."""


class Client:
    """A caller that performs one operation after another."""

    __slots__ = ("queue", "busy")

    def __init__(self) -> None:
        self.queue: deque[tuple[OperationNumber, Operation]] = deque()
        self.busy = False


class ClientSession(ABC, Generic[W]):
    """One bus with its clients, their clock, and the events that have been observed."""

    def __init__(self, clock: Clock[W], off_bus: OffBus) -> None:
        listen()
        self._clock = clock
        self._off_bus = off_bus
        self._log = Log()
        self._clients: dict[ClientName, Client] = {}
        self._events: list[Event] = []

    def start(self, started: Sequence[tuple[OperationNumber, Operation]]) -> None:
        """Start operations at one instant; an operation of a busy client is queued."""
        for number, operation in started:
            client = self._clients.setdefault(operation.client, Client()) if operation.client else Client()
            client.queue.append((number, operation))
            if not client.busy:
                client.busy = True
                self._spawn(client)

    def settle(self) -> Sequence[Event]:
        """Return the events since the last call. Subclasses first let the clients run until all wait."""
        events, self._events = self._events, []
        return events

    def fields(self) -> Fields:
        """Return the keys of the three maps, and the registered modules."""
        return translate.fields(self._snapshot(), *self._off_bus.registered())

    def logged(self) -> Level:
        """Return the highest level logged since the last call."""
        return self._log.take()

    def leaks(self) -> str:
        """Return what the bus has kept of the clients, as text; it is empty after `close` if nothing leaked."""
        return translate.leaks(self._snapshot())

    def _returned(self, number: OperationNumber, outcome: Outcome) -> None:
        self._events.append(Event(number, outcome, self._clock.ms))

    @abstractmethod
    def _spawn(self, client: Client) -> None:
        """Let a client perform the operations in its queue."""

    @abstractmethod
    def _snapshot(self) -> Snapshot: ...
