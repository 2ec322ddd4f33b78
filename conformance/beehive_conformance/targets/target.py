"""What the suite asks of an implementation: the seam between the runner and everything that can be judged."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple, Protocol

import msgspec
from beehive_spec.vocabulary import (
    Fields,
    History,
    Level,
    MakeMessage,
    MakeResponse,
    Milliseconds,
    Operation,
    OperationNumber,
    Outcome,
    Register,
    Start,
)

from beehive_conformance.programs.program import Program, operations


class Capability(StrEnum):
    """What a target can show; where one is missing, the clauses that need it are not judged."""

    VIRTUAL_CLOCK = "virtual_clock"
    FIELDS = "fields"
    GROUPS = "groups"
    LOGS = "logs"
    MESSAGE_PARTS = "message_parts"
    """Every part of a message that arrives is compared with what was sent."""
    MESSAGES = "messages"
    """Messages and responses can be made."""
    REGISTRATION = "registration"
    """Modules can register with a core, and the two maps of it can be seen."""


CLAUSES: Mapping[Capability, tuple[str, ...]] = MappingProxyType(
    {
        Capability.FIELDS: ("FIELD-1", "FIELD-2", "FIELD-3", "FIELD-4"),
        Capability.LOGS: ("RESP-2",),
        Capability.MESSAGE_PARTS: ("MSG-1", "MSG-2", "MSG-10", "MSG-11"),
        Capability.MESSAGES: ("MSG-5", "MSG-6", "MSG-7", "MSG-8", "MSG-9"),
        Capability.REGISTRATION: ("REG-1", "REG-2", "REG-3", "REG-4", "REG-5"),
    }
)
"""The clauses of which a target says nothing that lacks a capability, or nothing directly."""
QUESTIONS: Mapping[Capability, tuple[str, ...]] = MappingProxyType(
    {
        Capability.MESSAGES: ("timestamp_unit",),
        Capability.REGISTRATION: ("register_without_file", "register_again", "register_unnamed"),
    }
)
"""The questions that cannot be put to a target that lacks a capability."""
_NEEDED: Mapping[type[Operation], Capability] = MappingProxyType(
    {
        MakeMessage: Capability.MESSAGES,
        MakeResponse: Capability.MESSAGES,
        Start: Capability.REGISTRATION,
        Register: Capability.REGISTRATION,
    }
)
"""The operations that not every target has."""


def needed(program: Program) -> frozenset[Capability]:
    """Return the capabilities without which a target cannot run a program."""
    kinds = {type(operation) for step in program.steps for operation in operations(step)}
    return frozenset(_NEEDED[kind] for kind in kinds if kind in _NEEDED)


class TargetError(Exception):
    """The target cannot be used here; the text says what would help."""


class Readiness(NamedTuple):
    """Whether a target can be had here, of which each text says a part.

    `missing` is why it cannot be had, or empty; `download` what would be downloaded first, or empty; `text` what
    there is already or what would be made first, or empty.
    """

    missing: str = ""
    download: str = ""
    text: str = ""


class NotAvailable(TargetError):
    """What the target needs cannot be had here, which is no fault of anybody's."""


class Event(msgspec.Struct, frozen=True):
    """An operation that returned, `at` milliseconds on the session's clock, which starts at 0."""

    operation: OperationNumber
    outcome: Outcome
    at: Milliseconds


class Session(Protocol):
    """One fresh bus and the clients that use it, on a clock of its own."""

    def start(self, started: Sequence[tuple[OperationNumber, Operation]]) -> None:
        """Start operations at one instant; one for a client that is still busy waits for its turn."""

    def settle(self) -> Sequence[Event]:
        """Wait until every operation has returned or is blocked; tell what returned since the last call."""

    def advance(self, ms: Milliseconds) -> None:
        """Let virtual time pass, instant by instant, settling at each."""

    def fields(self) -> Fields:
        """Return the keys of the three maps."""

    def logged(self) -> Level:
        """Return the highest level logged since the last call."""

    def close(self) -> str:
        """End everything that still waits; return what leaked, in words, or an empty text."""


class Target(Protocol):
    """An implementation that can be judged."""

    @property
    def name(self) -> str:
        """The name by which the command line knows it."""

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What the target can show."""

    def run(self, programs: Iterable[Program]) -> Iterator[History]:
        """Run each program on a fresh bus, yield the histories in order; raise TargetError if it cannot."""

    def close(self) -> None:
        """Free what the target holds."""
