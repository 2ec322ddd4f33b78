"""The reference's bus for threads, called by real threads on virtual time."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import assert_never

from beehive import BeehiveError, ChannelContext, Snapshot
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
from beehive_conformance.targets.reference.clock import seconds
from beehive_conformance.targets.reference.off_bus import OffBus
from beehive_conformance.targets.target import Event


class ThreadsTarget(ReferenceTarget):
    """`beehive.ChannelContext` on real threads, which run one at a time, in a random order."""

    def __init__(self, capacity: int | None = None, seed: int = 0) -> None:
        """Create a target for a bus whose channels hold `capacity` messages each, or any number if it is None.

        `seed` determines which runnable thread runs next. Each program starts from the seed again, so its history
        does not depend on the programs that ran before it.
        """
        super().__init__(capacity)
        self._seed = seed
        self._pool = Pool()

    @property
    def name(self) -> str:
        """The target's name on the command line."""
        return "threads"

    def open(self) -> ThreadsSession:
        """Return a session on a fresh bus."""
        return ThreadsSession(self._baton(), self._capacity)

    def close(self) -> None:
        """End the threads."""
        self._pool.close()

    def _baton(self) -> Baton:
        return Baton(self._pool, self._seed)


class ThreadsSession(ClientSession[BatonParker]):
    """One bus, and one thread for each client that has operations to perform."""

    def __init__(self, baton: Baton, capacity: int | None = None) -> None:
        super().__init__(baton.clock, OffBus(baton.clock, baton))
        self._baton = baton
        self._bus = ChannelContext(capacity=capacity, runtime=baton)

    def settle(self) -> Sequence[Event]:
        """Let the threads run until all wait or are done, and return the events since the last call."""
        self._baton.settle()
        return super().settle()

    def advance(self, ms: Milliseconds) -> None:
        """Let virtual time pass, instant by instant, settling at each."""
        self._baton.advance(ms)

    def close(self) -> None:
        """Interrupt every thread that still waits."""
        self._baton.leave()

    def _snapshot(self) -> Snapshot:
        return self._bus.snapshot()

    def _spawn(self, client: Client) -> None:
        self._baton.spawn(partial(self._serve, client))

    def _serve(self, client: Client) -> None:
        with self._log:
            while client.queue:
                number, operation = client.queue.popleft()
                self._returned(number, self._do(number, operation))
        client.busy = False

    def _do(self, number: OperationNumber, operation: Operation) -> Outcome:
        try:
            return translate.outcome(self._call(number, operation))
        except BeehiveError as error:
            return translate.failure(error)

    def _call(self, number: OperationNumber, operation: Operation) -> translate.CallResult:
        bus = self._bus
        match operation:
            case AddModule():
                bus.add_module(operation.module)
            case AddModuleGroup():
                bus.add_module_group(operation.module, operation.group)
            case CleanUp():
                bus.clean_up(operation.module)
            case Send():
                bus.send(operation.module, translate.message(number, operation.id))
            case SendToGroup():
                bus.send_to_group(operation.group, translate.message(number, operation.id))
            case Receive():
                return bus.receive(operation.module)
            case SendSync():
                message = translate.message(number, operation.id)
                return bus.send_sync(operation.module, message, seconds(operation.timeout))
            case SendToGroupSync():
                message = translate.message(number, operation.id)
                bus.send_to_group_sync(operation.group, message, seconds(operation.timeout))
            case SendResp():
                bus.send_resp(translate.response(number, operation.parent))
            case Sleep():
                if operation.ms > 0:
                    self._baton.parker().park(seconds(operation.ms))
            case MakeMessage() | MakeResponse() | Start() | Register():
                return self._off_bus.call(operation)
            case _:
                assert_never(operation)
        return None
