"""Each answer has a property that holds of the model with this answer, and of no model with another answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import permutations, product

import group_sync_properties
import message_format_properties
import message_properties
import module_properties
import pytest
import registering_properties
import response_properties
import sync_properties
from beehive_spec.answers import Answers
from beehive_spec.automaton import EdgeStep
from beehive_spec.chapters import NUMBER, questions
from moments import situations
from table import About, Answer, Setting, allowed, drawn

PROPERTIES: dict[str, About] = {
    **message_format_properties.PROPERTIES,
    **registering_properties.PROPERTIES,
    **module_properties.PROPERTIES,
    **message_properties.PROPERTIES,
    **sync_properties.PROPERTIES,
    **response_properties.PROPERTIES,
    **group_sync_properties.PROPERTIES,
}
LENGTH = 3
"""Steps of the programs, after their opening."""
DRAWS = range(5)
"""The draws of the other answers, by their number."""
MORE_DRAWS = range(5, 15)
DRAWS_OF_LONGER_PROGRAMS = range(5, 8)


def violated(
    about: About, setting: Setting, model: Answers, answers: Iterable[Answer], length: int
) -> dict[Answer, tuple[EdgeStep, ...]]:
    """Return the answers whose properties do not hold of a model, each with a program that shows it."""
    found: dict[Answer, tuple[EdgeStep, ...]] = {}
    left = {answer: about.property_of(answer) for answer in answers}
    for situation in situations(model, tuple(setting.opening(model)), setting.alphabet, length):
        for answer, holds in [*left.items()]:
            if not holds(situation):
                found[answer] = (*situation.past.steps, situation.step)
                del left[answer]
    return found


def faults(question: str, draw: int, length: int = LENGTH) -> Iterator[str]:
    """Yield what is wrong with the properties of a question under one draw of the other answers."""
    about, seed = PROPERTIES[question], f"{question}/{draw}"
    others = drawn(question, seed, about.setting.given)
    for model in allowed(question):
        answers = others.with_answers({question: model})
        found = violated(about, about.setting, answers, allowed(question), length)
        for answer in allowed(question):
            where = f"seed {seed}, property of {answer!r}, model with {model!r}"
            known = [each for each in about.ambiguous if each.explains(others, answer, model)]
            if answer == model:
                if answer in found:
                    yield f"{where}: does not hold of {found[answer]} under {answers}"
            elif answer in found and known:
                yield f"{where}: is told apart by {found[answer]}, so it is not ambiguous: {known[0].why}"
            elif answer not in found and not known:
                yield f"{where}: holds in every program under {answers}"


def faults_in_more_settings(question: str, draw: int) -> Iterator[str]:
    """Yield which properties do not hold of their own answers in the further settings of a question."""
    about = PROPERTIES[question]
    for number, setting in enumerate(about.more, 1):
        seed = f"{question}/{draw}/{number}"
        others = drawn(question, seed, setting.given)
        for answer in allowed(question):
            answers = others.with_answers({question: answer})
            for program in violated(about, setting, answers, [answer], LENGTH).values():
                yield f"seed {seed}, property of {answer!r}: does not hold of {program} under {answers}"


def idle_parts(question: str, answer: str) -> list[int]:
    """Return the parts of a property, by their number, that select nothing in any program of any draw."""
    about = PROPERTIES[question]
    idle: set[int] | None = None
    for draw, setting, number in product(DRAWS, (about.setting, *about.more), numbers(question, answer)):
        model = drawn(question, f"{question}/{draw}", setting.given).with_answers({question: number})
        selectors = getattr(about.property_of(number), "selectors", ())
        idle = set(range(len(selectors))) if idle is None else idle
        for situation in situations(model, tuple(setting.opening(model)), setting.alphabet, LENGTH):
            idle -= {part for part in idle if any(map(selectors[part], situation.options))}
            if not idle:
                return []
    return sorted(idle or ())


def numbers(question: str, answer: str) -> list[Answer]:
    """Return the answers that the name of one stands for."""
    return [each for each in allowed(question) if each == answer or (answer == NUMBER and isinstance(each, int))]


def test_every_answer_has_a_property_and_every_property_an_answer() -> None:
    assert {(name, answer) for name, about in PROPERTIES.items() for answer in about.says} == {
        (name, answer) for name, question in questions().items() for answer in question.answers
    }


@pytest.mark.parametrize("question", PROPERTIES)
def test_the_model_with_an_answer_has_its_property_and_no_other(question: str) -> None:
    assert_told_apart(question, DRAWS)


@pytest.mark.slow
@pytest.mark.parametrize("question", PROPERTIES)
def test_the_properties_tell_the_answers_apart_whatever_the_other_answers_are(question: str) -> None:
    assert_told_apart(question, MORE_DRAWS)


@pytest.mark.slow
@pytest.mark.parametrize("question", PROPERTIES)
def test_the_properties_hold_of_longer_programs(question: str) -> None:
    assert_told_apart(question, DRAWS_OF_LONGER_PROGRAMS, LENGTH + 1)


@pytest.mark.parametrize("question", [name for name, about in PROPERTIES.items() if about.more])
def test_the_properties_hold_in_further_programs(question: str) -> None:
    found = [fault for draw in DRAWS for fault in faults_in_more_settings(question, draw)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("question", PROPERTIES)
def test_every_part_of_a_property_is_about_something(question: str) -> None:
    assert {answer: idle_parts(question, answer) for answer in PROPERTIES[question].says} == {
        answer: [] for answer in PROPERTIES[question].says
    }


@pytest.mark.parametrize("question", [name for name, about in PROPERTIES.items() if about.ambiguous])
def test_every_ambiguity_occurs(question: str) -> None:
    about = PROPERTIES[question]
    drawn_others = [drawn(question, f"{question}/{draw}", about.setting.given) for draw in range(50)]
    pairs = list(product(drawn_others, permutations(allowed(question), 2)))
    assert pairs
    unused = [each for each in about.ambiguous if not any(each.explains(others, *pair) for others, pair in pairs)]
    assert unused == []


def assert_told_apart(question: str, draws: Iterable[int], length: int = LENGTH) -> None:
    found = [fault for draw in draws for fault in faults(question, draw, length)]
    assert not found, "\n".join(found)
