"""Gives other names to what a program names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import Enum

import msgspec
from beehive_spec.vocabulary import Advance, LookAtFields, Operation, Repeat, Step, Together

from beehive_conformance.program import Program, operations


class Kind(Enum):
    """What can have a name; two kinds may use the same one."""

    MODULE = "module"
    GROUP = "group"
    ID = "id"
    CLIENT = "client"


_KINDS = {
    "module": Kind.MODULE,
    "group": Kind.GROUP,
    "id": Kind.ID,
    "parent": Kind.ID,
    "client": Kind.CLIENT,
}
"""The fields of operations that hold names."""

Names = Mapping[Kind, Mapping[str, str]]
"""New names for old ones; a name that is not there stays."""


def names(program: Program) -> dict[Kind, list[str]]:
    """Return the names that a program uses, in the order of their first use; the empty client has none."""
    found: dict[Kind, dict[str, None]] = {kind: {} for kind in Kind}
    for step in program.steps:
        for operation in operations(step):
            for field, kind in _named(operation):
                found[kind][getattr(operation, field)] = None
    found[Kind.CLIENT].pop("", None)
    return {kind: list(each) for kind, each in found.items()}


def rename(program: Program, new: Names) -> Program:
    """Return the program with other names."""
    return Program(tuple(rename_step(step, new) for step in program.steps))


def rename_step(step: Step, new: Names) -> Step:
    """Return the step with other names."""
    match step:
        case Together():
            return Together(tuple(_rename_operation(each, new) for each in step.operations))
        case Repeat():
            return Repeat(_rename_operation(step.operation, new), step.times)
        case Advance() | LookAtFields():
            return step
        case _:
            return _rename_operation(step, new)


def _named(operation: Operation) -> Iterator[tuple[str, Kind]]:
    for field in operation.__struct_fields__:
        if field in _KINDS:
            yield field, _KINDS[field]


def _rename_operation(operation: Operation, new: Names) -> Operation:
    changes = {}
    for field, kind in _named(operation):
        name = getattr(operation, field)
        changed = new.get(kind, {}).get(name, name)
        if changed != name:
            changes[field] = changed
    return msgspec.structs.replace(operation, **changes) if changes else operation
