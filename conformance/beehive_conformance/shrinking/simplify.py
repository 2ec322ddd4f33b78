"""How simple an operation is, and which simpler ones may stand in its place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

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

SIMPLICITY: dict[type[Operation], int] = {
    AddModule: 0,
    Receive: 1,
    Send: 1,
    AddModuleGroup: 2,
    CleanUp: 2,
    SendResp: 2,
    Sleep: 2,
    SendToGroup: 3,
    SendSync: 4,
    SendToGroupSync: 5,
    MakeMessage: 1,
    MakeResponse: 2,
    Register: 1,
    Start: 2,
}
TEXTS = ("parent", "source", "group", "operation", "resource", "content", "implementation")
"""What may be left out of an operation beside the bus."""


def complexity(operation: Operation) -> int:
    """Return how much there is to an operation: its kind, and what it is given that could be left out."""
    simplicity = SIMPLICITY[type(operation)]
    match operation:
        case MakeMessage() | MakeResponse() | Register():
            return simplicity + sum(bool(getattr(operation, text, "")) for text in TEXTS)
        case Start():
            return simplicity + len(operation.enabled) + len(operation.modules)
        case _:
            return simplicity


def simpler(operation: Operation, modules: Sequence[ModuleName]) -> Iterator[Operation]:
    """Yield operations that may stand in the place of one; `modules` are those that a program names."""
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
        case MakeMessage() | MakeResponse() | Register():
            for text in TEXTS:
                if getattr(operation, text, ""):
                    yield msgspec.structs.replace(operation, **{text: ""})
        case Start():
            for lists in ("modules", "enabled"):
                listed = getattr(operation, lists)
                for index in range(len(listed)):
                    yield msgspec.structs.replace(operation, **{lists: listed[:index] + listed[index + 1 :]})
        case _:
            pass
