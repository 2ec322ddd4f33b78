"""The header of a report: what was run, on which targets, with which version of the suite."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version

from beehive_spec.chapters import departing

from beehive_conformance.programs.capability import CLAUSES, QUESTIONS, Capability
from beehive_conformance.reports.schema import FORMAT, HeaderLine, Side
from beehive_conformance.runs.examine import Examination
from beehive_conformance.runs.plan import Plan
from beehive_conformance.targets.registry import description


def header(
    command: str,
    sides: Iterable[Side],
    *,
    seed: int,
    length: int,
    exhaustive: int,
    examples: int = 0,
    only: str = "",
    versions: bool = False,
) -> HeaderLine:
    """Return the first line of a report; the parameters are its fields."""
    return HeaderLine(
        format=FORMAT,
        command=command,
        suite=suite_version(),
        sides=tuple(sides),
        seed=seed,
        examples=examples,
        length=length,
        exhaustive=exhaustive,
        only=only,
        versions=versions,
    )


def plan_header(command: str, plan: Plan, sides: Iterable[Side], versions: bool = False) -> HeaderLine:
    """Return the first line of the report on a plan."""
    return header(
        command,
        sides,
        seed=plan.seed,
        length=plan.length,
        exhaustive=plan.exhaustive,
        examples=plan.examples,
        only=plan.only,
        versions=versions,
    )


def side(examination: Examination) -> Side:
    """Return a target, with the answers and records under which it was judged."""
    lacks = [each for each in Capability if each in examination.lacks]
    answers = examination.answers._asdict()
    not_asked = {question for each in lacks for question in QUESTIONS.get(each, ())}
    return Side(
        name=str(examination.target),
        description=description(examination.target),
        answers=answers,
        records=tuple(each.overlay for each in examination.records),
        origin=examination.origin,
        lacks=tuple(map(str, lacks)),
        not_judged={str(each): CLAUSES[each] for each in lacks if each in CLAUSES},
        departs=departing({name: answer for name, answer in answers.items() if name not in not_asked}),
    )


def suite_version() -> str:
    """Return the installed version of the suite."""
    try:
        return version("beehive-conformance")
    except PackageNotFoundError:
        return "not installed"
