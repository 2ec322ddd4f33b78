"""Translation between the spec's vocabulary and the reference: operations to messages, results to outcomes."""

from __future__ import annotations

import re
import traceback
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple, TypeAlias

import beehive
from beehive import BeehiveError, Closed, Header, Message, Route, Snapshot, Timeout, UnknownGroup, UnknownModule
from beehive.message import AnyMessage
from beehive_spec.vocabulary import (
    DeathKind,
    Died,
    ErrorKind,
    Failed,
    Fields,
    GotMessage,
    GroupName,
    Made,
    MessageId,
    ModuleName,
    OperationNumber,
    Outcome,
    Returned,
)

Registered: TypeAlias = tuple[tuple[ModuleName, str], ...]
"""Names of modules with their implementations, sorted."""

OffBusOutcome: TypeAlias = Made | Failed | Returned
"""The outcome of an off-bus operation."""

CallResult: TypeAlias = AnyMessage | tuple[str, ...] | OffBusOutcome | None
"""What a call returned: a message, the names of skipped members, nothing, or an outcome."""

_RETURNED = Returned()
_SOURCES = f"{Path(beehive.__file__).parent}/"
_MAKER = re.compile(r"source (\d{1,9})")
"""The source of a message, which identifies it even if its content was lost."""
_KINDS: tuple[tuple[type[BeehiveError], ErrorKind], ...] = (
    (UnknownModule, ErrorKind.UNKNOWN_MODULE),
    (UnknownGroup, ErrorKind.UNKNOWN_GROUP),
    (Timeout, ErrorKind.TIMEOUT),
    (Closed, ErrorKind.CLOSED),
)


class Parcel(NamedTuple):
    """The content of a message: the number of its operation, and the parts that do not follow from the number."""

    number: OperationNumber
    id: MessageId
    parent: MessageId


def message(number: OperationNumber, id: MessageId) -> AnyMessage:
    """Return the message of a sending operation; all other parts of it follow from the operation's number."""
    return _sent(Parcel(number, id, MessageId("")))


def response(number: OperationNumber, parent: MessageId) -> AnyMessage:
    """Return the response of a `send_resp`; all other parts of it follow from the operation's number."""
    return _sent(Parcel(number, MessageId(f"response of {number}"), parent))


@lru_cache(1_000)
def _sent(parcel: Parcel) -> AnyMessage:
    number = parcel.number
    route = Route(f"source {number}", f"group {number}", f"operation {number}", f"resource {number}")
    return Message(parcel, Header(parcel.id, parcel.parent, number), route)


def outcome(result: CallResult) -> Outcome:
    """Return the outcome of an operation that returned normally; a result that is an outcome is returned as it is."""
    if not isinstance(result, Message):
        return result if isinstance(result, Made | Failed) else _RETURNED
    parcel = result.content
    if not isinstance(parcel, Parcel):
        maker = _MAKER.fullmatch(result.route.source)
        number = None if maker is None else OperationNumber(int(maker[1]))
        return GotMessage(number, result.sync, () if number is None else ("content",))
    sent = _sent(parcel)
    return GotMessage(parcel.number, result.sync, () if _is_like(result, sent) else _changed(result, sent))


def _is_like(got: AnyMessage, sent: AnyMessage) -> bool:
    return got.header[:3] == sent.header[:3] and got.route == sent.route


def _changed(got: AnyMessage, sent: AnyMessage) -> tuple[str, ...]:
    """Return the names of the parts that differ, sorted."""
    parts = {
        "group": (got.route.group, sent.route.group),
        "id": (got.id, sent.id),
        "operation": (got.route.operation, sent.route.operation),
        "parent": (got.parent_id, sent.parent_id),
        "resource": (got.route.resource, sent.route.resource),
        "source": (got.route.source, sent.route.source),
        "timestamp": (got.header.timestamp, sent.header.timestamp),
    }
    return tuple(name for name, (now, then) in parts.items() if now != then)


def failure(error: BeehiveError) -> Failed:
    """Return the outcome of an operation that raised a documented error."""
    kind = next((kind for base, kind in _KINDS if isinstance(error, base)), ErrorKind.OTHER)
    return Failed(kind, str(error))


def death(error: Exception) -> Died | None:
    """Return how the reference died of an undocumented exception, or None if no frame is in its sources."""
    inside = [each for each in traceback.extract_tb(error.__traceback__) if each.filename.startswith(_SOURCES)]
    if not inside:
        return None
    where = f"{Path(inside[-1].filename).name}, line {inside[-1].lineno}"
    return Died(DeathKind.PANIC, f"{type(error).__name__}: {error} ({where})")


def fields(snapshot: Snapshot, modules: Registered = (), disabled: Registered = ()) -> Fields:
    """Return the keys of the three maps, with the two given maps of registered modules."""
    return Fields(
        channels=tuple(sorted(ModuleName(name) for name in snapshot.channels)),
        type_channels=tuple(
            (GroupName(group), tuple(sorted(ModuleName(name) for name in snapshot.type_channels[group])))
            for group in sorted(snapshot.type_channels)
        ),
        anon_channels=tuple(sorted(MessageId(id) for id in snapshot.anon_channels)),
        modules=modules,
        disabled_modules=disabled,
    )


def leaks(snapshot: Snapshot) -> str:
    """Return what still waits on a bus after all its callers are gone, in words, or an empty string."""
    found = [
        f"{name}: {state.receiving} receiving, {state.sending} sending"
        for name, state in snapshot.channels.items()
        if state.receiving or state.sending
    ]
    found.extend(f"request {id!r} outstanding" for id in snapshot.anon_channels)
    return "; ".join(found)
