"""A deviation as an overlay: a function from the rules of the model to rules that behave as a clause forbids."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple, NewType

from beehive_spec.rules import Move, OperationT, Rule, Rules, rules_for

OverlayName = NewType("OverlayName", str)


class Affects(StrEnum):
    """What a deviation affects, the worst first."""

    PROCESS = "the process"
    EVERY_MODULE = "every module"
    MESSAGE = "a message"
    CALLER = "a caller"
    TIMING_OR_LOG_TEXT = "timing or log text"


class Overlay(NamedTuple):
    """One behaviour that a clause forbids.

    `title` describes it in one sentence and is the headline of a finding. `apply` returns rules in which some moves
    are replaced, or extended if the behaviour does not always show. `under` are answers under which the deviation
    shows, if it does not show under those of the reference.
    """

    name: OverlayName
    title: str
    clause: str
    affects: Affects
    apply: Callable[[Rules], Rules]
    under: Mapping[str, str | int] = MappingProxyType({})


def replaced(kind: type[OperationT], rules: Mapping[str, Rule[OperationT]]) -> Rules:
    """Return rules of one type of operation with a single move in each place, to replace those of the model."""
    return rules_for(kind, {place: (Move(place, rule, (), ()),) for place, rule in rules.items()})


BOUNDED: Mapping[str, str | int] = MappingProxyType({"capacity": 2})
"""For deviations that show only where a channel can be full."""


def make_overlay(
    name: str,
    title: str,
    clause: str,
    affects: Affects,
    changes: Rules,
    under: Mapping[str, str | int] = MappingProxyType({}),
) -> Overlay:
    """Return an overlay that replaces the moves of some places by `changes`."""
    return Overlay(OverlayName(name), title, clause, affects, lambda rules: {**rules, **changes}, under)
