"""The words in which programs and histories are written: operations, steps, outcomes and what is seen.

Every value here is frozen, hashable and has one JSON, YAML and MessagePack form, the same for the
Python targets, the Go worker and any adapter.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NewType, TypeAlias

import msgspec

ModuleName = NewType("ModuleName", str)
GroupName = NewType("GroupName", str)
MessageId = NewType("MessageId", str)
ClientName = NewType("ClientName", str)
"""The empty name stands for a client of its own, which no other operation shares."""
OperationNumber = NewType("OperationNumber", int)
"""Operations are numbered from 1 in the order of the program; a repeated operation takes one number."""
Milliseconds = NewType("Milliseconds", int)


class ErrorKind(StrEnum):
    """What an operation that fails says went wrong; kinds are compared, texts never are."""

    UNKNOWN_MODULE = "unknown_module"
    UNKNOWN_GROUP = "unknown_group"
    TIMEOUT = "timeout"
    CLOSED = "closed"
    OTHER = "other"


class Level(StrEnum):
    """The highest level at which something was logged; `NOTHING` also where logs cannot be seen."""

    NOTHING = ""
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class DeathKind(StrEnum):
    """How the process that ran an implementation ended, or that it had to be ended."""

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
    """Keep the client busy for `ms` milliseconds: no operation of a bus, but a way to aim at an instant."""

    ms: Milliseconds


class MakeMessage(_Operation, frozen=True, tag="make_message"):
    """Make a message with a parent, a route and a content, and look at it; nothing is sent."""

    parent: MessageId = MessageId("")
    source: str = ""
    group: GroupName = GroupName("")
    operation: str = ""
    resource: str = ""
    content: str = ""


class MakeResponse(_Operation, frozen=True, tag="make_response"):
    """Make the response to a message with an id, and look at it; nothing is sent."""

    id: MessageId
    content: str = ""


class Start(_Operation, frozen=True, tag="start"):
    """Start the process: modules.yaml enables some modules, and `modules` try to register, in this order."""

    enabled: tuple[ModuleName, ...] = ()
    modules: tuple[ModuleName, ...] = ()


class Register(_Operation, frozen=True, tag="register"):
    """Let a module try to register itself; `implementation` tells implementations of modules apart."""

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


class Together(_Value, frozen=True, tag_field="op", tag="together"):
    """Start several operations at one instant, without waiting for one before starting the next."""

    operations: tuple[Operation, ...]


class Repeat(_Value, frozen=True, tag_field="op", tag="repeat"):
    """Do one operation `times` times, each time settling; ends at the first one that does not return."""

    operation: Operation
    times: int


class Advance(_Value, frozen=True, tag_field="op", tag="advance"):
    """Let `ms` milliseconds pass."""

    ms: Milliseconds


class InspectFields(_Value, frozen=True, tag_field="op", tag="inspect_fields"):
    """Look at the three maps of the context, and at the two maps of registered modules."""


Step: TypeAlias = Operation | Together | Repeat | Advance | InspectFields


class Returned(_Value, frozen=True, tag_field="outcome", tag="returned"):
    """The operation returned and has nothing to say."""


class GotMessage(_Value, frozen=True, tag_field="outcome", tag="message"):
    """The operation returned a message: that of operation `sent_by`, or one that no operation made.

    `changed` are the parts, of those in `PARTS`, that are not what they were when the message was given to the
    bus, sorted.
    """

    sent_by: OperationNumber | None = None
    sync: bool = False
    changed: tuple[str, ...] = ()


PARTS = ("content", "group", "id", "operation", "parent", "resource", "source", "timestamp")
"""The parts of a message that stay as they are on its way, sorted; the sync flag is set by the operation."""


class Made(_Value, frozen=True, tag_field="outcome", tag="made"):
    """The operation made a message with these parts; of a response only parent and content are looked at.

    `is_new` tells that its id is neither empty nor that of a message made before. `timestamp` is what stands in
    the message less what stands in the first message that was made.
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
    """The operation returned an error; `text` is evidence for people and is never compared."""

    kind: ErrorKind
    text: str = ""


Outcome: TypeAlias = Returned | GotMessage | Failed | Made


class Return(_Value, frozen=True):
    """One operation that returned, `ms` milliseconds after the step began."""

    operation: OperationNumber
    outcome: Outcome
    ms: Milliseconds = Milliseconds(0)


class Fields(_Value, frozen=True):
    """The keys of the three maps, sorted; of the map of groups the inner keys as well.

    Of the two maps of registered modules, `modules` and `disabled_modules`, names with implementations, sorted.
    """

    channels: tuple[ModuleName, ...] = ()
    type_channels: tuple[tuple[GroupName, tuple[ModuleName, ...]], ...] = ()
    anon_channels: tuple[MessageId, ...] = ()
    modules: tuple[tuple[ModuleName, str], ...] = ()
    disabled_modules: tuple[tuple[ModuleName, str], ...] = ()


class Seen(_Value, frozen=True):
    """What was seen from the start of a step until everything had settled.

    `returned` is sorted by operation number, because the order of returns within one instant is not observed.
    A step is seen as one such value with `times` 1; a `Repeat` as one for each round, equal neighbours
    folded into one with their number in `times`.
    """

    returned: tuple[Return, ...] = ()
    fields: Fields | None = None
    logged: Level = Level.NOTHING
    times: int = 1


class Died(_Value, frozen=True):
    """The process that ran the implementation ended; `text` is what it said last."""

    kind: DeathKind
    text: str = ""


class History(_Value, frozen=True):
    """What was seen, step by step; shorter than the program if the implementation died on the way."""

    steps: tuple[tuple[Seen, ...], ...] = ()
    died: Died | None = None
