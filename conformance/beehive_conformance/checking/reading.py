"""Automata that know which answers their edges depend on, and share all edges that do not differ.

What the model does depends on the answers only where a rule reads them. An edge that was found without reading the
answer to a question is the same under every answer to it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple, TypeAlias

from beehive_spec.answers import Answers
from beehive_spec.automaton import Automaton, EdgeStep, Node
from beehive_spec.model import Model
from beehive_spec.normal_form import Observation
from beehive_spec.rules import Rules
from beehive_spec.state import State

_QUESTIONS = frozenset(Answers._fields)
_Key: TypeAlias = tuple[Node, EdgeStep, tuple[int, ...]]


class ReadEdges(NamedTuple):
    """The edges of one node for one step, and the answers that were read to find them."""

    read: Mapping[str, str | int]
    edges: dict[Observation, Node]


class SharedEdges:
    """The nodes and edges of all automata of one set of rules."""

    def __init__(self) -> None:
        self.nodes: dict[State | frozenset[State], Node] = {}
        self._found: dict[_Key, list[ReadEdges]] = {}

    def get(self, key: _Key, answers: Answers) -> ReadEdges | None:
        """Return the edges that hold under some answers, or None if they were not found yet."""
        for each in self._found.get(key, ()):
            if all(getattr(answers, name) == value for name, value in each.read.items()):
                return each
        return None

    def add(self, key: _Key, found: ReadEdges) -> None:
        """Add edges that were found."""
        self._found.setdefault(key, []).append(found)


class ReadingAutomaton(Automaton):
    """An automaton that shares its edges with those under other answers.

    `read` has the questions that were read for the edges that were asked for; whoever needs those of one walk empties
    it before the walk.
    """

    def __init__(self, answers: Answers, rules: Rules, shared: SharedEdges) -> None:
        noting, self._noted = _noting(answers)
        self._answers = answers
        self._shared = shared
        self._mine: dict[_Key, ReadEdges] = {}
        self.read: set[str] = set()
        super().__init__(Model(noting, rules))

    def node(self, states: Collection[State]) -> Node:
        """Return the node of a set of states, which all automata share."""
        self._nodes = self._shared.nodes
        return super().node(states)

    def edges(self, node: Node, step: EdgeStep, tags: tuple[int, ...]) -> dict[Observation, Node]:
        """Return the map from what may be observed of a step to the next node, and note what was read for it."""
        key = (node, step, tags)
        found = self._mine.get(key)
        if found is None:
            found = self._mine[key] = self._shared.get(key, self._answers) or self._searched(key)
        self.read.update(found.read)
        return found.edges

    def _searched(self, key: _Key) -> ReadEdges:
        self._noted.clear()
        edges = self._find(*key)
        found = ReadEdges({name: getattr(self._answers, name) for name in self._noted}, edges)
        self._shared.add(key, found)
        return found


def _noting(answers: Answers) -> tuple[Answers, set[str]]:
    """Return equal answers, and the set in which they note the questions whose answers are read."""
    read: set[str] = set()

    class Noting(Answers):
        def __getattribute__(self, name: str) -> Any:
            if name in _QUESTIONS:
                read.add(name)
            return object.__getattribute__(self, name)

    return Noting(*answers), read
