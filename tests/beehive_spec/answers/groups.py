"""What can be said of sending to a group of two modules, a and b, some of whose channels are full."""

from __future__ import annotations

from beehive_spec.vocabulary import CleanUp, Receive, Send, SendToGroup, SendToGroupSync
from calls import put_by_sends
from combinators import (
    Kinds,
    Property,
    at_once,
    changes_nothing,
    each,
    every,
    fails,
    first_of_its_module,
    gets_a_message,
    negated,
    new,
    of_module,
    receives_of,
    some,
    waits,
)
from moments import Call, Got, Moment
from table import member

GROUP = (SendToGroup, SendToGroupSync)
BOTH = (*member("a"), *member("b"))


def sent_to(moment: Moment, module: str) -> int:
    """Return how many operations have sent to a module, which is in the group."""
    return sum(
        isinstance(call.operation, GROUP) or (isinstance(call.operation, Send) and call.operation.module == module)
        for call in moment.calls
    )


def gets_whatever_was_sent(moment: Moment, call: Call) -> bool:
    """A receive waits only if every message that was sent to its module has been received."""
    module = call.operation.module
    return gets_a_message(moment, call) == (len(receives_of(moment, module)) <= sent_to(moment, module))


def gets_what_was_sent_to_the_group(moment: Moment, call: Call) -> bool:
    end = moment.end(call)
    sent = [other.number for other in moment.calls if isinstance(other.operation, GROUP)]
    return end is not None and isinstance(end.result, Got) and end.result.sender in sent


def still_full(moment: Moment | None) -> set[str]:
    """Return the modules that are there, whose channels the opening filled, and that nothing was received from."""
    assert moment is not None
    return {
        module
        for module in moment.after.channels
        if put_by_sends(module)(moment) >= (moment.answers.bound or 0) and not receives_of(moment, module)
    }


def last_gets_room_or_goes(moment: Moment, call: Call) -> bool:
    """This step leaves no channel in which the message has found no room."""
    return bool(still_full(moment.past)) and not still_full(moment)


def one_of_two_goes(moment: Moment, call: Call) -> bool:
    """This step cleans up one of two modules whose channels are full."""
    return isinstance(moment.step, CleanUp) and len(still_full(moment.past)) == 2 and len(still_full(moment)) == 1


def only_one_was_full(moment: Moment, call: Call) -> bool:
    """One channel was full when the step began."""
    return len(still_full(moment.past)) == 1


def full_module_went(moment: Moment, call: Call) -> bool:
    """A module was cleaned up while its channel was full."""
    return any(
        isinstance(each.step, CleanUp) and each.step.module in still_full(each.past) for each in moment.moments
    )


def no_module_went(moment: Moment, call: Call) -> bool:
    return not any(isinstance(each.step, CleanUp) for each in moment.moments)


def takes_back_what_was_not_put(moment: Moment, call: Call) -> bool:
    """A receive does not get the message of a failed operation from a channel that was full until it failed."""
    (sent,) = (other for other in moment.calls if isinstance(other.operation, GROUP))
    failed = [each for each in moment.moments if fails()(each, sent)]
    return not (
        failed and gets_what_was_sent_to_the_group(moment, call) and call.operation.module in still_full(failed[0])
    )


# what happens at a full channel, where an operation may not wait


def skips(kind: Kinds) -> Property:
    """It fails; module b, whose channel has room, gets the message, and module a does not."""
    return every(
        each(new(kind), at_once, fails()),
        each(new(Receive, of_module("a")), negated(gets_what_was_sent_to_the_group)),
        each(new(Receive, of_module("b"), first_of_its_module), gets_what_was_sent_to_the_group),
    )


def puts_into_none(kind: Kinds) -> Property:
    """It fails, and nothing has changed."""
    return each(new(kind), fails(), changes_nothing)


def stops(kind: Kinds) -> Property:
    """It fails; module b may have got the message or not, and module a does not."""
    return every(
        each(new(kind), at_once, fails()),
        each(new(Receive, of_module("a")), negated(gets_what_was_sent_to_the_group)),
        some(new(Receive, of_module("b"), first_of_its_module), gets_what_was_sent_to_the_group),
        some(new(Receive, of_module("b"), first_of_its_module), waits),
    )
