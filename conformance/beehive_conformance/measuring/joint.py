"""Changes several answers at once, where no single one explains what was observed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from beehive_spec.answers import Answers

from beehive_conformance.measuring.observations import Item, Observations
from beehive_conformance.measuring.single import Prober

MOST_CHANGES = 3
"""The number of answers that are changed together."""
MAX_TRIED = 3_000
"""The number of sets of answers that one repair may try, about ten seconds of work."""


class Repair:
    """The search for answers that explain a run which the present ones do not allow.

    Only questions are changed whose answers were read on the way to the difference: no other answer can matter. A
    change may make another run inexplicable, whose answers are then changed next, so the answers that are changed
    together depend on each other.
    """

    def __init__(self, evidence: Observations, prober: Prober) -> None:
        self._evidence = evidence
        self._prober = prober
        self._tried = 0

    def explained(self, answers: Answers, refuted: Sequence[Item], items: Sequence[Item]) -> Answers | None:
        """Return answers under which fewer of the items are refuted, with as few changes as possible, or None.

        `refuted` are the items that `answers` do not allow; the first one is the one to explain.
        """
        self._tried = 0
        for changes in range(1, MOST_CHANGES + 1):
            best, fewest = None, len(refuted)
            for found in self._changed(answers, frozenset(), (refuted[0],), refuted, items, changes):
                left = self._count(found, items, fewest)
                if left < fewest:
                    best, fewest = found, left
                    if not left:
                        return best
            if best is not None:
                return best
        return None

    def with_another(self, answers: Answers, question: str, items: Sequence[Item]) -> Answers | None:
        """Return answers that allow all items and differ in the answer to one question other than the given one.

        `answers` do not allow all items themselves: the answer to `question` fits only together with another change.
        """
        self._tried = 0
        item = self._refuted(answers, (), (), items)
        first = () if item is None else (item,)
        found = self._changed(answers, frozenset((question,)), first, (), items, 1)
        return next((each for each in found if self._evidence.allows(each, items)), None)

    def _changed(
        self,
        answers: Answers,
        done: frozenset[str],
        first: tuple[Item, ...],
        refuted: Sequence[Item],
        items: Sequence[Item],
        left: int,
    ) -> Iterator[Answers]:
        """Yield answers with exactly `left` more changes that allow the items in `first`."""
        if not left:
            if self._evidence.allows(answers, first):
                yield answers
            return
        item = self._refuted(answers, first, refuted, items)
        if item is None:
            return
        for name in self._evidence.walked(item, answers).read:
            if name in done:
                continue
            for other in self._prober.candidates[name]:
                if other != getattr(answers, name) and self._tried < MAX_TRIED:
                    self._tried += 1
                    after = answers.with_answers({name: other})
                    needed = first if item in first else (*first, item)
                    yield from self._changed(after, done | {name}, needed, refuted, items, left - 1)

    def _refuted(
        self, answers: Answers, first: Sequence[Item], refuted: Sequence[Item], items: Sequence[Item]
    ) -> Item | None:
        for some in (first, refuted, items):
            if (item := next(self._evidence.refuted(answers, some), None)) is not None:
                return item
        return None

    def _count(self, answers: Answers, items: Sequence[Item], most: int) -> int:
        """Return how many items some answers do not allow, or `most` if it is that many or more."""
        count = 0
        for _ in self._evidence.refuted(answers, items):
            count += 1
            if count == most:
                break
        return count
