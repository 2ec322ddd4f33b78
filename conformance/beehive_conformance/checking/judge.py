"""The verdict on one history, under the answers and the deviation records of a target."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from beehive_spec.answers import Answers
from beehive_spec.automaton import Automaton
from beehive_spec.model import Model
from beehive_spec.rules import RULES, Rules
from beehive_spec.vocabulary import OPERATION_NAMES, History

from beehive_conformance.checking.checker import CheckResult, Difference, check
from beehive_conformance.checking.other_answers import NOTHING_FITS, Fitting, OtherAnswers
from beehive_conformance.deviations.overlay import Overlay, OverlayName
from beehive_conformance.programs.program import Program, operations

MAX_NODES = 50_000
"""The number of nodes, of about 4 KB each, at which the automata of a judge are cleared."""


class VerdictKind(StrEnum):
    """What a verdict says about a history."""

    CONFORMS = "conforms"
    DEVIATES = "deviates"
    UNEXPLAINED = "unexplained"
    INCONCLUSIVE = "inconclusive"
    NOT_JUDGED = "not judged"
    DIED = "died"

    @property
    def is_failure(self) -> bool:
        """Whether the history is explained neither by the spec nor by a record."""
        return self in (VerdictKind.UNEXPLAINED, VerdictKind.DIED)


class Verdict(NamedTuple):
    """The verdict on one history.

    If it deviates, `deviations` are the recorded ones that explain it, and `difference` is where it differs from the
    spec. If it is unexplained, `deviations` are those that explain the longest part of it, and `difference` is where
    it differs from the spec with these deviations. If it conforms or deviates only under other answers that fit the
    target as well, `under` has them by question.
    """

    kind: VerdictKind
    deviations: tuple[OverlayName, ...] = ()
    difference: Difference | None = None
    under: Mapping[str, str | int] = MappingProxyType({})


class _Reached(NamedTuple):
    """An overlay, and where the history differs from the rules with it; None if they allow the history."""

    overlay: Overlay
    difference: Difference | None


class Judge:
    """Judges histories of one target.

    `answers` are the target's, `overlays` are those of its deviation records, and `shows_logs` tells whether the logs
    of the target can be observed. `fitting` are other answers that fit the target as well: what conforms under some
    of them, or deviates as recorded, is not unexplained.
    """

    def __init__(
        self,
        answers: Answers,
        overlays: Sequence[Overlay] = (),
        shows_logs: bool = True,
        fitting: Fitting = NOTHING_FITS,
    ) -> None:
        self._answers = answers
        self._overlays = tuple(overlays)
        self.shows_logs = shows_logs
        """Whether logs count as observed."""
        self._changed = {each.name: _changed(each) for each in overlays}
        self._automata: dict[tuple[OverlayName, ...], Automaton] = {}
        self._faultless = OtherAnswers(answers, fitting, RULES, shows_logs)
        self._deviating = OtherAnswers(answers, fitting, with_overlays(overlays), shows_logs)
        self._fits_others = bool(fitting)

    def judge(self, program: Program, history: History) -> Verdict:
        """Return whether the history conforms, deviates as recorded, or is unexplained."""
        if sum(map(len, self._automata.values())) > MAX_NODES:
            for automaton in self._automata.values():
                automaton.clear()
        result, difference = self._walk((), program, history)
        if result is CheckResult.ALLOWED:
            return Verdict(VerdictKind.CONFORMS)
        if difference is None:
            return Verdict(VerdictKind.INCONCLUSIVE)
        verdict = self._explained(program, history, difference)
        if verdict.kind.is_failure and self._fits_others:
            return self._under_others(program, history, difference) or verdict
        return verdict

    def explanations(self, program: Program, history: History, overlays: Iterable[Overlay]) -> list[Overlay]:
        """Return the overlays of which each alone, added to those of the target, would explain the history."""
        return [
            overlay
            for overlay in overlays
            if self._walk((*self._overlays, overlay), program, history)[0] is CheckResult.ALLOWED
        ]

    def _under_others(self, program: Program, history: History, first: Difference) -> Verdict | None:
        """Return the verdict under other answers that fit as well; None if they do not explain the history either."""
        alone = self._faultless.allowing(program, history)
        if alone.result is CheckResult.ALLOWED:
            return Verdict(VerdictKind.CONFORMS, under=alone.under)
        recorded = self._deviating.allowing(program, history) if self._overlays else alone
        if recorded.result is CheckResult.ALLOWED:
            needed = self._needed(self._overlays, program, history, recorded.under)
            kind = VerdictKind.DEVIATES if needed else VerdictKind.CONFORMS
            return Verdict(kind, _names(needed), first if needed else None, recorded.under)
        if CheckResult.INCONCLUSIVE in (alone.result, recorded.result):
            return Verdict(VerdictKind.INCONCLUSIVE)
        return None

    def _explained(self, program: Program, history: History, first: Difference) -> Verdict:
        """Return which overlays explain a history together, or how far they explain it.

        Overlays are added one after another; each time, the one with which the walk gets furthest is added. All of
        them together are tried last, because the fewest walks share that automaton.
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
            if together is CheckResult.ALLOWED:
                needed = self._needed(self._overlays, program, history)
                return Verdict(VerdictKind.DEVIATES, _names(needed), first)
            if difference is None:
                return Verdict(VerdictKind.INCONCLUSIVE)
            if difference.step > furthest.step:
                chosen, furthest = self._overlays, difference
        kind = VerdictKind.UNEXPLAINED if history.died is None else VerdictKind.DIED
        return Verdict(kind, _names(chosen), furthest)

    def _next(self, chosen: Sequence[Overlay], program: Program, history: History, step: int) -> _Reached | None:
        """Return the first overlay that explains the history with the chosen ones, or gets furthest after `step`."""
        started = {OPERATION_NAMES[type(each)] for one in program.steps[:step] for each in operations(one)}
        best: _Reached | None = None
        for overlay in self._overlays:
            # An overlay that changes none of the started operations makes no difference.
            if overlay in chosen or not self._changed[overlay.name] & started:
                continue
            result, difference = self._walk(self._in_order((*chosen, overlay)), program, history)
            if result is CheckResult.ALLOWED:
                return _Reached(overlay, None)
            if difference is not None and difference.step > step:
                step = difference.step
                best = _Reached(overlay, difference)
        return best

    def _in_order(self, overlays: Sequence[Overlay]) -> tuple[Overlay, ...]:
        return tuple(each for each in self._overlays if each in overlays)

    def _needed(
        self,
        overlays: Sequence[Overlay],
        program: Program,
        history: History,
        under: Mapping[str, str | int] = MappingProxyType({}),
    ) -> tuple[Overlay, ...]:
        needed = tuple(overlays)
        for overlay in overlays:
            fewer = tuple(each for each in needed if each is not overlay)
            if self._walk(fewer, program, history, under)[0] is CheckResult.ALLOWED:
                needed = fewer
        return needed

    def _walk(
        self,
        overlays: Sequence[Overlay],
        program: Program,
        history: History,
        under: Mapping[str, str | int] = MappingProxyType({}),
    ) -> tuple[CheckResult, Difference | None]:
        if under:
            # Few histories need other answers, and rarely the same ones.
            model = Model(self._answers.with_answers(under), with_overlays(overlays))
            return check(program, history, Automaton(model), self.shows_logs)
        names = tuple(each.name for each in overlays)
        automaton = self._automata.get(names)
        if automaton is None:
            automaton = self._automata[names] = Automaton(Model(self._answers, with_overlays(overlays)))
        return check(program, history, automaton, self.shows_logs)


def with_overlays(overlays: Iterable[Overlay]) -> Rules:
    """Return the rules of the model with overlays applied to them, one after another."""
    rules = RULES
    for overlay in overlays:
        rules = overlay.apply(rules)
    return rules


def _names(overlays: Iterable[Overlay]) -> tuple[OverlayName, ...]:
    return tuple(each.name for each in overlays)


def _changed(overlay: Overlay) -> frozenset[str]:
    """Return the names of the operations that an overlay changes."""
    after = overlay.apply(RULES)
    return frozenset(name for name, place in after if after[name, place] != RULES.get((name, place)))
