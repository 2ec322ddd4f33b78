"""Measures the answers of a target, with programs that a search finds for each question."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from beehive_spec.answers import UNBOUNDED, Answers
from beehive_spec.automaton import Automaton
from beehive_spec.chapters import NUMBER, questions
from beehive_spec.distinguish import Separation, Strength, distinguish
from beehive_spec.model import Model
from beehive_spec.rules import RULES
from beehive_spec.vocabulary import History

from beehive_conformance.checking.checker import CheckResult, check
from beehive_conformance.checking.judge import with_overlays
from beehive_conformance.deviations.ambiguity import Ambiguity, AmbiguityReason
from beehive_conformance.deviations.baselines import DEFAULT_ANSWERS
from beehive_conformance.deviations.overlay import Overlay
from beehive_conformance.measuring.probes import (
    LARGEST_NUMBER,
    LOGGING,
    counting,
    level_answer,
    number_in,
    opening,
    probe_alphabet,
)
from beehive_conformance.programs.capability import QUESTIONS, Capability
from beehive_conformance.programs.program import Program
from beehive_conformance.targets.target import Target

LONGEST_PROBE = 8
MAX_SITUATIONS = 3_000
"""The number of situations that one search for a probe may visit, about a second of work."""
MAX_PASSES = 4
REPEATED = 20
"""How many times a probe is run if it distinguishes answers only by chance."""

NEED_A_BOUND = frozenset(
    {
        "full",
        "senders",
        "send_closed",
        "broadcast_full",
        "broadcast_closed",
        "sync_put",
        "sync_timer",
        "sync_late",
        "sync_closed",
        "group_sync_put",
        "group_sync_late",
        "group_sync_closed",
        "group_sync_timer",
    }
)
"""Questions about full channels, which have no meaning if channels are unbounded."""

LIMITLESS = frozenset({UNBOUNDED, "forever", "at_timeout"})
"""Answers that cannot be distinguished from a number above the largest one that is searched for."""

ROOM_CANDIDATES = (0, 1, 2, 3)
"""Numbers that are tried if no response was seen to wait for room."""


class Measured(NamedTuple):
    """The answer to one question, and how it was found.

    `answer` is None if no allowed answer fits what was seen: then it is unexplained, and `refuting` is the program
    that showed it. `ambiguity` are other answers that fit as well. `probes` are the programs that were run. `least`
    is set where a number was searched for and not found: if there is such a number, it is at least this large.
    `is_asked` is False where the target lacks what a probe would need; then the answer says nothing.
    """

    question: str
    answer: str | int | None
    ambiguity: tuple[Ambiguity, ...]
    probes: tuple[Program, ...]
    least: int | None = None
    refuting: Program | None = None
    is_asked: bool = True


class Measurement(NamedTuple):
    """The answers of one target, and how each was found."""

    answers: Answers
    table: tuple[Measured, ...]

    @property
    def outside(self) -> tuple[Measured, ...]:
        """The questions for which no allowed answer fits what was seen."""
        return tuple(measured for measured in self.table if measured.answer is None)


def measure(
    target: Target,
    overlays: Sequence[Overlay] = (),
    asked: Sequence[str] = Answers._fields,
    guess: Answers = DEFAULT_ANSWERS,
) -> Measurement:
    """Run probes on a target until one answer to each question fits, or none.

    `guess` has the answers to use for questions that are not measured yet and for those that no probe can decide; a
    good guess saves passes. `overlays` are deviations that the target is known to have. A probe of one question
    relies on the answers to the others, so all are measured again until nothing changes. Raises TargetError if the
    target cannot be used.
    """
    measurer = _Measurer(target, overlays, guess)
    for _ in range(MAX_PASSES):
        before = measurer.answers
        for name in asked:
            measurer.measure(name)
        if measurer.answers == before:
            break
    return Measurement(measurer.answers, tuple(measurer.explained(name) for name in asked))


class _Fitting(NamedTuple):
    """The answers to one question that fit what was seen."""

    answers: tuple[str | int, ...]
    probes: tuple[Program, ...]
    least: int | None = None
    refuting: Program | None = None


def _words(question: str) -> tuple[str | int, ...]:
    return tuple(answer for answer in questions()[question].answers if answer != NUMBER)


class _Measurer:
    def __init__(self, target: Target, overlays: Sequence[Overlay], guess: Answers) -> None:
        self._target = target
        self._rules = with_overlays(overlays)
        self._has_faults = bool(overlays)
        self._found: dict[tuple[Answers, Answers, bool], Separation | None] = {}
        self._shows_logs = Capability.LOGS in target.capabilities
        self.answers = guess
        self.table: dict[str, _Fitting] = {}

    def measure(self, question: str) -> None:
        """Measure one question under the answers to the others found so far."""
        if not self._can_be_asked(question):
            return
        if question in NEED_A_BOUND and self.answers.capacity == UNBOUNDED:
            self.table[question] = _Fitting(_words(question), ())
            return
        left, probes, least = self._candidates(question)
        refuting = probes[-1] if probes and not left else None
        tried: set[tuple[str | int, str | int]] = set()
        while pair := next(((a, b) for a in left for b in left if a != b and (a, b) not in tried), None):
            tried |= {pair, pair[::-1]}
            found = self._separated(question, *pair)
            if found is None:
                continue
            program = Program(found.program)
            probes.append(program)
            times = 1 if found.strength is Strength.SURELY else REPEATED
            for _, history in self._target.run([program] * times):
                fitting = [answer for answer in left if self._allows(question, answer, program, history)]
                refuting = program if left and not fitting else refuting
                left = fitting
        self.table[question] = _Fitting(tuple(left), tuple(dict.fromkeys(probes)), least, refuting)
        if left:
            self.answers = self._with(question, self._given(question))

    def _can_be_asked(self, question: str) -> bool:
        lacked = (each for each in QUESTIONS if each not in self._target.capabilities)
        return not any(question in QUESTIONS[each] for each in lacked)

    def explained(self, question: str) -> Measured:
        """Return the result for a question, with the reason for each ambiguity."""
        if not self._can_be_asked(question):
            return Measured(question, getattr(self.answers, question), (), (), is_asked=False)
        fitting = self.table[question]
        if not fitting.answers:
            return Measured(question, None, (), fitting.probes, refuting=fitting.refuting)
        answer = self._given(question)
        others = (other for other in fitting.answers if other != answer)
        ambiguity = tuple(Ambiguity(other, self._why(question, answer, other)) for other in others)
        least = (
            fitting.least if answer in LIMITLESS or any(isinstance(each.answer, int) for each in ambiguity) else None
        )
        return Measured(question, answer, ambiguity, fitting.probes, least)

    def _given(self, question: str) -> str | int:
        fitting = self.table[question].answers
        default: str | int = getattr(self.answers, question)
        return default if default in fitting else fitting[0]

    def _why(self, question: str, answer: str | int, other: str | int) -> AmbiguityReason:
        if question in NEED_A_BOUND and self.answers.capacity == UNBOUNDED:
            return AmbiguityReason.ANSWERS
        with_faults = self._separated(question, answer, other)
        without = self._separated(question, answer, other, faultless=True) if self._has_faults else with_faults
        if without is not None and (with_faults is None or without.strength is not with_faults.strength):
            return AmbiguityReason.FAULT
        return AmbiguityReason.ANSWERS if with_faults is None else AmbiguityReason.CHANCE

    def _candidates(self, question: str) -> tuple[list[str | int], list[Program], int | None]:
        allowed = questions()[question].answers
        fixed: list[str | int] = [answer for answer in allowed if answer != NUMBER]
        if question == "response_logged":
            ((_, history),) = self._target.run([LOGGING])
            level = level_answer(history)
            logged = fixed if level is None else [level]
            return [each for each in logged if self._allows(question, each, LOGGING, history)], [LOGGING], None
        if NUMBER not in allowed:
            return fixed, [], None
        program = counting(question, self.answers)
        ((_, history),) = self._target.run([program])
        number = number_in(question, history)
        if question == "response_room":
            return [*ROOM_CANDIDATES, *fixed] if number is None else [number], [program], None
        candidates = [*fixed, number] if number is not None else fixed
        fitting = [answer for answer in candidates if self._allows(question, answer, program, history)]
        return fitting, [program], LARGEST_NUMBER if number is None else None

    def _separated(
        self, question: str, one: str | int, other: str | int, faultless: bool = False
    ) -> Separation | None:
        pair = self._with(question, one), self._with(question, other)
        key = (*pair, faultless)
        if key not in self._found:
            first, second = (Automaton(Model(each, RULES if faultless else self._rules)) for each in pair)
            alphabet, begin = probe_alphabet(question, self.answers), opening(question, self.answers)
            self._found[key] = distinguish(first, second, alphabet, LONGEST_PROBE, MAX_SITUATIONS, begin)
        return self._found[key]

    def _allows(self, question: str, answer: str | int, program: Program, history: History) -> bool:
        automaton = Automaton(Model(self._with(question, answer), self._rules))
        result, _ = check(program, history, automaton, self._shows_logs)
        return result is not CheckResult.FORBIDDEN

    def _with(self, question: str, answer: str | int) -> Answers:
        return self.answers.with_answers({question: answer})
