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

from beehive_conformance.checking.checker import Difference, Judgement, judge
from beehive_conformance.deviations.overlay import Overlay, OverlayName
from beehive_conformance.programs.program import Program, operations

MAX_NODES = 50_000
"""Nodes at which automata are forgotten and grown anew: about 4 KB each."""


class VerdictKind(StrEnum):
    """The closed family of verdicts."""

    CONFORMS = "conforms"
    DEVIATES = "deviates"
    UNEXPLAINED = "unexplained"
    INCONCLUSIVE = "inconclusive"
    NOT_JUDGED = "not judged"
    DIED = "died"


class Verdict(NamedTuple):
    """One verdict.

    If it deviates, `deviations` are the recorded ones that explain it and `difference` is where the spec is left.
    If it is unexplained, `difference` is where no deviation helps any more, after what `deviations` explain.
    """

    kind: VerdictKind
    deviations: tuple[OverlayName, ...] = ()
    difference: Difference | None = None


class _Reached(NamedTuple):
    """An overlay, and where a walk under it leaves what is allowed; None if it goes through."""

    overlay: Overlay
    difference: Difference | None


class Judge:
    """Judges histories of one target.

    `answers` are the target's, `overlays` those of its deviation records, and `shows_logs` says whether the
    target can show what was logged.
    """

    def __init__(self, answers: Answers, overlays: Sequence[Overlay] = (), shows_logs: bool = True) -> None:
        self._answers = answers
        self._overlays = tuple(overlays)
        self._shows_logs = shows_logs
        self._changed = {each.name: _changed(each) for each in overlays}
        self._automata: dict[tuple[OverlayName, ...], Automaton] = {}

    def judge(self, program: Program, history: History) -> Verdict:
        """Say whether the history conforms, deviates as recorded, or is unexplained."""
        if sum(map(len, self._automata.values())) > MAX_NODES:
            for automaton in self._automata.values():
                automaton.clear()
        judgement, difference = self._walk((), program, history)
        if judgement is Judgement.ALLOWED:
            return Verdict(VerdictKind.CONFORMS)
        if difference is None:
            return Verdict(VerdictKind.INCONCLUSIVE)
        return self._explained(program, history, difference)

    def explanations(self, program: Program, history: History, overlays: Iterable[Overlay]) -> list[Overlay]:
        """Return those overlays that, added to the target's own, would explain the history."""
        return [
            overlay
            for overlay in overlays
            if self._walk((*self._overlays, overlay), program, history)[0] is Judgement.ALLOWED
        ]

    def _explained(self, program: Program, history: History, first: Difference) -> Verdict:
        """Say which overlays explain a history together, or how far they explain it.

        What several of them explain is found by adding, one after another, the overlay under which the walk
        gets furthest; all together is the last resort, because its walks share the least.
        """
        chosen: tuple[Overlay, ...] = ()
        furthest = first
        while (best := self._next(chosen, program, history, furthest.step)) is not None:
            chosen = self._in_order((*chosen, best.overlay))
            if best.difference is None:
                needed = self._needed(chosen, program, history) if len(chosen) > 1 else chosen
                return Verdict(VerdictKind.DEVIATES, _names(needed), first)
            furthest = best.difference
        if len(chosen) < len(self._overlays):
            together, difference = self._walk(self._overlays, program, history)
            if together is Judgement.ALLOWED:
                needed = self._needed(self._overlays, program, history)
                return Verdict(VerdictKind.DEVIATES, _names(needed), first)
            if difference is None:
                return Verdict(VerdictKind.INCONCLUSIVE)
            if difference.step > furthest.step:
                chosen, furthest = self._overlays, difference
        kind = VerdictKind.UNEXPLAINED if history.died is None else VerdictKind.DIED
        return Verdict(kind, _names(chosen), furthest)

    def _next(self, chosen: Sequence[Overlay], program: Program, history: History, step: int) -> _Reached | None:
        """Return the first overlay that explains the history with the others, or else gets furthest beyond `step`."""
        started = {each.__struct_config__.tag for one in program.steps[:step] for each in operations(one)}
        best: _Reached | None = None
        for overlay in self._overlays:
            # One that changes no operation which has been started ends in the same place.
            if overlay in chosen or not self._changed[overlay.name] & started:
                continue
            judgement, difference = self._walk(self._in_order((*chosen, overlay)), program, history)
            if judgement is Judgement.ALLOWED:
                return _Reached(overlay, None)
            if difference is not None and difference.step > step:
                step = difference.step
                best = _Reached(overlay, difference)
        return best

    def _in_order(self, overlays: Sequence[Overlay]) -> tuple[Overlay, ...]:
        return tuple(each for each in self._overlays if each in overlays)

    def _needed(self, overlays: Sequence[Overlay], program: Program, history: History) -> tuple[Overlay, ...]:
        needed = tuple(overlays)
        for overlay in overlays:
            fewer = tuple(each for each in needed if each is not overlay)
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
        return judge(program, history, automaton, self._shows_logs)


def with_overlays(overlays: Iterable[Overlay]) -> Rules:
    """Return the rules of the model with overlays laid over them, one after another."""
    rules = RULES
    for overlay in overlays:
        rules = overlay.apply(rules)
    return rules


def _names(overlays: Iterable[Overlay]) -> tuple[OverlayName, ...]:
    return tuple(each.name for each in overlays)


def _changed(overlay: Overlay) -> frozenset[str]:
    """Return the operations that an overlay changes."""
    after = overlay.apply(RULES)
    return frozenset(name for name, place in after if after[name, place] != RULES.get((name, place)))
