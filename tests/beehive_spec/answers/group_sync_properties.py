"""What the answers to the questions about send_to_group_sync say."""

from __future__ import annotations

from operator import eq, ge

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
    is_entered_until_it_ends,
    is_the_only_call,
    put_by_sends_and_calls,
    put_if_there_was_room,
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
from counting import (
    at_a_response_that_is_kept,
    at_any_step,
    at_its_timeout,
    at_polls,
    at_the_response,
    at_the_timeout,
    modules_at_start,
    modules_now,
    needs,
    noticed_as_answered,
    notices_at,
    returns_when_it_checks,
)
from groups import BOTH, only_one_was_full, puts_into_none, skips, still_full, stops, takes_back_what_was_not_put
from moments import Call, Moment
from table import About, Ambiguous, Setting, fill, member, steps

ASK = SendToGroupSync(group="g", id="m1", timeout=T)
WAITING = ("waits", "withdrawn", "left")
BOUNDED = (0, 1, 2)
FULL_AND_FREE = steps(*BOTH, fill("a"), ASK)


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


# groups without modules

RETURNS_WHEN_IT_CHECKS = each(
    under_way(SendToGroupSync, is_the_only_call), is_entered_until_it_ends, returns_when_it_checks
)
WAITS_WITH_ITS_ID = each(
    under_way(SendToGroupSync, is_the_only_call),
    is_entered_until_it_ends,
    negated(succeeds),
    ends_by(after_start(T)),
)

PROPERTIES = {
    "group_sync_unknown": About(
        {
            "refused": each(
                new(SendToGroupSync, group_is_unknown), at_once, fails(ErrorKind.UNKNOWN_GROUP), changes_nothing
            ),
            "goes_on": RETURNS_WHEN_IT_CHECKS,
            "returned": each(new(SendToGroupSync, group_is_unknown), at_once, returns, changes_nothing),
            "waits": WAITS_WITH_ITS_ID,
            "timeout": each(
                under_way(SendToGroupSync, group_is_unknown),
                negated(is_entered),
                negated(succeeds),
                ends_by(after_start(T)),
            ),
        },
        Setting(
            (ASK, RESPOND, Advance(4), Advance(T), AddModule(module="a"), AddModuleGroup(module="a", group="h")),
            # A call that may check at the start may return at once, whether it goes on or not.
            given={"group_sync_look": ("at_timeout",)},
        ),
        more=(Setting((ASK, RESPOND, Advance(4), Advance(T)), given={"group_sync_look": ("at_once", 0, 3, 7)}),),
    ),
    "group_sync_empty": About(
        {
            "returned": RETURNS_WHEN_IT_CHECKS,
            "refused": each(
                new(SendToGroupSync, group_is_empty), at_once, fails(ErrorKind.UNKNOWN_GROUP), changes_nothing
            ),
            "waits": WAITS_WITH_ITS_ID,
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
        (
            Ambiguous(
                {"at_once", NUMBER},
                {"at_once", NUMBER},
                "a call that polls all the time notices a response at once",
                lambda _, answer, model: {answer, model} == {"at_once", 0},
            ),
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
