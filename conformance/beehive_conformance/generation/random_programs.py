"""Generates random programs from a seed; `strategies` drives the same generator by Hypothesis."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random

from beehive_spec.vocabulary import InspectFields, Step

from beehive_conformance.generation.operations import Pick
from beehive_conformance.generation.steps import next_step
from beehive_conformance.generation.symbolic_state import NO_CAPABILITIES, SymbolicState
from beehive_conformance.generation.weights import OFF_BUS
from beehive_conformance.programs.capability import Capability
from beehive_conformance.programs.program import Program, operations

LENGTH = 30
"""The default for the largest number of steps."""
SHORTEST = 6
"""The smallest number of steps in programs from a seed, unless the length limit is lower."""


def generate(
    pick: Pick,
    more: Callable[[], bool],
    length: int = LENGTH,
    capacity: int | None = None,
    off_bus: frozenset[Capability] = NO_CAPABILITIES,
) -> Program:
    """Return a program of at most `length` steps, for a bus whose channels hold `capacity` messages if it is known.

    `pick` makes every choice; `more` decides before each step whether there is one. `off_bus` has the capabilities
    of the target: a program has off-bus operations only if it includes the capabilities that they need.
    """
    state = SymbolicState(capacity, off_bus & OFF_BUS)
    steps: list[Step] = []
    while len(steps) < length - 1 and more():
        steps.append(next_step(state, pick))
    if not steps or (len(steps) < length and pick(4)):
        steps.append(InspectFields())
    return Program(tuple(steps))


def random_program(
    seed: int,
    number: int,
    length: int = LENGTH,
    capacity: int | None = None,
    off_bus: frozenset[Capability] = NO_CAPABILITIES,
) -> Program:
    """Return program `number` of a seed; it does not depend on the other programs of the seed."""
    random = Random(f"{seed}/{number}").random

    def pick(count: int) -> int:
        return int(random() * count)

    shortest = min(SHORTEST, length)
    left = shortest + pick(length - shortest + 1)

    def more() -> bool:
        nonlocal left
        left -= 1
        return left > 0

    return generate(pick, more, length, capacity, off_bus)


def random_programs(
    seed: int,
    count: int,
    length: int = LENGTH,
    capacity: int | None = None,
    first: int = 0,
    off_bus: frozenset[Capability] = NO_CAPABILITIES,
) -> Iterator[Program]:
    """Yield `count` programs of a seed, starting with number `first`; the rest is as for `generate`."""
    for number in range(first, first + count):
        yield random_program(seed, number, length, capacity, off_bus)


def kinds(program: Program) -> frozenset[str]:
    """Return the names of the types of steps and operations in a program."""
    return frozenset(str(each.__struct_config__.tag) for step in program.steps for each in (step, *operations(step)))
