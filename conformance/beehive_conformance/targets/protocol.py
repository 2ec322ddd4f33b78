"""The protocol between the suite and a process that runs an implementation: its hello and its messages.

Each message has one definition and two encodings. An adapter reads and writes JSON, one message per line. The Go
worker sends its hello as MessagePack, and exchanges steps in packed batches (`beehive_go.protocol`): a program is
the `Run`, and a history the `Steps`, of which the position in the batch replaces `type` and `seq`.

`python -m beehive_conformance.targets.protocol` prints the JSON Schema, which is kept in `SCHEMA_FILE`.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, TypeAlias

import msgspec
from beehive_spec.vocabulary import DeathKind, Seen, Step

from beehive_conformance.programs.capability import Capability

PROTOCOL_VERSION = 1
"""Raised when a process that follows the previous version would be misunderstood."""
SCHEMA_FILE = Path(__file__).with_name("protocol.schema.json")

Seq: TypeAlias = Annotated[int, msgspec.Meta(ge=1)]
"""The number of a run; replies name it and may come in any order."""


class ClockKind(StrEnum):
    """The clock on which a process runs programs."""

    VIRTUAL = "virtual"
    REAL = "real"


class _Message(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, tag_field="type"):
    pass


class Greeting(_Message, frozen=True, tag="hello"):
    """The suite's first message: the version of the suite, and of the protocol that it speaks."""

    suite: str
    protocol: int


class Run(_Message, frozen=True, tag="run"):
    """Run a program on a fresh bus."""

    seq: Seq
    steps: tuple[Step, ...]


class Stop(_Message, frozen=True, tag="stop"):
    """No more programs follow; the process ends after its last reply."""


class Hello(_Message, frozen=True, tag="hello"):
    """The first reply: the implementation and what can be judged of it.

    `name` and `version` are the implementation's, `language` is the one in which it is written. `window` is the
    number of programs that may be in flight at once.
    """

    protocol: int
    name: str
    version: str
    language: str
    capabilities: tuple[Capability, ...]
    time: ClockKind
    window: Annotated[int, msgspec.Meta(ge=1)] = 1


class Steps(_Message, frozen=True, tag="steps"):
    """A run that reached its end: what was seen in each step."""

    seq: Seq
    steps: tuple[tuple[Seen, ...], ...]


class Skipped(_Message, frozen=True, tag="skipped"):
    """A run that the process did not attempt."""

    seq: Seq
    reason: str


class RunDied(_Message, frozen=True, tag="died"):
    """A run that ended the implementation; `steps` are those seen before, `text` is evidence for people."""

    seq: Seq
    kind: DeathKind
    text: str = ""
    steps: tuple[tuple[Seen, ...], ...] = ()


class Alive(_Message, frozen=True, tag="alive"):
    """A sign of life from a run that takes long."""

    seq: Seq


class _Version(msgspec.Struct, frozen=True, tag_field="type", tag="hello"):
    """What a hello of every version has."""

    protocol: int


SuiteMessage: TypeAlias = Greeting | Run | Stop
"""What the suite sends."""
AdapterMessage: TypeAlias = Hello | Steps | Skipped | RunDied | Alive
"""What an adapter sends: one hello, then one `Steps`, `Skipped` or `RunDied` for each run."""


def read_hello(packed: bytes) -> Hello:
    """Return a hello from its MessagePack form; raise ValueError if it does not follow this version."""
    try:
        spoken = msgspec.msgpack.decode(packed, type=_Version).protocol
        if spoken != PROTOCOL_VERSION:
            raise ValueError(f"the process speaks version {spoken} of the protocol, not {PROTOCOL_VERSION}")
        return msgspec.msgpack.decode(packed, type=Hello)
    except msgspec.MsgspecError as error:
        raise ValueError(f"the hello does not follow the protocol: {error}") from error


def schema_text() -> str:
    """Return the JSON Schema of the protocol, as it is kept in `SCHEMA_FILE`."""
    (suite, adapter), definitions = msgspec.json.schema_components(
        (SuiteMessage, AdapterMessage), ref_template="#/$defs/{name}"
    )
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"Beehive conformance protocol, version {PROTOCOL_VERSION}",
        "description": "A message of either side; SuiteMessage and AdapterMessage list those of each.",
        "anyOf": [{"$ref": "#/$defs/SuiteMessage"}, {"$ref": "#/$defs/AdapterMessage"}],
        "$defs": {"SuiteMessage": suite, "AdapterMessage": adapter, **dict(sorted(definitions.items()))},
    }
    return msgspec.json.format(msgspec.json.encode(schema), indent=2).decode() + "\n"


if __name__ == "__main__":
    print(schema_text(), end="")
