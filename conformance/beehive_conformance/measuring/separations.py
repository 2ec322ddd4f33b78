"""What distinguishes two answers to a question, remembered for as long as it holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from beehive_spec.answers import Answers
from beehive_spec.distinguish import Separation, Wider, distinguish
from beehive_spec.rules import Rules

from beehive_conformance.checking.reading import ReadingAutomaton, SharedEdges
from beehive_conformance.measuring.probes import opening, probe_alphabet

LONGEST_PROBE = 8
MAX_SITUATIONS = 3_000
"""The number of pairs of nodes that one search for a probe may visit, about a second of work."""
FEW_SITUATIONS = 300
"""The number for a first attempt, while the answers to other questions are still guessed."""
MAX_SHARED_NODES = 200_000
"""The number of nodes, of about 4 KB each, at which the automata are forgotten."""

WIDER: Mapping[str, tuple[tuple[str, str], ...]] = {
    "receivers": (("any", "fifo"),),
    "senders": (("any", "fifo"),),
    "broadcast_full": (("stops", "skips"), ("stops", "none")),
    "group_sync_put": (("stops", "skips"), ("stops", "none")),
}
"""Pairs of answers of which the first allows everything that the second allows, whatever the other answers are. Any
order may be the order of arrival, and to stop at a member may be to stop at the first one or at the last one."""


class _Found(NamedTuple):
    """The result of one search, and the answers that it relied on."""

    relied_on: Mapping[str, str | int]
    separation: Separation | None


class Separations:
    """Searches for the programs that distinguish two answers to a question, under the rules of one target.

    The result of a search depends only on the answers that the search has read, so it is used again as long as these
    stay the same.
    """

    def __init__(self, rules: Rules, shows_fields: bool) -> None:
        self._rules = rules
        self._shows_fields = shows_fields
        self._shared = SharedEdges()
        self._automata: dict[Answers, ReadingAutomaton] = {}
        self._found: dict[tuple[str, str | int, str | int, int], list[_Found]] = {}
        self._unread: dict[str, list[_Found]] = {}

    def between(
        self, answers: Answers, question: str, one: str | int, other: str | int, situations: int = MAX_SITUATIONS
    ) -> Separation | None:
        """Return what distinguishes two answers to a question under the answers to all the others."""
        found = self._found.setdefault((question, one, other, situations), [])
        unread = self._unread.setdefault(question, [])
        for each in (*found, *unread):
            if all(getattr(answers, name) == value for name, value in each.relied_on.items()):
                return each.separation
        separation, read = self._search(answers, question, one, other, situations)
        # The steps of probes depend on the bounds of channels.
        relied_on = (read - {question}) | {"capacity", "response_room"}
        result = _Found({name: getattr(answers, name) for name in sorted(relied_on)}, separation)
        # Where no rule has read the answer, no two answers differ.
        (found if question in read else unread).append(result)
        return separation

    def is_wider(self, answers: Answers, question: str, one: str | int, other: str | int) -> bool:
        """Return whether `one` is known to allow everything that `other` allows, and something that it does not.

        A search that ended at a bound says nothing: beyond it, `other` may allow something that `one` does not.
        """
        if (one, other) in WIDER.get(question, ()):
            return True
        if (other, one) in WIDER.get(question, ()):
            return False
        separation = self.between(answers, question, one, other)
        return separation is not None and separation.is_whole and separation.wider is Wider.FIRST

    def automaton(self, answers: Answers) -> ReadingAutomaton:
        """Return the automaton under some answers; it is shared by all who ask."""
        if len(self._shared.nodes) > MAX_SHARED_NODES:
            self._shared = SharedEdges()
            self._automata.clear()
        found = self._automata.get(answers)
        if found is None:
            found = self._automata[answers] = ReadingAutomaton(answers, self._rules, self._shared)
        return found

    def _search(
        self, answers: Answers, question: str, one: str | int, other: str | int, situations: int
    ) -> tuple[Separation | None, set[str]]:
        first, second = (self.automaton(answers.with_answers({question: each})) for each in (one, other))
        first.read.clear()
        second.read.clear()
        alphabet, begin = probe_alphabet(question, answers, self._shows_fields), opening(question, answers)
        separation = distinguish(first, second, alphabet, LONGEST_PROBE, situations, begin)
        return separation, first.read | second.read
