"""All words up to a length over an alphabet of steps: small programs, exhaustively."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator
from enum import Enum
from typing import NamedTuple, TypeAlias

from beehive_spec.vocabulary import (
    AddModule,
    AddModuleGroup,
    Advance,
    CleanUp,
    ClientName,
    GroupName,
    InspectFields,
    MessageId,
    Milliseconds,
    ModuleName,
    Receive,
    Repeat,
    Send,
    SendResp,
    SendSync,
    SendToGroup,
    SendToGroupSync,
    Sleep,
    Step,
    Together,
)

from beehive_conformance.programs.program import Program
from beehive_conformance.programs.rename import Kind, Names, rename_step

A, B = ModuleName("a"), ModuleName("b")
G = GroupName("g")
M1, M2 = MessageId("m1"), MessageId("m2")
C, D = ClientName("c"), ClientName("d")
SHORT = Milliseconds(100)
LONG = Milliseconds(200)
LOOK = InspectFields()


class Alphabet(NamedTuple):
    """The steps that words are made of.

    Words that are equal but for the names of `modules`, and of `ids`, count as one. What comes first in
    these tuples, and in `letters`, is preferred.
    """

    letters: tuple[Step, ...]
    modules: tuple[ModuleName, ...]
    ids: tuple[MessageId, ...]


def alphabet(capacity: int | None = None) -> Alphabet:
    """Return the alphabet for a bus whose channels hold `capacity` messages, or any number if it is None.

    Two modules, one group, two ids, two lengths of time; with a capacity also a letter that fills a channel,
    and one that drains it.
    """
    bound: tuple[Step, ...] = ()
    if capacity is not None:
        bound = (
            Repeat(Send(module=A, id=M1), capacity),
            Repeat(Receive(module=A), capacity),
        )
    letters: tuple[Step, ...] = (
        AddModule(module=A),
        AddModule(module=B),
        AddModuleGroup(module=A, group=G),
        _member(A),
        _member(B),
        CleanUp(module=A),
        Send(module=A, id=M1),
        SendToGroup(group=G, id=M1),
        Receive(module=A),
        Receive(module=B),
        SendSync(module=A, id=M1, timeout=SHORT),
        SendSync(module=A, id=M2, timeout=LONG),
        SendToGroupSync(group=G, id=M1, timeout=SHORT),
        SendToGroupSync(group=G, id=M2, timeout=LONG),
        SendResp(parent=M1),
        SendResp(parent=M2),
        Advance(SHORT),
        Advance(LONG),
        LOOK,
        Together((Send(module=A, id=M1), Receive(module=A))),
        Together((Send(module=A, id=M1), CleanUp(module=A))),
        Together((Sleep(ms=SHORT, client=C), SendResp(parent=M1, client=C))),
        Together((SendSync(module=A, id=M1, timeout=SHORT), SendResp(parent=M1))),
        Together((CleanUp(module=A), AddModule(module=A))),
        *bound,
    )
    return Alphabet(letters, (A, B), (M1, M2))


def _member(module: ModuleName) -> Step:
    """Add a module and put it into the group: one letter, so that short words have groups of two."""
    return Together((AddModule(module=module, client=D), AddModuleGroup(module=module, group=G, client=D)))


def exhaustive_programs(length: int, letters: Alphabet) -> Iterator[Program]:
    """Yield every word of 1 to `length` letters, the shortest first, each followed by a look at the fields.

    Of words that are equal but for names only the first is there. A word that ends with a look at the fields
    is left out: it is the program of the word without it.
    """
    comparison = Comparison(letters)
    for count in range(1, length + 1):
        yield from _words(letters, comparison, count, (), comparison.start)


def _words(
    letters: Alphabet, comparison: Comparison, left: int, steps: tuple[Step, ...], sides: Sides
) -> Iterator[Program]:
    after = comparison.after(sides)
    for letter, step in enumerate(letters.letters):
        if left > 1:
            yield from _words(letters, comparison, left - 1, (*steps, step), after[letter])
        elif step != LOOK and comparison.is_first(after[letter]):
            yield Program((*steps, step, LOOK))


def count_programs(length: int, letters: Alphabet) -> int:
    """Return how many words of 1 to `length` letters there are, without making them."""
    comparison = Comparison(letters)
    total = 0
    prefixes = Counter({comparison.start: 1})
    for _ in range(length):
        longer: Counter[Sides] = Counter()
        for sides, number in prefixes.items():
            for step, after in zip(letters.letters, comparison.after(sides), strict=True):
                longer[after] += number
                total += number if step != LOOK and comparison.is_first(after) else 0
        prefixes = longer
    return total


class _Side(Enum):
    """How a word stands to one of its renamed forms."""

    SAME = "the same so far"
    LATER = "the renamed form comes first"
    FREE = "the word comes first, or the renamed form has a step that is no letter"


Sides: TypeAlias = tuple[_Side, ...]
"""How a word stands to each of its renamed forms."""


class Comparison:
    """Compares words with their renamed forms, letter by letter."""

    def __init__(self, letters: Alphabet) -> None:
        self._letters = range(len(letters.letters))
        self._renamings = _renamings(letters)
        self._after: dict[Sides, tuple[Sides, ...]] = {}
        self.start: Sides = (_Side.SAME,) * len(self._renamings)

    def is_first(self, sides: Sides) -> bool:
        """Tell whether no renamed form of a word comes before it."""
        return _Side.LATER not in sides

    def after(self, sides: Sides) -> tuple[Sides, ...]:
        """Return how a word stands to its renamed forms after each letter that may come next."""
        found = self._after.get(sides)
        if found is None:
            found = self._after[sides] = tuple(
                tuple(
                    _after(side, letter, renaming[letter])
                    for side, renaming in zip(sides, self._renamings, strict=True)
                )
                for letter in self._letters
            )
        return found


def _after(side: _Side, letter: int, renamed: int | None) -> _Side:
    if renamed is None:
        return _Side.FREE
    if side is not _Side.SAME or renamed == letter:
        return side
    return _Side.LATER if renamed < letter else _Side.FREE


def _renamings(letters: Alphabet) -> list[tuple[int | None, ...]]:
    """Return, for each way to exchange names, the letter that each letter becomes, if it becomes one."""
    numbers = {letter: number for number, letter in enumerate(letters.letters)}
    found = []
    for modules in itertools.permutations(letters.modules):
        for ids in itertools.permutations(letters.ids):
            new: Names = {
                Kind.MODULE: dict(zip(letters.modules, modules, strict=True)),
                Kind.ID: dict(zip(letters.ids, ids, strict=True)),
            }
            found.append(tuple(numbers.get(rename_step(letter, new)) for letter in letters.letters))
    return found[1:]
