"""What the chapters call unspecified is open in the model: every outcome is reached, and no other one."""

from __future__ import annotations

import pytest
from beehive_spec.answers import Answers
from beehive_spec.chapters import chapters
from lines import Line, Shown
from moments import endings
from unspecified import UNSPECIFIED

LINES = [(chapter.title, text) for chapter in chapters() for text in chapter.unspecified]
SHOWN = [
    pytest.param(each, id=f"{line.begins}, {number}")
    for line in UNSPECIFIED
    for number, each in enumerate(line.shown, 1)
]


def belongs(line: Line, title: str, text: str) -> bool:
    return line.chapter == title and text.startswith(line.begins)


def test_every_unspecified_line_has_one_entry_and_every_entry_a_line() -> None:
    assert [sum(belongs(line, *each) for line in UNSPECIFIED) for each in LINES] == [1] * len(LINES)
    assert len(UNSPECIFIED) == len(LINES)


def test_every_entry_has_a_program_or_says_why_it_has_none() -> None:
    assert [line for line in UNSPECIFIED if not line.shown and not line.not_shown] == []


@pytest.mark.parametrize("shown", SHOWN)
def test_the_outcomes_are_those_that_the_line_leaves_open(shown: Shown) -> None:
    answers = Answers().with_answers(shown.answers)
    assert {shown.of(moment) for moment in endings(answers, shown.program)} == shown.outcomes, shown
