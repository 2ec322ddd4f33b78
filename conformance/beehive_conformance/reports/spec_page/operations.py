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
    """One parameter: its name, type, unit and meaning, and the field that stands for it in programs.

    The field is empty if no program gives the parameter.
    """

    name: str
    type: str
    unit: str
    meaning: str
    field: str


class OperationError(NamedTuple):
    """A reason for an error, what decides whether it is one, and the kinds of the error.

    `decided_by` is a question, and `kinds` has its answers that lead to an error. Or it is a clause, or `UNSPECIFIED`
    if implementations may do it or not, each time; then `kinds` has one entry, for the empty answer.
    """

    when: str
    decided_by: str
    kinds: Mapping[str, tuple[ErrorKind, ...]]


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


UNSPECIFIED = "unspecified-registering-modules"
"""The anchor of the unspecified lines that leave open whether a start reports an error."""

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
_TIMEOUT = (ErrorKind.TIMEOUT,)
_OTHER = (ErrorKind.OTHER,)
_ANY_CLOSED = (ErrorKind.CLOSED, ErrorKind.UNKNOWN_MODULE, ErrorKind.OTHER)
"""Where a module is cleaned up while an operation waits, there is more than one reason to fail."""
_EACH_CLOSED: Mapping[str, tuple[ErrorKind, ...]] = {
    "closed": (ErrorKind.CLOSED,),
    "unknown_module": _UNKNOWN,
    "other": _OTHER,
}
_NOBODY_TO_ASK: Mapping[str, tuple[ErrorKind, ...]] = {
    "refused": _UNKNOWN_GROUP,
    "timeout": _TIMEOUT,
    "waits": _TIMEOUT,
}
_NO_ROOM: Mapping[str, tuple[ErrorKind, ...]] = {"skips": _OTHER, "none": _OTHER, "stops": _OTHER}


def _refused(when: str, question: str, kinds: tuple[ErrorKind, ...] = _OTHER) -> OperationError:
    return OperationError(when, question, {"refused": kinds})


def _required(when: str, clause: str, kinds: tuple[ErrorKind, ...]) -> OperationError:
    return OperationError(when, clause, {"": kinds})


def _at_once(of: str, question: str) -> OperationError:
    return OperationError(
        f"at once, and nothing is sent, if the timeout is {of}", question, {"unsent": _TIMEOUT, "refused": _OTHER}
    )


BUS_OPERATIONS: tuple[OperationRow, ...] = (
    OperationRow(
        AddModule,
        (_MODULE,),
        _NOTHING,
        (
            _refused("the module is there already", "add_again"),
            _refused("the name is empty", "unnamed_module"),
        ),
    ),
    OperationRow(
        AddModuleGroup,
        (_MODULE, _GROUP),
        _NOTHING,
        (
            _refused("the module is not there", "group_unknown_module", _UNKNOWN),
            _refused("the name of the group is empty", "unnamed_group"),
        ),
    ),
    OperationRow(
        CleanUp,
        (_MODULE,),
        _NOTHING,
        (_refused("the module is not there", "clean_up_unknown", _UNKNOWN),),
    ),
    OperationRow(
        Send,
        (_MODULE, _MESSAGE),
        _NOTHING,
        (
            _refused("the module is not there", "send_unknown", _UNKNOWN),
            _refused("the channel is full", "full"),
            OperationError(
                "the module is cleaned up meanwhile",
                "send_closed",
                {"refused": (ErrorKind.CLOSED,), "unknown_module": _UNKNOWN, "other": _OTHER},
            ),
        ),
    ),
    OperationRow(
        SendToGroup,
        (_GROUP, _MESSAGE),
        _NOTHING,
        (
            _refused("the group is not there", "broadcast_unknown", _UNKNOWN_GROUP),
            _refused("the group has no modules", "broadcast_empty", _UNKNOWN_GROUP),
            OperationError("a channel is full", "broadcast_full", _NO_ROOM),
            OperationError(
                "a module is cleaned up meanwhile",
                "broadcast_closed",
                {"reported": _ANY_CLOSED, "refused": _ANY_CLOSED},
            ),
        ),
    ),
    OperationRow(
        Receive,
        (_MODULE,),
        "the message",
        (
            _refused("the module is not there", "receive_unknown", _UNKNOWN),
            OperationError("the module is cleaned up meanwhile", "receive_closed", _EACH_CLOSED),
        ),
    ),
    OperationRow(
        SendSync,
        (_MODULE, _MESSAGE, _timeout("sync_timer")),
        "the response, a message",
        (
            _required(
                "no response was taken before the timeout was over; with the answer `at_once`, a timeout of zero or"
                " less is over at once",
                "SYNC-4",
                _TIMEOUT,
            ),
            OperationError("the module is not there", "sync_unknown", {"refused": _UNKNOWN, "timeout": _TIMEOUT}),
            _refused("the channel is full", "sync_full"),
            OperationError("the module is cleaned up while the call waits for room", "sync_closed", _EACH_CLOSED),
            _refused("the id is in use", "sync_same_id"),
            _refused("the id is empty", "empty_id"),
            _at_once("zero", "sync_zero"),
            _at_once("negative", "sync_negative"),
        ),
    ),
    OperationRow(
        SendToGroupSync,
        (_GROUP, _MESSAGE, _timeout("group_sync_timer")),
        "nothing: no response is returned (GSYNC-3)",
        (
            _required(
                "responses are missing when the timeout is over; with the answer `at_once`, a timeout of zero or less"
                " is over at once",
                "GSYNC-5",
                _TIMEOUT,
            ),
            OperationError(
                "all responses are there when the timeout is over, and the call has not noticed them",
                "group_sync_unnoticed",
                {"returned_if_looking": _TIMEOUT, "timeout": _TIMEOUT},
            ),
            _required("a response names another parent; no operation can bring this about", "GSYNC-6", _OTHER),
            OperationError("the group is not there", "group_sync_unknown", _NOBODY_TO_ASK),
            OperationError("the group has no modules", "group_sync_empty", _NOBODY_TO_ASK),
            OperationError("a channel is full", "group_sync_put", _NO_ROOM),
            OperationError("a module is cleaned up while the call waits for room", "group_sync_closed", _EACH_CLOSED),
            _refused("the id is in use", "sync_same_id"),
            _refused("the id is empty", "empty_id"),
            _at_once("zero", "group_sync_zero"),
            _at_once("negative", "group_sync_negative"),
        ),
    ),
    OperationRow(
        SendResp,
        (_RESPONSE,),
        _NOTHING,
        (
            _refused("no call waits for responses to its parent", "response_unknown"),
            _refused("there is no room for the response", "response_full"),
            _refused("the call ends while the response waits", "response_left", (ErrorKind.CLOSED, ErrorKind.OTHER)),
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
            Parameter(
                "sync",
                "true or false",
                "",
                "whether the message has the sync flag from the start (MSG-9); programs never ask for it",
                "",
            ),
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
            Parameter(
                "modules",
                "list of strings",
                "",
                "the names of the modules that try to register, in this order; programs do not tell their"
                " implementations apart",
                "modules",
            ),
        ),
        "nothing",
        (
            _required(
                "a module that modules.yaml enables did not try to register, or the core refused one that did; it may"
                " be reported or not",
                UNSPECIFIED,
                _OTHER,
            ),
        ),
    ),
    OperationRow(
        Register,
        (_MODULE, _text("implementation", "what the module does; only which one it is matters")),
        _NOTHING,
        (
            _refused("the name is in use", "register_again"),
            _refused("the name is empty", "register_unnamed"),
            _refused("modules.yaml was not read", "register_without_file"),
        ),
    ),
)
"""What no call of the bus does: messages and responses are made, modules register."""

ROWS: Mapping[str, OperationRow] = {row.name: row for row in (*BUS_OPERATIONS, *OFF_BUS_OPERATIONS)}
"""Every row by the name of its operation."""
