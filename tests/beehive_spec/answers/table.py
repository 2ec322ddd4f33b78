"""What a table of properties consists of: a question, what each answer says, and where it can be seen."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Set
from random import Random
from typing import NamedTuple, TypeAlias

from beehive_spec.answers import Answers
from beehive_spec.automaton import EdgeStep
from beehive_spec.chapters import NUMBER, questions
from beehive_spec.vocabulary import AddModule, AddModuleGroup, Send
from combinators import Property

Answer: TypeAlias = str | int
Opening: TypeAlias = Callable[[Answers], Iterable[EdgeStep]]

NUMBERS: Mapping[str, tuple[int, ...]] = {
    "capacity": (0, 1, 2),
    "response_room": (0, 1, 2),
    "group_sync_look": (0, 3, 7),
}
"""The numbers that are drawn as answers; for the other questions, which ask for a time, `TIMES`."""
TIMES = (0, 1, 7, 250)


class Ambiguous(NamedTuple):
    """The property of one answer also holds of the model with another one, if the other answers are such and why."""

    answers: Set[str]
    models: Set[str]
    why: str
    when: Callable[[Answers, Answer, Answer], bool] = lambda others, answer, model: True

    def explains(self, others: Answers, answer: Answer, model: Answer) -> bool:
        """Return whether the property of `answer` may hold of the model with `model`."""
        return _name(answer) in self.answers and _name(model) in self.models and self.when(others, answer, model)


def _name(answer: Answer) -> str:
    return NUMBER if isinstance(answer, int) else answer


class Setting(NamedTuple):
    """Programs: an opening, the alphabet of the steps after it, and answers to other questions.

    `given` are those without which the question does not arise there, or its answers look the same.
    """

    alphabet: tuple[EdgeStep, ...]
    opening: Opening = lambda answers: ()
    given: Mapping[str, tuple[Answer, ...]] = {}


class About(NamedTuple):
    """A question: what each answer says, and the programs in which that can be seen.

    In `setting` the properties hold of their own answer and of no other one. In the settings of `more` they hold of
    their own answer.
    """

    says: Mapping[str, Property | Callable[[int], Property]]
    setting: Setting
    ambiguous: tuple[Ambiguous, ...] = ()
    more: tuple[Setting, ...] = ()

    def property_of(self, answer: Answer) -> Property:
        """Return the property of an answer."""
        return self.says[NUMBER](answer) if isinstance(answer, int) else self.says[answer]


def allowed(question: str) -> list[Answer]:
    """Return every answer to a question, with the numbers that are drawn."""
    answers = questions()[question].answers
    numbers = NUMBERS.get(question, TIMES) if NUMBER in answers else ()
    return [*(answer for answer in answers if answer != NUMBER), *numbers]


def drawn(question: str, seed: str, given: Mapping[str, tuple[Answer, ...]]) -> Answers:
    """Draw an answer to every question, so that a question is not void."""
    source = Random(seed)
    while True:
        answers = {name: source.choice(given.get(name, allowed(name))) for name in questions()}
        if questions()[question].void_case(answers) is None:
            return Answers().with_answers(answers)


def fill(module: str) -> Opening:
    """Put as many messages into the channel of a module as it holds."""
    return lambda answers: (answers.bound or 0) * (Send(module=module, id="m0"),)


def member(module: str) -> tuple[EdgeStep, ...]:
    """Add a module, and put it into the group."""
    return AddModule(module=module), AddModuleGroup(module=module, group="g")


def steps(*parts: EdgeStep | Opening) -> Opening:
    """Return an opening made of steps and openings."""
    return lambda answers: [step for part in parts for step in (part(answers) if callable(part) else (part,))]
