"""Reduces a program to a smaller one that is still interesting; used for programs from every source."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from beehive_conformance.programs.program import Program
from beehive_conformance.shrinking.passes import PASSES, size

IsInteresting = Callable[[Sequence[Program]], Sequence[bool]]
"""Tells for each of several programs whether it is still interesting; called with many programs at once."""

SHRINK_BUDGET = 5_000
"""The number of programs after which a shrinker stops."""


def shrink(program: Program, is_interesting: IsInteresting, budget: int = SHRINK_BUDGET) -> Program:
    """Return an interesting program that no single simplification makes smaller, or the best one within the budget.

    `program` must be interesting and is not tried. `budget` is the largest number of programs to try; none is tried
    twice. The result depends only on `program`, the budget and the results of `is_interesting`.
    """
    tried = {program}
    progress = True
    while progress:
        progress = False
        for simplify in PASSES:
            while budget > 0:
                candidates = _candidates(program, simplify(program), tried, budget)
                budget -= len(candidates)
                smaller = _smallest(candidates, is_interesting)
                if smaller is None:
                    break
                program = smaller
                progress = True
    return program


def _candidates(program: Program, simpler: Iterable[Program], tried: set[Program], most: int) -> list[Program]:
    candidates: list[Program] = []
    limit = size(program)
    for each in simpler:
        if len(candidates) == most:
            break
        if each.steps and each not in tried and size(each) < limit:
            tried.add(each)
            candidates.append(each)
    return candidates


def _smallest(candidates: Sequence[Program], is_interesting: IsInteresting) -> Program | None:
    if not candidates:
        return None
    results = is_interesting(candidates)
    interesting = [each for each, result in zip(candidates, results, strict=True) if result]
    return min(interesting, key=size, default=None)
