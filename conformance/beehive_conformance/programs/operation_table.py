"""The table of operations: what the suite knows of each type of operation, in one place.

Names of operations and the roles of their fields follow from the vocabulary; the rest is one row for each type. An
operation without a row fails the type check, and so does one that is missing where the suite decides something else
for each operation: all these places end with `assert_never`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import assert_never, get_args

import msgspec
from beehive_spec.vocabulary import (
    AddModule,
    AddModuleGroup,
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
    Send,
    SendResp,
    SendSync,
    SendToGroup,
    SendToGroupSync,
    Sleep,
    Start,
)

from beehive_conformance.programs.capability import Capability

MESSAGE_PARTS = ("parent", "source", "group", "operation", "resource", "content")
"""The texts of a message, in the order in which they are printed."""


class Role(Enum):
    """What a field of an operation holds."""

    MODULE = "the name of a module"
    MODULES = "the names of modules"
    GROUP = "the name of a group"
    MESSAGE = "the id of a message, its own or its parent's"
    CLIENT = "the name of a client"
    DURATION = "milliseconds, zero or more"
    TIMEOUT = "milliseconds, may be negative"
    TEXT = "free text"


_ROLES: Mapping[object, Role] = MappingProxyType(
    {
        ModuleName: Role.MODULE,
        tuple[ModuleName, ...]: Role.MODULES,
        GroupName: Role.GROUP,
        MessageId: Role.MESSAGE,
        ClientName: Role.CLIENT,
        Milliseconds: Role.DURATION,
        str: Role.TEXT,
    }
)
"""The role of a field by its type."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationType:
    """A row of the table.

    `name` is the name in programs, `fields` has the role of each field in the order of the vocabulary, and `times`
    are the fields that hold milliseconds. `wording` is what follows the name in reports, a format string over the
    fields. `optional` are the fields that may be empty, in the order in which the shrinker empties them; those that
    `wording` does not print are appended if they are not empty. `makes_message` says whether a message that another
    operation can receive comes from this one. `complexity` orders operations for the shrinker, 0 is the simplest.
    `needs` is the capability without which a target cannot run the operation.
    """

    name: str
    fields: Mapping[str, Role]
    times: tuple[str, ...]
    wording: str
    optional: tuple[str, ...]
    makes_message: bool
    complexity: int
    needs: Capability | None


def _row(kind: type[Operation]) -> OperationType:
    if issubclass(kind, AddModule):
        return _type(kind, wording="{module}", optional=(), makes_message=False, complexity=0, needs=None)
    if issubclass(kind, AddModuleGroup):
        return _type(kind, wording="{module} {group}", optional=(), makes_message=False, complexity=2, needs=None)
    if issubclass(kind, CleanUp):
        return _type(kind, wording="{module}", optional=(), makes_message=False, complexity=2, needs=None)
    if issubclass(kind, Send):
        return _type(kind, wording="{module} {id}", optional=(), makes_message=True, complexity=1, needs=None)
    if issubclass(kind, SendToGroup):
        return _type(kind, wording="{group} {id}", optional=(), makes_message=True, complexity=3, needs=None)
    if issubclass(kind, Receive):
        return _type(kind, wording="{module}", optional=(), makes_message=False, complexity=1, needs=None)
    if issubclass(kind, SendSync):
        wording = "{module} {id}, timeout {timeout} ms"
        return _type(kind, wording=wording, optional=(), makes_message=True, complexity=4, needs=None)
    if issubclass(kind, SendToGroupSync):
        wording = "{group} {id}, timeout {timeout} ms"
        return _type(kind, wording=wording, optional=(), makes_message=True, complexity=5, needs=None)
    if issubclass(kind, SendResp):
        return _type(kind, wording="to {parent}", optional=(), makes_message=True, complexity=2, needs=None)
    if issubclass(kind, Sleep):
        return _type(kind, wording="{ms} ms", optional=(), makes_message=False, complexity=2, needs=None)
    if issubclass(kind, MakeMessage):
        needs = Capability.MESSAGES
        return _type(kind, wording="", optional=MESSAGE_PARTS, makes_message=False, complexity=1, needs=needs)
    if issubclass(kind, MakeResponse):
        needs = Capability.MESSAGES
        return _type(kind, wording="to {id}", optional=("content",), makes_message=False, complexity=2, needs=needs)
    if issubclass(kind, Start):
        return _type(
            kind,
            wording="enabled [{enabled}], modules [{modules}]",
            optional=("modules", "enabled"),
            makes_message=False,
            complexity=2,
            needs=Capability.REGISTRATION,
        )
    if issubclass(kind, Register):
        return _type(
            kind,
            wording="{module}",
            optional=("implementation",),
            makes_message=False,
            complexity=1,
            needs=Capability.REGISTRATION,
        )
    assert_never(kind)


def _type(
    kind: type[Operation],
    *,
    wording: str,
    optional: tuple[str, ...],
    makes_message: bool,
    complexity: int,
    needs: Capability | None,
) -> OperationType:
    fields = {field.name: _role(field) for field in msgspec.structs.fields(kind)}
    return OperationType(
        name=str(kind.__struct_config__.tag),
        fields=MappingProxyType(fields),
        times=tuple(name for name, role in fields.items() if role in (Role.DURATION, Role.TIMEOUT)),
        wording=wording,
        optional=optional,
        makes_message=makes_message,
        complexity=complexity,
        needs=needs,
    )


def _role(field: msgspec.structs.FieldInfo) -> Role:
    return Role.TIMEOUT if field.name == "timeout" else _ROLES[field.type]


OPERATIONS: Mapping[type[Operation], OperationType] = MappingProxyType(
    {kind: _row(kind) for kind in get_args(Operation)}
)
"""The rows by type of operation, in the order of the vocabulary."""


def type_of(operation: Operation) -> OperationType:
    """Return the row of an operation."""
    return OPERATIONS[type(operation)]
