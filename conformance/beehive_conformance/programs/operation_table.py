"""The table of operations: what the suite knows about each type of operation, in one place.

Names of operations and the roles of their fields follow from the vocabulary; the rest is one row for each type. An
operation without a row fails the type check, and so does one that is missing where the suite distinguishes all
operations for another purpose: all these places end with `assert_never`.
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
    """A row of the table."""

    name: str
    """The name in programs."""
    fields: Mapping[str, Role]
    """The role of each field, in the order of the vocabulary."""
    times: tuple[str, ...]
    """The fields that hold milliseconds."""
    wording: str
    """What follows the name in reports: a format string over the fields."""
    optional: tuple[str, ...]
    """The fields that may be empty, in the order in which the shrinker empties them.

    Those that `wording` does not print are appended to it, unless they are empty.
    """
    makes_message: bool
    """Whether it puts a message onto the bus that another operation can return."""
    adds_waiting: bool
    """Whether it may add one more waiting operation; a response may wait too, but mostly ends a wait."""
    complexity: int
    """Its rank for the shrinker without optional fields; 0 is the simplest."""
    needs: Capability | None
    """The capability without which a target cannot run it."""


def _row(kind: type[Operation]) -> OperationType:
    if issubclass(kind, AddModule):
        return _on_bus(kind, wording="{module}", makes_message=False, adds_waiting=False, complexity=0)
    if issubclass(kind, AddModuleGroup):
        return _on_bus(kind, wording="{module} {group}", makes_message=False, adds_waiting=False, complexity=2)
    if issubclass(kind, CleanUp):
        return _on_bus(kind, wording="{module}", makes_message=False, adds_waiting=False, complexity=2)
    if issubclass(kind, Send):
        return _on_bus(kind, wording="{module} {id}", makes_message=True, adds_waiting=True, complexity=1)
    if issubclass(kind, SendToGroup):
        return _on_bus(kind, wording="{group} {id}", makes_message=True, adds_waiting=True, complexity=3)
    if issubclass(kind, Receive):
        return _on_bus(kind, wording="{module}", makes_message=False, adds_waiting=True, complexity=1)
    if issubclass(kind, SendSync):
        wording = "{module} {id}, timeout {timeout} ms"
        return _on_bus(kind, wording=wording, makes_message=True, adds_waiting=True, complexity=4)
    if issubclass(kind, SendToGroupSync):
        wording = "{group} {id}, timeout {timeout} ms"
        return _on_bus(kind, wording=wording, makes_message=True, adds_waiting=True, complexity=5)
    if issubclass(kind, SendResp):
        return _on_bus(kind, wording="to {parent}", makes_message=True, adds_waiting=False, complexity=2)
    if issubclass(kind, Sleep):
        return _on_bus(kind, wording="{ms} ms", makes_message=False, adds_waiting=True, complexity=2)
    if issubclass(kind, MakeMessage):
        return _off_bus(kind, wording="", optional=MESSAGE_PARTS, complexity=1, needs=Capability.MESSAGES)
    if issubclass(kind, MakeResponse):
        return _off_bus(kind, wording="to {id}", optional=("content",), complexity=2, needs=Capability.MESSAGES)
    if issubclass(kind, Start):
        wording, needs = "enabled [{enabled}], modules [{modules}]", Capability.REGISTRATION
        return _off_bus(kind, wording=wording, optional=("modules", "enabled"), complexity=2, needs=needs)
    if issubclass(kind, Register):
        needs = Capability.REGISTRATION
        return _off_bus(kind, wording="{module}", optional=("implementation",), complexity=1, needs=needs)
    assert_never(kind)


def _on_bus(
    kind: type[Operation], *, wording: str, makes_message: bool, adds_waiting: bool, complexity: int
) -> OperationType:
    return _type(kind, wording, (), makes_message, adds_waiting, complexity, None)


def _off_bus(
    kind: type[Operation], *, wording: str, optional: tuple[str, ...], complexity: int, needs: Capability
) -> OperationType:
    return _type(kind, wording, optional, False, False, complexity, needs)


def _type(
    kind: type[Operation],
    wording: str,
    optional: tuple[str, ...],
    makes_message: bool,
    adds_waiting: bool,
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
        adds_waiting=adds_waiting,
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
