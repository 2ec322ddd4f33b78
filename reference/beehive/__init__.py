"""A message bus for the modules of one process, as KubeEdge's documents describe it.

This package is the bus for threads; `beehive.aio` is the bus for asyncio.
"""

from typing import TYPE_CHECKING, Any

from beehive.context import ChannelContext
from beehive.core import ChannelState, RequestState, Snapshot
from beehive.errors import (
    AlreadyRegistered,
    BadMessage,
    BadModulesFile,
    BadTimeout,
    BeehiveError,
    Closed,
    DuplicateRequest,
    ModuleClosed,
    ModuleExists,
    NotAModule,
    NotRegistered,
    Timeout,
    UnknownGroup,
    UnknownModule,
    WouldBlock,
    WrongType,
)
from beehive.handle import ModuleHandle
from beehive.message import AnyMessage, Header, Message, Route, TimeOfDay, now_ms
from beehive.runtime import Parker, Runtime, ThreadRuntime

if TYPE_CHECKING:
    from beehive.json.codec import from_json, to_json

__version__ = "0.1.0"

__all__ = [
    # the bus
    "ChannelContext",
    "ModuleHandle",
    "Snapshot",
    "ChannelState",
    "RequestState",
    # messages
    "Message",
    "AnyMessage",
    "Header",
    "Route",
    "TimeOfDay",
    "now_ms",
    "to_json",
    "from_json",
    # errors
    "BeehiveError",
    "AlreadyRegistered",
    "BadMessage",
    "BadModulesFile",
    "BadTimeout",
    "Closed",
    "DuplicateRequest",
    "ModuleClosed",
    "ModuleExists",
    "NotAModule",
    "NotRegistered",
    "Timeout",
    "UnknownGroup",
    "UnknownModule",
    "WouldBlock",
    "WrongType",
    # runtime
    "Runtime",
    "Parker",
    "ThreadRuntime",
]


def __getattr__(name: str) -> Any:
    # Imported lazily: json takes as long to import as the rest of the package, and most users never need it.
    if name in ("from_json", "to_json"):
        from beehive.json import codec

        return getattr(codec, name)
    raise AttributeError(f"module 'beehive' has no attribute {name!r}")
