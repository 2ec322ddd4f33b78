"""How a call to a group notices and counts its responses, and what it does when its timeout is over."""

from __future__ import annotations

from collections.abc import Callable
from operator import eq, ge
from typing import TypeAlias

from beehive_spec.vocabulary import ErrorKind, SendToGroupSync
from calls import RESPOND, T, after_start, ends_by, responded, responses_to, room_at, succeeds
from combinators import Check, Property, each, fails, waiting, waits
from moments import Call, Moment

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
    """A poll at the instant of the response may see it or not; the next one does, which is at once with 0."""
    if not interval:
        return at_the_response

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
        has_enough = (compare or compared_as_answered(moment))(kept(moment, call), count(moment, call))
        if moment.now >= call.started + T:
            looks, otherwise = looks_when_the_time_is_over(moment), fails(ErrorKind.TIMEOUT)
        else:
            looks, otherwise = moment.answers.group_sync_look == "at_once" and notices(moment, call), waits
        return succeeds(moment, call) if looks and has_enough else otherwise(moment, call)

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
