"""Collects the evidence of a finding: program, history, and what was allowed where they differ."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from beehive_spec.answers import Answers
from beehive_spec.automaton import Automaton
from beehive_spec.model import Model
from beehive_spec.vocabulary import History, Seen

from beehive_conformance.checking.checker import Difference, check
from beehive_conformance.checking.judge import with_overlays
from beehive_conformance.deviations import OVERLAYS, Overlay, OverlayName
from beehive_conformance.programs.program import Program
from beehive_conformance.reports.schema import Evidence, Explanation, Runs


def evidence_of(
    program: Program,
    history: History,
    difference: Difference | None,
    count: int = 0,
    runs: Runs | None = None,
    explained_by: Iterable[OverlayName] = (),
) -> Evidence:
    """Return the evidence of a finding; the parameters are its fields."""
    return Evidence(
        id=program.id,
        program=program.steps,
        history=history,
        differs_in=0 if difference is None else difference.step,
        allowed=() if difference is None else tuple(sorted(difference.allowed, key=_order)),
        count=count,
        runs=runs,
        explained_by=tuple(Explanation(name, OVERLAYS[name].clause) for name in explained_by),
    )


def difference_under(
    program: Program, history: History, answers: Answers, overlays: Iterable[Overlay]
) -> Difference | None:
    """Return the first difference that the overlays do not explain, or else the first difference from the model.

    A program may show several deviations. With the overlays of the others, the difference is the one that belongs
    to the deviation in question.
    """
    with_others = Automaton(Model(answers, with_overlays(overlays)))
    return check(program, history, with_others)[1] or check(program, history, Automaton(Model(answers)))[1]


def _order(seen: Seen) -> bytes:
    # The automaton keeps its edges in no particular order.
    return msgspec.json.encode(seen)
