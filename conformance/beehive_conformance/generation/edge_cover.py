"""Programs that take every edge of an automaton once, and pairs of steps behind a sample of the edges.

Edges that are equal up to renaming count as one. Inspecting fields is not an edge: every program ends with it.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from random import Random
from typing import NamedTuple

from beehive_spec.automaton import MAKERS, NO_TAG, Automaton, Node
from beehive_spec.distinguish import operations_of, sights
from beehive_spec.vocabulary import Step

from beehive_conformance.generation.exhaustive import INSPECT, Alphabet, Orders, Symmetry
from beehive_conformance.programs.program import Program

ASSUMPTION = (
    "For longer programs, the edge cover and the pairs rest on an assumption: the target is in the same state "
    "whenever the automaton is in the same node."
)
MAX_INTERMEDIATE = 5_000
"""Nodes that only rounds of a repeat pass through; beyond this number they are dropped from memory."""


class Reached(NamedTuple):
    """The nodes that one shortest path reaches; `path` has the indices of its steps in the alphabet.

    `nodes` counts those that no earlier path reaches. `certain` says that no choice of the target can lead elsewhere.
    A node that an uncertain path reaches occurs again with a shortest certain path, if there is one.
    """

    path: bytes
    orders: Orders
    nodes: int
    certain: bool


class Cover(NamedTuple):
    """The nodes of an automaton whose edges are taken by paths of at most `length` steps."""

    alphabet: Alphabet
    length: int
    reached: tuple[Reached, ...]

    @property
    def nodes(self) -> int:
        """The number of nodes."""
        return sum(each.nodes for each in self.reached)

    def edges(self, certain: bool = False) -> int:
        """Return how many edges are taken; with `certain`, only those that no choice of the target can miss."""
        successors = _Successors(self.alphabet)
        return sum(
            (each.certain if certain else each.nodes) * len(successors.steps(each.orders)) for each in self.reached
        )

    def sizes(self, beyond: int) -> tuple[int, int]:
        """Return the number of programs whose paths have more than `beyond` steps, and their number of steps."""
        successors = _Successors(self.alphabet)
        counts = [(len(successors.steps(each.orders)), len(each.path)) for each in self._beyond(beyond)]
        return sum(count for count, _ in counts), sum(count * (length + 2) for count, length in counts)

    def programs(self, beyond: int) -> Iterator[Program]:
        """Yield a program for each edge whose path has more than `beyond` steps."""
        successors = _Successors(self.alphabet)
        for each in self._beyond(beyond):
            for step in successors.steps(each.orders):
                yield self.program(each.path, step)

    def program(self, path: bytes, *more: int) -> Program:
        """Return the program that takes a path and then more steps, given by their indices, and inspects fields."""
        steps = self.alphabet.steps
        return Program((*(steps[index] for index in (*path, *more)), INSPECT))

    def _beyond(self, beyond: int) -> Iterator[Reached]:
        return (each for each in self.reached if len(each.path) >= beyond)


def cover(automaton: Automaton, alphabet: Alphabet, length: int, progress: Callable[[int], None]) -> Cover:
    """Walk an automaton breadth first; `progress` is called with the number of nodes found so far.

    Raises Inconclusive where an edge takes more moves than the budget of the model allows.
    """
    return Cover(alphabet, length, tuple(_walk(automaton, alphabet, length, progress)))


def _walk(
    automaton: Automaton, alphabet: Alphabet, length: int, progress: Callable[[int], None]
) -> Iterator[Reached]:
    successors = _Successors(alphabet)
    visited, visited_certainly = {automaton.root}, {automaton.root}
    level: list[tuple[Reached, frozenset[Node]]] = [
        (Reached(b"", successors.symmetry.start, 1, True), frozenset((automaton.root,)))
    ]
    for depth in range(length):
        uncertain: list[tuple[bytes, Orders, set[Node]]] = []
        deeper: list[tuple[Reached, frozenset[Node]]] = []
        for reached, nodes in level:
            yield reached
            if depth + 1 == length:
                continue
            for step in successors.steps(reached.orders):
                path, orders = reached.path + bytes((step,)), successors.symmetry.after(reached.orders)[step]
                after = _after(automaton, nodes, alphabet.steps[step])
                alive = {each for each in after if not each.died}
                if reached.certain and len(after) == 1:
                    if new := alive - visited_certainly:
                        deeper.append((Reached(path, orders, len(new - visited), True), frozenset(new)))
                        visited |= new
                        visited_certainly |= new
                elif new := alive - visited:
                    uncertain.append((path, orders, new))
            for node in nodes:
                # Each edge is needed once; keeping all edges of all nodes would fill the memory.
                node.edges.clear()
                node.bulks.clear()
            if len(automaton) > 2 * len(visited) + MAX_INTERMEDIATE:
                automaton.keep((*visited, *(node for _, _, found in uncertain for node in found)))
            progress(len(visited))
        for path, orders, found in uncertain:
            if new := found - visited:
                visited |= new
                deeper.append((Reached(path, orders, len(new), False), frozenset(new)))
        progress(len(visited))
        level = deeper


def _after(automaton: Automaton, nodes: frozenset[Node], step: Step) -> set[Node]:
    """Return the nodes to which a step may lead."""
    makers = [isinstance(each, MAKERS) for each in operations_of(step)]
    found: set[Node] = set()
    for node in nodes:
        free = iter(node.free_tags(sum(makers)))
        tags = tuple(next(free) if makes else NO_TAG for makes in makers)
        found.update(sights(automaton, node, step, tags).values())
    return found


class Pairs(NamedTuple):
    """A sample of the edges of a cover, each followed by every pair of steps."""

    cover: Cover
    edges: tuple[int, ...]
    """The numbers of the sampled edges, ascending."""

    def sizes(self) -> tuple[int, int]:
        """Return the number of programs and their number of steps."""
        successors = _Successors(self.cover.alphabet)
        counts = [(len(successors.pairs(orders)), len(path)) for path, _, orders in self._sampled(successors)]
        return sum(count for count, _ in counts), sum(count * (length + 4) for count, length in counts)

    def programs(self) -> Iterator[Program]:
        """Yield the programs, edge after edge."""
        successors = _Successors(self.cover.alphabet)
        for path, step, orders in self._sampled(successors):
            for first, second in successors.pairs(orders):
                yield self.cover.program(path, step, first, second)

    def _sampled(self, successors: _Successors) -> Iterator[tuple[bytes, int, Orders]]:
        wanted = frozenset(self.edges)
        numbers = itertools.count()
        for each in self.cover.reached:
            for step in successors.steps(each.orders):
                if next(numbers) in wanted:
                    yield each.path, step, successors.symmetry.after(each.orders)[step]


def pairs(found: Cover, edges: int, seed: int) -> Pairs:
    """Return a sample of `edges` edges of a cover, or all edges if there are no more."""
    count = found.sizes(0)[0]
    return Pairs(found, tuple(sorted(Random(seed).sample(range(count), min(edges, count)))))


class _Successors:
    """The steps, as indices of the alphabet, that extend a path to a canonical one."""

    def __init__(self, alphabet: Alphabet) -> None:
        self.symmetry = Symmetry(alphabet)
        self._inspect = alphabet.steps.index(INSPECT)
        self._steps: dict[Orders, tuple[int, ...]] = {}
        self._pairs: dict[Orders, tuple[tuple[int, int], ...]] = {}

    def steps(self, orders: Orders) -> tuple[int, ...]:
        """Return the steps that may follow, without the one that inspects fields."""
        found = self._steps.get(orders)
        if found is None:
            found = self._steps[orders] = tuple(each for each in self._canonical(orders) if each != self._inspect)
        return found

    def pairs(self, orders: Orders) -> tuple[tuple[int, int], ...]:
        """Return the pairs of steps that may follow; the second never inspects fields: every program ends so."""
        found = self._pairs.get(orders)
        if found is None:
            found = self._pairs[orders] = tuple(
                (first, second)
                for first in self._canonical(orders)
                for second in self.steps(self.symmetry.after(orders)[first])
            )
        return found

    def _canonical(self, orders: Orders) -> Iterator[int]:
        after = self.symmetry.after(orders)
        return (index for index in range(len(after)) if self.symmetry.is_canonical(after[index]))
