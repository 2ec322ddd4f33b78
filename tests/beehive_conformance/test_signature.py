"""Equal failures have equal signatures."""

import pytest
from beehive_conformance.checking.checker import Difference
from beehive_conformance.judging.signature import signature_of
from beehive_conformance.programs.program import Program
from beehive_spec.vocabulary import (
    AddModule,
    DeathKind,
    Died,
    ErrorKind,
    Failed,
    Fields,
    GotMessage,
    InspectFields,
    Level,
    MessageId,
    Milliseconds,
    ModuleName,
    OperationNumber,
    Outcome,
    Receive,
    Return,
    Returned,
    Seen,
    Send,
    Together,
)

A = ModuleName("a")
PROGRAM = Program(
    (
        AddModule(module=A),
        Together((Receive(module=A), Send(module=A, id=MessageId("m")))),
        InspectFields(),
    )
)


def seen(*returned: tuple[int, Outcome, int], logged: Level = Level.NOTHING) -> Seen:
    returns = tuple(Return(OperationNumber(number), outcome, Milliseconds(ms)) for number, outcome, ms in returned)
    return Seen(returned=returns, logged=logged)


GOT = GotMessage(OperationNumber(3))
ALLOWED = (seen((2, GOT, 0), (3, Returned(), 0)),)


@pytest.mark.parametrize(
    ("difference", "text"),
    [
        (
            Difference(2, seen((2, GotMessage(), 0), (3, Returned(), 0)), ALLOWED),
            "receive returned a message that nobody",
        ),
        (
            Difference(2, seen((2, GOT, 0), (3, Failed(ErrorKind.CLOSED), 0)), ALLOWED),
            "send ended with the error closed",
        ),
        (Difference(2, seen((2, GOT, 7), (3, Returned(), 0)), ALLOWED), "receive returned a message at another time"),
        (Difference(2, seen((3, Returned(), 0)), ALLOWED), "receive did not return"),
        (Difference(2, seen((2, GOT, 0)), (seen((2, GOT, 0), logged=Level.ERROR),)), "step logged no error"),
        (
            Difference(2, seen((2, GOT, 0), logged=Level.INFO), (seen((2, GOT, 0), logged=Level.ERROR),)),
            "step logged no error",
        ),
        (Difference(2, seen((2, GOT, 0)), (seen((2, GOT, 0), logged=Level.INFO),)), "step logged nothing"),
        (Difference(3, Seen(fields=Fields((A,))), (Seen(fields=Fields()),)), "fields showed other keys"),
        (Difference(2, None, ALLOWED, Died(DeathKind.PANIC, "oh")), "receive ended the process (panic)"),
        (
            Difference(2, seen((2, GOT, 0), (3, Returned(), 0)), (seen((2, GOT, 0)), seen((3, Returned(), 0)))),
            "receive returned a message and send returned, of which only one is allowed",
        ),
        (
            Difference(
                2, seen((2, GOT, 0)), (seen((2, GOT, 0), (3, Returned(), 0)), seen((2, Failed(ErrorKind.CLOSED), 0)))
            ),
            "send did not return although receive returned a message",
        ),
        (
            Difference(2, seen(), (seen((2, GOT, 0)), seen((3, Returned(), 0)))),
            "receive did not return and no other operation did",
        ),
    ],
)
def test_the_signature_names_an_operation_and_what_it_did(difference: Difference, text: str) -> None:
    assert str(signature_of(PROGRAM, difference)).startswith(text)


def test_the_text_of_an_error_is_no_difference() -> None:
    with_text = seen((2, Failed(ErrorKind.CLOSED, "the channel is gone"), 0))
    without = (seen((2, Failed(ErrorKind.CLOSED), 0), (3, Returned(), 0)),)
    assert str(signature_of(PROGRAM, Difference(2, with_text, without))) == "send did not return"
