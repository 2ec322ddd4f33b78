"""The types of programs and histories: operations, steps, outcomes and observations.

Every value is frozen and hashable, and has one JSON, YAML and MessagePack form that is the same for the Python
targets, the Go worker and any adapter.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import NewType, TypeAlias, get_args

import msgspec

ModuleName = NewType("ModuleName", str)
GroupName = NewType("GroupName", str)
MessageId = NewType("MessageId", str)
ClientName = NewType("ClientName", str)
"""The empty name stands for a separate client for each operation."""
OperationNumber = NewType("OperationNumber", int)
"""The number of an operation in its program, from 1; a repeated operation takes one number."""
Milliseconds = NewType("Milliseconds", int)


class ErrorKind(StrEnum):
    """Why an operation failed; kinds are compared, texts never are."""

    UNKNOWN_MODULE = "unknown_module"
    UNKNOWN_GROUP = "unknown_group"
    TIMEOUT = "timeout"
    CLOSED = "closed"
    OTHER = "other"


class Level(StrEnum):
    """The highest level at which something was logged; also `NOTHING` for a target whose logs cannot be observed.

    The levels are in rising order. `INFO` also stands for a record in a log without levels.
    """

    NOTHING = ""
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class DeathKind(StrEnum):
    """How the process of an implementation ended, or why it had to be terminated."""

    EXIT = "exit"
    PANIC = "panic"
    FATAL = "fatal"
    HUNG = "hung"
    MEMORY = "memory"


class _Value(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, cache_hash=True):
    pass


class _Operation(_Value, frozen=True, tag_field="op", kw_only=True):
    client: ClientName = ClientName("")


class AddModule(_Operation, frozen=True, tag="add_module"):
    """Give a module a new channel."""

    module: ModuleName


class AddModuleGroup(_Operation, frozen=True, tag="add_module_group"):
    """Put a module into a group."""

    module: ModuleName
    group: GroupName


class CleanUp(_Operation, frozen=True, tag="clean_up"):
    """Remove a module from the bus and from every group."""

    module: ModuleName


class Send(_Operation, frozen=True, tag="send"):
    """Put a message into the channel of a module."""

    module: ModuleName
    id: MessageId


class SendToGroup(_Operation, frozen=True, tag="send_to_group"):
    """Put a message into the channel of every module of a group."""

    group: GroupName
    id: MessageId


class Receive(_Operation, frozen=True, tag="receive"):
    """Take the next message out of the channel of a module, waiting for one."""

    module: ModuleName


class SendSync(_Operation, frozen=True, tag="send_sync"):
    """Send to a module and wait for the response, `timeout` milliseconds at most."""

    module: ModuleName
    id: MessageId
    timeout: Milliseconds


class SendToGroupSync(_Operation, frozen=True, tag="send_to_group_sync"):
    """Send to a group and wait until every member has responded, `timeout` milliseconds at most."""

    group: GroupName
    id: MessageId
    timeout: Milliseconds


class SendResp(_Operation, frozen=True, tag="send_resp"):
    """Respond to the synchronous message whose id is `parent`."""

    parent: MessageId


class Sleep(_Operation, frozen=True, tag="sleep"):
    """Keep the client busy for `ms` milliseconds, which delays its next operation; the bus is not involved."""

    ms: Milliseconds


class MakeMessage(_Operation, frozen=True, tag="make_message"):
    """Make a message with a parent, a route and a content, and inspect it; nothing is sent."""

    parent: MessageId = MessageId("")
    source: str = ""
    group: GroupName = GroupName("")
    operation: str = ""
    resource: str = ""
    content: str = ""


class MakeResponse(_Operation, frozen=True, tag="make_response"):
    """Make the response to the message with the given id, and inspect it; nothing is sent."""

    id: MessageId
    content: str = ""


class Start(_Operation, frozen=True, tag="start"):
    """Start the process: modules.yaml enables the modules `enabled`, and `modules` try to register in this order."""

    enabled: tuple[ModuleName, ...] = ()
    modules: tuple[ModuleName, ...] = ()


class Register(_Operation, frozen=True, tag="register"):
    """Let a module try to register; `implementation` distinguishes implementations of the same module."""

    module: ModuleName
    implementation: str = ""


Operation: TypeAlias = (
    AddModule
    | AddModuleGroup
    | CleanUp
    | Send
    | SendToGroup
    | Receive
    | SendSync
    | SendToGroupSync
    | SendResp
    | Sleep
    | MakeMessage
    | MakeResponse
    | Start
    | Register
)

OPERATION_NAMES: Mapping[type, str] = {kind: str(kind.__struct_config__.tag) for kind in get_args(Operation)}
"""The name of each type of operation in programs."""


class Together(_Value, frozen=True, tag_field="op", tag="together"):
    """Start several operations at one instant, without waiting for one before starting the next."""

    operations: tuple[Operation, ...]


class Repeat(_Value, frozen=True, tag_field="op", tag="repeat"):
    """Run one operation `times` times, settling after each; stop at the first one that does not return."""

    operation: Operation
    times: int


class Advance(_Value, frozen=True, tag_field="op", tag="advance"):
    """Let `ms` milliseconds pass."""

    ms: Milliseconds


class InspectFields(_Value, frozen=True, tag_field="op", tag="inspect_fields"):
    """Inspect the three maps of the context and the two maps of registered modules."""


Step: TypeAlias = Operation | Together | Repeat | Advance | InspectFields


class Returned(_Value, frozen=True, tag_field="outcome", tag="returned"):
    """The operation returned without a message or an error."""


class GotMessage(_Value, frozen=True, tag_field="outcome", tag="message"):
    """The operation returned the message of operation `sent_by`, or one that no operation sent if that is None.

    `changed` lists the parts, of those in `PARTS`, that differ from those of the message that was sent, sorted.
    """

    sent_by: OperationNumber | None = None
    sync: bool = False
    changed: tuple[str, ...] = ()


PARTS = ("content", "group", "id", "operation", "parent", "resource", "source", "timestamp")
"""The parts of a message that do not change in transit, sorted; the sync flag is set by the operation."""


class Made(_Value, frozen=True, tag_field="outcome", tag="made"):
    """The operation made a message with these parts; of a response only the parent and the content are inspected.

    `is_new` says whether its id is neither empty nor the id of an earlier message. `timestamp` is its timestamp less
    that of the first message that was made.
    """

    is_new: bool = True
    parent: MessageId = MessageId("")
    sync: bool = False
    source: str = ""
    group: GroupName = GroupName("")
    operation: str = ""
    resource: str = ""
    content: str = ""
    timestamp: int = 0


class Failed(_Value, frozen=True, tag_field="outcome", tag="error"):
    """The operation returned an error; `text` is for readers and is never compared."""

    kind: ErrorKind
    text: str = ""


Outcome: TypeAlias = Returned | GotMessage | Failed | Made


class Return(_Value, frozen=True):
    """One operation that returned, `ms` milliseconds after the step began."""

    operation: OperationNumber
    outcome: Outcome
    ms: Milliseconds = Milliseconds(0)


class Fields(_Value, frozen=True):
    """The keys of the three maps, sorted, with the inner keys of the map of groups.

    `modules` and `disabled_modules` are the maps of registered modules: names with implementations, sorted.
    """

    channels: tuple[ModuleName, ...] = ()
    type_channels: tuple[tuple[GroupName, tuple[ModuleName, ...]], ...] = ()
    anon_channels: tuple[MessageId, ...] = ()
    modules: tuple[tuple[ModuleName, str], ...] = ()
    disabled_modules: tuple[tuple[ModuleName, str], ...] = ()


class Seen(_Value, frozen=True):
    """What was observed from the start of a step until everything had settled.

    `returned` is sorted by operation number, because the order of returns within one instant is not observed.
    A step gives one such value with `times` 1. A `Repeat` gives one for each round, where equal neighbours are folded
    into one with their number in `times`.
    """

    returned: tuple[Return, ...] = ()
    fields: Fields | None = None
    logged: Level = Level.NOTHING
    times: int = 1


class Died(_Value, frozen=True):
    """The process of the implementation ended; `text` is the end of its output."""

    kind: DeathKind
    text: str = ""


class History(_Value, frozen=True):
    """What was observed in each step; shorter than the program if the implementation died."""

    steps: tuple[tuple[Seen, ...], ...] = ()
    died: Died | None = None
