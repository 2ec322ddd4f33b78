"""What is known of a target beforehand: its measured answers and its deviation records."""

from __future__ import annotations

from typing import NamedTuple

from beehive_spec.answers import Answers

from beehive_conformance.deviations import OverlayName
from beehive_conformance.program import Program


class Record(NamedTuple):
    """A deviation that a target is known to have, with the smallest program that shows it."""

    overlay: OverlayName
    program: Program


def known_answers(target: str) -> Answers:
    """Return the answers measured on a target; those of the reference and the model are the defaults."""
    return Answers()


def known_records(target: str) -> tuple[Record, ...]:
    """Return the deviations that a target is known to have; a model with a fault has none on record."""
    return ()
