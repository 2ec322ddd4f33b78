"""Programs for the unspecified lines about operations on messages."""

from __future__ import annotations

from beehive_spec.vocabulary import AddModuleGroup, Advance, CleanUp, Send, SendSync, SendToGroupSync
from calls import RECEIVE_A, RECEIVE_B, RESPOND
from lines import ASK, ASK_G, BROADCAST, CLEAN_A, JOIN_A, JOIN_B, SEND_A, A, B, Line, later, logs, shown, together
from several_reasons import calls_with_several_reasons

FIRST_FULL = (A, JOIN_A, B, JOIN_B, SEND_A)
MESSAGES = (
    Line(
        "Operations on messages",
        "In which order the modules of a group get a message",
        (
            # two broadcasts at one instant: each module has its own order
            shown(
                A,
                JOIN_A,
                B,
                JOIN_B,
                together(BROADCAST, BROADCAST),
                RECEIVE_A,
                RECEIVE_B,
                of=(7, 8),
                outcomes={f"message of {first}, message of {second}" for first in (5, 6) for second in (5, 6)},
            ),
            shown(
                *FIRST_FULL,
                BROADCAST,
                RECEIVE_B,
                of=(6, 7),
                outcomes={"waits, waits", "waits, message of 6"},
                capacity=1,
            ),
            shown(
                *FIRST_FULL,
                BROADCAST,
                RECEIVE_B,
                of=(6, 7),
                outcomes={"other, waits", "other, message of 6"},
                capacity=1,
                broadcast_full="stops",
            ),
            shown(
                *FIRST_FULL,
                ASK_G,
                RECEIVE_B,
                of=(6, 7),
                outcomes={"waits, waits", "waits, message of 6"},
                capacity=1,
                group_sync_put="waits",
            ),
            shown(
                *FIRST_FULL,
                ASK_G,
                RECEIVE_B,
                of=(6, 7),
                outcomes={"other, waits", "other, message of 6"},
                capacity=1,
                group_sync_put="stops",
            ),
        ),
    ),
    Line(
        "Operations on messages",
        "Which of two events at the same instant comes first",
        (
            shown(
                A,
                ASK,
                later(RESPOND),
                Advance(10),
                of=(2, 4),
                outcomes={"timeout, returned", "message of 4, returned"},
            ),
            shown(
                A,
                JOIN_A,
                ASK_G,
                later(RESPOND),
                Advance(10),
                of=(3, 5),
                outcomes={"timeout, returned", "returned, returned"},
            ),
            shown(A, together(SEND_A, SEND_A), RECEIVE_A, of=(4,), outcomes={"message of 2", "message of 3"}),
            shown(
                A,
                SEND_A,
                together(RECEIVE_A, RECEIVE_A),
                of=(3, 4),
                outcomes={"message of 2, waits", "waits, message of 2"},
            ),
            shown(
                A,
                together(ASK, SendSync(module="a", id="m1", timeout=20)),
                of=(2, 3),
                outcomes={"waits, other", "other, waits"},
            ),
            shown(A, together(ASK, RESPOND), of=(2, 3), outcomes={"message of 3, returned", "waits, returned"}),
            # room and the timeout, and the closing and the timeout
            shown(
                A,
                SEND_A,
                ASK,
                later(RECEIVE_A),
                Advance(10),
                RECEIVE_A,
                of=(3, 6),
                outcomes={"timeout, message of 3", "timeout, waits"},
                capacity=1,
            ),
            shown(A, SEND_A, ASK, later(CLEAN_A), Advance(10), of=(3,), outcomes={"timeout", "closed"}, capacity=1),
            shown(
                A,
                JOIN_A,
                SEND_A,
                ASK_G,
                later(CLEAN_A),
                Advance(10),
                of=(4,),
                outcomes={"timeout", "closed"},
                capacity=1,
                group_sync_put="waits",
                group_sync_closed="closed",
            ),
            # a response and a poll
            shown(
                A,
                JOIN_A,
                SendToGroupSync(group="g", id="m1", timeout=20),
                later(RESPOND),
                Advance(10),
                of=(3, 5),
                outcomes={"returned, returned", "waits, returned"},
                group_sync_look=10,
            ),
            # two responses
            shown(A, ASK, together(RESPOND, RESPOND), of=(2,), outcomes={"message of 3", "message of 4"}),
        ),
    ),
    Line(
        "Operations on messages",
        "Whether an operation that has found a module still reaches its channel",
        (
            *(
                shown(
                    A,
                    together(CLEAN_A, SEND_A),
                    of=(3,),
                    outcomes={"returned", "unknown_module", end},
                    send_closed=answer,
                )
                for answer, end in (
                    ("returned", "returned"),
                    ("refused", "closed"),
                    ("unknown_module", "unknown_module"),
                    ("other", "other"),
                )
            ),
            *(
                shown(A, together(CLEAN_A, RECEIVE_A), of=(3,), outcomes={"unknown_module", end}, receive_closed=end)
                for end in ("closed", "unknown_module", "other")
            ),
            *(
                shown(
                    A,
                    together(CLEAN_A, ASK),
                    of=(3,),
                    outcomes={"waits", "unknown_module", *ends},
                    sync_closed=answer,
                )
                for answer, ends in (
                    ("goes_on", ()),
                    ("closed", ("closed",)),
                    ("unknown_module", ()),
                    ("other", ("other",)),
                )
            ),
            shown(
                A,
                JOIN_A,
                together(CLEAN_A, BROADCAST),
                of=(4,),
                outcomes={"returned", "unknown_group", "closed", "unknown_module", "other"},
                broadcast_closed="reported",
            ),
            shown(
                A,
                JOIN_A,
                together(CLEAN_A, ASK_G),
                of=(4,),
                outcomes={"waits", "unknown_group", "closed"},
                group_sync_closed="closed",
            ),
        ),
    ),
    Line(
        "Operations on messages",
        "Whether a send_resp that has found its request",
        tuple(
            shown(
                A,
                ASK,
                later(RESPOND),
                Advance(10),
                of=(2, 4),
                outcomes={
                    "message of 4, returned, anything",
                    # the parent is not there any more
                    "timeout, returned, error",
                    *(f"timeout, {ended}, anything" for ended in ends),
                },
                shows=logs,
                response_full="waits",
                response_room=0,
                response_left=left,
            )
            for left, ends in (
                ("stays", ("waits",)),
                ("released", ("returned",)),
                ("refused", ("returned", "closed", "other")),
            )
        ),
    ),
    Line(
        "Operations on messages",
        "What is logged, and at which level",
        (
            shown(RESPOND, of=(1,), outcomes={"returned, error"}, shows=logs),
            shown(A, ASK, RESPOND, of=(2, 3), outcomes={"message of 3, returned, anything"}, shows=logs),
            shown(SEND_A, of=(1,), outcomes={"unknown_module, anything"}, shows=logs),
            shown(SEND_A, of=(1,), outcomes={"returned, anything"}, shows=logs, send_unknown="ignored"),
            shown(A, ASK, Advance(10), of=(2,), outcomes={"timeout, anything"}, shows=logs),
        ),
    ),
    Line(
        "Operations on messages",
        "Which reason decides how an operation ends",
        (
            *calls_with_several_reasons(),
            # a closed channel that the call has not reached when its time is over
            shown(
                A,
                JOIN_A,
                B,
                JOIN_B,
                SEND_A,
                Send(module="b", id="m1"),
                ASK_G,
                CleanUp(module="b"),
                Advance(10),
                of=(7,),
                outcomes={"timeout", "closed"},
                capacity=1,
                group_sync_put="waits",
                group_sync_closed="closed",
            ),
            # no module and no name for the group
            shown(
                AddModuleGroup(module="a", group=""),
                of=(1,),
                outcomes={"unknown_module", "other"},
                unnamed_group="refused",
            ),
        ),
    ),
)
