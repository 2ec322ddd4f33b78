"""What a target is judged under: its own answers and records, or those of the version that stands nearest."""

from __future__ import annotations

from beehive_spec.answers import Answers

from beehive_conformance.deviations import OVERLAYS, OverlayName
from beehive_conformance.deviations.baselines import Record, answers_of, records_of
from beehive_conformance.targets import registry

FAULTY = "model+"
"""How the name of a model with a fault begins; the name of the overlay follows."""


def answers_for(target: str) -> Answers:
    """Return the answers measured on a target or what stands for it; the reference and the model have the defaults.

    A model with a fault has answers under which the fault can be seen.
    """
    if target.startswith(FAULTY):
        under = OVERLAYS[OverlayName(target.removeprefix(FAULTY))].under
        return Answers()._replace(**under)  # type: ignore[arg-type]  # a test holds them against the questions
    found = answers_of(_judged_as(target))
    return Answers() if found is None else found


def records_for(target: str) -> tuple[Record, ...]:
    """Return the deviations that a target, or what stands for it, is known to have; a model has none on record."""
    return records_of(_judged_as(target))


def _judged_as(target: str) -> str:
    """Return the target whose answers and records are used: for a version that was never measured, the newest."""
    if answers_of(target) is None and target.startswith("go:"):
        return registry.find("go").name
    return target
