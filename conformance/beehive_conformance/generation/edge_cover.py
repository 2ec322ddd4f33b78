"""Programs that take every edge of an automaton once, and pairs of steps behind a sample of the edges.

Edges that are equal but for names count as one. Looks at the fields are no edges: every program ends with one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random
from typing import NamedTuple

from beehive_spec.automaton import MAKERS, NO_TAG, Automaton, Node
from beehive_spec.distinguish import operations_of, sights

from beehive_conformance.generation.exhaustive import LOOK, Alphabet, Comparison, Sides
from beehive_conformance.programs.program import Program

ASSUMPTION = (
    "What the edge cover and the pairs say of longer programs rests on an assumption: where the automaton is in the "
    "same node, the target is in the same state, whatever way led there."
)
MAX_BETWEEN = 5_000
"""Nodes that only rounds of a repeat pass, at which they are forgotten with all edges: they would fill the memory."""


class Reached(NamedTuple):
    """Nodes by the shortest word that leads there; `surely` if nothing else may be seen on the way.

    A node that a word may miss is there again with the shortest word that surely leads there, if there is one;
    `nodes`, which counts those that no word before led to, is 0 then.
    """

    word: bytes
    sides: Sides
    nodes: int
    surely: bool


class Cover(NamedTuple):
    """The nodes of an automaton whose edges words of at most `length` letters take."""

    letters: Alphabet
    length: int
    reached: tuple[Reached, ...]

    @property
    def nodes(self) -> int:
        """How many nodes there are."""
        return sum(each.nodes for each in self.reached)

    def edges(self, certain: bool = False) -> int:
        """Return how many edges are taken; with `certain`, only those that no choice of the target can miss."""
        following = _Following(self.letters)
        return sum(
            (each.surely if certain else each.nodes) * len(following.letters(each.sides)) for each in self.reached
        )

    def sizes(self, beyond: int) -> tuple[int, int]:
        """Return how many programs have more than `beyond` letters, and how many steps these have in all."""
        following = _Following(self.letters)
        counts = [(len(following.letters(each.sides)), len(each.word)) for each in self._beyond(beyond)]
        return sum(count for count, _ in counts), sum(count * (length + 2) for count, length in counts)

    def programs(self, beyond: int) -> Iterator[Program]:
        """Yield a program for each edge that takes a word of more than `beyond` letters."""
        following = _Following(self.letters)
        for each in self._beyond(beyond):
            for letter in following.letters(each.sides):
                yield self._program(each.word, letter)

    def _beyond(self, beyond: int) -> Iterator[Reached]:
        return (each for each in self.reached if len(each.word) >= beyond)

    def _program(self, word: bytes, *more: int) -> Program:
        letters = self.letters.letters
        return Program((*(letters[each] for each in (*word, *more)), LOOK))


def cover(automaton: Automaton, letters: Alphabet, length: int, tell: Callable[[int], None]) -> Cover:
    """Walk an automaton breadth first; `tell` is told now and then how many nodes have been found.

    Raises Inconclusive where an edge takes more moves than the budget of the model allows.
    """
    return Cover(letters, length, tuple(_walk(automaton, letters, length, tell)))


def _walk(automaton: Automaton, letters: Alphabet, length: int, tell: Callable[[int], None]) -> Iterator[Reached]:
    following = _Following(letters)
    visited, sure = {automaton.root}, {automaton.root}
    level: list[tuple[Reached, frozenset[Node]]] = [
        (Reached(b"", following.comparison.start, 1, True), frozenset((automaton.root,)))
    ]
    for _ in range(length):
        unsure: list[tuple[bytes, Sides, set[Node]]] = []
        deeper: list[tuple[Reached, frozenset[Node]]] = []
        last = len(level[0][0].word) + 1 == length if level else True
        for reached, nodes in level:
            yield reached
            if last:
                continue
            for letter in following.letters(reached.sides):
                word, sides = reached.word + bytes((letter,)), following.comparison.after(reached.sides)[letter]
                after = _after(automaton, nodes, letters, letter)
                alive = {each for each in after if not each.died}
                if reached.surely and len(after) == 1:
                    if new := alive - sure:
                        deeper.append((Reached(word, sides, len(new - visited), True), frozenset(new)))
                        visited |= new
                        sure |= new
                elif new := alive - visited:
                    unsure.append((word, sides, new))
            for node in nodes:
                # What is kept of an edge is needed once; all edges of all nodes would fill the memory.
                node.edges.clear()
                node.bulks.clear()
            if len(automaton) > 2 * len(visited) + MAX_BETWEEN:
                automaton.keep((*visited, *(node for _, _, found in unsure for node in found)))
            tell(len(visited))
        for word, sides, found in unsure:
            if new := found - visited:
                visited |= new
                deeper.append((Reached(word, sides, len(new), False), frozenset(new)))
        tell(len(visited))
        level = deeper


def _sights(automaton: Automaton, node: Node, letters: Alphabet, letter: int) -> tuple[Node, ...]:
    step = letters.letters[letter]
    makers = [isinstance(each, MAKERS) for each in operations_of(step)]
    free = iter(node.free_tags(sum(makers)))
    tags = tuple(next(free) if makes else NO_TAG for makes in makers)
    return tuple(sights(automaton, node, step, tags).values())


def _after(automaton: Automaton, nodes: frozenset[Node], letters: Alphabet, letter: int) -> set[Node]:
    """Return the nodes to which a letter may lead."""
    return {after for node in nodes for after in _sights(automaton, node, letters, letter)}


class Pairs(NamedTuple):
    """A sample of the edges of a cover, each followed by every pair of letters."""

    cover: Cover
    edges: tuple[int, ...]
    """The numbers of the sampled edges, in their order."""

    def sizes(self) -> tuple[int, int]:
        """Return how many programs there are, and how many steps these have in all."""
        following = _Following(self.cover.letters)
        counts = [(following.pairs(sides), len(word)) for word, _, sides in self._sampled(following)]
        return sum(count for count, _ in counts), sum(count * (length + 4) for count, length in counts)

    def programs(self) -> Iterator[Program]:
        """Yield the programs, edge after edge."""
        following = _Following(self.cover.letters)
        for word, letter, sides in self._sampled(following):
            for first, second in following.in_pairs(sides):
                yield self.cover._program(word, letter, first, second)

    def _sampled(self, following: _Following) -> Iterator[tuple[bytes, int, Sides]]:
        wanted = iter(self.edges)
        number, here = -1, next(wanted, None)
        for each in self.cover.reached:
            for letter in following.letters(each.sides):
                number += 1
                if number == here:
                    yield each.word, letter, following.comparison.after(each.sides)[letter]
                    here = next(wanted, None)


def pairs(found: Cover, edges: int, seed: int) -> Pairs:
    """Return a sample of `edges` edges of a cover, or all if there are no more."""
    there = found.sizes(0)[0]
    return Pairs(found, tuple(sorted(Random(seed).sample(range(there), min(edges, there)))))


class _Following:
    """The letters that may follow a word, so that of words that differ in names only the first is there."""

    def __init__(self, letters: Alphabet) -> None:
        self.comparison = Comparison(letters)
        self._look = letters.letters.index(LOOK)
        self._letters: dict[Sides, tuple[int, ...]] = {}
        self._pairs: dict[Sides, tuple[tuple[int, int], ...]] = {}

    def letters(self, sides: Sides) -> tuple[int, ...]:
        """Return the letters that may follow, without the look at the fields."""
        found = self._letters.get(sides)
        if found is None:
            found = self._letters[sides] = tuple(each for each in self._first(sides) if each != self._look)
        return found

    def in_pairs(self, sides: Sides) -> tuple[tuple[int, int], ...]:
        """Return the pairs of letters that may follow; the second is no look at the fields, which comes anyway."""
        found = self._pairs.get(sides)
        if found is None:
            found = self._pairs[sides] = tuple(
                (first, second)
                for first in self._first(sides)
                for second in self.letters(self.comparison.after(sides)[first])
            )
        return found

    def pairs(self, sides: Sides) -> int:
        """Return how many pairs may follow."""
        return len(self.in_pairs(sides))

    def _first(self, sides: Sides) -> Iterator[int]:
        after = self.comparison.after(sides)
        return (letter for letter in range(len(after)) if self.comparison.is_first(after[letter]))
