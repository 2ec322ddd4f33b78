"""Hypothesis strategies for programs."""

from __future__ import annotations

from functools import cache

from hypothesis import event
from hypothesis import strategies as st

from beehive_conformance.generation.random_programs import LENGTH, generate, kinds
from beehive_conformance.generation.symbolic_state import NO_CAPABILITIES
from beehive_conformance.programs.capability import Capability
from beehive_conformance.programs.program import Program

STOPS = 14
"""The average number of steps of a program."""


@cache
def numbers(count: int) -> st.SearchStrategy[int]:
    """Return a strategy for numbers from 0 to `count` - 1."""
    return st.integers(0, count - 1)


@st.composite
def programs(
    draw: st.DrawFn,
    length: int = LENGTH,
    capacity: int | None = None,
    off_bus: frozenset[Capability] = NO_CAPABILITIES,
) -> Program:
    """Return a strategy for programs that reports the types of steps and operations as events.

    `length`, `capacity` and `off_bus` are those of `random_programs.generate`.
    """

    def pick(count: int) -> int:
        return draw(numbers(count)) if count > 1 else 0

    program = generate(pick, lambda: pick(STOPS) > 0, length, capacity, off_bus)
    for kind in sorted(kinds(program)):
        event(kind)
    return program
