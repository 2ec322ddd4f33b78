"""Bounded-exhaustive programs: all sequences of steps from an alphabet, up to a length and up to renaming."""

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
from beehive_conformance.programs.rename import NameKind, Names, rename_step

_A, _B = ModuleName("a"), ModuleName("b")
_G = GroupName("g")
_M1, _M2 = MessageId("m1"), MessageId("m2")
_C, _D = ClientName("c"), ClientName("d")
_SHORT = Milliseconds(100)
_LONG = Milliseconds(200)
INSPECT = InspectFields()


class Alphabet(NamedTuple):
    """The steps that programs are made of.

    Programs that differ only by a permutation of `modules`, or of `ids`, count as one; the canonical one comes
    first in the order of `steps`.
    """

    steps: tuple[Step, ...]
    modules: tuple[ModuleName, ...]
    ids: tuple[MessageId, ...]


def alphabet_for(capacity: int | None = None) -> Alphabet:
    """Return the alphabet for a bus whose channels hold `capacity` messages, or any number if it is None.

    It has two modules, one group, two ids and two durations; if there is a capacity, it also has a step that fills a
    channel and one that drains it.
    """
    bound: tuple[Step, ...] = ()
    if capacity is not None:
        bound = (
            Repeat(Send(module=_A, id=_M1), capacity),
            Repeat(Receive(module=_A), capacity),
        )
    steps: tuple[Step, ...] = (
        AddModule(module=_A),
        AddModule(module=_B),
        AddModuleGroup(module=_A, group=_G),
        _member(_A),
        _member(_B),
        CleanUp(module=_A),
        Send(module=_A, id=_M1),
        SendToGroup(group=_G, id=_M1),
        Receive(module=_A),
        Receive(module=_B),
        SendSync(module=_A, id=_M1, timeout=_SHORT),
        SendSync(module=_A, id=_M2, timeout=_LONG),
        SendToGroupSync(group=_G, id=_M1, timeout=_SHORT),
        SendToGroupSync(group=_G, id=_M2, timeout=_LONG),
        SendResp(parent=_M1),
        SendResp(parent=_M2),
        Advance(_SHORT),
        Advance(_LONG),
        INSPECT,
        Together((Send(module=_A, id=_M1), Receive(module=_A))),
        Together((Send(module=_A, id=_M1), CleanUp(module=_A))),
        Together((Sleep(ms=_SHORT, client=_C), SendResp(parent=_M1, client=_C))),
        Together((SendSync(module=_A, id=_M1, timeout=_SHORT), SendResp(parent=_M1))),
        Together((CleanUp(module=_A), AddModule(module=_A))),
        *bound,
    )
    return Alphabet(steps, (_A, _B), (_M1, _M2))


def _member(module: ModuleName) -> Step:
    """Add a module to the bus and to the group in one step, so that short programs have groups of two."""
    return Together((AddModule(module=module, client=_D), AddModuleGroup(module=module, group=_G, client=_D)))


def exhaustive_programs(length: int, alphabet: Alphabet) -> Iterator[Program]:
    """Yield every canonical program of 1 to `length` steps, the shortest first, each followed by `INSPECT`.

    Programs whose last step before that is `INSPECT` as well are left out: they are the same one step shorter.
    """
    symmetry = Symmetry(alphabet)
    for count in range(1, length + 1):
        yield from _programs(alphabet, symmetry, count, (), symmetry.start)


def _programs(
    alphabet: Alphabet, symmetry: Symmetry, left: int, steps: tuple[Step, ...], orders: Orders
) -> Iterator[Program]:
    after = symmetry.after(orders)
    for number, step in enumerate(alphabet.steps):
        if left > 1:
            yield from _programs(alphabet, symmetry, left - 1, (*steps, step), after[number])
        elif step != INSPECT and symmetry.is_canonical(after[number]):
            yield Program((*steps, step, INSPECT))


def count_programs(length: int, alphabet: Alphabet) -> int:
    """Return how many programs `exhaustive_programs` yields, without making them."""
    symmetry = Symmetry(alphabet)
    total = 0
    prefixes = Counter({symmetry.start: 1})
    for _ in range(length):
        longer: Counter[Orders] = Counter()
        for orders, number in prefixes.items():
            for step, after in zip(alphabet.steps, symmetry.after(orders), strict=True):
                longer[after] += number
                total += number if step != INSPECT and symmetry.is_canonical(after) else 0
        prefixes = longer
    return total


class _Order(Enum):
    """How a sequence of steps compares with one of its renamed forms in the order of the alphabet."""

    EQUAL = "equal so far"
    GREATER = "the renamed form comes first"
    LESS = "the sequence comes first, or the renamed form has a step that is not in the alphabet"


Orders: TypeAlias = tuple[_Order, ...]
"""How a sequence of steps compares with each of its renamed forms."""


class Symmetry:
    """Compares sequences of steps with their renamed forms, step by step, to keep one of those that are equal.

    Steps are given by their index in the alphabet.
    """

    def __init__(self, alphabet: Alphabet) -> None:
        self._indices = range(len(alphabet.steps))
        self._renamings = _renamings(alphabet)
        self._after: dict[Orders, tuple[Orders, ...]] = {}
        self.start: Orders = (_Order.EQUAL,) * len(self._renamings)

    def is_canonical(self, orders: Orders) -> bool:
        """Return whether no renamed form of a sequence comes before it."""
        return _Order.GREATER not in orders

    def after(self, orders: Orders) -> tuple[Orders, ...]:
        """Return, for each step of the alphabet, how a sequence that it extends compares with its renamed forms."""
        found = self._after.get(orders)
        if found is None:
            found = self._after[orders] = tuple(
                tuple(
                    _after(order, index, renaming[index])
                    for order, renaming in zip(orders, self._renamings, strict=True)
                )
                for index in self._indices
            )
        return found


def _after(order: _Order, index: int, renamed: int | None) -> _Order:
    if renamed is None:
        return _Order.LESS
    if order is not _Order.EQUAL or renamed == index:
        return order
    return _Order.GREATER if renamed < index else _Order.LESS


def _renamings(alphabet: Alphabet) -> list[tuple[int | None, ...]]:
    """Return, for each permutation of names but the identity, the index that each step gets, None if it has none."""
    indices = {step: index for index, step in enumerate(alphabet.steps)}
    found = []
    for modules in itertools.permutations(alphabet.modules):
        for ids in itertools.permutations(alphabet.ids):
            new: Names = {
                NameKind.MODULE: dict(zip(alphabet.modules, modules, strict=True)),
                NameKind.ID: dict(zip(alphabet.ids, ids, strict=True)),
            }
            found.append(tuple(indices.get(rename_step(step, new)) for step in alphabet.steps))
    return found[1:]
