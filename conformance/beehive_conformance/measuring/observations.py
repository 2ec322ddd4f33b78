"""Everything that was observed of a target, and whether some answers allow it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from beehive_spec.answers import Answers
from beehive_spec.vocabulary import History

from beehive_conformance.checking.checker import CheckResult, Difference, check
from beehive_conformance.judging.harness import digest_of
from beehive_conformance.measuring.separations import Separations
from beehive_conformance.programs.program import Program


class Item(NamedTuple):
    """One run of a program. `question` is the one that it was a probe of, or empty."""

    number: int
    program: Program
    history: History
    question: str = ""


class Walked(NamedTuple):
    """Whether some answers allow an item, where it differs if not, and the answers that decided it."""

    is_allowed: bool
    difference: Difference | None
    read: Mapping[str, str | int]


class Observations:
    """The runs of a target. What they say about answers is remembered by the answers that were read for it."""

    def __init__(self, separations: Separations, shows_logs: bool) -> None:
        self._separations = separations
        self._shows_logs = shows_logs
        self._known: dict[tuple[Program, bytes], Item] = {}
        self._by_program: dict[Program, list[Item]] = {}
        self._walked: dict[int, list[Walked]] = {}

    @property
    def items(self) -> tuple[Item, ...]:
        """All runs that differ, in the order in which they were made."""
        return tuple(self._known.values())

    def add(self, program: Program, history: History, question: str = "") -> Item:
        """Add a run, unless an equal one is there; return it."""
        key = (program, digest_of(history))
        if key not in self._known:
            self._known[key] = Item(len(self._known), program, history, question)
            self._by_program.setdefault(program, []).append(self._known[key])
        return self._known[key]

    def runs_of(self, program: Program) -> tuple[Item, ...]:
        """Return the runs of a program so far."""
        return tuple(self._by_program.get(program, ()))

    def walked(self, item: Item, answers: Answers) -> Walked:
        """Return whether some answers allow an item; what could not be followed counts as allowed."""
        known = self._walked.setdefault(item.number, [])
        for each in known:
            if all(getattr(answers, name) == value for name, value in each.read.items()):
                return each
        automaton = self._separations.automaton(answers)
        automaton.read.clear()
        result, difference = check(item.program, item.history, automaton, self._shows_logs)
        read = {name: getattr(answers, name) for name in Answers._fields if name in automaton.read}
        known.append(Walked(result is not CheckResult.FORBIDDEN, difference, read))
        return known[-1]

    def allows(self, answers: Answers, items: Iterable[Item]) -> bool:
        """Return whether some answers allow all of these items."""
        return all(self.walked(each, answers).is_allowed for each in items)

    def refuted(self, answers: Answers, items: Iterable[Item]) -> Iterator[Item]:
        """Yield the items that some answers do not allow."""
        return (each for each in items if not self.walked(each, answers).is_allowed)
