"""What the suite says of one history, under the answers and the deviation records of a target."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import NamedTuple

from beehive_spec.answers import Answers
from beehive_spec.automaton import Automaton
from beehive_spec.model import Model
from beehive_spec.rules import RULES, Rules
from beehive_spec.vocabulary import History

from beehive_conformance.checker import Difference, Judgement, judge
from beehive_conformance.deviations.overlay import Overlay, OverlayName
from beehive_conformance.program import Program

MOST_NODES = 150_000
"""Nodes of an automaton at which it is forgotten and grown anew: about 4 KB each."""


class VerdictKind(StrEnum):
    """The closed family of verdicts."""

    CONFORMS = "conforms"
    DEVIATES = "deviates"
    UNEXPLAINED = "unexplained"
    INCONCLUSIVE = "inconclusive"
    NOT_JUDGED = "not judged"
    DIED = "died"


class Verdict(NamedTuple):
    """One verdict; `deviations` are the recorded ones that explain it, `difference` is where the spec is left."""

    kind: VerdictKind
    deviations: tuple[OverlayName, ...] = ()
    difference: Difference | None = None


class Judge:
    """Judges histories of one target.

    `answers` are the target's, `overlays` those of its deviation records, and `shows_logs` says whether the
    target can show what was logged.
    """

    def __init__(self, answers: Answers, overlays: Sequence[Overlay] = (), shows_logs: bool = True) -> None:
        self._answers = answers
        self._overlays = tuple(overlays)
        self._shows_logs = shows_logs
        self._automata: dict[tuple[OverlayName, ...], Automaton] = {}

    def judge(self, program: Program, history: History) -> Verdict:
        """Say whether the history conforms, deviates as recorded, or is unexplained."""
        judgement, difference = self._walk((), program, history)
        if judgement is Judgement.ALLOWED:
            return Verdict(VerdictKind.CONFORMS)
        if judgement is Judgement.INCONCLUSIVE:
            return Verdict(VerdictKind.INCONCLUSIVE)
        if self._overlays:
            for overlay in self._overlays:
                if self._walk((overlay,), program, history)[0] is Judgement.ALLOWED:
                    return Verdict(VerdictKind.DEVIATES, (overlay.name,), difference)
            together, _ = self._walk(self._overlays, program, history)
            if together is Judgement.ALLOWED:
                names = tuple(each.name for each in self._needed(program, history))
                return Verdict(VerdictKind.DEVIATES, names, difference)
            if together is Judgement.INCONCLUSIVE:
                return Verdict(VerdictKind.INCONCLUSIVE)
        return Verdict(VerdictKind.UNEXPLAINED if history.died is None else VerdictKind.DIED, (), difference)

    def explanations(self, program: Program, history: History, overlays: Iterable[Overlay]) -> list[Overlay]:
        """Return those overlays that, added to the target's own, would explain the history."""
        return [
            overlay
            for overlay in overlays
            if self._walk((*self._overlays, overlay), program, history)[0] is Judgement.ALLOWED
        ]

    def _needed(self, program: Program, history: History) -> list[Overlay]:
        needed = list(self._overlays)
        for overlay in self._overlays:
            fewer = [each for each in needed if each is not overlay]
            if self._walk(fewer, program, history)[0] is Judgement.ALLOWED:
                needed = fewer
        return needed

    def _walk(
        self, overlays: Sequence[Overlay], program: Program, history: History
    ) -> tuple[Judgement, Difference | None]:
        names = tuple(each.name for each in overlays)
        automaton = self._automata.get(names)
        if automaton is None:
            automaton = self._automata[names] = Automaton(Model(self._answers, with_overlays(overlays)))
        elif len(automaton) > MOST_NODES:
            automaton.clear()
        return judge(program, history, automaton, self._shows_logs)


def with_overlays(overlays: Iterable[Overlay]) -> Rules:
    """Return the rules of the model with overlays laid over them, one after another."""
    rules = RULES
    for overlay in overlays:
        rules = overlay.apply(rules)
    return rules
