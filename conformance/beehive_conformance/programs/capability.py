"""What a target can do and show, and which clauses and questions need it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Capability(StrEnum):
    """What a target can do or show; clauses that need a missing capability are not judged."""

    FIELDS = "fields"
    LOGS = "logs"
    MESSAGE_PARTS = "message_parts"
    """Every part of a received message is compared with the message that was sent."""
    MESSAGES = "messages"
    """Messages and responses can be made without sending them."""
    REGISTRATION = "registration"
    """Modules can register with a core, and its two maps of modules can be inspected."""


CLAUSES: Mapping[Capability, tuple[str, ...]] = MappingProxyType(
    {
        Capability.FIELDS: ("FIELD-1", "FIELD-2", "FIELD-3", "FIELD-4"),
        Capability.LOGS: ("RESP-2",),
        Capability.MESSAGE_PARTS: ("MSG-1", "MSG-2", "MSG-10", "MSG-11"),
        Capability.MESSAGES: ("MSG-5", "MSG-6", "MSG-7", "MSG-8", "MSG-9"),
        Capability.REGISTRATION: ("REG-1", "REG-2", "REG-3", "REG-4", "REG-5", "REG-6"),
    }
)
"""The clauses that are not judged, or only indirectly, for a target without a capability."""
QUESTIONS: Mapping[Capability, tuple[str, ...]] = MappingProxyType(
    {
        Capability.LOGS: ("response_logged",),
        Capability.MESSAGE_PARTS: ("route_group",),
        Capability.MESSAGES: ("timestamp_unit",),
        Capability.REGISTRATION: (
            "register_without_file",
            "register_again",
            "register_unnamed",
            "registered_channel",
            "clean_up_registration",
        ),
    }
)
"""The questions that cannot be measured for a target without a capability."""
