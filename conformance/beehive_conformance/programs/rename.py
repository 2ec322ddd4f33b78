"""Renames the modules, groups, ids and clients of a program."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import Enum
from typing import assert_never

import msgspec
from beehive_spec.vocabulary import Advance, InspectFields, Operation, Repeat, Step, Together

from beehive_conformance.programs.operation_table import Role, type_of
from beehive_conformance.programs.program import Program, operations


class NameKind(Enum):
    """The kinds of names; names of different kinds may be equal."""

    MODULE = "module"
    GROUP = "group"
    ID = "id"
    CLIENT = "client"


Names = Mapping[NameKind, Mapping[str, str]]
"""New names by old ones; names that are missing stay as they are."""


def names(program: Program) -> dict[NameKind, list[str]]:
    """Return the names that a program uses, in the order of their first use; the empty client is not a name."""
    found: dict[NameKind, dict[str, None]] = {kind: {} for kind in NameKind}
    for step in program.steps:
        for operation in operations(step):
            for field, kind in _named(operation):
                value = getattr(operation, field)
                found[kind].update(dict.fromkeys(value if isinstance(value, tuple) else (value,)))
    return {kind: list(each) for kind, each in found.items()}


def rename(program: Program, new: Names) -> Program:
    """Return the program with new names."""
    return Program(tuple(rename_step(step, new) for step in program.steps))


def rename_step(step: Step, new: Names) -> Step:
    """Return the step with new names."""
    match step:
        case Together():
            return Together(tuple(_rename_operation(each, new) for each in step.operations))
        case Repeat():
            return Repeat(_rename_operation(step.operation, new), step.times)
        case Advance() | InspectFields():
            return step
        case _:
            return _rename_operation(step, new)


def _named(operation: Operation) -> Iterator[tuple[str, NameKind]]:
    row = type_of(operation)
    for field, role in row.fields.items():
        kind = _kind(role)
        # Neither an empty optional field nor the empty client names anything; any other empty name is a name.
        may_be_unnamed = kind is NameKind.CLIENT or field in row.optional
        if kind is not None and (getattr(operation, field) or not may_be_unnamed):
            yield field, kind


def _kind(role: Role) -> NameKind | None:
    match role:
        case Role.MODULE | Role.MODULES:
            return NameKind.MODULE
        case Role.GROUP:
            return NameKind.GROUP
        case Role.MESSAGE:
            return NameKind.ID
        case Role.CLIENT:
            return NameKind.CLIENT
        case Role.DURATION | Role.TIMEOUT | Role.TEXT:
            return None
        case _:
            assert_never(role)


def _rename_operation(operation: Operation, new: Names) -> Operation:
    changes = {}
    for field, kind in _named(operation):
        name = getattr(operation, field)
        of_kind = new.get(kind, {})
        if isinstance(name, tuple):
            changed = tuple(of_kind.get(each, each) for each in name)
        else:
            changed = of_kind.get(name, name)
        if changed != name:
            changes[field] = changed
    return msgspec.structs.replace(operation, **changes) if changes else operation
