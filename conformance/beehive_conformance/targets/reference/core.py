"""The reference's core, driven on virtual time by a single thread."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple, TypeAlias, TypeVar, assert_never

from beehive import BeehiveError, Snapshot
from beehive.core import Core, Parked
from beehive.shell import log_refused
from beehive_spec.vocabulary import (
    AddModule,
    AddModuleGroup,
    CleanUp,
    MakeMessage,
    MakeResponse,
    Milliseconds,
    Operation,
    OperationNumber,
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
from beehive_conformance.targets.reference.clients import Client, ClientSession, ReferenceTarget
from beehive_conformance.targets.reference.clock import Clock, seconds
from beehive_conformance.targets.reference.off_bus import OffBus

R = TypeVar("R")


class CoreTarget(ReferenceTarget):
    """The reference without threads: its core alone."""

    @property
    def name(self) -> str:
        """The target's name on the command line."""
        return "core"

    def open(self) -> CoreSession:
        """Return a session on a fresh bus."""
        return CoreSession(self._capacity)

    def close(self) -> None:
        """Free nothing: sessions hold no resources."""


class _Waiting(NamedTuple):
    """An operation that has not returned, and what its client waits for."""

    client: Client
    number: OperationNumber
    waits_for: Parked[Any] | Sleep


_Result: TypeAlias = translate.CallResult | Parked[Any] | Sleep


class CoreSession(ClientSession[_Waiting]):
    """One core, its clients, and a clock that moves only in `advance`."""

    def __init__(self, capacity: int | None = None) -> None:
        clock = Clock[_Waiting]()
        super().__init__(clock, OffBus(clock))
        self._core = Core(capacity)
        self._ready: deque[Client] = deque()
        self._waiting: dict[Client, _Waiting] = {}

    def start(self, started: Sequence[tuple[OperationNumber, Operation]]) -> None:
        """Start operations at one instant; an operation of a busy client is queued."""
        super().start(started)
        self._run()

    def advance(self, ms: Milliseconds) -> None:
        """Let virtual time pass, instant by instant."""
        for waiting in self._clock.advance(ms):
            if self._waiting.get(waiting.client) is waiting:
                if isinstance(waiting.waits_for, Parked):
                    waiting.waits_for.expire()
                self._ready.append(waiting.client)
                self._run()

    def close(self) -> None:
        """Interrupt every call that still waits."""
        for waiting in self._waiting.values():
            if isinstance(waiting.waits_for, Parked):
                waiting.waits_for.undo()

    def _snapshot(self) -> Snapshot:
        return self._core.snapshot()

    def _spawn(self, client: Client) -> None:
        self._ready.append(client)

    def _run(self) -> None:
        with self._log:
            while self._ready:
                client = self._ready.popleft()
                if (waited := self._waiting.pop(client, None)) is not None:
                    self._end(waited)
                while client.queue and client not in self._waiting:
                    self._begin(client, *client.queue.popleft())
                client.busy = client in self._waiting

    def _end(self, waited: _Waiting) -> None:
        match waited.waits_for:
            case Sleep():
                self._returned(waited.number, translate.outcome(None))
            case Parked() as parked:
                try:
                    self._returned(waited.number, translate.outcome(parked.result()))
                except BeehiveError as error:
                    self._returned(waited.number, translate.failure(error))
            case _:
                assert_never(waited.waits_for)

    def _begin(self, client: Client, number: OperationNumber, operation: Operation) -> None:
        try:
            result = self._call(number, operation)
        except BeehiveError as error:
            self._returned(number, translate.failure(error))
            return
        match result:
            case Parked() as parked:
                parked.wake = partial(self._ready.append, client)
                self._wait(_Waiting(client, number, parked), parked.limit)
            case Sleep() as sleep:
                self._wait(_Waiting(client, number, sleep), seconds(sleep.ms))
            case _:
                self._returned(number, translate.outcome(result))

    def _wait(self, waiting: _Waiting, limit: float | None) -> None:
        self._waiting[waiting.client] = waiting
        if limit is not None:
            self._clock.set_timer(limit, waiting)

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
                return _begun(core.sending(operation.module, translate.message(number, operation.id)))
            case SendToGroup():
                return _begun(core.broadcast(operation.group, translate.message(number, operation.id)))
            case Receive():
                return _begun(core.receiving(operation.module))
            case SendSync():
                message, timeout = translate.message(number, operation.id), seconds(operation.timeout)
                return _begun(core.request(operation.module, message, timeout))
            case SendToGroupSync():
                message, timeout = translate.message(number, operation.id), seconds(operation.timeout)
                return _begun(core.group_request(operation.group, message, timeout))
            case SendResp():
                response = translate.response(number, operation.parent)
                if not core.send_resp(response):
                    log_refused(response)
            case Sleep():
                return operation if operation.ms > 0 else None
            case MakeMessage() | MakeResponse() | Start() | Register():
                return self._off_bus.call(operation)
            case _:
                assert_never(operation)
        return None


def _begun(call: Parked[R]) -> Parked[R] | R:
    call.begin()
    return call.result() if call.done else call
