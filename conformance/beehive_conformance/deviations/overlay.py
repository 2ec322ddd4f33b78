"""A deviation as an overlay: a function from the rules of the model to rules that behave as a clause forbids."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple, NewType

from beehive_spec.rules import Apply, Move, Rules

OverlayName = NewType("OverlayName", str)


class Affects(StrEnum):
    """What a deviation affects, the worst first."""

    PROCESS = "the process"
    EVERY_MODULE = "every module"
    MESSAGE = "a message"
    CALLER = "a caller"
    TIMING_OR_LOG_TEXT = "timing or log text"


class Overlay(NamedTuple):
    """One way of behaving that a clause forbids.

    `apply` returns rules in which some moves are replaced, or added to if the behaviour is not always seen.
    `under` are answers under which the deviation can be seen, where it cannot under those of the reference.
    """

    name: OverlayName
    title: str
    clause: str
    affects: Affects
    apply: Callable[[Rules], Rules]
    under: Mapping[str, str | int] = MappingProxyType({})


def replacing(name: str, changes: dict[tuple[str, str], Apply]) -> Callable[[Rules], Rules]:
    """Return a function that replaces the moves of some places by one move each."""

    def apply(rules: Rules) -> Rules:
        return {**rules, **{key: (Move(name, function, (), ()),) for key, function in changes.items()}}

    return apply


BOUNDED: Mapping[str, str | int] = MappingProxyType({"capacity": 2})
"""For what can be seen only where a channel can be full."""


def planted(
    name: str,
    title: str,
    clause: str,
    affects: Affects,
    changes: dict[tuple[str, str], Apply],
    under: Mapping[str, str | int] = MappingProxyType({}),
) -> Overlay:
    """Return an overlay that replaces the moves of some places."""
    return Overlay(OverlayName(name), title, clause, affects, replacing(title, changes), under)
