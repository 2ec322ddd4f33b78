"""What the answers to the questions about send_sync and its responses say."""

from __future__ import annotations

from collections.abc import Callable

from beehive_spec.answers import UNBOUNDED
from beehive_spec.chapters import NUMBER
from beehive_spec.vocabulary import (
    AddModule,
    Advance,
    CleanUp,
    ErrorKind,
    Receive,
    SendResp,
    SendSync,
    SendToGroupSync,
)
from calls import (
    EVER,
    RECEIVE_A,
    RESPOND,
    SYNC,
    T,
    about_late,
    about_timeout,
    about_timer,
    after_start,
    ends_by,
    gets_up_to,
    has_no_room,
    is_entered,
    is_the_only_call,
    put_by_sends_and_calls,
    put_if_there_was_room,
    responded,
    succeeds,
)
from combinators import (
    Property,
    at_once,
    changes_nothing,
    channel_is_full,
    cleaned_up,
    each,
    every,
    fails,
    gets_a_message,
    id_is_free,
    module_is_there,
    module_is_unknown,
    negated,
    new,
    receives_of,
    returns,
    under_way,
    waiting,
    waits,
)
from moments import Call, Moment, Situation
from table import About, Setting, fill, member, steps

ASK = SendSync(module="a", id="m1", timeout=T)
BOUNDED = (0, 1, 2)
NO_ROOM = {"capacity": BOUNDED, "sync_full": ("waits",)}
FULL = steps(*member("a"), fill("a"))


def module_is_gone(moment: Moment, call: Call) -> bool:
    return call.operation.module not in moment.before.channels


def gets_the_first_response(moment: Moment, call: Call) -> bool:
    """It returns the response in the very step in which it is given."""
    return gets_a_message(moment, call) == responded(moment, call)


# several calls with one id


def id_is_in_use(moment: Moment, call: Call) -> bool:
    return call.operation.id in moment.before.anon_channels


def calls_with_the_id(moment: Moment) -> list[Call]:
    return [call for call in moment.calls if isinstance(call.operation, SYNC)]


def owner_if_it_waits(moment: Moment) -> Call | None:
    """The latest call has the entry until it ends."""
    last = calls_with_the_id(moment)[-1]
    return None if last.number in moment.ended else last


def owner_until_one_ends(moment: Moment) -> Call | None:
    """The latest call has the entry until any call with this id ends."""
    calls = calls_with_the_id(moment)
    one_ended = any(
        each.end(call) for call in calls for each in moment.moments if len(each.calls) >= calls[-1].number
    )
    return None if one_ended else calls[-1]


def owned_by(owner: Callable[[Moment], Call | None]) -> Property:
    """The entry is there while it has an owner, and a response ends nobody but its owner.

    This can be seen where calls enter their id as soon as they start, because no channel is ever full.
    """

    def holds(situation: Situation) -> bool:
        return all(
            ("m1" in moment.after.anon_channels) == (owner(moment) is not None)
            and (
                situation.step != RESPOND
                or all(call == owner(situation.past) for call in moment.waited if succeeds(moment, call))
            )
            for moment in situation.options
            if calls_with_the_id(moment) and moment.answers.bound is None
        )

    return every(holds, each(under_way(SYNC), negated(fails(ErrorKind.OTHER))))


def second_of_two_calls_gets_room(moment: Moment, call: Call) -> bool:
    """Two calls waited for room before they entered their id; the first has it and waits, the second gets it now."""
    receives, calls = receives_of(moment, "a"), [each for each in moment.waited if isinstance(each.operation, SYNC)]
    return len(receives) == 2 and len(calls) == 2 and "m1" in moment.before.anon_channels


def one_call_fails(moment: Moment, call: Call) -> bool:
    return sum(fails()(moment, each) for each in moment.waited if isinstance(each.operation, SYNC)) == 1


# responses without room


def keeps(room: int) -> Property:
    """So many responses find room while nobody reads them."""

    def has_room(moment: Moment, call: Call) -> bool:
        return given_before(moment, call) < room

    return every(each(new(SendResp, has_room), returns), each(new(SendResp, negated(has_room)), negated(returns)))


def given_before(moment: Moment, call: Call) -> int:
    """Return how many responses to the same parent were given before this one."""
    return sum(other.operation == call.operation for other in moment.calls if other.number < call.number)


def finds_no_room(moment: Moment, call: Call) -> bool:
    """As many responses as are kept for the call that waits were given before; a group has one module here."""
    room = moment.answers.response_room
    kept = max(1, room) if call.operation.parent == "m1" and isinstance(room, int) else 1
    return call.operation.parent in moment.before.anon_channels and given_before(moment, call) >= kept


def its_call_ends(moment: Moment, call: Call) -> bool:
    """The call that the response belongs to ends in this step."""
    return any(
        isinstance(other.operation, SYNC) and other.operation.id == call.operation.parent and moment.end(other)
        for other in moment.waited
    )


UNREAD = steps(
    AddModule(module="a"),
    fill("a"),
    *member("b"),
    SendSync(module="a", id="m1", timeout=T),
    SendToGroupSync(group="g", id="m2", timeout=T),
)
"""Two calls that read no response before their timeout: one waits for room, the other looks at its end."""
UNREAD_STEPS = (RESPOND, SendResp(parent="m2"), Advance(4), Advance(T))
UNREAD_GIVEN = {
    "capacity": (1, 2),
    "sync_full": ("waits",),
    "sync_order": ("register_first",),
    "sync_put": ("waits",),
    "sync_timer": ("whole", "each"),
    "response_room": (0, 1, 2),
    "group_sync_look": ("at_timeout",),
}

PROPERTIES = {
    "sync_unknown": About(
        {
            "refused": each(
                new(SendSync, module_is_unknown, id_is_free),
                at_once,
                fails(ErrorKind.UNKNOWN_MODULE),
                changes_nothing,
            ),
            "goes_on": every(
                each(new(SendSync, module_is_unknown, id_is_free), waits, is_entered),
                each(waiting(SendSync, is_the_only_call), gets_the_first_response, ends_by(after_start(T))),
            ),
            "timeout": each(under_way(SendSync), negated(is_entered), negated(succeeds), ends_by(after_start(T))),
        },
        Setting((ASK, RESPOND, Advance(4), Advance(T), AddModule(module="b"))),
    ),
    "sync_zero": about_timeout(SendSync(module="a", id="m1", timeout=0)),
    "sync_negative": about_timeout(SendSync(module="a", id="m1", timeout=-1)),
    "sync_full": About(
        {
            "waits": each(new(SendSync, channel_is_full, id_is_free), waits),
            "refused": each(new(SendSync, channel_is_full, id_is_free), at_once, fails(), changes_nothing),
        },
        Setting((ASK, SendSync(module="a", id="m2", timeout=T), RECEIVE_A, Advance(T)), FULL, {"capacity": BOUNDED}),
    ),
    "sync_order": About(
        {
            "register_first": each(under_way(SendSync, has_no_room, waits), is_entered),
            "put_first": each(under_way(SendSync, has_no_room, waits), negated(is_entered)),
        },
        Setting((RESPOND, RECEIVE_A, Advance(4)), steps(FULL, ASK), NO_ROOM),
    ),
    "sync_put": About(
        {
            "waits": each(under_way(SendSync, has_no_room), negated(succeeds)),
            "withdrawn": every(
                each(waiting(SendSync, has_no_room), gets_the_first_response),
                each(new(Receive), gets_up_to(put_if_there_was_room)),
            ),
            "left": every(
                each(waiting(SendSync, has_no_room), gets_the_first_response),
                each(new(Receive), gets_up_to(put_by_sends_and_calls)),
            ),
        },
        Setting(
            (RESPOND, RECEIVE_A, Advance(2)),
            steps(FULL, ASK),
            {**NO_ROOM, "capacity": (0, 1), "sync_order": ("register_first",)},
        ),
    ),
    "sync_timer": about_timer(ASK, NO_ROOM),
    "sync_late": about_late(ASK, {**NO_ROOM}),
    "sync_closed": About(
        {
            **{
                kind: each(waiting(SendSync, cleaned_up, module_is_there), fails(ErrorKind(kind)))
                for kind in ("closed", "unknown_module", "other")
            },
            "goes_on": every(
                each(waiting(SendSync, cleaned_up, module_is_there), negated(fails())),
                each(waiting(SendSync, module_is_gone, responded), succeeds),
            ),
        },
        Setting((CleanUp(module="a"), RESPOND, Advance(4)), steps(FULL, ASK), NO_ROOM),
    ),
    "sync_same_id": About(
        {
            "refused": every(
                each(new(SYNC, id_is_in_use), at_once, fails(), changes_nothing),
                each(new(Receive, second_of_two_calls_gets_room), one_call_fails),
                each(new(Receive), gets_up_to(put_by_sends_and_calls)),
            ),
            "replaced_own": owned_by(owner_if_it_waits),
            "replaced_any": owned_by(owner_until_one_ends),
        },
        Setting(
            (
                SendSync(module="a", id="m1", timeout=4),
                ASK,
                SendToGroupSync(group="g", id="m1", timeout=4),
                RESPOND,
                Advance(4),
            ),
            steps(*member("a")),
            {"capacity": (UNBOUNDED,)},
        ),
        more=(
            Setting(
                (RECEIVE_A, Advance(4)),
                steps(FULL, ASK, ASK),
                {**NO_ROOM, "capacity": (0, 1), "sync_order": ("put_first",)},
            ),
        ),
    ),
    "response_room": About(
        {UNBOUNDED: each(new(SendResp), returns), NUMBER: keeps},
        Setting(
            (RESPOND, Advance(4)),
            steps(FULL, SendSync(module="a", id="m1", timeout=EVER)),
            {**NO_ROOM, "sync_order": ("register_first",), "sync_put": ("waits",)},
        ),
    ),
    "response_full": About(
        {
            "waits": each(new(SendResp, finds_no_room), waits),
            "dropped": each(new(SendResp, finds_no_room), returns, changes_nothing),
            "refused": each(new(SendResp, finds_no_room), fails(ErrorKind.OTHER), changes_nothing),
        },
        Setting(UNREAD_STEPS, UNREAD, UNREAD_GIVEN),
    ),
    "response_left": About(
        {
            "stays": each(waiting(SendResp), waits),
            "released": each(waiting(SendResp, its_call_ends), returns),
            "refused": each(waiting(SendResp, its_call_ends), fails(ErrorKind.CLOSED, ErrorKind.OTHER)),
        },
        Setting(UNREAD_STEPS, UNREAD, {**UNREAD_GIVEN, "response_full": ("waits",)}),
    ),
}
