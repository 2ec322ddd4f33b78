"""The interface between the suite and everything that can be judged."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, Protocol, TypeAlias

import msgspec
from beehive_spec.vocabulary import (
    Fields,
    History,
    Level,
    Milliseconds,
    Operation,
    OperationNumber,
    Outcome,
)

from beehive_conformance.programs.capability import Capability
from beehive_conformance.programs.program import Program


class TargetError(Exception):
    """The target cannot be used; the text says why and, if possible, what would help."""


class Readiness(NamedTuple):
    """Whether a target is available here.

    Any text may be empty: `missing` is why it is unavailable, `download` is what would be downloaded first, and
    `text` is what is already available or what would be built first.
    """

    missing: str = ""
    download: str = ""
    text: str = ""


class NotAvailable(TargetError):
    """Something that the target needs is unavailable here; this is not a defect of the target."""


class Event(msgspec.Struct, frozen=True):
    """An operation that returned, `at` milliseconds on the session's clock, which starts at 0."""

    operation: OperationNumber
    outcome: Outcome
    at: Milliseconds


Ran: TypeAlias = tuple[Program, History]
"""A program and the history of its run."""


class Session(Protocol):
    """One fresh bus with the clients that use it, on its own clock, which starts at 0."""

    def start(self, started: Sequence[tuple[OperationNumber, Operation]]) -> None:
        """Start operations at one instant; an operation of a client that is busy starts when the client is free."""

    def settle(self) -> Sequence[Event]:
        """Wait until every operation has returned or is blocked; return the events since the last call."""

    def advance(self, ms: Milliseconds) -> None:
        """Let virtual time pass, instant by instant, settling at each."""

    def fields(self) -> Fields:
        """Return the keys of the three maps."""

    def logged(self) -> Level:
        """Return the highest level logged since the last call."""

    def close(self) -> None:
        """End all operations that still wait, and free what the session holds."""


class Target(Protocol):
    """An implementation that can be judged."""

    @property
    def name(self) -> str:
        """The target's name on the command line."""

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What the target can show."""

    def run(self, programs: Iterable[Program]) -> Iterator[Ran]:
        """Run each program on a fresh bus and yield it with its history, in order.

        Raises TargetError if the target cannot be used. Programs may be taken from the iterable ahead of their
        histories.
        """

    def close(self) -> None:
        """Free what the target holds."""
