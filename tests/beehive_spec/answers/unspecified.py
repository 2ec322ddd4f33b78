"""For every unspecified line of the chapters, programs whose outcomes are exactly those that the line leaves open."""

from __future__ import annotations

from beehive_spec.vocabulary import (
    AddModule,
    AddModuleGroup,
    MakeMessage,
    MakeResponse,
    Receive,
    Register,
    SendResp,
    SendSync,
    Start,
)
from lines import ASK, CLEAN_A, SEND_A, A, Line, implementations, in_turn, made_with, registered, shown, together
from message_lines import MESSAGES
from module_lines import MODULES

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
        "Which reason decides how registering ends",
        (
            shown(
                Register(module=""),
                of=(1,),
                outcomes={"returned", "other"},
                register_unnamed="ignored",
                register_without_file="refused",
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

UNSPECIFIED = (*OVERVIEW, *MESSAGE_FORMAT, *REGISTERING, *MODULES, *MESSAGES)
