"""Makes a program smaller as long as it stays interesting: one shrinker for programs from every source."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from beehive_conformance.programs.program import Program
from beehive_conformance.shrinking.passes import PASSES, size

IsInteresting = Callable[[Sequence[Program]], Sequence[bool]]
"""Says of each of several programs whether it still shows what is looked for; it is asked about many at once."""

SHRINK_BUDGET = 5_000
"""Programs that are tried before a shrinker gives up."""


def shrink(program: Program, is_interesting: IsInteresting, budget: int = SHRINK_BUDGET) -> Program:
    """Return an interesting program that no single simplification makes smaller, or the best within the budget.

    `program` is taken to be interesting and is not tried. The same program and the same answers give the same
    result; no program is tried twice.
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


def _candidates(program: Program, found: Iterable[Program], tried: set[Program], most: int) -> list[Program]:
    candidates: list[Program] = []
    limit = size(program)
    for each in found:
        if len(candidates) == most:
            break
        if each.steps and each not in tried and size(each) < limit:
            tried.add(each)
            candidates.append(each)
    return candidates


def _smallest(candidates: Sequence[Program], is_interesting: IsInteresting) -> Program | None:
    if not candidates:
        return None
    answers = is_interesting(candidates)
    interesting = [each for each, answer in zip(candidates, answers, strict=True) if answer]
    return min(interesting, key=size, default=None)
