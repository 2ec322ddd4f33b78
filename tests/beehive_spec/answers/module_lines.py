"""Programs for the unspecified lines about operations on modules."""

from __future__ import annotations

from beehive_spec.vocabulary import Advance
from calls import RECEIVE_A
from lines import (
    ASK,
    ASK_G,
    BROADCAST,
    BROADCAST_H,
    CLEAN_A,
    JOIN_A,
    JOIN_H,
    SEND_A,
    A,
    Line,
    in_turn,
    members_of,
    shown,
    together,
)

MODULES = (
    Line(
        "Operations on modules",
        "In which order a module leaves `channels` and its groups",
        (
            shown(A, together(CLEAN_A, SEND_A), of=(3,), outcomes={"returned", "closed", "unknown_module"}),
            shown(A, JOIN_A, together(CLEAN_A, BROADCAST), of=(4,), outcomes={"returned", "unknown_group"}),
            shown(A, together(CLEAN_A, JOIN_A), of=(3,), outcomes={"returned", "unknown_module"}),
            shown(A, together(CLEAN_A, ASK), of=(3,), outcomes={"waits", "closed", "unknown_module"}),
            shown(A, JOIN_A, together(CLEAN_A, ASK_G), of=(4,), outcomes={"waits", "unknown_group"}),
            # found in the group first, then looked for in `channels`, and the other way round
            shown(
                A,
                JOIN_A,
                together(CLEAN_A, in_turn(BROADCAST, SEND_A)),
                of=(4, 5),
                outcomes={
                    f"{first}, {second}"
                    for first in ("returned", "unknown_group")
                    for second in ("returned", "closed", "unknown_module")
                },
            ),
            shown(
                A,
                JOIN_A,
                together(CLEAN_A, in_turn(SEND_A, BROADCAST)),
                of=(4, 5),
                # A send that is ended by the closing finds no group afterwards (CLEAN-6).
                outcomes={
                    "closed, unknown_group",
                    "returned, returned",
                    "returned, unknown_group",
                    "unknown_module, returned",
                    "unknown_module, unknown_group",
                },
            ),
            # two groups, in either order
            *(
                shown(
                    A,
                    JOIN_A,
                    JOIN_H,
                    together(CLEAN_A, in_turn(first, second)),
                    of=(5, 6),
                    outcomes={
                        f"{one}, {other}"
                        for one in ("returned", "unknown_group")
                        for other in ("returned", "unknown_group")
                    },
                )
                for first, second in ((BROADCAST, BROADCAST_H), (BROADCAST_H, BROADCAST))
            ),
        ),
    ),
    Line(
        "Operations on modules",
        "Which of several operations on one module that overlap",
        (
            shown(
                A,
                together(JOIN_A, CLEAN_A),
                of=(2, 3),
                outcomes={"returned, returned, a", "returned, returned, nobody", "unknown_module, returned, nobody"},
                shows=members_of("g"),
            ),
            shown(
                together(A, CLEAN_A),
                of=(1, 2),
                outcomes={"returned, returned, gone", "returned, unknown_module, there"},
                shows=lambda moment: "there" if "a" in moment.after.channels else "gone",
            ),
            shown(
                together(A, JOIN_A),
                of=(1, 2),
                outcomes={"returned, returned", "returned, unknown_module"},
            ),
            shown(together(A, A), of=(1, 2), outcomes={"returned, other", "other, returned"}),
            shown(
                A,
                together(CLEAN_A, CLEAN_A),
                of=(2, 3),
                outcomes={"returned, unknown_module", "unknown_module, returned"},
            ),
            # the one that does not find the module in `channels` may still find it in a group
            shown(
                A,
                JOIN_A,
                together(CLEAN_A, CLEAN_A),
                of=(3, 4),
                outcomes={"returned, unknown_module", "unknown_module, returned", "returned, returned"},
            ),
            # The group may keep a closed channel; an operation that meets it continues as one that waited there.
            *(
                shown(
                    A,
                    together(JOIN_A, CLEAN_A),
                    BROADCAST,
                    of=(2, 4),
                    outcomes={
                        "returned, unknown_group",
                        "unknown_module, unknown_group",
                        *(f"returned, {end}" for end in ends),
                    },
                    broadcast_closed=answer,
                )
                for answer, ends in (
                    ("goes_on", {"returned"}),
                    ("reported", {"closed", "unknown_module", "other"}),
                    ("refused", {"closed", "unknown_module", "other"}),
                )
            ),
            *(
                shown(
                    A,
                    together(JOIN_A, CLEAN_A),
                    ASK_G,
                    Advance(10),
                    of=(2, 4),
                    outcomes={"returned, unknown_group", "unknown_module, unknown_group", f"returned, {end}"},
                    group_sync_closed=answer,
                )
                for answer, end in (
                    ("goes_on", "timeout"),
                    ("closed", "closed"),
                    ("unknown_module", "unknown_module"),
                    ("other", "other"),
                )
            ),
        ),
    ),
    Line(
        "Operations on modules",
        "What add_module leaves behind where it replaces a channel",
        (
            # A receive waits on at the old channel: a send to the module does not reach it, one to the group does.
            shown(
                A, JOIN_A, RECEIVE_A, A, SEND_A, BROADCAST, of=(3,), outcomes={"message of 6"}, add_again="replaced"
            ),
            shown(A, JOIN_A, RECEIVE_A, A, SEND_A, CLEAN_A, of=(3,), outcomes={"waits"}, add_again="replaced"),
            shown(
                A,
                SEND_A,
                SEND_A,
                A,
                SEND_A,
                RECEIVE_A,
                CLEAN_A,
                of=(3, 5, 6),
                outcomes={"waits, returned, message of 5"},
                add_again="replaced",
                capacity=1,
            ),
        ),
    ),
    Line(
        "Operations on modules",
        "What happens to the messages that are still in a channel",
        (
            shown(A, SEND_A, CLEAN_A, RECEIVE_A, A, RECEIVE_A, of=(4, 6), outcomes={"unknown_module, waits"}),
            shown(
                A,
                SEND_A,
                together(CLEAN_A, RECEIVE_A),
                of=(4,),
                outcomes={"closed", "message of 2", "unknown_module"},
            ),
        ),
        "Nothing leads to a closed channel any more, so that its messages are gone or kept is the same to everybody.",
    ),
)
