"""The reference's core, driven on virtual time by a single thread."""

from __future__ import annotations

import heapq
import itertools
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import Any, TypeAlias, TypeVar, assert_never

from beehive import BeehiveError
from beehive.core import Core, Parked
from beehive.message import AnyMessage
from beehive.shell import log_refused
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
from beehive_conformance.targets.reference.off_bus import OffBus
from beehive_conformance.targets.sessions import run_sessions
from beehive_conformance.targets.target import Event, Ran

R = TypeVar("R")


class CoreTarget:
    """The reference without threads: what it does is what its core does."""

    def __init__(self, capacity: int | None = None) -> None:
        """Judge a bus whose channels hold `capacity` messages each, or any number if it is None."""
        self._capacity = capacity

    @property
    def name(self) -> str:
        """The name by which the command line knows it."""
        return "core"

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What the target can show."""
        return frozenset(Capability)

    def open(self) -> CoreSession:
        """Return a session on a fresh bus."""
        return CoreSession(self._capacity)

    def run(self, programs: Iterable[Program]) -> Iterator[Ran]:
        """Run each program on a fresh bus and yield it with its history, in order."""
        return run_sessions(self.open, self.capabilities, programs, reference.death)

    def close(self) -> None:
        """Free nothing: sessions hold no resources."""


class _Client:
    """A caller that does one operation after another, and waits in at most one place."""

    __slots__ = ("queue", "busy", "number", "waits_for")

    def __init__(self) -> None:
        self.queue: deque[tuple[OperationNumber, Operation]] = deque()
        self.busy = False
        self.number = OperationNumber(0)
        self.waits_for: Parked[Any] | Sleep | None = None


_Result: TypeAlias = AnyMessage | tuple[str, ...] | Parked[Any] | Sleep | reference.Read | None


class CoreSession:
    """One core, its clients, and a clock that moves only when it is told to."""

    def __init__(self, capacity: int | None = None) -> None:
        reference.listen()
        self._core = Core(capacity)
        self._log = reference.Log()
        self._now = Milliseconds(0)
        self._beside = OffBus(lambda: self._now)
        self._clients: dict[ClientName, _Client] = {}
        self._ready: deque[_Client] = deque()
        self._waiting: dict[_Client, None] = {}
        self._timers: list[tuple[Milliseconds, int, _Client, Parked[Any] | Sleep]] = []
        self._timer_numbers = itertools.count()
        self._events: list[Event] = []

    def start(self, started: Sequence[tuple[OperationNumber, Operation]]) -> None:
        """Start operations at one instant; one for a client that is still busy waits for its turn."""
        for number, operation in started:
            client = self._clients.setdefault(operation.client, _Client()) if operation.client else _Client()
            client.queue.append((number, operation))
            if not client.busy:
                client.busy = True
                self._ready.append(client)
        self._run()

    def settle(self) -> Sequence[Event]:
        """Tell what returned since the last call; everything else is blocked already."""
        events, self._events = self._events, []
        return events

    def advance(self, ms: Milliseconds) -> None:
        """Let virtual time pass, instant by instant."""
        end = Milliseconds(self._now + ms)
        while self._timers and self._timers[0][0] <= end:
            self._now, _, client, waits_for = heapq.heappop(self._timers)
            if client.waits_for is waits_for:
                self._time_is_over(client, waits_for)
                self._run()
        self._now = end

    def fields(self) -> Fields:
        """Return the keys of the three maps, and the registered modules."""
        return reference.fields(self._core.snapshot(), *self._beside.registered())

    def logged(self) -> Level:
        """Return the highest level logged since the last call."""
        return self._log.take()

    def close(self) -> str:
        """Interrupt everything that still waits; return what the core has kept of it."""
        for client in self._waiting:
            if isinstance(client.waits_for, Parked):
                client.waits_for.undo()
        return reference.leaks(self._core.snapshot())

    def _run(self) -> None:
        with self._log:
            while self._ready:
                client = self._ready.popleft()
                self._end_waiting(client)
                while client.queue and client.waits_for is None:
                    client.number, operation = client.queue.popleft()
                    self._begin(client, operation)
                client.busy = client.waits_for is not None

    def _end_waiting(self, client: _Client) -> None:
        match client.waits_for:
            case None:
                return
            case Sleep():
                self._returned(client, reference.outcome(None))
            case Parked() as parked:
                try:
                    self._returned(client, reference.outcome(parked.result()))
                except BeehiveError as error:
                    self._returned(client, reference.failure(error))
            case _:
                assert_never(client.waits_for)
        client.waits_for = None
        del self._waiting[client]

    def _begin(self, client: _Client, operation: Operation) -> None:
        try:
            result = self._call(client.number, operation)
        except BeehiveError as error:
            self._returned(client, reference.failure(error))
            return
        match result:
            case Parked() as parked:
                parked.wake = partial(self._ready.append, client)
                self._wait(client, parked, parked.limit)
            case Sleep() as sleep:
                self._wait(client, sleep, reference.seconds(sleep.ms))
            case _:
                self._returned(client, reference.outcome(result))

    def _wait(self, client: _Client, waits_for: Parked[Any] | Sleep, limit: float | None) -> None:
        client.waits_for = waits_for
        self._waiting[client] = None
        if limit is not None:
            due = Milliseconds(self._now + reference.milliseconds(limit))
            heapq.heappush(self._timers, (due, next(self._timer_numbers), client, waits_for))

    def _time_is_over(self, client: _Client, waits_for: Parked[Any] | Sleep) -> None:
        if isinstance(waits_for, Parked):
            waits_for.expire()
        self._ready.append(client)

    def _returned(self, client: _Client, outcome: Outcome) -> None:
        self._events.append(Event(client.number, outcome, self._now))

    def _call(self, number: OperationNumber, operation: Operation) -> _Result:
        core = self._core
        match operation:
            case AddModule():
                core.add_module(operation.module)
            case AddModuleGroup():
                core.add_module_group(operation.module, operation.group)
            case CleanUp():
                core.clean_up(operation.module)
            case Send():
                return _begun(core.sending(operation.module, reference.message(number, operation.id)))
            case SendToGroup():
                return _begun(core.broadcast(operation.group, reference.message(number, operation.id)))
            case Receive():
                return _begun(core.receiving(operation.module))
            case SendSync():
                timeout = reference.seconds(operation.timeout)
                return _begun(core.request(operation.module, reference.message(number, operation.id), timeout))
            case SendToGroupSync():
                timeout = reference.seconds(operation.timeout)
                return _begun(core.group_request(operation.group, reference.message(number, operation.id), timeout))
            case SendResp():
                response = reference.response(number, operation.parent)
                if not core.send_resp(response):
                    log_refused(response)
            case Sleep():
                return operation if operation.ms > 0 else None
            case MakeMessage() | MakeResponse() | Start() | Register():
                return self._beside.call(operation)
            case _:
                assert_never(operation)
        return None


def _begun(call: Parked[R]) -> Parked[R] | R:
    call.begin()
    return call.result() if call.done else call
