"""The off-bus operations of the reference: making messages, and registering modules with a core."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias, assert_never

from beehive import BeehiveError, ChannelContext, Header, Message, ModuleHandle
from beehive.host import AnyModule, ModuleCore
from beehive.host.modules_file import ModulesFile, read_modules_file
from beehive.message import AnyMessage, TimeOfDay
from beehive.runtime import Runtime
from beehive_spec.vocabulary import (
    GroupName,
    Made,
    MakeMessage,
    MakeResponse,
    MessageId,
    ModuleName,
    Register,
    Returned,
    Start,
)

from beehive_conformance.programs.program_file import scalar
from beehive_conformance.targets.reference import translate
from beehive_conformance.targets.reference.clock import Clock

OffBusOperation: TypeAlias = MakeMessage | MakeResponse | Start | Register
"""The operations that do not use the bus."""

MIDNIGHT = 946_684_800_000
"""The time of day at which sessions begin, in milliseconds since 1970 (2000-01-01, as in the Go worker)."""
NO_FILE = Path("no modules.yaml was read")


class OffBus:
    """The ids of the messages made in one session, and its module core."""

    def __init__(self, clock: Clock[Any], runtime: Runtime | None = None) -> None:
        """Start a session without messages or modules.

        Messages get their timestamps from `clock`, counted from MIDNIGHT.
        `runtime` provides the lock for threads that register modules.
        """
        self._clock = clock
        self._runtime = runtime
        self._ids: set[str] = {""}
        self._first: int | None = None
        self._core: ModuleCore | None = None

    def call(self, operation: OffBusOperation) -> translate.OffBusOutcome:
        """Perform one operation and return its outcome."""
        try:
            return self._call(operation)
        except BeehiveError as error:
            return translate.failure(error)

    def registered(self) -> tuple[translate.Registered, translate.Registered]:
        """Return the map of modules and the map of disabled modules."""
        if self._core is None:
            return (), ()
        return _sorted(self._core.modules), _sorted(self._core.disabled)

    def _call(self, operation: OffBusOperation) -> translate.OffBusOutcome:
        match operation:
            case MakeMessage():
                return self._made(_message(operation, self._time_of_day))
            case MakeResponse():
                request = Message(None, Header(operation.id))
                made = self._made(request.reply(operation.content, time_of_day=self._time_of_day))
                # The documents leave the route of a response open, so it is not compared.
                return Made(made.is_new, made.parent, content=made.content, timestamp=made.timestamp)
            case Start():
                self._core = ModuleCore(_modules_file(operation.enabled), runtime=self._runtime)
                for name in operation.modules:
                    try:
                        self._core.register(_Module(name, ""))
                    except BeehiveError:
                        # Only the module itself learns of its error; the others register as usual.
                        continue
            case Register():
                core = self._core or ModuleCore(read_modules_file(NO_FILE))
                core.register(_Module(operation.module, operation.implementation))
            case _:
                assert_never(operation)
        return Returned()

    def _time_of_day(self) -> int:
        return MIDNIGHT + self._clock.ms

    def _made(self, message: AnyMessage) -> Made:
        is_new = message.id not in self._ids
        self._ids.add(message.id)
        header, route = message.header, message.route
        if self._first is None:
            self._first = header.timestamp
        return Made(
            is_new=is_new,
            parent=MessageId(header.parent_id),
            sync=header.sync,
            source=route.source,
            group=GroupName(route.group),
            operation=route.operation,
            resource=route.resource,
            content=str(message.content),
            timestamp=header.timestamp - self._first,
        )


class _Module:
    """A module for registration only; `implementation` tells modules of the same name apart."""

    groups: Sequence[str] = ()

    def __init__(self, name: str, implementation: str) -> None:
        self.name = name
        self.implementation = implementation

    def start(self, bus: ChannelContext, handle: ModuleHandle) -> None:
        """Do nothing: programs register modules, but never start them."""


def _message(operation: MakeMessage, time_of_day: TimeOfDay) -> AnyMessage:
    return Message.make(
        operation.content,
        parent_id=operation.parent,
        source=operation.source,
        group=operation.group,
        operation=operation.operation,
        resource=operation.resource,
        time_of_day=time_of_day,
    )


def _modules_file(enabled: Sequence[str]) -> ModulesFile:
    """Write a modules.yaml and have the reference read it."""
    text = "modules:\n  enabled: [" + ", ".join(map(scalar, dict.fromkeys(enabled))) + "]\n"
    descriptor, path = tempfile.mkstemp(prefix="modules", suffix=".yaml")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        return read_modules_file(path)
    finally:
        Path(path).unlink()


def _sorted(modules: Mapping[str, AnyModule]) -> translate.Registered:
    return tuple(
        sorted(
            (ModuleName(name), module.implementation)
            for name, module in modules.items()
            if isinstance(module, _Module)
        )
    )
