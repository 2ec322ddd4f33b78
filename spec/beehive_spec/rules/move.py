"""What a rule is: a function from the turn of an operation to the states that may come next."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Generic, TypeAlias, TypeVar

from msgspec import Struct

from beehive_spec.rules.turn import Turn
from beehive_spec.state import DELIVERY, State
from beehive_spec.vocabulary import OPERATION_NAMES, ErrorKind, Operation

OperationT = TypeVar("OperationT", bound=Operation)
OperationT_contra = TypeVar("OperationT_contra", bound=Operation, contravariant=True)

Rule: TypeAlias = Callable[[Turn[OperationT]], Iterable[State]]
"""Gives each state that may come next, or none if the operation cannot move."""


class Move(Struct, Generic[OperationT_contra], frozen=True):
    """One atomic move of an operation; `apply` is its rule and `next` lists the places that it may lead to.

    Time enables a move in one way only: a timer, or the time until the next poll, reaches 0. A local move is always
    possible. It reads and changes nothing but its own operation, apart from letting the next operation of the same
    client start. Its order relative to other moves cannot be observed, so it is made first.
    """

    name: str
    apply: Rule[OperationT_contra]
    next: tuple[str, ...]
    clauses: tuple[str, ...]
    local: bool = False


Rules: TypeAlias = Mapping[tuple[str, str], tuple[Move[Any], ...]]
"""The moves of each operation (by its name in programs) in each place.

Made by `rules_for` only, which is where the types of the rules are checked: it takes the name from the type for which
the rules are written, and the model names a process after the type of its operation. So a rule is never given an
operation of another type.
"""

IN_TRANSIT = ("MSG-1", "MSG-2", "MSG-10", "MSG-11")
"""The clauses that say that a message arrives as it was sent, in moves that put one or hand it over."""

PASSIVE = frozenset({"turn", "room", "await"})
"""Places in which an operation waits to be woken; it can move by itself only when its timer has expired."""


def rules_for(kind: type[OperationT], places: Mapping[str, tuple[Move[OperationT], ...]]) -> Rules:
    """Return the rules of one type of operation: its moves in each place."""
    return {(OPERATION_NAMES[kind], place): moves for place, moves in places.items()}


def rules_for_delivery(places: Mapping[str, tuple[Move[Operation], ...]]) -> Rules:
    """Return the rules of a delivery in the background, whichever operation it belongs to."""
    return {(DELIVERY, place): moves for place, moves in places.items()}


def ignore_or_refuse(turn: Turn[Operation], answer: str, kind: ErrorKind) -> Iterable[State]:
    """Return the end of an operation that has not found what it was asked for: an error unless it is ignored."""
    return (turn.finish("returned" if answer == "ignored" else kind),)
