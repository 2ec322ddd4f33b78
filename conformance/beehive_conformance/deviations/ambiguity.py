"""What no probe told apart: the other answers that fit a target as well as the one that is given, and why."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class AmbiguityReason(StrEnum):
    """AmbiguityReason no probe told two answers apart."""

    FAULT = "fault"
    """A fault that the target is known to have hides what would tell."""
    ANSWERS = "answers"
    """Under the answers to the other questions nothing would tell."""
    CHANCE = "chance"
    """One of them allows all that the other does, and more was never seen."""


class Ambiguity(NamedTuple):
    """Another answer that no probe told from the one that is given."""

    answer: str | int
    why: AmbiguityReason
