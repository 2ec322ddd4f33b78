"""The one generator of programs, and its plain seeded driver; `strategies` has the driver for Hypothesis."""

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
"""Steps of the longest program."""
SHORTEST = 6
"""Steps of the shortest program of the seeded driver, if it may have as many."""


def generate(
    pick: Pick,
    more: Callable[[], bool],
    length: int = LENGTH,
    capacity: int | None = None,
    off_bus: frozenset[Capability] = NO_CAPABILITIES,
) -> Program:
    """Return a program of at most `length` steps, for a bus whose channels hold `capacity` messages if it is known.

    `pick` makes every choice; `more` is asked before each step whether there is to be one. `off_bus` are the
    target's capabilities; only with those that they need does a program make messages or register modules.
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
    """Return the program with a number of those that a seed makes; made alone it is the same."""
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
    """Yield `count` programs of a seed, from number `first` on; for the rest see `generate`."""
    for number in range(first, first + count):
        yield random_program(seed, number, length, capacity, off_bus)


def kinds(program: Program) -> frozenset[str]:
    """Return the names of the steps and operations that a program has, as programs spell them."""
    return frozenset(str(each.__struct_config__.tag) for step in program.steps for each in (step, *operations(step)))
