"""The sentences of a document that have changed, were removed or were added."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher
from enum import StrEnum
from itertools import zip_longest
from typing import NamedTuple

from beehive_spec.document import Sentence


class Change(StrEnum):
    """What happened to a sentence."""

    CHANGED = "changed"
    GONE = "gone"
    NEW = "new"


class ChangedSentence(NamedTuple):
    """One sentence that is different; `before` is None if it was added, `after` is None if it was removed."""

    before: Sentence | None
    after: Sentence | None

    @property
    def change(self) -> Change:
        """What happened to the sentence."""
        if self.before is None:
            return Change.NEW
        return Change.GONE if self.after is None else Change.CHANGED


def changes(before: Iterable[Sentence], after: Iterable[Sentence]) -> Iterator[ChangedSentence]:
    """Yield the sentences that have changed, were removed or were added, section by section.

    A sentence whose number alone has changed, because one before it was removed or added, has not changed. Adjacent
    sentences that differ are paired in order, because the hashes give no further information.
    """
    old, new = _by_section(before), _by_section(after)
    for section in {**old, **new}:
        yield from _within(old.get(section, []), new.get(section, []))


def _within(old: list[Sentence], new: list[Sentence]) -> Iterator[ChangedSentence]:
    matcher = SequenceMatcher(None, [each.hash for each in old], [each.hash for each in new], autojunk=False)
    for operation, first, last, start, end in matcher.get_opcodes():
        if operation != "equal":
            for one, other in zip_longest(old[first:last], new[start:end]):
                yield ChangedSentence(one, other)


def _by_section(sentences: Iterable[Sentence]) -> dict[str, list[Sentence]]:
    found: dict[str, list[Sentence]] = {}
    for each in sentences:
        found.setdefault(each.section, []).append(each)
    return {section: sorted(inside, key=lambda each: each.number) for section, inside in found.items()}
