"""The programs and the answers for which the two models are compared, and the model in TLA+ is checked."""

from __future__ import annotations

from collections.abc import Mapping

from beehive_spec.answers import Answers
from beehive_spec.chapters import questions
from beehive_spec.vocabulary import (
    AddModule,
    AddModuleGroup,
    Advance,
    CleanUp,
    ClientName,
    GroupName,
    MessageId,
    Milliseconds,
    ModuleName,
    Operation,
    Receive,
    Send,
    SendResp,
    SendSync,
    SendToGroup,
    SendToGroupSync,
    Together,
)
from msgspec.structs import replace
from tlc import Family

A, B, M1 = ModuleName("a"), ModuleName("b"), MessageId("m1")
G, H = GroupName("g"), GroupName("h")
ADD_A, ADD_B = AddModule(module=A), AddModule(module=B)
JOIN_A, JOIN_B = AddModuleGroup(module=A, group=G), AddModuleGroup(module=B, group=G)
CLEAN_A, CLEAN_B = CleanUp(module=A), CleanUp(module=B)
SEND_A, SEND_B = Send(module=A, id=MessageId("m0")), Send(module=B, id=MessageId("m0"))
BROADCAST = SendToGroup(group=G, id=MessageId("m2"))
RECEIVE_A, RECEIVE_B = Receive(module=A), Receive(module=B)
RESPOND = SendResp(parent=M1)


def call(timeout: int, module: ModuleName = A, message: MessageId = M1) -> SendSync:
    return SendSync(module=module, id=message, timeout=Milliseconds(timeout))


def group_call(timeout: int, group: GroupName = G, message: MessageId = M1) -> SendToGroupSync:
    return SendToGroupSync(group=group, id=message, timeout=Milliseconds(timeout))


def advance(ms: int) -> Advance:
    return Advance(Milliseconds(ms))


def together(*operations: Operation) -> Together:
    return Together(operations)


def by(client: str, operation: Operation) -> Operation:
    return replace(operation, client=ClientName(client))


EVERY_OPERATION = Family(
    "every operation",
    (),
    (
        ADD_A,
        JOIN_A,
        CLEAN_A,
        SEND_A,
        RECEIVE_A,
        BROADCAST,
        call(10),
        group_call(10),
        RESPOND,
        advance(10),
        together(CLEAN_A, RECEIVE_A),
    ),
)
"""All programs of up to 3 steps over an alphabet with the nine operations, a `together` and an `advance`."""

FAMILIES = (
    EVERY_OPERATION,
    Family(
        "one message in the channel",
        (ADD_A, JOIN_A, SEND_A),
        (CLEAN_A, RECEIVE_A, BROADCAST, call(10), group_call(10), RESPOND, advance(5), together(RECEIVE_A, call(4))),
    ),
    Family(
        "two modules in the group, one with a message",
        (ADD_A, ADD_B, JOIN_A, JOIN_B, SEND_B),
        (
            CLEAN_A,
            CLEAN_B,
            BROADCAST,
            group_call(10),
            group_call(0),
            RECEIVE_A,
            RECEIVE_B,
            RESPOND,
            advance(10),
            together(CLEAN_B, BROADCAST),
            together(group_call(10), RESPOND),
        ),
        2,
    ),
    Family(
        "a group call under way",
        (ADD_A, ADD_B, JOIN_A, JOIN_B, SEND_B, group_call(10)),
        (CLEAN_A, RECEIVE_B, RESPOND, together(RESPOND, RESPOND), advance(10), advance(4), CLEAN_B),
        2,
    ),
    Family(
        "calls and responses",
        (ADD_A, JOIN_A),
        (
            call(10),
            call(0),
            call(-1),
            call(10, B),
            group_call(-1),
            group_call(10, H),
            RESPOND,
            together(RESPOND, RESPOND),
            together(call(0), RESPOND),
            advance(5),
            advance(10),
            CLEAN_A,
        ),
        2,
    ),
    Family(
        "overlapping changes",
        (ADD_A, JOIN_A),
        (
            together(CLEAN_A, CLEAN_A),
            together(ADD_A, CLEAN_A),
            together(JOIN_A, CLEAN_A),
            together(BROADCAST, CLEAN_A),
            CLEAN_A,
            ADD_A,
            BROADCAST,
        ),
        2,
    ),
    Family(
        "empty names",
        (AddModule(module=ModuleName("")), ADD_A),
        (
            AddModuleGroup(module=ModuleName(""), group=G),
            AddModuleGroup(module=A, group=GroupName("")),
            AddModuleGroup(module=B, group=GroupName("")),
            Send(module=ModuleName(""), id=M1),
            call(10, message=MessageId("")),
            call(0, B, MessageId("")),
            group_call(10, GroupName(""), MessageId("")),
            SendResp(parent=MessageId("")),
        ),
        2,
    ),
    Family(
        "clients",
        (ADD_A,),
        (
            by("x", RECEIVE_A),
            by("x", SEND_A),
            by("x", call(5)),
            by("y", RESPOND),
            advance(5),
            together(by("y", call(5)), by("y", RESPOND), by("x", RECEIVE_A)),
        ),
        2,
    ),
)

LIVELY = Family(
    "for liveness",
    (ADD_A, JOIN_A),
    (
        SEND_A,
        BROADCAST,
        call(2),
        group_call(2),
        RESPOND,
        RECEIVE_A,
        CLEAN_A,
        together(call(2, message=MessageId("m3")), SEND_A, CLEAN_A),
    ),
    2,
)

FILLING = Family("filling a channel", (ADD_A, JOIN_A, SEND_A), (SEND_A, RECEIVE_A, CLEAN_A, call(2)))

LEFT_OUT: Mapping[str, str] = {
    "timestamp_unit": "messages are not made in this model",
    "route_group": "messages have no parts but a number in this model",
    "register_without_file": "modules do not register in this model",
    "register_again": "modules do not register in this model",
    "register_unnamed": "modules do not register in this model",
    "registered_channel": "modules do not register in this model",
    "clean_up_registration": "modules do not register in this model",
}
"""The questions that the model in TLA+ leaves out, and why."""

SETS: Mapping[str, Mapping[str, str | int]] = {
    "default": {},
    "literal": {name: question.literal for name, question in questions().items() if question.literal}
    | {"capacity": 1, "send_closed": "other", "group_sync_put": "skips", "clean_up_registration": "kept"},
    "one wait": {
        "send_unknown": "ignored",
        "add_again": "replaced",
        "empty_group": "kept",
        "capacity": 1,
        "receivers": "any",
        "senders": "any",
        "receive_unknown": "waits",
        "broadcast_unknown": "ignored",
        "broadcast_full": "skips",
        "broadcast_closed": "reported",
        "sync_unknown": "timeout",
        "sync_zero": "forever",
        "sync_negative": 5,
        "sync_same_id": "replaced_own",
        "sync_put": "withdrawn",
        "sync_timer": "waiting",
        "sync_late": "left",
        "sync_closed": "goes_on",
        "response_full": "waits",
        "response_left": "refused",
        "response_unknown": "refused",
        "group_sync_unknown": "timeout",
        "group_sync_empty": "waits",
        "group_sync_zero": "forever",
        "group_sync_negative": "at_once",
        "group_sync_look": "at_timeout",
        "group_sync_unnoticed": "timeout",
        "group_sync_compare": "equal",
        "group_sync_count": "now",
        "group_sync_put": "left",
        "group_sync_late": "left",
        "group_sync_closed": "closed",
        "group_sync_timer": "waiting",
    },
    "refusing": {
        "add_again": "kept",
        "group_unknown_module": "ignored",
        "clean_up_unknown": "ignored",
        "empty_group": "kept",
        "capacity": 1,
        "sync_full": "refused",
        "receive_closed": "unknown_module",
        "broadcast_empty": "refused",
        "broadcast_full": "none",
        "sync_unknown": "goes_on",
        "sync_zero": "unsent",
        "sync_negative": "forever",
        "sync_same_id": "replaced_any",
        "sync_order": "put_first",
        "sync_timer": "each",
        "response_room": 0,
        "response_full": "refused",
        "response_logged": "lower",
        "group_sync_unknown": "returned",
        "group_sync_empty": "timeout",
        "group_sync_zero": "refused",
        "group_sync_negative": "forever",
        "group_sync_look": 4,
        "group_sync_unnoticed": "timeout",
        "group_sync_compare": "equal",
        "group_sync_count": "now",
        "group_sync_put": "none",
        "group_sync_closed": "other",
        "unnamed_module": "ignored",
        "unnamed_group": "refused",
    },
    "no room": {
        "capacity": 0,
        "send_closed": "returned",
        "broadcast_full": "handed_over",
        "broadcast_closed": "reported",
        "sync_zero": 5,
        "sync_negative": "at_once",
        "sync_put": "left",
        "sync_timer": "each",
        "sync_closed": "other",
        "response_room": 0,
        "response_full": "waits",
        "response_left": "stays",
        "group_sync_zero": 5,
        "group_sync_negative": 5,
        "group_sync_count": "at_response",
        "group_sync_unnoticed": "returned",
        "group_sync_put": "waits",
        "group_sync_closed": "unknown_module",
        "group_sync_timer": "each",
        "empty_id": "unanswered",
    },
    "stopping": {
        "capacity": 1,
        "full": "refused",
        "receive_closed": "other",
        "send_closed": "unknown_module",
        "broadcast_full": "stops",
        "broadcast_closed": "refused",
        "sync_zero": "refused",
        "sync_negative": "unsent",
        "sync_closed": "unknown_module",
        "response_room": "unbounded",
        "empty_group": "kept",
        "group_sync_unknown": "waits",
        "group_sync_empty": "refused",
        "group_sync_zero": "unsent",
        "group_sync_negative": "unsent",
        "group_sync_count": "now",
        "group_sync_put": "stops",
        "unnamed_module": "refused",
        "unnamed_group": "ignored",
        "empty_id": "refused",
    },
}
"""The sets of answers: the default, the literal answers, and four in which many questions have another answer."""


def answers_of(name: str) -> Answers:
    """Return a set of answers by its name."""
    return Answers().with_answers(SETS[name])


_GROUP = (ADD_A, ADD_B, JOIN_A, JOIN_B)
_NOT_REACHED = {
    "capacity": 1,
    "group_sync_closed": "unknown_module",
    "group_sync_look": "at_timeout",
    "group_sync_count": "now",
}
_CALL = Family("a call has not reached a closed channel", (*_GROUP, SEND_A, group_call(10)), (), 2)
_CLOSING = together(CLEAN_B, RESPOND)
_CLEANING = together(CLEAN_B, BROADCAST)

ONCE_DIFFERENT: tuple[tuple[Mapping[str, str | int], Family], ...] = (
    (_NOT_REACHED | {"group_sync_put": "withdrawn"}, _CALL._replace(choices=(_CLOSING, advance(10)))),
    (_NOT_REACHED | {"group_sync_put": "left"}, _CALL._replace(choices=(_CLOSING, advance(10)))),
    (
        {"capacity": 0, "broadcast_full": "handed_over", "broadcast_closed": "refused"},
        Family("a message is handed over, and the broadcast fails", _GROUP, (_CLEANING, RECEIVE_A), 2),
    ),
    (
        {"capacity": 1, "broadcast_full": "none", "broadcast_closed": "reported"},
        Family("a full channel is closed a moment later", (*_GROUP, SEND_B), (_CLEANING, RECEIVE_A), 2),
    ),
    *(
        (
            {"group_sync_look": 5, "group_sync_unnoticed": unnoticed},
            Family("a poll at the instant of the timeout", (ADD_A, JOIN_A, group_call(10)), (RESPOND, advance(5))),
        )
        for unnoticed in ("returned", "returned_if_looking", "timeout")
    ),
)
"""Answers and programs for which the two models were different once, beside those of the sets."""
