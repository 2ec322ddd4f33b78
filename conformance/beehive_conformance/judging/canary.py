"""The canary: a fault that the suite plants itself, and that has to be caught on the same road as any other."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from beehive_conformance.deviations import OVERLAYS
from beehive_conformance.generator import random_programs
from beehive_conformance.judging.accusation import Accusation
from beehive_conformance.judging.bench import Bench, Setting
from beehive_conformance.program import Program
from beehive_conformance.scenario import load_scenarios

PROGRAMS = 200
"""Random programs in which a planted fault has to be seen, after the scenarios."""
MOST_PLANTED = 3
"""Faults that are tried: under some answers one of them may be no fault that can be seen."""


def canary(setting: Setting) -> bool:
    """Plant a fault in a model with the target's answers and tell whether it is caught.

    It is a fault that the target has no record of. Without any overlay there is nothing to plant.
    """
    planted = [name for name in OVERLAYS if name not in setting.overlays]
    if not planted:
        return True
    for name in planted[:MOST_PLANTED]:
        faulty = setting._replace(target=f"model+{name}", model=setting.answers)
        with Bench(faulty) as bench:
            if any(isinstance(judged.group, Accusation) for judged in bench.results(_programs(setting))):
                return True
    return False


def _programs(setting: Setting) -> Iterator[Program]:
    capacity = setting.answers.capacity if isinstance(setting.answers.capacity, int) else None
    cases = (each.program for each in load_scenarios())
    return chain(cases, random_programs(0, PROGRAMS, 12, capacity))
