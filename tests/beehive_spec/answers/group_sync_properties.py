"""What the answers to the questions about send_to_group_sync say."""

from __future__ import annotations

from collections.abc import Callable
from operator import eq, ge
from typing import TypeAlias

from beehive_spec.answers import UNBOUNDED
from beehive_spec.chapters import NUMBER
from beehive_spec.vocabulary import AddModule, AddModuleGroup, Advance, CleanUp, ErrorKind, Receive, SendToGroupSync
from calls import (
    RECEIVE_A,
    RECEIVE_B,
    RESPOND,
    T,
    about_late,
    about_timeout,
    about_timer,
    after_start,
    ends_by,
    gets_up_to,
    is_entered,
    is_the_only_call,
    put_by_sends_and_calls,
    put_if_there_was_room,
    responded,
    responses_to,
    room_at,
    succeeds,
)
from combinators import (
    Check,
    Property,
    at_once,
    changes_nothing,
    each,
    every,
    fails,
    group_is_empty,
    group_is_unknown,
    negated,
    new,
    of_module,
    returns,
    some,
    under_way,
    waiting,
)
from groups import BOTH, only_one_was_full, puts_into_none, skips, still_full, stops, takes_back_what_was_not_put
from moments import Call, Moment
from table import About, Ambiguous, Setting, fill, member, steps

ASK = SendToGroupSync(group="g", id="m1", timeout=T)
WAITING = ("waits", "withdrawn", "left")
BOUNDED = (0, 1, 2)
FULL_AND_FREE = steps(*BOTH, fill("a"), ASK)


# when responses are noticed


def looks_when_the_time_is_over(moment: Moment) -> bool:
    """Whether a call that waits for nothing but responses looks for them once more when the timeout is over."""
    answers = moment.answers
    return answers.group_sync_look == "at_timeout" or answers.group_sync_unnoticed != "timeout"


def notices_at(times: Callable[[int], set[int]]) -> Check:
    """A call to one module that responds at some time succeeds at one of these times, or when its own is over."""

    def holds(moment: Moment, call: Call) -> bool:
        given = [other.started for other in moment.calls if other.operation == RESPOND and other.started < T]
        end, expected = moment.end(call), times(given[0]) if given else set()
        if end is None:
            return moment.now < T and (not given or moment.now <= max(expected))
        unnoticed = end.at == T and (not given or max(expected) > T)
        if unnoticed:
            return succeeds(moment, call) == (bool(given) and looks_when_the_time_is_over(moment))
        return succeeds(moment, call) and end.at in expected

    return holds


def at_the_response(given: int) -> set[int]:
    return {given}


def at_the_timeout(given: int) -> set[int]:
    return {T}


def at_polls(interval: int) -> Callable[[int], set[int]]:
    """A poll at the instant of the response may see it or not; the next one does."""

    def times(given: int) -> set[int]:
        before, since = divmod(given, interval)
        return {(before + 1) * interval} | ({given} if not since else set())

    return times


def returns_when_it_checks(moment: Moment, call: Call) -> bool:
    """A call that lacks no response from the start succeeds at its first check."""
    look = moment.answers.group_sync_look
    times = {"at_once": {0}, "at_timeout": {T}}.get(look) or at_polls(look)(0)
    end = moment.end(call)
    if end is None:
        return moment.now < call.started + max(times)
    return succeeds(moment, call) and end.at - call.started in times


# how many responses are needed


def modules_now(moment: Moment, call: Call) -> int:
    return len(dict(moment.after.type_channels).get(call.operation.group, ()))


def modules_at_start(moment: Moment, call: Call) -> int:
    began = next(each for each in moment.moments if call in each.started)
    return modules_now(began, call)


def kept(moment: Moment, call: Call) -> int:
    """Return how many responses are kept for the call: as many as the group had modules (GSYNC-9)."""
    return min(responses_to(moment, call), modules_at_start(moment, call))


Count: TypeAlias = Callable[[Moment, Call], int]
Compare: TypeAlias = Callable[[int, int], bool]


def compared_as_answered(moment: Moment) -> Compare:
    return eq if moment.answers.group_sync_compare == "equal" else ge


def noticed_as_answered(moment: Moment, call: Call) -> bool:
    return moment.answers.group_sync_count == "now" or at_a_response_that_is_kept(moment, call)


def needs(count: Count, notices: Check, compare: Compare | None = None) -> Property:
    """The call succeeds in the step in which it notices enough responses, or at its timeout, if it looks then."""

    def holds(moment: Moment, call: Call) -> bool:
        time_is_over = moment.now >= call.started + T
        if time_is_over:
            looks = looks_when_the_time_is_over(moment)
        else:
            looks = moment.answers.group_sync_look == "at_once" and notices(moment, call)
        complete = (compare or compared_as_answered(moment))(kept(moment, call), count(moment, call))
        return succeeds(moment, call) == (looks and complete) and (time_is_over or not fails()(moment, call))

    return each(waiting(SendToGroupSync), holds)


def at_any_step(moment: Moment, call: Call) -> bool:
    return True


def at_a_response_that_is_kept(moment: Moment, call: Call) -> bool:
    return responded(moment, call) and responses_to(moment, call) <= modules_at_start(moment, call)


# what a call does at its timeout


def at_its_timeout(without_room: bool, with_room: bool) -> Check:
    """The call to one module, if it has its response when its time is over, succeeds with or without room."""

    def holds(moment: Moment, call: Call) -> bool:
        has_room, has_response = room_at(moment) is not None, responses_to(moment, call) > 0
        if moment.now < call.started + T:
            return moment.end(call) is None or (succeeds(moment, call) and has_room and has_response)
        wanted = has_response and (with_room if has_room else without_room)
        return ends_by(after_start(T))(moment, call) and succeeds(moment, call) == wanted

    return holds


# channels that are full


def succeeds_when(condition: Check) -> Check:
    return lambda moment, call: succeeds(moment, call) == condition(moment, call)


def all_responded(moment: Moment, call: Call) -> bool:
    return responses_to(moment, call) >= 2


def all_responded_and_room(moment: Moment, call: Call) -> bool:
    return all_responded(moment, call) and room_at(moment) is not None


def a_full_one_goes(moment: Moment, call: Call) -> bool:
    """The step cleans up a module whose channel is full, and the others have not all responded."""
    goes = isinstance(moment.step, CleanUp) and moment.step.module in still_full(moment.past)
    return goes and responses_to(moment, call) < modules_now(moment, call)


def fails_when_a_full_one_goes(kind: ErrorKind) -> Property:
    """The call fails where it waits for room at one channel; where two are full, it may wait at the other one."""
    goes = waiting(SendToGroupSync, a_full_one_goes)
    return every(
        each(waiting(SendToGroupSync, a_full_one_goes, only_one_was_full), fails(kind)),
        some(goes, fails(kind)),
        each(new(Receive), takes_back_what_was_not_put),
    )


PROPERTIES = {
    "group_sync_unknown": About(
        {
            "refused": each(
                new(SendToGroupSync, group_is_unknown), at_once, fails(ErrorKind.UNKNOWN_GROUP), changes_nothing
            ),
            "returned": each(new(SendToGroupSync, group_is_unknown), at_once, returns, changes_nothing),
            "timeout": each(
                under_way(SendToGroupSync, group_is_unknown),
                negated(is_entered),
                negated(succeeds),
                ends_by(after_start(T)),
            ),
        },
        Setting((ASK, RESPOND, Advance(4), Advance(T), AddModule(module="a"), AddModuleGroup(module="a", group="h"))),
    ),
    "group_sync_empty": About(
        {
            "returned": each(under_way(SendToGroupSync, is_the_only_call), returns_when_it_checks),
            "refused": each(
                new(SendToGroupSync, group_is_empty), at_once, fails(ErrorKind.UNKNOWN_GROUP), changes_nothing
            ),
            "timeout": each(
                under_way(SendToGroupSync), negated(is_entered), negated(succeeds), ends_by(after_start(T))
            ),
        },
        Setting(
            (ASK, RESPOND, Advance(4), Advance(T)),
            steps(*member("a"), CleanUp(module="a")),
            {"empty_group": ("kept",)},
        ),
    ),
    "group_sync_zero": about_timeout(SendToGroupSync(group="g", id="m1", timeout=0)),
    "group_sync_negative": about_timeout(SendToGroupSync(group="g", id="m1", timeout=-1)),
    "group_sync_look": About(
        {
            "at_once": each(under_way(SendToGroupSync), notices_at(at_the_response)),
            "at_timeout": each(under_way(SendToGroupSync), notices_at(at_the_timeout)),
            NUMBER: lambda number: each(under_way(SendToGroupSync), notices_at(at_polls(number))),
        },
        Setting(
            (RESPOND, Advance(2), Advance(4), Advance(T)),
            steps(*member("a"), ASK),
            {"capacity": (UNBOUNDED, 1, 2)},
        ),
    ),
    "group_sync_count": About(
        {
            "at_start": needs(modules_at_start, at_any_step),
            "now": needs(modules_now, at_any_step),
            "at_response": needs(modules_now, at_a_response_that_is_kept),
        },
        Setting(
            (RESPOND, CleanUp(module="b"), AddModuleGroup(module="c", group="g"), Advance(T)),
            steps(*BOTH, AddModule(module="c"), ASK),
            {"capacity": (UNBOUNDED, 1, 2), "group_sync_look": ("at_once", "at_timeout")},
        ),
        (
            Ambiguous(
                {"now", "at_response"},
                {"now", "at_response"},
                "the call compares when the timeout is over only, so both answers say the same",
                lambda others, _, __: others.group_sync_look != "at_once",
            ),
        ),
    ),
    "group_sync_compare": About(
        {
            "equal": needs(modules_now, noticed_as_answered, eq),
            "at_least": needs(modules_now, noticed_as_answered, ge),
        },
        Setting(
            (RESPOND, CleanUp(module="b"), Advance(T)),
            steps(*BOTH, ASK, RESPOND),
            {"capacity": (UNBOUNDED, 1, 2), "group_sync_look": ("at_timeout",)},
        ),
        more=(
            Setting(
                (RESPOND, CleanUp(module="b"), AddModuleGroup(module="c", group="g"), Advance(T)),
                steps(*BOTH, AddModule(module="c"), ASK),
                {"capacity": (UNBOUNDED, 1, 2), "group_sync_look": ("at_once",)},
            ),
        ),
    ),
    "group_sync_unnoticed": About(
        {
            "returned": each(waiting(SendToGroupSync), at_its_timeout(without_room=True, with_room=True)),
            "returned_if_looking": each(waiting(SendToGroupSync), at_its_timeout(without_room=False, with_room=True)),
            "timeout": each(waiting(SendToGroupSync), at_its_timeout(without_room=False, with_room=False)),
        },
        Setting(
            (RECEIVE_A, RESPOND, Advance(T)),
            steps(*member("a"), fill("a"), ASK),
            {
                "capacity": (1, 2),
                "group_sync_look": (2 * T,),
                "group_sync_put": ("waits",),
                "group_sync_timer": ("whole",),
            },
        ),
    ),
    "group_sync_put": About(
        {
            "waits": each(under_way(SendToGroupSync), negated(fails()), succeeds_when(all_responded_and_room)),
            "withdrawn": every(
                each(under_way(SendToGroupSync), negated(fails()), succeeds_when(all_responded)),
                each(new(Receive, of_module("a")), gets_up_to(put_if_there_was_room)),
            ),
            "left": every(
                each(under_way(SendToGroupSync), negated(fails()), succeeds_when(all_responded)),
                each(new(Receive, of_module("a")), gets_up_to(put_by_sends_and_calls)),
            ),
            "skips": skips(SendToGroupSync),
            "none": puts_into_none(SendToGroupSync),
            "stops": stops(SendToGroupSync),
        },
        Setting(
            (RESPOND, RECEIVE_A, RECEIVE_B, Advance(1)),
            steps(FULL_AND_FREE, RESPOND),
            {"capacity": (1,), "group_sync_look": ("at_once",)},
        ),
    ),
    "group_sync_late": about_late(ASK, {"capacity": BOUNDED}),
    "group_sync_closed": About(
        {
            "goes_on": each(waiting(SendToGroupSync, a_full_one_goes), negated(fails())),
            **{kind: fails_when_a_full_one_goes(ErrorKind(kind)) for kind in ("closed", "unknown_module", "other")},
        },
        Setting(
            (CleanUp(module="a"), CleanUp(module="b"), RESPOND, RECEIVE_A, RECEIVE_B, Advance(4)),
            FULL_AND_FREE,
            {"capacity": (1, 2), "group_sync_put": WAITING},
        ),
        more=(
            Setting(
                (CleanUp(module="a"), RECEIVE_A, RECEIVE_B),
                steps(*BOTH, fill("a"), fill("b"), ASK),
                {"capacity": BOUNDED, "group_sync_put": WAITING},
            ),
        ),
    ),
    "group_sync_timer": about_timer(ASK, {"capacity": BOUNDED}),
}
