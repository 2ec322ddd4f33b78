"""Expectations: what the words mean, and which are none."""

from __future__ import annotations

import pytest
from beehive_conformance.scenarios.expectation import Returns, expectation_form, parse
from beehive_spec.vocabulary import (
    ErrorKind,
    Failed,
    GotMessage,
    GroupName,
    Made,
    MessageId,
    OperationNumber,
    Outcome,
    Returned,
)
from msgspec.structs import replace

HERE = 3
"""The step in which the operation starts."""
RETURNED = Returned()
TIMEOUT = Failed(ErrorKind.TIMEOUT, "what it says is not compared")
MESSAGE = GotMessage(OperationNumber(2))
SYNC = GotMessage(OperationNumber(2), sync=True)
NOBODY = GotMessage(None)
CHANGED = GotMessage(OperationNumber(2), changed=("id", "source"))
ANSWER = Made(parent=MessageId("m1"), group=GroupName("g"), content="on", timestamp=1000)
SPOILT = Made(is_new=False, source="s", operation="o", resource="r", sync=True)


def _seen(outcome: Outcome, step: int = HERE, ms: int = 0, times: int = 1) -> Returns:
    return Returns(step, outcome, ms, times)


@pytest.mark.parametrize(
    ("text", "met", "missed"),
    [
        ("returned", [RETURNED], [MESSAGE, TIMEOUT]),
        ("message of 2", [MESSAGE], [SYNC, RETURNED, NOBODY, CHANGED, GotMessage(OperationNumber(3))]),
        ("message of 2 sync", [SYNC], [MESSAGE]),
        ("message of 2 with another id", [replace(MESSAGE, changed=("id",))], [MESSAGE, CHANGED]),
        ("made", [Made()], [Made(is_new=False), Made(sync=True), Made(content="x"), Made(timestamp=1), RETURNED]),
        ("made parent m1 group g content on later by 1000", [ANSWER], [Made(), Made(MessageId("m1"))]),
        ("error timeout", [TIMEOUT, Failed(ErrorKind.TIMEOUT)], [Failed(ErrorKind.OTHER), RETURNED]),
        ("error", [TIMEOUT, Failed(ErrorKind.OTHER)], [RETURNED, MESSAGE]),
        ("returned or error closed", [RETURNED, Failed(ErrorKind.CLOSED)], [TIMEOUT]),
    ],
)
def test_an_outcome_is_met_by_its_like_and_by_nothing_else(
    text: str, met: list[Outcome], missed: list[Outcome]
) -> None:
    expectation = parse(text)
    assert {expectation.met([_seen(outcome)], False, HERE) for outcome in met} == {True}
    assert {expectation.met([_seen(outcome)], False, HERE) for outcome in missed} == {False}
    assert not expectation.met([], True, HERE)


def test_without_a_step_it_is_the_one_that_starts_the_operation_at_its_beginning() -> None:
    assert not parse("returned").met([_seen(RETURNED, step=4)], False, HERE)
    assert not parse("returned").met([_seen(RETURNED, ms=1)], False, HERE)
    assert parse("returned in step 4").met([_seen(RETURNED, step=4)], False, HERE)
    assert parse("error in step 4 at 7 ms").met([_seen(TIMEOUT, step=4, ms=7)], False, HERE)
    assert not parse("error in step 4 at 7 ms").met([_seen(TIMEOUT, step=4, ms=6)], False, HERE)


@pytest.mark.parametrize(("ms", "met"), [(4, False), (5, True), (9, True), (10, False)])
def test_a_stretch_of_time_has_both_its_ends(ms: int, met: bool) -> None:
    assert parse("returned at 5 to 9 ms").met([_seen(RETURNED, ms=ms)], False, HERE) is met


def test_waiting_is_not_returning() -> None:
    assert parse("waits").met([], True, HERE)
    assert not parse("waits").met([_seen(RETURNED)], False, HERE)
    assert parse("returned or waits").met([], True, HERE)


@pytest.mark.parametrize(
    ("text", "seen", "waits", "met"),
    [
        ("returned 5 times", [_seen(RETURNED, times=5)], False, True),
        ("returned 5 times", [_seen(RETURNED, times=2), _seen(RETURNED, times=3)], False, True),
        ("returned 5 times", [_seen(RETURNED, times=4)], False, False),
        ("returned 5 times", [_seen(RETURNED, times=6)], False, False),
        ("returned 5 times", [_seen(RETURNED, times=5)], True, False),
        ("returned 2 times then waits", [_seen(RETURNED, times=2)], True, True),
        ("returned 2 times then waits", [_seen(RETURNED, times=2)], False, False),
        ("returned then error", [_seen(RETURNED), _seen(TIMEOUT)], False, True),
        ("returned 2 times then returned in step 4", [_seen(RETURNED, times=2), _seen(RETURNED, 4)], False, True),
        ("returned any number of times then waits", [], True, True),
        ("returned any number of times then waits", [_seen(RETURNED, times=99)], True, True),
        ("returned any number of times then waits", [_seen(RETURNED), _seen(TIMEOUT)], True, False),
        ("returned any number of times then error", [_seen(RETURNED, times=9), _seen(TIMEOUT)], False, True),
        ("error timeout then returned", [_seen(RETURNED), _seen(TIMEOUT)], False, False),
    ],
)
def test_the_rounds_of_a_repeat_are_met_in_order_and_in_number(
    text: str, seen: list[Returns], waits: bool, met: bool
) -> None:
    assert parse(text).met(seen, waits, HERE) is met


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "'' is not an expectation; write returned, message of N"),
        ("return", "'return' is not an expectation"),
        ("returned ", "'returned ' is not an expectation"),
        ("made of 2", "'made of 2' is not an expectation"),
        ("made content", "'made content' is not an expectation"),
        ("message of two", "'message of two' is not an expectation"),
        ("error never", "'never' is not an error kind; the kinds are unknown_module, unknown_group, timeout, "),
        ("waits then returned", "'waits' is not an expectation"),
        ("returned at 5 to 4 ms", "'returned at 5 to 4 ms' ends before it begins"),
        ("returned or", "'returned or' is not an expectation"),
        ("waits in step 4", "'waits in step 4' is not an expectation"),
    ],
)
def test_an_invalid_expectation_is_refused_with_the_valid_forms(text: str, problem: str) -> None:
    with pytest.raises(ValueError, match=r"expectation|kinds|begins") as caught:
        parse(text)
    assert problem in str(caught.value)


@pytest.mark.parametrize(
    ("seen", "waits", "text"),
    [
        ([], True, "waits"),
        ([_seen(MESSAGE)], False, "message of 2"),
        ([_seen(SYNC, 4, 9)], False, "message of 2 sync in step 4 at 9 ms"),
        ([_seen(ANSWER)], False, "made parent m1 group g content on later by 1000"),
        ([_seen(TIMEOUT, ms=5)], False, "error timeout at 5 ms"),
        ([_seen(RETURNED, times=3)], True, "returned 3 times then waits"),
    ],
)
def test_what_was_seen_is_worded_as_the_expectation_that_it_meets(
    seen: list[Returns], waits: bool, text: str
) -> None:
    assert expectation_form(seen, waits, HERE) == text
    assert parse(text).met(seen, waits, HERE)


def test_what_no_expectation_can_ask_for_is_worded_as_well() -> None:
    assert expectation_form([_seen(CHANGED)], False, HERE) == "message of 2 with another id, source"
    text = "made source s operation o resource r with the sync flag with an id that is not new"
    assert expectation_form([_seen(SPOILT)], False, HERE) == text
