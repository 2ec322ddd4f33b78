"""A deviation as an overlay: a function from the rules of the model to rules that behave as a clause forbids."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import NamedTuple, NewType

from beehive_spec.rules import Rules

OverlayName = NewType("OverlayName", str)


class Hit(StrEnum):
    """What a deviation hits, the worst first."""

    PROCESS = "the process"
    EVERY_MODULE = "every module"
    MESSAGE = "a message"
    CALLER = "a caller"
    TIME_OR_TEXT = "only a time or a text"


class Overlay(NamedTuple):
    """One way of behaving that a clause forbids.

    `apply` returns rules in which some moves are replaced, or added to if the behaviour is not always seen.
    """

    name: OverlayName
    title: str
    clause: str
    hit: Hit
    apply: Callable[[Rules], Rules]
