"""The search for the shortest program that distinguishes two automata.

It is used to find the probes that measure answers, to show that a fault in the model can be observed, and to compare
behaviours.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple, TypeAlias

from msgspec.structs import replace

from beehive_spec.automaton import MAKERS, NO_TAG, Automaton, Node
from beehive_spec.normal_form import Observation
from beehive_spec.vocabulary import Advance, Fields, InspectFields, Level, Operation, Repeat, Step, Together

Sight: TypeAlias = Observation | Fields | tuple[tuple[Observation, int], ...]
"""What may be observed of one step: an observation, the fields, or the rounds of a repeat."""


class Strength(StrEnum):
    """How reliably a program distinguishes two automata."""

    SURELY = "surely"
    """No history is allowed by both."""
    WEAKLY = "weakly"
    """Some history is allowed by only one of them."""


class Wider(StrEnum):
    """Which of two automata allows everything that the other allows, as far as the search went."""

    FIRST = "first"
    SECOND = "second"
    NEITHER = "neither"


class Separation(NamedTuple):
    """A program that distinguishes two automata, and which of them is wider.

    `is_whole` says whether the search ended because no pair of nodes was left, and not at one of its bounds.
    """

    program: tuple[Step, ...]
    strength: Strength
    wider: Wider = Wider.NEITHER
    is_whole: bool = False


class _Pair(NamedTuple):
    first: Node
    second: Node


class _HasMore(NamedTuple):
    """Which of two automata allows something that the other does not."""

    first: bool
    second: bool


def distinguish(
    first: Automaton,
    second: Automaton,
    alphabet: Sequence[Step],
    length: int,
    most: int,
    opening: Sequence[Step] = (),
) -> Separation | None:
    """Return the shortest program over the alphabet, after an opening, that surely distinguishes two automata.

    If there is none of at most `length` steps within `most` visited pairs of nodes, return the shortest one that does
    so weakly, or None. Logs are ignored, since not every target shows them. Raises Inconclusive if a step takes more
    moves than the budget of the model allows.
    """
    frontier: list[tuple[tuple[Step, ...], frozenset[_Pair]]] = [((), frozenset((_Pair(first.root, second.root),)))]
    visited = {frontier[0][1]}
    pairs_visited = 1
    weak: tuple[Step, ...] | None = None
    has_more = _HasMore(False, False)
    alphabets = [*((step,) for step in opening), *(tuple(alphabet) for _ in range(length - len(opening)))]
    for steps in alphabets:
        following: list[tuple[tuple[Step, ...], frozenset[_Pair]]] = []
        for program, pairs in frontier:
            for step in steps:
                common: set[_Pair] = set()
                differs = False
                for pair in pairs:
                    shared, more = _shared(first, second, pair, step)
                    common |= shared
                    differs = differs or any(more)
                    has_more = _HasMore(has_more.first or more.first, has_more.second or more.second)
                longer = (*program, step)
                if not common:
                    return Separation(longer, Strength.SURELY)
                if differs and weak is None:
                    weak = longer
                after = frozenset(common)
                if after not in visited:
                    visited.add(after)
                    pairs_visited += len(after)
                    following.append((longer, after))
            if pairs_visited > most:
                return _weakly(weak, has_more, is_whole=False)
        frontier = following
    return _weakly(weak, has_more, is_whole=not frontier)


def _weakly(program: tuple[Step, ...] | None, has_more: _HasMore, is_whole: bool) -> Separation | None:
    if program is None:
        return None
    wider = Wider.NEITHER if all(has_more) else Wider.FIRST if has_more.first else Wider.SECOND
    return Separation(program, Strength.WEAKLY, wider, is_whole)


def _shared(first: Automaton, second: Automaton, pair: _Pair, step: Step) -> tuple[set[_Pair], _HasMore]:
    """Return the pairs of nodes that equal observations lead to, and which node allows more than these."""
    makers = [isinstance(each, MAKERS) for each in operations_of(step)]
    free = iter(pair.first.free_tags(sum(makers), pair.second.tags))
    tags = tuple(next(free) if makes else NO_TAG for makes in makers)
    ours, theirs = sights(first, pair.first, step, tags), sights(second, pair.second, step, tags)
    both = ours.keys() & theirs.keys()
    pairs = {_Pair(ours[sight], theirs[sight]) for sight in both}
    return pairs, _HasMore(len(ours) > len(both), len(theirs) > len(both))


def operations_of(step: Step) -> tuple[Operation, ...]:
    """Return the operations that a step starts."""
    match step:
        case Together():
            return step.operations
        case Repeat():
            return (step.operation,)
        case Advance() | InspectFields():
            return ()
        case _:
            return (step,)


def sights(automaton: Automaton, node: Node, step: Step, tags: tuple[int, ...]) -> dict[Sight, Node]:
    """Return the map from what may be observed of any step, without logs, to the next node."""
    if node.died:
        return {Observation(died=node.died): node}
    if isinstance(step, InspectFields):
        return dict[Sight, Node](automaton.fields(node).items())
    if isinstance(step, Repeat):
        return dict[Sight, Node](_rounds(automaton, node, step, tags[0]).items())
    return dict[Sight, Node](_without_logs(automaton, automaton.edges(node, step, tags)).items())


def _without_logs(automaton: Automaton, edges: dict[Observation, Node]) -> dict[Observation, Node]:
    if not any(observation.must_log for observation in edges):
        return edges
    grouped: dict[Observation, list[Node]] = {}
    for observation, node in edges.items():
        grouped.setdefault(replace(observation, must_log=Level.NOTHING), []).append(node)
    return {observation: automaton.join(nodes) for observation, nodes in grouped.items()}


def _rounds(
    automaton: Automaton, node: Node, step: Repeat, tag: int
) -> dict[tuple[tuple[Observation, int], ...], Node]:
    ended: dict[tuple[tuple[Observation, int], ...], Node] = {}
    todo: list[tuple[tuple[tuple[Observation, int], ...], Node, int]] = [((), node, step.times)]
    while todo:
        seen, here, left = todo.pop()
        if not left or here.died:
            ended[seen] = here
            continue
        bulk = automaton.bulk(here, step.operation, tag, left)
        if bulk is not None:
            todo.append((_more(seen, bulk.observation, bulk.rounds), bulk.node, left - bulk.rounds))
            continue
        rank = here.pending
        for observation, after in _without_logs(automaton, automaton.edges(here, step.operation, (tag,))).items():
            if not any(each[0] == rank for each in observation.returned):
                ended[_more(seen, observation, 1)] = after
            else:
                rounds = left if after is here else 1
                todo.append((_more(seen, observation, rounds), after, left - rounds))
    return ended


def _more(
    seen: tuple[tuple[Observation, int], ...], observation: Observation, rounds: int
) -> tuple[tuple[Observation, int], ...]:
    if seen and seen[-1][0] == observation:
        return (*seen[:-1], (observation, seen[-1][1] + rounds))
    return (*seen, (observation, rounds))
