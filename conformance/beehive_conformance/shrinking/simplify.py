"""The complexity of an operation, and the simpler operations that may replace it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import assert_never

import msgspec
from beehive_spec.vocabulary import (
    AddModule,
    AddModuleGroup,
    CleanUp,
    MakeMessage,
    MakeResponse,
    ModuleName,
    Operation,
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

from beehive_conformance.programs.operation_table import type_of


def complexity(operation: Operation) -> int:
    """Return the complexity of an operation: that of its type, and one for each optional text or name it has."""
    row = type_of(operation)
    values = (getattr(operation, field) for field in row.optional)
    return row.complexity + sum(len(value) if isinstance(value, tuple) else bool(value) for value in values)


def simpler(operation: Operation, modules: Sequence[ModuleName]) -> Iterator[Operation]:
    """Yield simpler operations that may replace an operation; `modules` are the modules that the program names."""
    client = operation.client
    match operation:
        case SendSync():
            yield Send(module=operation.module, id=operation.id, client=client)
        case SendToGroup():
            for module in modules:
                yield Send(module=module, id=operation.id, client=client)
        case SendToGroupSync():
            yield SendToGroup(group=operation.group, id=operation.id, client=client)
            for module in modules:
                yield Send(module=module, id=operation.id, client=client)
                yield SendSync(module=module, id=operation.id, timeout=operation.timeout, client=client)
        case MakeMessage() | MakeResponse() | Start() | Register():
            yield from _with_less(operation)
        case AddModule() | AddModuleGroup() | CleanUp() | Send() | Receive() | SendResp() | Sleep():
            pass
        case _:
            assert_never(operation)


def _with_less(operation: Operation) -> Iterator[Operation]:
    """Yield the operation without one of its optional texts, or without one of the names in an optional list."""
    for field in type_of(operation).optional:
        value = getattr(operation, field)
        if isinstance(value, tuple):
            for index in range(len(value)):
                yield msgspec.structs.replace(operation, **{field: value[:index] + value[index + 1 :]})
        elif value:
            yield msgspec.structs.replace(operation, **{field: ""})
