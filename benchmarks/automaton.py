"""How many new edges of the automaton are computed, and how many known ones followed, per second of processor time.

Measured once for steps with one operation, and once including steps with two concurrent operations, whose edges take
two to five times as long because every order of their moves is followed.

Usage: python benchmarks/automaton.py [length]
"""

from __future__ import annotations

import gc
import resource
import sys
from collections.abc import Sequence

from beehive_conformance.generation.exhaustive import alphabet_for
from beehive_spec.automaton import MAKERS, NO_TAG, Automaton, EdgeStep, Node
from beehive_spec.model import Model
from beehive_spec.vocabulary import Advance, InspectFields, Repeat, Together
from calibration import calibration, cpu_seconds


def main() -> None:
    """Print the calibration and the figures."""
    length = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    gc.set_threshold(100_000, 20, 100)  # as in the processes of the suite that judge
    loop, text = calibration()
    print(f"calibration: loop over tuples and dicts {loop:.2f} ms, text of a uuid4 {text:.2f} us")
    steps = [step for step in alphabet_for().steps if not isinstance(step, InspectFields | Repeat)]
    measure("steps with one operation", [step for step in steps if not isinstance(step, Together)], length + 1)
    measure("steps", steps, length)


def measure(what: str, steps: Sequence[EdgeStep], length: int) -> None:
    """Print the figures for all programs made of `steps` up to a length."""
    automaton = Automaton(Model())
    makers = [makers_of(step) for step in steps]
    walked: list[tuple[Node, EdgeStep, tuple[int, ...]]] = []
    # Equal tags are one object, so that the second walk measures the automaton and not memory access.
    shared: dict[tuple[int, ...], tuple[int, ...]] = {}

    def walk() -> None:
        frontier, known = [automaton.root], {id(automaton.root)}
        for _ in range(length):
            following: list[Node] = []
            for node in frontier:
                for step, makes in zip(steps, makers, strict=True):
                    tags = tags_of(node, makes)
                    tags = shared.setdefault(tags, tags)
                    walked.append((node, step, tags))
                    for after in automaton.edges(node, step, tags).values():
                        if id(after) not in known:
                            known.add(id(after))
                            following.append(after)
            frontier = following

    def again() -> None:
        edges = automaton.edges
        for node, step, tags in walked:
            edges(node, step, tags)

    cold = cpu_seconds(walk)
    warm = min(cpu_seconds(again) for _ in range(3))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{len(steps)} {what}, length {length}: {len(automaton):,} nodes, {len(walked):,} edges, {peak:.0f} MB")
    print(f"new edges: {len(walked) / cold:,.0f} per second; known edges: {len(walked) / warm:,.0f} per second")


def makers_of(step: EdgeStep) -> tuple[bool, ...]:
    """Return for each operation of a step whether it creates a message."""
    operations = step.operations if isinstance(step, Together) else () if isinstance(step, Advance) else (step,)
    return tuple(isinstance(each, MAKERS) for each in operations)


def tags_of(node: Node, makers: tuple[bool, ...]) -> tuple[int, ...]:
    """Return an unused tag for each operation that creates a message."""
    free = iter(node.free_tags(sum(makers)))
    return tuple([next(free) if makes else NO_TAG for makes in makers])


if __name__ == "__main__":
    main()
