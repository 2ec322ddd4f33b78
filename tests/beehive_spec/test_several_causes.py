"""Operations that several things end: each may decide, and none is missed because it comes before the waiting."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from beehive_spec.answers import Answers
from beehive_spec.automaton import MAKERS, NO_TAG, Automaton, EdgeStep, Node
from beehive_spec.model import Model
from beehive_spec.state import RETURNED, Delivered, OperationResult
from beehive_spec.vocabulary import (
    AddModule,
    AddModuleGroup,
    Advance,
    CleanUp,
    ClientName,
    ErrorKind,
    GroupName,
    MessageId,
    Milliseconds,
    ModuleName,
    Receive,
    Send,
    SendResp,
    SendSync,
    SendToGroup,
    SendToGroupSync,
    Sleep,
    Together,
)

A, B, G, C = ModuleName("a"), ModuleName("b"), GroupName("g"), ClientName("c")
M, N = MessageId("m"), MessageId("n")
TIME, NONE = Milliseconds(10), Milliseconds(0)
ADD, CLEAN, FILL = AddModule(module=A), CleanUp(module=A), Send(module=A, id=N)
JOIN = Together((AddModule(module=A, client=C), AddModuleGroup(module=A, group=G, client=C)))
JOIN_B = Together((AddModule(module=B, client=C), AddModuleGroup(module=B, group=G, client=C)))
FILL_B, CLEAN_B = Send(module=B, id=N), CleanUp(module=B)
ASK, ASK_GROUP = SendSync(module=A, id=M, timeout=TIME), SendToGroupSync(group=G, id=M, timeout=TIME)
ASK_AT_ONCE, ASK_GROUP_AT_ONCE = SendSync(module=A, id=M, timeout=NONE), SendToGroupSync(group=G, id=M, timeout=NONE)
BROADCAST = SendToGroup(group=G, id=M)
CLOSED, OTHER, TIMEOUT = ErrorKind.CLOSED, ErrorKind.OTHER, ErrorKind.TIMEOUT
UNKNOWN_MODULE, UNKNOWN_GROUP = ErrorKind.UNKNOWN_MODULE, ErrorKind.UNKNOWN_GROUP


def allowed(answers: Answers, *steps: EdgeStep) -> set[tuple[tuple[OperationResult, int], ...]]:
    """Return what the last step may end: the results and their times, in the order of the operations that end."""
    automaton = Automaton(Model(answers))
    nodes = {automaton.root}
    seen: set[tuple[tuple[OperationResult, int], ...]] = set()
    for step in steps:
        seen = set()
        following: set[Node] = set()
        for node in nodes:
            for observation, after in automaton.edges(node, step, _tags(node, step)).items():
                seen.add(tuple((result, at) for _, result, at in observation.returned))
                following.add(after)
        nodes = following
    return seen


def _tags(node: Node, step: EdgeStep) -> tuple[int, ...]:
    match step:
        case Together(operations=operations):
            makers = [isinstance(each, MAKERS) for each in operations]
        case Advance():
            makers = []
        case operation:
            makers = [isinstance(operation, MAKERS)]
    free = iter(node.free_tags(sum(makers)))
    return tuple(next(free) if makes else NO_TAG for makes in makers)


def results(answers: Answers, *steps: EdgeStep) -> set[OperationResult]:
    """Return the results with which the only operation of the last step may end."""
    found = allowed(answers, *steps)
    assert {len(each) for each in found} == {1}
    return {result for ((result, _),) in found}


BOUNDED = Answers(capacity=1)
IN_USE = Answers(sync_same_id="refused")


UNKNOWN_GROUP_ASKED = SendToGroupSync(group=GroupName("h"), id=M, timeout=TIME)
UNNAMED_ASK = SendSync(module=A, id=MessageId(""), timeout=TIME)
UNNAMED_ASK_GROUP = SendToGroupSync(group=G, id=MessageId(""), timeout=TIME)
JOIN_UNNAMED = AddModuleGroup(module=A, group=GroupName(""))
REASONS: Mapping[str, tuple[Answers, tuple[EdgeStep, ...], set[OperationResult]]] = {
    "id in use, unknown module": (
        IN_USE,
        (JOIN, ASK, SendSync(module=B, id=M, timeout=TIME)),
        {UNKNOWN_MODULE, OTHER},
    ),
    "id in use, unknown group": (IN_USE, (JOIN, ASK, UNKNOWN_GROUP_ASKED), {UNKNOWN_GROUP, OTHER}),
    "id in use, unknown group for which the call returns": (
        IN_USE._replace(group_sync_unknown="returned"),
        (JOIN, ASK, UNKNOWN_GROUP_ASKED),
        {RETURNED, OTHER},
    ),
    "id in use, unknown group for which the call would enter it": (
        IN_USE._replace(group_sync_unknown="waits"),
        (JOIN, ASK, UNKNOWN_GROUP_ASKED),
        {OTHER},
    ),
    "id in use, unknown group with which the call goes on": (
        IN_USE._replace(group_sync_unknown="goes_on"),
        (JOIN, ASK, UNKNOWN_GROUP_ASKED),
        {OTHER},
    ),
    "id in use, empty group": (
        IN_USE._replace(group_sync_empty="refused", empty_group="kept"),
        (JOIN, ASK, CLEAN, ASK_GROUP),
        {UNKNOWN_GROUP, OTHER},
    ),
    "id in use, no time": (IN_USE, (JOIN, ASK, ASK_AT_ONCE), {OTHER, TIMEOUT}),
    "id in use, no time for a group": (IN_USE, (JOIN, ASK, ASK_GROUP_AT_ONCE), {OTHER, TIMEOUT}),
    "empty id, unknown module": (Answers(empty_id="refused"), (UNNAMED_ASK,), {UNKNOWN_MODULE, OTHER}),
    "empty id, unknown group": (Answers(empty_id="refused"), (UNNAMED_ASK_GROUP,), {UNKNOWN_GROUP, OTHER}),
    "unsent, unknown module": (Answers(sync_zero="unsent"), (ASK_AT_ONCE,), {UNKNOWN_MODULE, TIMEOUT}),
    "no time, unknown module": (Answers(sync_zero="at_once"), (ASK_AT_ONCE,), {UNKNOWN_MODULE, TIMEOUT}),
    "refused timeout, unknown module": (Answers(sync_zero="refused"), (ASK_AT_ONCE,), {UNKNOWN_MODULE, OTHER}),
    "unsent, full channel": (
        BOUNDED._replace(sync_full="refused", sync_zero="unsent"),
        (JOIN, FILL, ASK_AT_ONCE),
        {OTHER, TIMEOUT},
    ),
    "no time, full channel": (
        BOUNDED._replace(sync_full="refused", sync_zero="at_once"),
        (JOIN, FILL, ASK_AT_ONCE),
        {OTHER, TIMEOUT},
    ),
    "full channel alone": (BOUNDED._replace(sync_full="refused"), (JOIN, FILL, ASK), {OTHER}),
    "unsent, full channel in a group": (
        BOUNDED._replace(group_sync_put="stops", group_sync_zero="unsent"),
        (JOIN, FILL, ASK_GROUP_AT_ONCE),
        {OTHER, TIMEOUT},
    ),
    "no time, full channel in a group": (
        BOUNDED._replace(group_sync_put="none", group_sync_zero="at_once"),
        (JOIN, FILL, ASK_GROUP_AT_ONCE),
        {OTHER, TIMEOUT},
    ),
    "full channel in a group alone": (BOUNDED._replace(group_sync_put="skips"), (JOIN, FILL, ASK_GROUP), {OTHER}),
    "unknown module, unnamed group": (
        Answers(group_unknown_module="refused", unnamed_group="refused"),
        (JOIN_UNNAMED,),
        {UNKNOWN_MODULE, OTHER},
    ),
    "unknown module that is ignored, unnamed group": (
        Answers(group_unknown_module="ignored", unnamed_group="refused"),
        (JOIN_UNNAMED,),
        {RETURNED, OTHER},
    ),
    "unnamed group alone": (Answers(unnamed_group="refused"), (ADD, JOIN_UNNAMED), {OTHER}),
}


@pytest.mark.parametrize("case", REASONS.values(), ids=list(REASONS))
def test_each_of_several_reasons_may_be_the_one_that_is_reported(
    case: tuple[Answers, tuple[EdgeStep, ...], set[OperationResult]],
) -> None:
    answers, steps, expected = case
    assert results(answers, *steps) == expected


@pytest.mark.parametrize("put", ["withdrawn", "left"])
def test_a_call_that_has_queued_its_message_is_ended_by_the_closing_even_before_it_waits(put: str) -> None:
    answers = BOUNDED._replace(sync_put=put, sync_closed="closed")
    ended = allowed(answers, JOIN, FILL, Together((ASK, CLEAN)))
    assert ended == {((CLOSED, 0), (RETURNED, 0)), ((UNKNOWN_MODULE, 0), (RETURNED, 0))}


@pytest.mark.parametrize("put", ["withdrawn", "left"])
def test_a_call_to_a_group_that_has_queued_its_message_is_ended_by_the_closing_even_before_it_waits(put: str) -> None:
    answers = BOUNDED._replace(group_sync_put=put, group_sync_closed="closed", empty_group="kept")
    answers = answers._replace(group_sync_empty="refused")
    ended = allowed(answers, JOIN, FILL, Together((ASK_GROUP, CLEAN)))
    assert ended == {((CLOSED, 0), (RETURNED, 0)), ((UNKNOWN_GROUP, 0), (RETURNED, 0))}


@pytest.mark.parametrize(("question", "call"), [("sync", ASK), ("group_sync", ASK_GROUP)])
@pytest.mark.parametrize("put", ["withdrawn", "left"])
def test_a_call_that_waits_for_both_is_ended_by_the_closing(question: str, call: SendSync, put: str) -> None:
    answers = BOUNDED.with_answers({f"{question}_put": put, f"{question}_closed": "other"})
    assert allowed(answers, JOIN, FILL, call, CLEAN) == {((OTHER, 0), (RETURNED, 0))}


@pytest.mark.parametrize(("question", "call"), [("sync", ASK), ("group_sync", ASK_GROUP)])
@pytest.mark.parametrize("put", ["withdrawn", "left"])
def test_a_call_that_goes_on_after_the_closing_waits_for_its_timeout(question: str, call: SendSync, put: str) -> None:
    answers = BOUNDED.with_answers({f"{question}_put": put, f"{question}_closed": "goes_on"})
    assert allowed(answers, JOIN, FILL, call, CLEAN, Advance(TIME)) == {((TIMEOUT, 10),)}


@pytest.mark.parametrize("timer", ["whole", "each"])
@pytest.mark.parametrize("late", ["taken_back", "left"])
def test_a_response_that_is_kept_is_not_received_by_a_call_that_waits_for_room(timer: str, late: str) -> None:
    answers = BOUNDED._replace(sync_put="waits", sync_timer=timer, sync_late=late)
    respond = SendResp(parent=M)
    assert allowed(answers, JOIN, FILL, ASK, respond) == {((RETURNED, 0),)}
    assert allowed(answers, JOIN, FILL, ASK, respond, Advance(TIME)) == {((TIMEOUT, 10),)}


def test_a_broadcast_that_has_queued_its_message_is_told_of_the_closing_even_before_it_waits() -> None:
    answers = BOUNDED._replace(broadcast_full="waits", broadcast_closed="reported")
    steps = (JOIN, JOIN_B, FILL, FILL_B, BROADCAST, CLEAN, Receive(module=B))
    assert {each[0][0] for each in allowed(answers, *steps)} == {CLOSED, UNKNOWN_MODULE, OTHER}
    at_one_instant = (JOIN, JOIN_B, FILL, FILL_B, Together((BROADCAST, CLEAN)), Receive(module=B))
    told = {each[0][0] for each in allowed(answers, *at_one_instant)}
    assert told == {CLOSED, UNKNOWN_MODULE, OTHER, RETURNED}


@pytest.mark.parametrize(("late", "left"), [("taken_back", False), ("left", True)])
def test_a_message_that_is_left_when_the_response_has_come_is_left_until_the_timeout(late: str, left: bool) -> None:
    answers = BOUNDED._replace(sync_put="left", sync_late=late)
    steps = (JOIN, FILL, ASK, SendResp(parent=M))
    in_time = allowed(answers, *steps, Advance(Milliseconds(9)), Receive(module=A), Receive(module=A))
    assert {result.sync for ((result, _),) in in_time if isinstance(result, Delivered)} == {True}
    too_late = allowed(answers, *steps, Advance(TIME), Receive(module=A), Receive(module=A))
    assert {bool(each) for each in too_late} == {left}


@pytest.mark.parametrize(
    ("answers", "call"),
    [
        (BOUNDED._replace(group_sync_put="none"), ASK_GROUP),
        (BOUNDED._replace(broadcast_full="none"), BROADCAST),
    ],
    ids=["send_to_group_sync", "send_to_group"],
)
def test_a_call_that_reaches_all_or_none_fails_without_its_message_anywhere(
    answers: Answers, call: SendToGroup | SendToGroupSync
) -> None:
    automaton = Automaton(Model(answers))
    (node,) = automaton.edges(automaton.root, JOIN, (NO_TAG, NO_TAG)).values()
    (node,) = automaton.edges(node, JOIN_B, (NO_TAG, NO_TAG)).values()
    ends = automaton.edges(node, Together((call, FILL)), (0, 1))
    failed = [after for observation, after in ends.items() if (0, OTHER, 0) in observation.returned]
    assert [[_received(automaton, after, module) for module in (A, B)] for after in failed] == [[{1}, set()]]


def _received(automaton: Automaton, node: Node, module: ModuleName) -> set[int | None]:
    """Return the tags of the messages that a receive may return, with none if it waits."""
    found = automaton.edges(node, Receive(module=module), (NO_TAG,))
    return {result.tag for each in found for _, result, _ in each.returned if isinstance(result, Delivered)}


@pytest.mark.parametrize(("senders", "possible"), [("fifo", 1), ("any", 2)])
def test_a_call_takes_one_of_the_responses_that_wait_as_waiting_senders_are_served(
    senders: str, possible: int
) -> None:
    answers = BOUNDED._replace(senders=senders, response_room=0, response_full="waits")
    respond = SendResp(parent=M)
    ended = allowed(answers, JOIN, FILL, ASK, respond, respond, Receive(module=A))
    taken = {result.tag for each in ended for result, _ in each[:1] if isinstance(result, Delivered)}
    assert len(taken) == possible


@pytest.mark.parametrize("put", ["waits", "withdrawn", "left"])
def test_a_call_that_waits_at_a_full_channel_may_have_reached_the_others_or_not(put: str) -> None:
    answers = BOUNDED._replace(group_sync_put=put)
    received = allowed(answers, JOIN, JOIN_B, FILL, ASK_GROUP, Receive(module=B))
    assert {len(each) for each in received} == {0, 1}
    in_the_end = allowed(answers, JOIN, JOIN_B, FILL, ASK_GROUP, Receive(module=A), Receive(module=B))
    assert {len(each) for each in in_the_end} == {1}


@pytest.mark.parametrize(("put", "reached"), [("withdrawn", {0, 1}), ("left", {1})])
def test_a_call_that_has_its_responses_leaves_its_message_where_it_has_not_been(put: str, reached: set[int]) -> None:
    answers, respond = BOUNDED._replace(group_sync_put=put), SendResp(parent=M)
    assert allowed(answers, JOIN, JOIN_B, FILL, ASK_GROUP, respond, respond) == {((RETURNED, 0), (RETURNED, 0))}
    received = allowed(answers, JOIN, JOIN_B, FILL, ASK_GROUP, respond, respond, Receive(module=B))
    assert {len(each) for each in received} == reached


@pytest.mark.parametrize(("late", "reached"), [("taken_back", {0, 1}), ("left", {1})])
def test_a_call_that_times_out_leaves_its_message_where_it_has_not_been(late: str, reached: set[int]) -> None:
    answers = BOUNDED._replace(group_sync_put="withdrawn", group_sync_late=late)
    received = allowed(answers, JOIN, JOIN_B, FILL, ASK_GROUP, Advance(TIME), Receive(module=B))
    assert {len(each) for each in received} == reached


def test_a_timeout_may_be_reported_as_the_closing_of_a_channel_that_was_not_reached() -> None:
    answers = BOUNDED._replace(group_sync_put="waits", group_sync_closed="closed", group_sync_late="left")
    wait = (JOIN, JOIN_B, FILL, FILL_B, ASK_GROUP, Advance(Milliseconds(9)), CLEAN_B)
    assert {each for ended in allowed(answers, *wait) for each in ended} == {(CLOSED, 0), (RETURNED, 0)}
    reported = {each for ended in allowed(answers, *wait, Advance(Milliseconds(1))) for each in ended}
    assert reported == {(CLOSED, 1), (TIMEOUT, 1)}


def test_a_call_with_more_responses_than_modules_ends_as_the_comparison_says() -> None:
    counted = Answers(group_sync_count="now", group_sync_look="at_timeout")
    respond = SendResp(parent=M)
    steps = (JOIN, JOIN_B, ASK_GROUP, respond, respond, CLEAN_B, Advance(TIME))
    assert allowed(counted._replace(group_sync_compare="at_least"), *steps) == {((RETURNED, 10),)}
    assert allowed(counted._replace(group_sync_compare="equal"), *steps) == {((TIMEOUT, 10),)}


@pytest.mark.parametrize(
    ("unnoticed", "collecting", "in_room"),
    [
        ("returned", RETURNED, RETURNED),
        ("returned_if_looking", RETURNED, TIMEOUT),
        ("timeout", TIMEOUT, TIMEOUT),
    ],
)
def test_a_call_with_all_responses_ends_at_its_timeout_as_it_was_answered(
    unnoticed: str, collecting: OperationResult, in_room: OperationResult
) -> None:
    respond = SendResp(parent=M)
    polls = Answers(group_sync_look=20, group_sync_unnoticed=unnoticed)
    assert allowed(polls, JOIN, ASK_GROUP, respond, Advance(TIME)) == {((collecting, 10),)}
    waits = BOUNDED._replace(group_sync_put="waits", group_sync_unnoticed=unnoticed)
    assert allowed(waits, JOIN, FILL, ASK_GROUP, respond, Advance(TIME)) == {((in_room, 10),)}


@pytest.mark.parametrize(
    ("unnoticed", "results"),
    [("returned", {RETURNED}), ("returned_if_looking", {RETURNED}), ("timeout", {RETURNED, TIMEOUT})],
)
def test_a_last_poll_at_the_instant_of_the_timeout_comes_too_late_only_if_the_call_does_not_look_once_more(
    unnoticed: str, results: set[OperationResult]
) -> None:
    answers = Answers(group_sync_look=5, group_sync_unnoticed=unnoticed)
    steps = (JOIN, ASK_GROUP, Advance(Milliseconds(7)), SendResp(parent=M), Advance(TIME))
    assert {ended[-1][0] for ended in allowed(answers, *steps)} == results


@pytest.mark.parametrize("unnoticed", ["returned", "returned_if_looking", "timeout"])
def test_a_call_that_looks_only_at_its_timeout_returns_with_all_responses(unnoticed: str) -> None:
    answers = Answers(group_sync_look="at_timeout", group_sync_unnoticed=unnoticed)
    assert allowed(answers, JOIN, ASK_GROUP, SendResp(parent=M), Advance(TIME)) == {((RETURNED, 10),)}


def test_a_call_that_polls_without_an_interval_notices_its_responses_at_once() -> None:
    answers = Answers(group_sync_look=0)
    assert allowed(answers, JOIN, ASK_GROUP, Advance(Milliseconds(3)), SendResp(parent=M)) == {
        ((RETURNED, 0), (RETURNED, 0))
    }
    assert allowed(answers, JOIN, ASK_GROUP, Advance(TIME)) == {((TIMEOUT, 10),)}


@pytest.mark.parametrize("unnoticed", ["returned", "returned_if_looking", "timeout"])
def test_the_last_response_at_the_instant_of_the_timeout_may_be_in_time_or_not(unnoticed: str) -> None:
    answers = Answers(group_sync_unnoticed=unnoticed)
    late = Together((Sleep(ms=TIME, client=C), SendResp(parent=M, client=C)))
    ended = allowed(answers, JOIN, ASK_GROUP, late, Advance(TIME))
    assert {each[0][0] for each in ended} == {RETURNED, TIMEOUT}
