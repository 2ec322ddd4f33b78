"""What can be said of synchronous calls: when they end, who owns an id, and what becomes of their messages."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from beehive_spec.answers import UNBOUNDED
from beehive_spec.chapters import NUMBER
from beehive_spec.vocabulary import Advance, ErrorKind, Receive, Send, SendResp, SendSync, SendToGroupSync
from combinators import (
    Check,
    Property,
    at_once,
    changes_nothing,
    each,
    every,
    fails,
    gets_a_message,
    new,
    receives_of,
    under_way,
)
from moments import Call, Moment
from table import About, Ambiguous, Answer, Setting, fill, member, steps

SYNC = (SendSync, SendToGroupSync)
T = 10
"""The timeout of the calls in most programs, in milliseconds."""
EVER = 1_000_000
NO_TIMEOUT = tuple(kind for kind in ErrorKind if kind is not ErrorKind.TIMEOUT)
RESPOND = SendResp(parent="m1")
RECEIVE_A = Receive(module="a")
RECEIVE_B = Receive(module="b")


def succeeds(moment: Moment, call: Call) -> bool:
    """The call ends in this step, and not with an error."""
    end = moment.end(call)
    return end is not None and not isinstance(end.result, ErrorKind)


def ends_by(limit: Callable[[Moment, Call], int | None]) -> Check:
    """The call ends with a timeout at exactly this time, if it does not succeed before; None is no limit."""

    def holds(moment: Moment, call: Call) -> bool:
        end, time = moment.end(call), limit(moment, call)
        if end is None:
            return time is None or moment.now < time
        return succeeds(moment, call) or (end.result == ErrorKind.TIMEOUT and end.at == time)

    return holds


def after_start(limit: int | None) -> Callable[[Moment, Call], int | None]:
    """A limit that is counted from the start of the call."""
    return lambda _, call: None if limit is None else call.started + limit


def is_entered(moment: Moment, call: Call) -> bool:
    """The id of the call is in `anonChannels` after the step."""
    return call.operation.id in moment.after.anon_channels


def is_entered_until_it_ends(moment: Moment, call: Call) -> bool:
    """The id of the call is in `anonChannels` after the step if the call still waits, and only then."""
    return is_entered(moment, call) == (call.number not in moment.ended)


def responses_to(moment: Moment, call: Call) -> int:
    """Return how many responses have been given since the call started, with those of this step."""
    return sum(
        isinstance(other.operation, SendResp) and other.operation.parent == call.operation.id
        for other in moment.calls[call.number :]
    )


def is_the_only_call(moment: Moment, call: Call) -> bool:
    return sum(isinstance(other.operation, SYNC) for other in moment.calls) == 1


def responded(moment: Moment, call: Call) -> bool:
    """The step responds to the id of the call."""
    return moment.step == SendResp(parent=call.operation.id)


def room_at(moment: Moment | None, module: str = "a") -> int | None:
    """Return when a message was first taken out of a channel that was full, or None."""
    ended = moment.ended if moment else {}
    times = [ended[call.number].at for call in receives_of(moment, module) if call.number in ended]
    return min(times, default=None)


def has_no_room(moment: Moment, call: Call) -> bool:
    """Nothing has been taken out of the full channel of module a, this step included."""
    return room_at(moment) is None


def had_room(moment: Moment, module: str, call: Call) -> bool:
    """Whether the channel of a module was received from before a call ended."""
    last = next((each for each in moment.moments if call.number in each.ended), moment)
    return bool(receives_of(last, module))


def gets_up_to(count: Callable[[Moment], int]) -> Check:
    """A receive gets a message as long as no more than so many receives of its module have started."""
    return lambda moment, call: (
        gets_a_message(moment, call) == (len(receives_of(moment, call.operation.module)) <= count(moment))
    )


def put_by_sends(module: str = "a") -> Callable[[Moment], int]:
    """Count what plain sends have sent to a module."""
    return lambda moment: sum(
        isinstance(call.operation, Send) and call.operation.module == module for call in moment.calls
    )


def put_by_sends_and_calls(moment: Moment) -> int:
    """Count what plain sends and synchronous calls have sent to module a, which is in the group."""
    return put_by_sends()(moment) + sum(isinstance(call.operation, SYNC) for call in moment.calls)


def put_if_there_was_room(moment: Moment) -> int:
    """Count what plain sends have sent to module a, and each call before whose end something was received there."""
    calls = [call for call in moment.calls if isinstance(call.operation, SYNC)]
    return put_by_sends()(moment) + sum(had_room(moment, "a", call) for call in calls)


# timeouts of zero or less, which both calls treat alike


def timeout_means(kind: type[SendSync] | type[SendToGroupSync]) -> dict[str, Property | Callable[[int], Property]]:
    """Return what the answers to the questions about a timeout of zero, and about a negative one, say."""
    return {
        "at_once": every(
            each(new(kind), at_once, fails(ErrorKind.TIMEOUT)), each(new(Receive), gets_up_to(put_by_sends_and_calls))
        ),
        "unsent": each(new(kind), at_once, fails(ErrorKind.TIMEOUT), changes_nothing),
        "forever": each(under_way(kind), ends_by(after_start(None))),
        "refused": each(new(kind), fails(*NO_TIMEOUT), changes_nothing),
        NUMBER: lambda number: every(
            each(under_way(kind), ends_by(after_start(number))),
            each(new(Receive), gets_up_to(put_by_sends_and_calls)),
        ),
    }


def about_timeout(operation: SendSync | SendToGroupSync) -> About:
    """Return the table for a question about the timeout of this operation."""
    return About(
        timeout_means(type(operation)),
        Setting(
            (operation, RECEIVE_A, RESPOND, Advance(7), Advance(EVER)),
            steps(*member("a")),
            {"capacity": (UNBOUNDED,), "sync_same_id": ("replaced_own", "replaced_any")},
        ),
        (
            Ambiguous(
                {"at_once", NUMBER},
                {"at_once", NUMBER},
                "a limit of no time is over at once",
                lambda _, answer, model: {answer, model} == {"at_once", 0},
            ),
        ),
    )


# waiting for room


def without_room(moment: Moment, call: Call) -> int | None:
    """The limit is counted from when there was room."""
    room = room_at(moment)
    return None if room is None else room + T


def once_more_with_room(moment: Moment, call: Call) -> int | None:
    """The limit is counted from the start, and anew from when there was room."""
    room = room_at(moment)
    return (call.started if room is None else room) + T


def about_timer(operation: SendSync | SendToGroupSync, given: Mapping[str, tuple[Answer, ...]]) -> About:
    """Return the table for the question what the timeout of this operation limits."""
    kind = type(operation)
    return About(
        {
            "whole": each(under_way(kind), ends_by(after_start(T))),
            "waiting": each(under_way(kind), ends_by(without_room)),
            "each": each(under_way(kind), ends_by(once_more_with_room)),
        },
        Setting((RECEIVE_A, Advance(4), Advance(T)), steps(*member("a"), fill("a"), operation), given),
    )


def about_late(operation: SendSync | SendToGroupSync, given: Mapping[str, tuple[Answer, ...]]) -> About:
    """Return the table for the question what becomes of a message that finds no room before the timeout."""
    return About(
        {
            "taken_back": each(new(Receive), gets_up_to(put_by_sends("a"))),
            "left": each(new(Receive), gets_up_to(put_by_sends_and_calls)),
        },
        Setting((RECEIVE_A, RESPOND, Advance(T)), steps(*member("a"), fill("a"), operation, Advance(T)), given),
    )
