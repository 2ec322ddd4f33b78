"""The plan of a run: the sources of programs in their order, and how many of each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import msgspec
from beehive_spec.answers import Answers

from beehive_conformance.generation.exhaustive import alphabet_for, exhaustive_programs
from beehive_conformance.generation.random_programs import LENGTH, random_programs
from beehive_conformance.programs.capability import Capability
from beehive_conformance.programs.program import Program
from beehive_conformance.scenarios.scenario import load_scenarios


class Plan(msgspec.Struct, frozen=True):
    """The extent of a run; with `only`, just the scenarios and records of one clause are run."""

    seed: int = 0
    examples: int = 5000
    length: int = LENGTH
    exhaustive: int = 3
    only: str = ""


class ProgramSource(NamedTuple):
    """One source of programs, which can be iterated once; scenarios have names, in the order of the programs."""

    name: str
    programs: Iterable[Program]
    names: tuple[str, ...] = ()


def program_sources(plan: Plan, answers: Answers, capabilities: frozenset[Capability]) -> Iterator[ProgramSource]:
    """Yield the sources of a plan for a target; if its channels are bounded, some programs fill them."""
    cases = [each for each in load_scenarios() if not plan.only or plan.only in each.clauses]
    yield ProgramSource("scenarios", [each.program for each in cases], tuple(each.name for each in cases))
    if plan.only:
        return
    if plan.exhaustive:
        yield ProgramSource("exhaustive", exhaustive_programs(plan.exhaustive, alphabet_for(answers.bound)))
    drawn = random_programs(plan.seed, plan.examples, plan.length, answers.bound, off_bus=capabilities)
    yield ProgramSource("random", drawn)
