"""The matrix of clauses: what cites each clause, and whether a violation of it would be noticed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from beehive_spec.answers import Answers
from beehive_spec.chapters import Clause
from beehive_spec.rules import Rules
from beehive_spec.traceability import CitingMove, citing_moves

from beehive_conformance.checking.judge import Judge
from beehive_conformance.deviations import Overlay, OverlayName
from beehive_conformance.deviations.baselines import DEFAULT_ANSWERS
from beehive_conformance.scenarios.scenario import Condition, Scenario
from beehive_conformance.targets.model import ModelTarget

TRIES = 8
"""How many times a scenario is run on a fault that does not show every time."""
PREFERRED = 2
"""The number that answers a question where a scenario allows several: small, so that channels fill up soon."""


class ClauseRow(NamedTuple):
    """One clause with the moves and scenarios that name it, and the overlays that break it."""

    clause: Clause
    moves: tuple[CitingMove, ...]
    scenarios: tuple[Scenario, ...]
    overlays: tuple[Overlay, ...]

    @property
    def is_testable(self) -> bool:
        """Whether the clause can be tested."""
        return not self.clause.untested

    @property
    def lacks(self) -> str:
        """What would keep a violation of the clause from being noticed, in words; empty if nothing would."""
        missing = [name for name, found in (("scenario", self.scenarios), ("overlay", self.overlays)) if not found]
        return f"no {' and no '.join(missing)}" if missing and self.is_testable else ""


class OverlayProof(NamedTuple):
    """A fault that breaks a clause, and the name of a scenario of the clause that finds it, or an empty string."""

    overlay: OverlayName
    scenario: str


def matrix(
    clauses: Iterable[Clause], rules: Rules, scenarios: Iterable[Scenario], overlays: Iterable[Overlay]
) -> tuple[ClauseRow, ...]:
    """Return a row for each clause, in the order of the clauses."""
    citing = citing_moves(rules)
    cases, faults = tuple(scenarios), tuple(overlays)
    return tuple(
        ClauseRow(
            clause,
            citing.get(clause.id, ()),
            tuple(each for each in cases if clause.id in each.clauses),
            tuple(each for each in faults if each.clause == clause.id),
        )
        for clause in clauses
    )


def proofs(row: ClauseRow) -> tuple[OverlayProof, ...]:
    """Return for each overlay of a clause the first scenario of the clause that finds it.

    The fault is run as a model, under answers that the overlay asks for and that fit the scenario. Raises TargetError
    if a scenario has more possibilities than the model's budget allows.
    """
    return tuple(
        OverlayProof(overlay.name, next((each.name for each in row.scenarios if is_detected(overlay, each)), ""))
        for overlay in row.overlays
    )


def is_detected(overlay: Overlay, scenario: Scenario) -> bool:
    """Return whether the program of a scenario shows a fault in at least one of several tries."""
    answers = fitting(scenario.under, overlay.under)
    judge = Judge(answers)
    for seed in range(TRIES):
        ((_, history),) = ModelTarget(answers, (overlay,), seed).run((scenario.program,))
        if judge.judge(scenario.program, history).kind.is_failure:
            return True
    return False


def fitting(conditions: Mapping[str, Sequence[Condition]], wanted: Mapping[str, str | int]) -> Answers:
    """Return the default answers with the wanted ones, changed where a scenario has other conditions."""
    answers = DEFAULT_ANSWERS.with_answers(wanted)
    for question, possible in conditions.items():
        if not any(each.holds(getattr(answers, question)) for each in possible):
            answers = answers.with_answers({question: _answer(possible[0])})
    return answers


def _answer(condition: Condition) -> str | int:
    if condition.word is not None:
        return condition.word
    most = PREFERRED if condition.most is None else min(PREFERRED, condition.most)
    return max(condition.least, most)
