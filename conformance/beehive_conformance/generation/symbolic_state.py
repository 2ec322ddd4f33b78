"""What a generator remembers of the program so far, so that names, parents and times can be chosen well.

It is bookkeeping, not the spec: it guesses what a bus has done, and a wrong guess only makes a program duller.
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
"""Operations given to one client: more would queue up behind one that never returns."""


class SymbolicState:
    """The names used so far, and a guess at what is there, what waits and what is due."""

    __slots__ = ("asked", "off_bus", "capacity", "clients", "ended", "fills", "has_started", "ids", "members",
                 "modules", "sleeps", "now", "queued", "there")  # fmt: skip

    def __init__(self, capacity: int | None, off_bus: frozenset[Capability] = NO_CAPABILITIES) -> None:
        self.capacity = capacity
        self.off_bus = off_bus
        """What the target can do off the bus, of that for which there are operations."""
        self.has_started = False
        self.now = 0
        self.modules: list[ModuleName] = []
        self.there: list[ModuleName] = []
        self.members: dict[GroupName, list[ModuleName]] = {}
        self.ids: list[MessageId] = []
        self.asked: dict[MessageId, tuple[int | None, int]] = {}
        """For each request that waits: when it is over (None: never) and how many responses it waits for."""
        self.ended: list[MessageId] = []
        self.queued: dict[ModuleName, int] = {}
        """Messages in each channel; below zero: receivers that wait there."""
        self.sleeps: list[int] = []
        self.clients: dict[ClientName, int] = {}
        self.fills = 0

    def fresh_module(self) -> ModuleName:
        """Return the next name for a module, or the last one if there are enough."""
        return MODULES[min(len(self.modules), len(MODULES) - 1)]

    def fresh_group(self) -> GroupName:
        """Return the next name for a group, or the last one if there are enough."""
        return GROUPS[min(len(self.members), len(GROUPS) - 1)]

    def fresh_id(self) -> MessageId:
        """Return the next id."""
        return MessageId(f"m{len(self.ids) + 1}")

    def fresh_client(self) -> ClientName:
        """Return the next name for a client, or the one with the least to do if there are enough."""
        if len(self.clients) < MAX_CLIENTS:
            return ClientName(f"c{len(self.clients) + 1}")
        return min(self.clients, key=self.clients.__getitem__)

    def usable_clients(self) -> list[ClientName]:
        """Return the clients that may be given one more operation."""
        return [client for client, given in self.clients.items() if given < MAX_OF_A_CLIENT]

    def waiting(self) -> list[ModuleName]:
        """Return the modules at whose channels receivers wait."""
        return [module for module, queued in self.queued.items() if queued < 0]

    def pending(self) -> int:
        """Return about how many operations have not returned."""
        waiting = 0
        for queued in self.queued.values():
            if queued < 0:
                waiting -= queued
            elif self.capacity is not None and queued > self.capacity:
                waiting += queued - self.capacity
        return waiting + len(self.asked) + len(self.sleeps)

    def deadlines(self) -> list[int]:
        """Return the times at which something is due, the next first."""
        due = {until for until, _ in self.asked.values() if until is not None}
        due.update(self.sleeps)
        return sorted(due)

    def note(self, step: Step) -> Step:
        """Take note of a step that the program has now; return it."""
        if isinstance(step, Advance):
            self._pass(step.ms)
        for operation in operations(step):
            self.start(operation, step.times if isinstance(step, Repeat) else 1)
        return step

    def _pass(self, ms: int) -> None:
        self.now += ms
        self.sleeps = [due for due in self.sleeps if due > self.now]
        for request in [each for each, (due, _) in self.asked.items() if due is not None and due <= self.now]:
            self._end(request)

    def _end(self, request: MessageId) -> None:
        del self.asked[request]
        self.ended.append(request)

    def start(self, operation: Operation, times: int = 1) -> Operation:
        """Take note of an operation that the program has now; return it."""
        if operation.client:
            self.clients[operation.client] = self.clients.get(operation.client, 0) + 1
        match operation:
            case Send():
                self._name_id(operation.id)
                self._put(operation.module, times)
            case Receive():
                self._put(operation.module, -times)
            case SendResp():
                self._respond(operation.parent)
            case SendSync():
                self._name_id(operation.id)
                self._put(operation.module, 1)
                self._ask(operation.id, operation.timeout, 1 if operation.module in self.there else 0)
            case AddModule():
                self._name_module(operation.module)
                if operation.module not in self.there:
                    self.there.append(operation.module)
                    self.queued[operation.module] = 0
            case AddModuleGroup():
                self._name_module(operation.module)
                members = self.members.setdefault(operation.group, [])
                if operation.module in self.there and operation.module not in members:
                    members.append(operation.module)
            case SendToGroup():
                self._name_id(operation.id)
                self._put_in_group(operation.group, times)
            case SendToGroupSync():
                self._name_id(operation.id)
                self._put_in_group(operation.group, 1)
                self._ask(operation.id, operation.timeout, len(self.members[operation.group]))
            case CleanUp():
                self._name_module(operation.module)
                self._remove(operation.module)
            case Sleep():
                self.sleeps.append(self.now + operation.ms)
            case MakeMessage() | MakeResponse():
                self._name_parts(operation)
            case Register():
                self._name_module(operation.module)
            case Start():
                for module in (*operation.enabled, *operation.modules):
                    self._name_module(module)
            case _:
                assert_never(operation)
        return operation

    def _name_parts(self, operation: MakeMessage | MakeResponse) -> None:
        """Take note of the names in a message that is made."""
        if isinstance(operation, MakeResponse):
            self._name_id(operation.id)
            return
        if operation.parent:
            self._name_id(operation.parent)
        if operation.group:
            self.members.setdefault(operation.group, [])

    def _name_module(self, module: ModuleName) -> None:
        if module not in self.modules:
            self.modules.append(module)

    def _name_id(self, request: MessageId) -> None:
        if request not in self.ids:
            self.ids.append(request)

    def _put(self, module: ModuleName, count: int) -> None:
        self._name_module(module)
        if module in self.queued:
            self.queued[module] += count

    def _put_in_group(self, group: GroupName, count: int) -> None:
        for module in self.members.setdefault(group, []):
            self._put(module, count)

    def _ask(self, request: MessageId, timeout: Milliseconds, wanted: int) -> None:
        if wanted and timeout > 0:
            self.asked[request] = (self.now + timeout, wanted)
        elif request not in self.asked:
            self.ended.append(request)

    def _respond(self, parent: MessageId) -> None:
        self._name_id(parent)
        if parent in self.asked:
            due, wanted = self.asked[parent]
            if wanted > 1:
                self.asked[parent] = (due, wanted - 1)
            else:
                self._end(parent)

    def _remove(self, module: ModuleName) -> None:
        if module in self.there:
            self.there.remove(module)
            del self.queued[module]
            for members in self.members.values():
                if module in members:
                    members.remove(module)
