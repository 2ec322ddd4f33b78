"""The symbolic state: what a generator knows about the program so far, to choose useful names, parents and times.

It estimates what a bus has done and is not the spec: a wrong estimate only makes a program less interesting.
"""

from __future__ import annotations

from typing import assert_never

from beehive_spec.vocabulary import (
    AddModule,
    AddModuleGroup,
    Advance,
    CleanUp,
    ClientName,
    GroupName,
    MakeMessage,
    MakeResponse,
    MessageId,
    Milliseconds,
    ModuleName,
    Operation,
    Receive,
    Register,
    Repeat,
    Send,
    SendResp,
    SendSync,
    SendToGroup,
    SendToGroupSync,
    Sleep,
    Start,
    Step,
)

from beehive_conformance.programs.capability import Capability
from beehive_conformance.programs.program import operations

NO_CAPABILITIES: frozenset[Capability] = frozenset()
MODULES = tuple(ModuleName(name) for name in "abcd")
GROUPS = tuple(GroupName(name) for name in "gh")
MAX_CLIENTS = 6
MAX_OF_A_CLIENT = 4
"""Operations of one client: more would only queue behind one that never returns."""


class SymbolicState:
    """The names used so far, and an estimate of which modules exist, what waits and what is due."""

    __slots__ = (
        "capacity",
        "clients",
        "ended",
        "fills",
        "has_started",
        "ids",
        "members",
        "modules",
        "now",
        "off_bus",
        "present",
        "queued",
        "requests",
        "sleeps",
    )

    def __init__(self, capacity: int | None, off_bus: frozenset[Capability] = NO_CAPABILITIES) -> None:
        self.capacity = capacity
        self.off_bus = off_bus
        """The capabilities of the target that off-bus operations need."""
        self.has_started = False
        self.now = 0
        self.modules: list[ModuleName] = []
        self.present: list[ModuleName] = []
        self.members: dict[GroupName, list[ModuleName]] = {}
        self.ids: list[MessageId] = []
        self.requests: dict[MessageId, tuple[int, int]] = {}
        """For each waiting request: when it times out, in ms, and how many responses it waits for."""
        self.ended: list[MessageId] = []
        self.queued: dict[ModuleName, int] = {}
        """The number of messages in each channel; if negative, the number of waiting receivers."""
        self.sleeps: list[int] = []
        self.clients: dict[ClientName, int] = {}
        self.fills = 0

    def fresh_module(self) -> ModuleName:
        """Return the next unused name for a module, or the last name if all are used."""
        return MODULES[min(len(self.modules), len(MODULES) - 1)]

    def fresh_group(self) -> GroupName:
        """Return the next unused name for a group, or the last name if all are used."""
        return GROUPS[min(len(self.members), len(GROUPS) - 1)]

    def fresh_id(self) -> MessageId:
        """Return the next unused id."""
        return MessageId(f"m{len(self.ids) + 1}")

    def fresh_client(self) -> ClientName:
        """Return the next unused name for a client, or the client with the fewest operations if there are enough."""
        if len(self.clients) < MAX_CLIENTS:
            return ClientName(f"c{len(self.clients) + 1}")
        return min(self.clients, key=self.clients.__getitem__)

    def usable_clients(self) -> list[ClientName]:
        """Return the clients that may get one more operation."""
        return [client for client, given in self.clients.items() if given < MAX_OF_A_CLIENT]

    def waiting(self) -> list[ModuleName]:
        """Return the modules whose channels have waiting receivers."""
        return [module for module, queued in self.queued.items() if queued < 0]

    def pending(self) -> int:
        """Return the estimated number of operations that have not returned."""
        waiting = 0
        for queued in self.queued.values():
            if queued < 0:
                waiting -= queued
            elif self.capacity is not None and queued > self.capacity:
                waiting += queued - self.capacity
        return waiting + len(self.requests) + len(self.sleeps)

    def deadlines(self) -> list[int]:
        """Return the times in ms at which something is due, the earliest first."""
        due = {until for until, _ in self.requests.values()}
        due.update(self.sleeps)
        return sorted(due)

    def note(self, step: Step) -> Step:
        """Record a step that was added to the program; return it."""
        if isinstance(step, Advance):
            self._pass(step.ms)
        for operation in operations(step):
            self.start(operation, step.times if isinstance(step, Repeat) else 1)
        return step

    def _pass(self, ms: int) -> None:
        self.now += ms
        self.sleeps = [due for due in self.sleeps if due > self.now]
        for request in [each for each, (due, _) in self.requests.items() if due <= self.now]:
            self._end(request)

    def _end(self, request: MessageId) -> None:
        del self.requests[request]
        self.ended.append(request)

    def start(self, operation: Operation, times: int = 1) -> Operation:
        """Record an operation that was added to the program, `times` times; return it."""
        if operation.client:
            self.clients[operation.client] = self.clients.get(operation.client, 0) + 1
        match operation:
            case Send():
                self._record_id(operation.id)
                self._put(operation.module, times)
            case Receive():
                self._put(operation.module, -times)
            case SendResp():
                self._respond(operation.parent)
            case SendSync():
                self._record_id(operation.id)
                self._put(operation.module, 1)
                self._request(operation.id, operation.timeout, 1 if operation.module in self.present else 0)
            case AddModule():
                self._record_module(operation.module)
                if operation.module not in self.present:
                    self.present.append(operation.module)
                    self.queued[operation.module] = 0
            case AddModuleGroup():
                self._record_module(operation.module)
                members = self.members.setdefault(operation.group, [])
                if operation.module in self.present and operation.module not in members:
                    members.append(operation.module)
            case SendToGroup():
                self._record_id(operation.id)
                self._put_in_group(operation.group, times)
            case SendToGroupSync():
                self._record_id(operation.id)
                self._put_in_group(operation.group, 1)
                self._request(operation.id, operation.timeout, len(self.members[operation.group]))
            case CleanUp():
                self._record_module(operation.module)
                self._remove(operation.module)
            case Sleep():
                self.sleeps.append(self.now + operation.ms)
            case MakeMessage() | MakeResponse():
                self._record_parts(operation)
            case Register():
                self._record_module(operation.module)
            case Start():
                for module in (*operation.enabled, *operation.modules):
                    self._record_module(module)
            case _:
                assert_never(operation)
        return operation

    def _record_parts(self, operation: MakeMessage | MakeResponse) -> None:
        """Record the names in a message that is made."""
        if isinstance(operation, MakeResponse):
            self._record_id(operation.id)
            return
        if operation.parent:
            self._record_id(operation.parent)
        if operation.group:
            self.members.setdefault(operation.group, [])

    def _record_module(self, module: ModuleName) -> None:
        if module not in self.modules:
            self.modules.append(module)

    def _record_id(self, request: MessageId) -> None:
        if request not in self.ids:
            self.ids.append(request)

    def _put(self, module: ModuleName, count: int) -> None:
        self._record_module(module)
        if module in self.queued:
            self.queued[module] += count

    def _put_in_group(self, group: GroupName, count: int) -> None:
        for module in self.members.setdefault(group, []):
            self._put(module, count)

    def _request(self, request: MessageId, timeout: Milliseconds, wanted: int) -> None:
        if wanted and timeout > 0:
            self.requests[request] = (self.now + timeout, wanted)
        elif request not in self.requests:
            self.ended.append(request)

    def _respond(self, parent: MessageId) -> None:
        self._record_id(parent)
        if parent in self.requests:
            due, wanted = self.requests[parent]
            if wanted > 1:
                self.requests[parent] = (due, wanted - 1)
            else:
                self._end(parent)

    def _remove(self, module: ModuleName) -> None:
        if module in self.present:
            self.present.remove(module)
            del self.queued[module]
            for members in self.members.values():
                if module in members:
                    members.remove(module)
