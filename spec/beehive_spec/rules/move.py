"""What a rule is: from an operation and the place where it is, the moves that it can make."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias

from msgspec import Struct

from beehive_spec.answers import Answers
from beehive_spec.state import State, finish
from beehive_spec.vocabulary import ErrorKind

Apply: TypeAlias = Callable[[Answers, State, int], Iterable[State]]


class Move(Struct, frozen=True):
    """One atomic move of one operation: gives each state that may come next, or nothing if it cannot be made.

    Time changes what can be done in one way only: a timer, or the time to the next look, becomes 0. A local move
    can always be made, and reads and changes nothing but its own operation, apart from letting the next one of its
    client start. No order among it and the moves of others shows, so it is made before them.
    """

    name: str
    apply: Apply
    next: tuple[str, ...]
    clauses: tuple[str, ...]
    local: bool = False


Rules: TypeAlias = Mapping[tuple[str, str], tuple[Move, ...]]
"""The moves of each operation (by its name in programs) in each place."""

PASSIVE = frozenset({"turn", "room", "await"})
"""Places in which an operation waits to be woken, and has a move only when its timer is due."""


def ignored_or_refused(answer: str, kind: ErrorKind, state: State, pid: int) -> Iterable[State]:
    """Return the end of an operation that did not find what it was asked for, as the answer says."""
    return (finish(state, pid, "returned" if answer == "ignored" else kind),)
