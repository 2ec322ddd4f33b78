"""The search for other answers that fit a target as well and allow what it showed."""

from __future__ import annotations

from collections.abc import Mapping
from heapq import heappop, heappush
from itertools import count
from types import MappingProxyType
from typing import NamedTuple, TypeAlias

from beehive_spec.answers import Answers
from beehive_spec.rules import Rules
from beehive_spec.vocabulary import History

from beehive_conformance.checking.checker import CheckResult, check
from beehive_conformance.checking.reading import ReadingAutomaton, SharedEdges
from beehive_conformance.programs.program import Program

MOST_CHANGED = 3
"""The number of answers that are changed together."""
MOST_TRIED = 600
"""The number of sets of answers that are tried for one history."""
MOST_NODES = 50_000
"""The number of nodes, of about 4 KB each, at which the automata are forgotten."""

Fitting: TypeAlias = Mapping[str, tuple[str | int, ...]]
"""The other answers to each question that fit a target as well."""
NOTHING_FITS: Fitting = {}


class OtherResult(NamedTuple):
    """Whether some other answers allow a history, and the first ones that do, by question.

    The result is inconclusive if none were found that allow it, and some take more moves to follow it than the budget
    of the model allows.
    """

    result: CheckResult
    under: Mapping[str, str | int] = MappingProxyType({})


class OtherAnswers:
    """The sets of answers that differ from those of a target only in answers that fit it as well.

    `rules` are those of the target. Only answers that were read on the way to the difference are changed: no other
    answer can matter.
    """

    def __init__(self, answers: Answers, fitting: Fitting, rules: Rules, shows_logs: bool) -> None:
        self._answers = answers
        self._fitting = fitting
        self._rules = rules
        self._shows_logs = shows_logs
        self._shared = SharedEdges()
        self._automata: dict[Answers, ReadingAutomaton] = {}

    def allowing(self, program: Program, history: History) -> OtherResult:
        """Return whether the history is allowed under changed answers, and under which.

        The set of answers under which the history can be followed furthest is changed first.
        """
        if len(self._shared.nodes) > MOST_NODES:
            self._shared = SharedEdges()
            self._automata.clear()
        order = count()
        todo: list[tuple[int, int, int, dict[str, str | int]]] = [(0, 0, next(order), {})]
        tried: set[Answers] = set()
        none = OtherResult(CheckResult.FORBIDDEN)
        while todo:
            _, changes, _, changed = heappop(todo)
            for more in self._changes(changed, program, history):
                answers = self._answers.with_answers(more)
                if answers in tried:
                    continue
                if len(tried) == MOST_TRIED:
                    return none
                tried.add(answers)
                result, difference = check(program, history, self._automaton(answers), self._shows_logs)
                if result is CheckResult.ALLOWED:
                    return OtherResult(result, more)
                if result is CheckResult.INCONCLUSIVE:
                    none = OtherResult(result)
                if difference is not None and changes + 1 < MOST_CHANGED:
                    heappush(todo, (-difference.step, changes + 1, next(order), more))
        return none

    def _changes(
        self, changed: Mapping[str, str | int], program: Program, history: History
    ) -> list[dict[str, str | int]]:
        """Return the changed answers with one more change among those that were read."""
        automaton = self._automaton(self._answers.with_answers(changed))
        automaton.read.clear()
        check(program, history, automaton, self._shows_logs)
        names = [name for name in self._fitting if name in automaton.read and name not in changed]
        return [{**changed, name: other} for name in names for other in self._fitting[name]]

    def _automaton(self, answers: Answers) -> ReadingAutomaton:
        found = self._automata.get(answers)
        if found is None:
            found = self._automata[answers] = ReadingAutomaton(answers, self._rules, self._shared)
        return found
