"""The canary: a planted fault that must be detected in the same way as any other."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from beehive_conformance.deviations import OVERLAYS, OverlayName
from beehive_conformance.generation.random_programs import random_programs
from beehive_conformance.judging.harness import Harness, HarnessSetup
from beehive_conformance.judging.signature import Signature
from beehive_conformance.programs.program import Program
from beehive_conformance.scenarios.scenario import load_scenarios
from beehive_conformance.targets.spec import TargetKind, TargetSpec

PROGRAMS = 200
"""Random programs that are run after the scenarios to detect the planted fault."""


def canary(setup: HarnessSetup) -> bool:
    """Plant a fault in a model with the target's answers and return whether it is detected.

    The fault is judged without its own record, if the target has one. If it cannot be observed under these answers,
    the next one is planted. Without any overlay there is nothing to plant, and the result is True.
    """
    return any(_is_detected(setup, name) for name in OVERLAYS)


def _is_detected(setup: HarnessSetup, name: OverlayName) -> bool:
    others = tuple(each for each in setup.overlays if each != name)
    faulty = setup._replace(
        target=TargetSpec(TargetKind.MODEL, overlays=(name,)), overlays=others, model=setup.answers
    )
    with Harness(faulty) as harness:
        return any(isinstance(judged.group, Signature) for _, judged in harness.results(_programs(setup)))


def _programs(setup: HarnessSetup) -> Iterator[Program]:
    cases = (each.program for each in load_scenarios())
    return chain(cases, random_programs(0, PROGRAMS, 12, setup.answers.bound))
