"""The ambiguity of measured answers: other answers that fit a target equally well, and why."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class AmbiguityReason(StrEnum):
    """Why nothing that was run distinguishes two answers."""

    FAULT = "fault"
    """A known fault of the target hides the difference."""
    ANSWERS = "answers"
    """Under the answers to the other questions, the search found no difference; it has bounds."""
    CHANCE = "chance"
    """One of them allows everything that the other allows, and nothing beyond that was observed."""
    TOGETHER = "together"
    """The other answer fits if the answer to another question is a different one as well."""


class Ambiguity(NamedTuple):
    """Another answer that no probe distinguishes from the given one."""

    answer: str | int
    why: AmbiguityReason
