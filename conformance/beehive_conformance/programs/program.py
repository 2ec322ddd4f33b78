"""A program: the list of steps that every source of programs makes and every target runs."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import NewType

import msgspec
from beehive_spec.vocabulary import Advance, InspectFields, Operation, OperationNumber, Repeat, Step, Together

from beehive_conformance.programs.capability import Capability
from beehive_conformance.programs.operation_table import type_of

ProgramId = NewType("ProgramId", str)


class Program(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A list of steps; equal programs have equal ids, whichever source made them."""

    steps: tuple[Step, ...]

    @property
    def id(self) -> ProgramId:
        """The first 12 hex digits of SHA-256 over the program's JSON."""
        return ProgramId(hashlib.sha256(msgspec.json.encode(self.steps)).hexdigest()[:12])


def operations(step: Step) -> tuple[Operation, ...]:
    """Return the operations that a step starts, in the order of their numbers."""
    match step:
        case Together():
            return step.operations
        case Repeat():
            return (step.operation,)
        case Advance() | InspectFields():
            return ()
        case _:
            return (step,)


def numbered(program: Program) -> Iterator[tuple[Step, tuple[tuple[OperationNumber, Operation], ...]]]:
    """Yield each step with its operations, numbered from 1 through the whole program."""
    number = 0
    for step in program.steps:
        first = number + 1
        started = operations(step)
        number += len(started)
        yield step, tuple((OperationNumber(first + i), operation) for i, operation in enumerate(started))


def needed(program: Program) -> frozenset[Capability]:
    """Return the capabilities without which a target cannot run a program."""
    needs = {type_of(operation).needs for step in program.steps for operation in operations(step)}
    return frozenset(each for each in needs if each is not None)
