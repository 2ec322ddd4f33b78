"""Whether measuring finds the answers of models whose answers are drawn at random."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from random import Random
from types import MappingProxyType
from typing import NamedTuple

from beehive_spec.answers import Answers
from beehive_spec.chapters import NUMBER, questions
from beehive_spec.vocabulary import History, Level
from msgspec.structs import replace

from beehive_conformance.checking.judge import Judge
from beehive_conformance.generation.random_programs import LENGTH, random_programs
from beehive_conformance.measuring.measure import Measurement, measure
from beehive_conformance.programs.capability import Capability
from beehive_conformance.programs.program import Program
from beehive_conformance.targets.model import ModelTarget
from beehive_conformance.targets.target import Ran

JUDGED_PROGRAMS = 500
"""The number of random programs, other than those used for measuring, that run under the measured answers."""
NUMBERS: Mapping[str, tuple[int, ...]] = MappingProxyType(
    {"capacity": (1, 2, 3, 5), "response_room": (0, 1, 2, 3), "group_sync_look": (1, 3, 20)}
)
"""The numbers that are drawn for a question."""
OTHER_NUMBERS = (5, 300)
"""The numbers that are drawn for every other question, in milliseconds."""
OPTIONAL = (Capability.FIELDS, Capability.LOGS)
"""Capabilities that every second model lacks."""


class Trial(NamedTuple):
    """What measuring one model has found.

    `wrong` are the questions whose true answer neither was found nor is among the others that fit. `unexplained` is
    the number of programs that no answers explain, and `failing` that of random programs which do not conform under
    the measured answers.
    """

    seed: int
    wrong: dict[str, tuple[str | int, str | int | None]]
    unexplained: int
    failing: tuple[str, ...]

    @property
    def is_right(self) -> bool:
        """Whether the true answers fit and every program conforms."""
        return not (self.wrong or self.unexplained or self.failing)


class DrawnModel(ModelTarget):
    """A model that lacks some capabilities and does not show what needs them."""

    def __init__(self, answers: Answers, shows: frozenset[Capability]) -> None:
        super().__init__(answers, varies=True)
        self._shows = shows

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What the target can show."""
        return self._shows

    def run(self, programs: Iterable[Program]) -> Iterator[Ran]:
        """Run each program from the start and yield it with its history, in order; raises TargetError."""
        for program, history in super().run(programs):
            yield program, self._shown(history)

    def _shown(self, history: History) -> History:
        steps = history.steps
        if Capability.FIELDS not in self._shows:
            steps = tuple(tuple(replace(each, fields=None) for each in step) for step in steps)
        if Capability.LOGS not in self._shows:
            steps = tuple(tuple(replace(each, logged=Level.NOTHING) for each in step) for step in steps)
        return replace(history, steps=steps)


def drawn_model(seed: int) -> tuple[Answers, DrawnModel]:
    """Return answers that are drawn at random, and a model that has them."""
    random = Random(f"answers/{seed}")
    answers = Answers()
    for name, question in questions().items():
        answer: str | int = random.choice(tuple(question.answers))
        if answer == NUMBER:
            answer = random.choice(NUMBERS.get(name, OTHER_NUMBERS))
        answers = answers.with_answers({name: answer})
    lacks = {each for each in OPTIONAL if random.random() < 0.5}
    return answers, DrawnModel(answers, frozenset(Capability) - lacks)


def trial(seed: int) -> Trial:
    """Measure the model of a seed, and judge random programs on it under the measured answers."""
    answers, target = drawn_model(seed)
    measured = measure(target)
    fitting = {each.question: tuple(other.answer for other in each.ambiguity) for each in measured.table}
    judge = Judge(measured.answers, (), Capability.LOGS in target.capabilities, fitting)
    drawn = random_programs(0, JUDGED_PROGRAMS, LENGTH, answers.bound, off_bus=target.capabilities)
    failing = tuple(str(program.id) for program, history in target.run(drawn) if _is_failure(judge, program, history))
    unexplained = sum(each.runs for each in measured.unexplained)
    return Trial(seed, wrong_answers(answers, measured), unexplained, failing)


def wrong_answers(answers: Answers, measured: Measurement) -> dict[str, tuple[str | int, str | int | None]]:
    """Return the true and the measured answer to each question whose true answer is not among those that fit."""
    wrong: dict[str, tuple[str | int, str | int | None]] = {}
    for each in measured.table:
        true: str | int = getattr(answers, each.question)
        if each.is_asked and true not in (each.answer, *(other.answer for other in each.ambiguity)):
            wrong[each.question] = (true, each.answer)
    return wrong


def _is_failure(judge: Judge, program: Program, history: History) -> bool:
    return judge.judge(program, history).kind.is_failure
