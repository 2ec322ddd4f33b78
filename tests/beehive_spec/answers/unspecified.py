"""For every unspecified line of the chapters, programs whose outcomes are exactly those that the line leaves open."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from beehive_spec.automaton import EdgeStep
from beehive_spec.vocabulary import (
    AddModule,
    AddModuleGroup,
    Advance,
    CleanUp,
    Made,
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
    Sleep,
    Start,
    Together,
)
from calls import RECEIVE_A, RECEIVE_B, RESPOND
from moments import Got, Moment
from msgspec.structs import replace
from table import Answer


class Shown(NamedTuple):
    """A program with the outcomes of some of its operations, and nothing else, under some answers.

    An outcome has one entry for each number in `operations`: what the operation with this number ended with, or
    `waits`. `shows` names something else that is seen. `defect` says why the model does not do so yet.
    """

    program: tuple[EdgeStep, ...]
    operations: tuple[int, ...]
    outcomes: frozenset[tuple[str, ...]]
    answers: Mapping[str, Answer] = {}
    shows: Callable[[Moment], str] | None = None
    defect: str = ""

    def of(self, moment: Moment) -> tuple[str, ...]:
        """Return the outcome that is seen at the end of a program."""
        return (
            *(_result(moment, number) for number in self.operations),
            *((self.shows(moment),) if self.shows else ()),
        )


class Line(NamedTuple):
    """An unspecified line, by its chapter and its first words; `not_shown` says what of it the model cannot show."""

    chapter: str
    begins: str
    shown: tuple[Shown, ...] = ()
    not_shown: str = ""


def _result(moment: Moment, number: int) -> str:
    if number not in moment.ended:
        return "waits"
    match moment.ended[number].result:
        case Got(sender=sender):
            return f"message of {sender}"
        case Made():
            return "made"
        case result:
            return str(result)


def shown(
    *program: EdgeStep | tuple[EdgeStep, ...],
    of: tuple[int, ...] = (),
    outcomes: set[str],
    shows: Callable[[Moment], str] | None = None,
    defect: str = "",
    **answers: Answer,
) -> Shown:
    """Return a program with its outcomes, each written with commas between its entries."""
    steps = tuple(step for part in program for step in (part if isinstance(part, tuple) else (part,)))
    return Shown(steps, of, frozenset(tuple(each.split(", ")) for each in outcomes), answers, shows, defect)


def in_turn(*operations: Operation) -> tuple[Operation, ...]:
    """One client runs the operations, each when the one before has ended."""
    return tuple(replace(operation, client="c") for operation in operations)


def together(*parts: Operation | tuple[Operation, ...]) -> Together:
    """All of these start at one instant."""
    return Together(tuple(each for part in parts for each in (part if isinstance(part, tuple) else (part,))))


def members_of(group: str) -> Callable[[Moment], str]:
    """Show who is in a group at the end, or that it is not there."""
    return lambda moment: "+".join(dict(moment.after.type_channels).get(group, ("nobody",)))


def logs(moment: Moment) -> str:
    """Show the level that has to be logged at least; if there is none, anything may be logged or nothing."""
    return moment.must_log or "anything"


def registered(moment: Moment) -> str:
    """Show which modules are in the map of modules, and after a bar, if there are any, in that of disabled ones."""
    maps = (moment.after.modules, moment.after.disabled_modules)
    return "|".join("+".join(name for name, _ in entries) for entries in maps if entries)


def implementations(moment: Moment) -> str:
    """Show the map of modules, with the implementations."""
    return "+".join(name + implementation for name, implementation in moment.after.modules)


def made_with(moment: Moment) -> str:
    """Show the parts of the message that was made last."""
    result = [end.result for _, end in sorted(moment.ended.items()) if isinstance(end.result, Made)][-1]
    parts = (result.parent, result.source, result.group, result.operation, result.resource, result.content)
    return f"{'/'.join(parts)} at {result.timestamp}"


A, B = AddModule(module="a"), AddModule(module="b")
JOIN_A, JOIN_B = AddModuleGroup(module="a", group="g"), AddModuleGroup(module="b", group="g")
JOIN_H = AddModuleGroup(module="a", group="h")
CLEAN_A = CleanUp(module="a")
SEND_A = Send(module="a", id="m1")
BROADCAST, BROADCAST_H = SendToGroup(group="g", id="m1"), SendToGroup(group="h", id="m1")
ASK = SendSync(module="a", id="m1", timeout=10)
ASK_G = SendToGroupSync(group="g", id="m1", timeout=10)
LONG = "x" * 100_000

OVERVIEW = (
    Line(
        "Overview",
        "The maximum length of a name",
        (
            shown(
                AddModule(module=LONG),
                AddModuleGroup(module=LONG, group=LONG),
                SendSync(module=LONG, id=LONG, timeout=10**15),
                Receive(module=LONG),
                SendResp(parent=LONG),
                of=(3, 4, 5),
                outcomes={"message of 5, message of 3, returned"},
            ),
        ),
        "The model has no maximum, and a program that reaches one of an implementation is a matter of its target.",
    ),
)

MESSAGE_FORMAT = (
    Line(
        "Message format",
        "The moment from which the timestamp counts",
        (shown(MakeMessage(), of=(), outcomes={"///// at 0"}, shows=made_with),),
        "Programs see differences of timestamps only, so any beginning is the same to them; no step sets the clock.",
    ),
    Line(
        "Message format",
        "The source, group, operation and resource of a response",
        (shown(MakeResponse(id="m1", content="x"), of=(), outcomes={"m1/////x at 0"}, shows=made_with),),
        "Of a response only the parent and the content are seen, and a content is always given.",
    ),
    Line(
        "Message format",
        "The format of an id",
        not_shown="Of the id of a message that is made, only whether it is new is seen.",
    ),
    Line(
        "Message format",
        "The meaning of the parent of a message",
        (shown(A, ASK, MakeMessage(parent="m1"), of=(2,), outcomes={"waits, m1///// at 0"}, shows=made_with),),
        "That a message arrives with its parent is MSG-2.",
    ),
    Line(
        "Message format",
        "Whether a message that was made with the sync flag",
        not_shown="Each operation of a program sends a message of its own, made without the flag.",
    ),
    Line(
        "Message format",
        "Whether sender and receivers share a message",
        not_shown="No operation of a program changes a message after it was sent.",
    ),
    Line(
        "Message format",
        "What an operation does if it is given no message",
        not_shown="Every operation of a program that sends is given a message.",
    ),
)

REGISTERING = (
    Line(
        "Registering modules",
        "Whether the start reports",
        (
            shown(
                Start(enabled=("a", "b"), modules=("b",)),
                of=(1,),
                outcomes={"returned, b", "other, b"},
                shows=registered,
            ),
            shown(
                Start(enabled=("a",), modules=("a", "a")),
                of=(1,),
                outcomes={"returned, a", "other, a"},
                shows=registered,
            ),
            shown(Start(enabled=("a",), modules=("a", "b")), of=(1,), outcomes={"returned, a|b"}, shows=registered),
        ),
    ),
    Line(
        "Registering modules",
        "With clean_up_registration removed",
        (
            # before and after it has left `channels`: the client finds out one after the other
            *(
                shown(
                    A,
                    Start(enabled=("a",), modules=("a",)),
                    together(CLEAN_A, in_turn(first, second)),
                    of=(4, 5),
                    outcomes=outcomes,
                    clean_up_registration="removed",
                )
                for first, second, outcomes in (
                    (
                        Register(module="a"),
                        SEND_A,
                        {
                            f"{registered}, {sent}"
                            for registered in ("returned", "other")
                            for sent in ("returned", "unknown_module", "closed")
                        },
                    ),
                    (
                        SEND_A,
                        Register(module="a"),
                        {
                            f"{sent}, {registered}"
                            for registered in ("returned", "other")
                            for sent in ("returned", "unknown_module", "closed")
                        },
                    ),
                )
            ),
            shown(
                Start(enabled=("a",), modules=("a",)),
                CLEAN_A,
                of=(2,),
                outcomes={"unknown_module, a", "unknown_module, "},
                shows=registered,
                clean_up_registration="removed",
            ),
        ),
    ),
    Line(
        "Registering modules",
        "The format of modules.yaml",
        (shown(Start(enabled=("a", "a"), modules=("a",)), of=(1,), outcomes={"returned, a"}, shows=registered),),
        "A program gives the names that the file enables, and the target writes the file.",
    ),
    Line(
        "Registering modules",
        "What a start does if modules.yaml is missing",
        not_shown="Each start of a program has a file, which is not changed.",
    ),
    Line(
        "Registering modules",
        "When, and in which order, the registered modules start to run",
        not_shown="The modules of a program do nothing but register; what runs are its operations.",
    ),
    Line(
        "Registering modules",
        "In which order modules that register at one instant",
        (
            shown(
                Start(enabled=("a",)),
                together(Register(module="a", implementation="1"), Register(module="a", implementation="2")),
                of=(2, 3),
                outcomes={"returned, other, a1", "other, returned, a2"},
                shows=implementations,
            ),
            # before, between and after those of the start
            shown(
                together(
                    Start(enabled=("a", "b"), modules=("a", "b")),
                    in_turn(Register(module="a", implementation="1"), Register(module="b", implementation="1")),
                ),
                of=(),
                outcomes={"a+b", "a+b1", "a1+b", "a1+b1"},
                shows=implementations,
                register_again="kept",
            ),
        ),
    ),
)

MODULES = (
    Line(
        "Operations on modules",
        "In which order a module leaves `channels` and its groups",
        (
            shown(A, together(CLEAN_A, SEND_A), of=(3,), outcomes={"returned", "closed", "unknown_module"}),
            shown(A, JOIN_A, together(CLEAN_A, BROADCAST), of=(4,), outcomes={"returned", "unknown_group"}),
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
                together(in_turn(Sleep(ms=10), RESPOND)),
                Advance(10),
                of=(2, 4),
                outcomes={"timeout, returned", "message of 4, returned"},
            ),
            shown(
                A,
                JOIN_A,
                ASK_G,
                together(in_turn(Sleep(ms=10), RESPOND)),
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
            # an id in use, or an empty one, and nobody to ask
            shown(
                A,
                ASK,
                SendSync(module="b", id="m1", timeout=10),
                of=(3,),
                outcomes={"unknown_module", "other"},
            ),
            shown(
                SendSync(module="b", id="", timeout=10),
                of=(1,),
                outcomes={"unknown_module", "other"},
                empty_id="refused",
            ),
            shown(A, ASK, ASK_G, of=(3,), outcomes={"unknown_group", "other"}),
            shown(
                SendToGroupSync(group="g", id="", timeout=10),
                of=(1,),
                outcomes={"unknown_group", "other"},
                empty_id="refused",
            ),
            shown(
                A,
                JOIN_A,
                CLEAN_A,
                SendToGroupSync(group="g", id="", timeout=10),
                of=(4,),
                outcomes={"unknown_group", "other"},
                empty_id="refused",
                empty_group="kept",
                group_sync_empty="refused",
            ),
            # an id in use, and a group for which the call returns
            shown(A, ASK, ASK_G, of=(3,), outcomes={"returned", "other"}, group_sync_unknown="returned"),
            # no time, and nobody to ask
            shown(replace(ASK, timeout=0), of=(1,), outcomes={"unknown_module", "timeout"}),
            shown(replace(ASK_G, timeout=0), of=(1,), outcomes={"unknown_group", "timeout"}),
            # a timeout of zero, and nobody to ask
            *(
                shown(operation, of=(1,), outcomes={unknown, end}, **{question: answer})
                for answer, end in (("unsent", "timeout"), ("refused", "other"))
                for operation, unknown, question in (
                    (replace(ASK, timeout=0), "unknown_module", "sync_zero"),
                    (replace(ASK, timeout=-1), "unknown_module", "sync_negative"),
                    (replace(ASK_G, timeout=0), "unknown_group", "group_sync_zero"),
                    (replace(ASK_G, timeout=-1), "unknown_group", "group_sync_negative"),
                )
            ),
            # a timeout of zero, and an id in use
            shown(A, ASK, replace(ASK, timeout=0), of=(3,), outcomes={"timeout", "other"}, sync_zero="unsent"),
            shown(
                A,
                JOIN_A,
                ASK,
                replace(ASK_G, timeout=0),
                of=(4,),
                outcomes={"timeout", "other"},
                group_sync_zero="unsent",
            ),
            # a timeout of zero, and no room
            shown(
                A,
                SEND_A,
                replace(ASK, timeout=0),
                of=(3,),
                outcomes={"timeout", "other"},
                sync_zero="unsent",
                capacity=1,
                full="refused",
            ),
            *(
                shown(
                    A,
                    JOIN_A,
                    SEND_A,
                    replace(ASK_G, timeout=0),
                    of=(4,),
                    outcomes={"timeout", "other"},
                    group_sync_zero="unsent",
                    capacity=1,
                    group_sync_put=answer,
                )
                for answer in ("skips", "none", "stops")
            ),
            # a timeout that is over at once, and another reason
            *(
                shown(
                    *opening,
                    operation,
                    of=(number,),
                    outcomes={"timeout", other},
                    sync_zero="at_once",
                    group_sync_zero="at_once",
                    capacity=1,
                    full="refused",
                    group_sync_put="skips",
                    empty_id="refused",
                )
                for opening, operation, number, other in (
                    ((), replace(ASK, timeout=0), 1, "unknown_module"),
                    ((), replace(ASK_G, timeout=0), 1, "unknown_group"),
                    ((A,), replace(ASK, timeout=0, id=""), 2, "other"),
                    ((A, JOIN_A), replace(ASK_G, timeout=0, id=""), 3, "other"),
                    ((A, SEND_A), replace(ASK, timeout=0), 3, "other"),
                    ((A, JOIN_A, SEND_A), replace(ASK_G, timeout=0), 4, "other"),
                    ((A, ASK), replace(ASK, timeout=0), 3, "other"),
                    ((A, JOIN_A, ASK), replace(ASK_G, timeout=0), 4, "other"),
                )
            ),
            # a reason that is no error
            *(
                shown(
                    *opening,
                    operation,
                    of=(number,),
                    outcomes={"returned", other},
                    group_sync_unknown="returned",
                    empty_id="refused",
                    group_sync_zero="refused",
                    group_sync_negative="unsent",
                )
                for opening, operation, number, other in (
                    ((A, ASK), ASK_G, 3, "other"),
                    ((), replace(ASK_G, id=""), 1, "other"),
                    ((), replace(ASK_G, timeout=0), 1, "other"),
                    ((), replace(ASK_G, timeout=-1), 1, "timeout"),
                )
            ),
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

UNSPECIFIED = (*OVERVIEW, *MESSAGE_FORMAT, *REGISTERING, *MODULES, *MESSAGES)
