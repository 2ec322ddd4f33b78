"""The steps of which the probes of some questions are made: those about names, messages and registration."""

from __future__ import annotations

from beehive_spec.vocabulary import (
    AddModule,
    AddModuleGroup,
    Advance,
    GroupName,
    LookAtFields,
    MakeMessage,
    MessageId,
    Milliseconds,
    ModuleName,
    Receive,
    Register,
    SendResp,
    SendSync,
    Start,
    Step,
)

A = ModuleName("a")
NO_MODULE, NO_GROUP, NO_ID = ModuleName(""), GroupName(""), MessageId("")
SHORT, LONG = Milliseconds(10), Milliseconds(200)

BESIDE = frozenset({"timestamp", "register"})
"""Beginnings of questions for which it does not matter whether a channel is full."""
ALPHABETS: tuple[tuple[str, tuple[Step, ...]], ...] = (
    ("unnamed_module", (AddModule(module=NO_MODULE), LookAtFields())),
    ("unnamed_group", (AddModule(module=A), AddModuleGroup(module=A, group=NO_GROUP), LookAtFields())),
    (
        "empty_id",
        (
            AddModule(module=A),
            SendSync(module=A, id=NO_ID, timeout=SHORT),
            Receive(module=A),
            SendResp(parent=NO_ID),
            Advance(SHORT),
        ),
    ),
    ("timestamp", (MakeMessage(), Advance(LONG))),
    (
        "register",
        (
            Start(enabled=(A,)),
            Register(module=A, implementation="first"),
            Register(module=A, implementation="second"),
            LookAtFields(),
        ),
    ),
)
"""The steps that matter to the questions whose names begin so."""
