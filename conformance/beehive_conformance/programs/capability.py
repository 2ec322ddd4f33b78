"""What a target can do and show, and which clauses, questions and programs need it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Capability(StrEnum):
    """What a target can show; where one is missing, the clauses that need it are not judged."""

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
