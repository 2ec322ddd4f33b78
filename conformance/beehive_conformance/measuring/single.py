"""Measures one question after another, each under the answers to the others found so far."""

from __future__ import annotations

from collections.abc import Iterator

from beehive_spec.answers import Answers
from beehive_spec.chapters import NUMBER, questions
from beehive_spec.distinguish import Strength

from beehive_conformance.measuring.observations import Item, Observations
from beehive_conformance.measuring.probes import LARGEST_NUMBER, LOGGING, counting, level_answer, number_in
from beehive_conformance.measuring.separations import FEW_SITUATIONS, MAX_SITUATIONS, Separations
from beehive_conformance.programs.capability import QUESTIONS
from beehive_conformance.programs.program import Program
from beehive_conformance.targets.target import Target

REPEATED = 20
"""How many times a probe is run if it distinguishes answers only by chance."""

ROOM_CANDIDATES = (0, 1, 2, 3)
"""Numbers that are tried if no response was seen to wait for room."""


class Prober:
    """Runs probes on a target; keeps every run as evidence and the answers that come into question."""

    def __init__(self, target: Target, evidence: Observations, separations: Separations) -> None:
        self._target = target
        self._evidence = evidence
        self._separations = separations
        self.candidates: dict[str, tuple[str | int, ...]] = {}
        """The answers to each question that come into question: those in words, and the number that was seen."""
        self.least: dict[str, int] = {}
        """For each question without a number: if there is one, it is at least this large."""

    def can_ask(self, question: str) -> bool:
        """Return whether the target can do what the probes of a question need."""
        lacked = (each for each in QUESTIONS if each not in self._target.capabilities)
        return not any(question in QUESTIONS[each] for each in lacked)

    def measure(self, answers: Answers, question: str) -> Answers:
        """Return the answers with the first one to the question that fits its probes; the same ones if none does."""
        if not self.can_ask(question):
            self.candidates[question] = (getattr(answers, question),)
            return answers
        items = self._count(answers, question)
        fitting = self._fitting(answers, question, self.candidates[question], items)
        fitting = self.narrowed(answers, question, fitting, FEW_SITUATIONS)
        given = getattr(answers, question)
        return answers if given in fitting or not fitting else answers.with_answers({question: fitting[0]})

    def narrowed(
        self, answers: Answers, question: str, left: tuple[str | int, ...], situations: int = MAX_SITUATIONS
    ) -> tuple[str | int, ...]:
        """Run the probes that distinguish answers to a question, and return those that fit them all."""
        tried: set[tuple[str | int, str | int]] = set()
        while pair := next(((a, b) for a in left for b in left if a != b and (a, b) not in tried), None):
            tried |= {pair, pair[::-1]}
            found = self._separations.between(answers, question, *pair, situations)
            if found is not None:
                times = 1 if found.strength is Strength.SURELY else REPEATED
                left = self._fitting(answers, question, left, self.ran(Program(found.program), question, times))
        return left

    def ran(self, program: Program, question: str, times: int = 1) -> tuple[Item, ...]:
        """Return the runs of a probe; it is run if it was not run before."""
        known = self._evidence.runs_of(program)
        if known and (times == 1 or question in {each.question for each in known}):
            return known
        for done, history in self._target.run([program] * times):
            self._evidence.add(done, history, question)
        return self._evidence.runs_of(program)

    def _fitting(
        self, answers: Answers, question: str, candidates: tuple[str | int, ...], items: tuple[Item, ...]
    ) -> tuple[str | int, ...]:
        changed = ((each, answers.with_answers({question: each})) for each in candidates)
        return tuple(each for each, others in changed if self._evidence.allows(others, items))

    def _count(self, answers: Answers, question: str) -> tuple[Item, ...]:
        """Run the program that reads a number or a level, set the candidates, and return the runs to be explained."""
        self.candidates[question] = words(question)
        if question == "response_logged":
            items = self.ran(LOGGING, question)
            levels = dict.fromkeys(level_answer(each.history) for each in items)
            self.candidates[question] = tuple(each for each in levels if each is not None) or words(question)
            return items
        if NUMBER not in questions()[question].answers:
            return ()
        items = self.ran(counting(question, answers), question)
        numbers = dict.fromkeys(number_in(question, each.history) for each in items)
        seen = tuple(each for each in numbers if each is not None)
        self.least.pop(question, None)
        if question == "response_room":
            self.candidates[question] = seen or (*ROOM_CANDIDATES, *words(question))
            return ()
        if not seen:
            self.least[question] = LARGEST_NUMBER
        self.candidates[question] = (*words(question), *seen)
        return items


def words(question: str) -> tuple[str | int, ...]:
    """Return the answers to a question that are no numbers."""
    return tuple(answer for answer in questions()[question].answers if answer != NUMBER)


def probes_of(question: str, items: tuple[Item, ...]) -> Iterator[Item]:
    """Yield the runs of the probes of a question."""
    return (each for each in items if each.question == question)
