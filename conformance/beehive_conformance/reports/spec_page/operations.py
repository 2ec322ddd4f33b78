"""The operations as an implementer needs them in one table: parameters, what they return, and how they fail."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from beehive_spec.vocabulary import (
    AddModule,
    AddModuleGroup,
    CleanUp,
    ErrorKind,
    MakeMessage,
    MakeResponse,
    Operation,
    Receive,
    Register,
    Send,
    SendResp,
    SendSync,
    SendToGroup,
    SendToGroupSync,
    Start,
)


class Parameter(NamedTuple):
    """One parameter: its name, type, unit and meaning, and the field that stands for it in programs."""

    name: str
    type: str
    unit: str
    meaning: str
    field: str


class OperationError(NamedTuple):
    """A reason for an error, with the kinds that the error may have."""

    kinds: tuple[ErrorKind, ...]
    when: str


class OperationRow(NamedTuple):
    """One operation: its type in programs, its parameters, what it returns, and its errors."""

    operation: type[Operation]
    parameters: tuple[Parameter, ...]
    returns: str
    errors: tuple[OperationError, ...]

    @property
    def name(self) -> str:
        """The name of the operation in programs and on the page."""
        return str(self.operation.__struct_config__.tag)


_NOTHING = "nothing"
_MODULE = Parameter("module", "string", "", "the name of the module", "module")
_GROUP = Parameter("group", "string", "", "the name of the group", "group")
_MESSAGE = Parameter("message", "message", "", "what is sent; programs give its id", "id")


def _timeout(question: str) -> Parameter:
    unit = "milliseconds in programs; the documents leave it to the language"
    return Parameter("timeout", "duration", unit, f"how long the call waits at most, as `{question}` says", "timeout")


_RESPONSE = Parameter(
    "response", "message", "", "the response; its parent is the id of the message that it responds to", "parent"
)
_UNKNOWN = (ErrorKind.UNKNOWN_MODULE,)
_UNKNOWN_GROUP = (ErrorKind.UNKNOWN_GROUP,)
_TIMED_OUT = (ErrorKind.TIMEOUT,)
_OTHER = (ErrorKind.OTHER,)
_CLOSED = (ErrorKind.CLOSED, ErrorKind.UNKNOWN_MODULE, ErrorKind.OTHER)
"""Where a module is cleaned up while an operation waits, there is more than one reason to fail."""

BUS_OPERATIONS: tuple[OperationRow, ...] = (
    OperationRow(
        AddModule,
        (_MODULE,),
        _NOTHING,
        (
            OperationError(_OTHER, "the module is there already (`add_again`)"),
            OperationError(_OTHER, "the name is empty (`unnamed_module`)"),
        ),
    ),
    OperationRow(
        AddModuleGroup,
        (_MODULE, _GROUP),
        _NOTHING,
        (
            OperationError(_UNKNOWN, "the module is not there (`group_unknown_module`)"),
            OperationError(_OTHER, "the name of the group is empty (`unnamed_group`)"),
        ),
    ),
    OperationRow(
        CleanUp,
        (_MODULE,),
        _NOTHING,
        (OperationError(_UNKNOWN, "the module is not there (`clean_up_unknown`)"),),
    ),
    OperationRow(
        Send,
        (_MODULE, _MESSAGE),
        _NOTHING,
        (
            OperationError(_UNKNOWN, "the module is not there (`send_unknown`)"),
            OperationError(_OTHER, "the channel is full (`full`)"),
            OperationError(_CLOSED, "the module is cleaned up meanwhile (`send_closed`)"),
        ),
    ),
    OperationRow(
        SendToGroup,
        (_GROUP, _MESSAGE),
        _NOTHING,
        (
            OperationError(_UNKNOWN_GROUP, "the group is not there (`broadcast_unknown`)"),
            OperationError(_UNKNOWN_GROUP, "the group has no modules (`broadcast_empty`)"),
            OperationError(_OTHER, "a channel is full (`broadcast_full`)"),
            OperationError(_CLOSED, "a module is cleaned up meanwhile (`broadcast_closed`)"),
        ),
    ),
    OperationRow(
        Receive,
        (_MODULE,),
        "the message",
        (
            OperationError(_UNKNOWN, "the module is not there (`receive_unknown`)"),
            OperationError(_CLOSED, "the module is cleaned up meanwhile (`receive_closed`)"),
        ),
    ),
    OperationRow(
        SendSync,
        (_MODULE, _MESSAGE, _timeout("sync_timer")),
        "the response, a message",
        (
            OperationError(_TIMED_OUT, "no response was taken before the timeout was over (SYNC-4)"),
            OperationError((*_UNKNOWN, *_TIMED_OUT), "the module is not there (`sync_unknown`)"),
            OperationError(_OTHER, "the channel is full (`full`)"),
            OperationError(_CLOSED, "the module is cleaned up while the call waits for room (`sync_closed`)"),
            OperationError(_OTHER, "the id is in use (`sync_same_id`) or empty (`empty_id`)"),
            OperationError(
                (*_TIMED_OUT, *_OTHER), "the timeout is zero (`sync_zero`) or negative (`sync_negative`): at once"
            ),
        ),
    ),
    OperationRow(
        SendToGroupSync,
        (_GROUP, _MESSAGE, _timeout("group_sync_timer")),
        "nothing: no response is returned (GSYNC-3)",
        (
            OperationError(_TIMED_OUT, "responses are missing when the timeout is over (GSYNC-5)"),
            OperationError(_OTHER, "a response names another parent (GSYNC-6); no operation can bring this about"),
            OperationError((*_UNKNOWN_GROUP, *_TIMED_OUT), "the group is not there (`group_sync_unknown`)"),
            OperationError((*_UNKNOWN_GROUP, *_TIMED_OUT), "the group has no modules (`group_sync_empty`)"),
            OperationError(_OTHER, "a channel is full (`group_sync_put`)"),
            OperationError(_CLOSED, "a module is cleaned up while the call waits for room (`group_sync_closed`)"),
            OperationError(_OTHER, "the id is in use (`sync_same_id`) or empty (`empty_id`)"),
            OperationError(
                (*_TIMED_OUT, *_OTHER),
                "the timeout is zero (`group_sync_zero`) or negative (`group_sync_negative`): at once",
            ),
        ),
    ),
    OperationRow(
        SendResp,
        (_RESPONSE,),
        _NOTHING,
        (
            OperationError(_OTHER, "no call waits for responses to its parent (`response_unknown`)"),
            OperationError(_OTHER, "there is no room for the response (`response_full`)"),
            OperationError(
                (ErrorKind.CLOSED, ErrorKind.OTHER), "the call ends while the response waits (`response_left`)"
            ),
        ),
    ),
)
"""The operations of the bus, in the order of the documents."""


def _text(name: str, meaning: str, field: str = "") -> Parameter:
    return Parameter(name, "string", "", meaning, field or name)


OFF_BUS_OPERATIONS: tuple[OperationRow, ...] = (
    OperationRow(
        MakeMessage,
        (
            _text("parent", "the parent; empty for none"),
            _text("source", "the source"),
            _text("group", "the group in the route"),
            _text("operation", "the operation on the resource"),
            _text("resource", "the resource"),
            Parameter("content", "any value", "", "the content; a string in programs", "content"),
        ),
        "the new message; programs see its parts, and whether its id is new",
        (),
    ),
    OperationRow(
        MakeResponse,
        (
            Parameter("message", "message", "", "the message to respond to; programs give its id", "id"),
            Parameter("content", "any value", "", "the content; a string in programs", "content"),
        ),
        "the new message; programs see its parent, its content, its timestamp, and whether its id is new",
        (),
    ),
    OperationRow(
        Start,
        (
            Parameter("enabled", "list of strings", "", "the modules that modules.yaml enables", "enabled"),
            Parameter("modules", "list of strings", "", "the modules that try to register, in this order", "modules"),
        ),
        "nothing",
        (
            OperationError(
                _OTHER,
                "a module that modules.yaml enables did not try to register, or the core refused one that did;"
                " whether the start reports it is unspecified (REG-1)",
            ),
        ),
    ),
    OperationRow(
        Register,
        (_MODULE, _text("implementation", "what the module does; only which one it is matters")),
        _NOTHING,
        (
            OperationError(_OTHER, "the name is in use (`register_again`) or empty (`register_unnamed`)"),
            OperationError(_OTHER, "modules.yaml was not read (`register_without_file`)"),
        ),
    ),
)
"""What no call of the bus does: messages and responses are made, modules register."""

ROWS: Mapping[str, OperationRow] = {row.name: row for row in (*BUS_OPERATIONS, *OFF_BUS_OPERATIONS)}
"""Every row by the name of its operation."""
