"""Programs for Hypothesis, made by the one generator."""

from __future__ import annotations

from functools import cache

from hypothesis import event
from hypothesis import strategies as st

from beehive_conformance.generation.random_programs import LENGTH, generate, kinds
from beehive_conformance.generation.symbolic_state import NO_CAPABILITIES
from beehive_conformance.programs.capability import Capability
from beehive_conformance.programs.program import Program

STOPS = 14
"""Steps after which a program stops, on average."""


@cache
def numbers(count: int) -> st.SearchStrategy[int]:
    """Return the strategy for a choice among `count` things."""
    return st.integers(0, count - 1)


@st.composite
def programs(
    draw: st.DrawFn,
    length: int = LENGTH,
    capacity: int | None = None,
    off_bus: frozenset[Capability] = NO_CAPABILITIES,
) -> Program:
    """Return a strategy for programs, with the kinds of steps and operations as events."""

    def pick(count: int) -> int:
        return draw(numbers(count)) if count > 1 else 0

    program = generate(pick, lambda: pick(STOPS) > 0, length, capacity, off_bus)
    for kind in sorted(kinds(program)):
        event(kind)
    return program
