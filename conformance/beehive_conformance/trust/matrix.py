"""Clause by clause: what names it, and whether anything would notice if it were broken."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from beehive_spec.answers import Answers
from beehive_spec.chapters import Clause
from beehive_spec.rules import Rules
from beehive_spec.traceability import Citing, citing_moves

from beehive_conformance.checking.judge import Judge, VerdictKind
from beehive_conformance.deviations import Overlay, OverlayName
from beehive_conformance.scenarios.scenario import Condition, Scenario
from beehive_conformance.targets.model import ModelTarget

TRIES = 8
"""How often a scenario is run on a fault that need not show each time."""
PREFERRED = 2
"""The number that answers a question where a scenario allows any: channels that can be full soon."""
_CAUGHT = (VerdictKind.UNEXPLAINED, VerdictKind.DIED)


class Row(NamedTuple):
    """One clause with the moves and scenarios that name it, and the overlays that break it."""

    clause: Clause
    moves: tuple[Citing, ...]
    scenarios: tuple[Scenario, ...]
    overlays: tuple[Overlay, ...]

    @property
    def is_testable(self) -> bool:
        """Tell whether the clause can be tested."""
        return not self.clause.untested

    @property
    def lacks(self) -> str:
        """What is missing for a break of the clause to be noticed, in words, or an empty text."""
        missing = [name for name, found in (("scenario", self.scenarios), ("overlay", self.overlays)) if not found]
        return f"no {' and no '.join(missing)}" if missing and self.is_testable else ""


class OverlayProof(NamedTuple):
    """A fault that breaks a clause, and a scenario of the clause that findings it; empty if there is none."""

    overlay: OverlayName
    scenario: str


def matrix(
    clauses: Iterable[Clause], rules: Rules, scenarios: Iterable[Scenario], overlays: Iterable[Overlay]
) -> tuple[Row, ...]:
    """Return a row for each clause, in the order of the clauses."""
    citing = citing_moves(rules)
    cases, faults = tuple(scenarios), tuple(overlays)
    return tuple(
        Row(
            clause,
            citing.get(clause.id, ()),
            tuple(each for each in cases if clause.id in each.clauses),
            tuple(each for each in faults if each.clause == clause.id),
        )
        for clause in clauses
    )


def proofs(row: Row) -> tuple[OverlayProof, ...]:
    """Return for each overlay of a clause the first scenario of the clause that findings it.

    The fault is run as a model under the answers that the overlay asks for and that fit the scenario. Raises
    TargetError if a scenario has more possibilities than the model's budget allows.
    """
    return tuple(
        OverlayProof(overlay.name, next((each.name for each in row.scenarios if is_caught(overlay, each)), ""))
        for overlay in row.overlays
    )


def is_caught(overlay: Overlay, scenario: Scenario) -> bool:
    """Tell whether the program of a scenario shows a fault at least once in some tries."""
    answers = fitting(scenario.under, overlay.under)
    judge = Judge(answers)
    for seed in range(TRIES):
        ((_, history),) = ModelTarget(answers, (overlay,), seed).run((scenario.program,))
        if judge.judge(scenario.program, history).kind in _CAUGHT:
            return True
    return False


def fitting(meant: Mapping[str, Sequence[Condition]], wished: Mapping[str, str | int]) -> Answers:
    """Return the default answers with those that are wished for, changed where a scenario is not meant for them."""
    answers = Answers()._replace(**wished)  # type: ignore[arg-type]  # a test holds them against the questions
    for question, conditions in meant.items():
        if not any(each.holds(getattr(answers, question)) for each in conditions):
            answers = answers._replace(**{question: _answer(conditions[0])})  # type: ignore[arg-type]
    return answers


def _answer(condition: Condition) -> str | int:
    if condition.word is not None:
        return condition.word
    most = PREFERRED if condition.most is None else min(PREFERRED, condition.most)
    return max(condition.least, most)
