"""What the answers to the questions about sending and receiving say."""

from __future__ import annotations

from beehive_spec.answers import UNBOUNDED
from beehive_spec.vocabulary import AddModule, Advance, CleanUp, ErrorKind, Receive, Send, SendSync, SendToGroup
from calls import RECEIVE_A, RECEIVE_B
from combinators import (
    Check,
    Property,
    at_once,
    changes_nothing,
    channel_is_full,
    cleaned_up,
    each,
    every,
    fails,
    first_of_its_module,
    gets_a_message,
    group_is_empty,
    group_is_unknown,
    held,
    id_is_free,
    module_is_there,
    module_is_unknown,
    negated,
    new,
    of_module,
    received,
    receiver_waits,
    receives_of,
    returns,
    some,
    waiting,
    waits,
)
from moments import Call, Got, Moment, Situation
from table import About, fill, member, steps

BOUNDED = (0, 1, 2)
SEND_A = Send(module="a", id="m1")
BROADCAST = SendToGroup(group="g", id="m1")
ABOUT_A_CLOSED_CHANNEL = (ErrorKind.CLOSED, ErrorKind.UNKNOWN_MODULE, ErrorKind.OTHER)


# capacity


def holds_less_than(number: int) -> Check:
    return lambda moment, call: held(moment, call.operation.module) < number


def holds(number: int) -> Check:
    return lambda moment, call: held(moment, call.operation.module) >= number


def nobody_receives(moment: Moment, call: Call) -> bool:
    return not receiver_waits(moment, call.operation.module)


def somebody_receives(moment: Moment, call: Call) -> bool:
    return receiver_waits(moment, call.operation.module)


def capacity_is(number: int) -> Property:
    return every(
        each(new(Send, module_is_there, holds_less_than(number)), returns),
        each(new(Send, module_is_there, holds(number), nobody_receives), negated(returns)),
        each(new(Send, module_is_there, somebody_receives), returns),
    )


# receivers and senders


def is_first_in_line(moment: Moment, call: Call) -> bool:
    """No earlier operation of this kind still waits for the same channel."""
    return not any(
        other.number < call.number
        and type(other.operation) is type(call.operation)
        and other.operation.module == call.operation.module
        and moment.end(other) is None
        for other in moment.waited
    )


def anyone_may_be_served(situation: Situation, kind: type[Send] | type[Receive]) -> bool:
    """If one of several that wait can be served, each of them can."""
    waited = {call.number for call in situation.options[0].waited if isinstance(call.operation, kind)}
    served = {
        call.number
        for moment in situation.options
        for call in moment.waited
        if call.number in waited and moment.end(call)
    }
    return not served or served == waited


# groups with modules whose channels are full


def sent_to(moment: Moment, module: str) -> list[int]:
    """Return the numbers of the operations that send to a module; all modules are in the group."""
    return [
        call.number
        for call in moment.calls
        if isinstance(call.operation, SendToGroup)
        or (isinstance(call.operation, Send) and call.operation.module == module)
    ]


def gets_whatever_was_sent(moment: Moment, call: Call) -> bool:
    """A receive waits only if every message that was sent to its module has been received."""
    module = call.operation.module
    return gets_a_message(moment, call) == (len(receives_of(moment, module)) <= len(sent_to(moment, module)))


def gets_the_broadcast(moment: Moment, call: Call) -> bool:
    end = moment.end(call)
    sent = [other.number for other in moment.calls if isinstance(other.operation, SendToGroup)]
    return end is not None and isinstance(end.result, Got) and end.result.sender in sent


def returns_when_there_is_room(moment: Moment, call: Call) -> bool:
    """It returns in the very step in which a message is taken out of the full channel."""
    return returns(moment, call) == (moment.step == RECEIVE_A)


def still_full(moment: Moment | None) -> set[str]:
    """Return the modules that are there and that nothing was received from."""
    assert moment is not None
    return {module for module in moment.after.channels if not receives_of(moment, module)}


def full_module_went(moment: Moment, call: Call) -> bool:
    """A module was cleaned up while its channel was full."""
    return any(
        isinstance(each.step, CleanUp) and each.step.module in still_full(each.past) for each in moment.moments
    )


def no_module_went(moment: Moment, call: Call) -> bool:
    return not any(isinstance(each.step, CleanUp) for each in moment.moments)


def last_gets_room_or_goes(moment: Moment, call: Call) -> bool:
    """This step leaves no channel in which the message has found no room."""
    return bool(still_full(moment.past)) and not still_full(moment)


def first_goes(moment: Moment, call: Call) -> bool:
    """This step cleans up one of two modules, and the other channel is still full."""
    return isinstance(moment.step, CleanUp) and len(still_full(moment.past)) == 2 and len(still_full(moment)) == 1


def takes_back_what_was_not_put(moment: Moment, call: Call) -> bool:
    """Nobody receives the message of a failed operation from a channel that was full until it ended."""
    (sent,) = (other for other in moment.calls if isinstance(other.operation, SendToGroup))
    failed = [each for each in moment.moments if fails()(each, sent)]
    return not (failed and gets_the_broadcast(moment, call) and call.operation.module in still_full(failed[0]))


PROPERTIES = {
    "capacity": About(
        {
            UNBOUNDED: each(new(Send, module_is_there), returns),
            "number": capacity_is,
        },
        (SEND_A, Send(module="b", id="m1"), RECEIVE_A),
        steps(AddModule(module="a"), AddModule(module="b")),
    ),
    "full": About(
        {
            "waits": every(
                each(new((Send, SendSync), channel_is_full, id_is_free), waits),
                each(waiting(Send), negated(fails())),
            ),
            "refused": each(new((Send, SendSync), channel_is_full, id_is_free), at_once, fails(), changes_nothing),
        },
        (SEND_A, SendSync(module="a", id="m2", timeout=10), RECEIVE_A, Advance(10)),
        steps(AddModule(module="a"), fill("a")),
        {"capacity": BOUNDED},
    ),
    "receivers": About(
        {
            "fifo": each(waiting(Receive, gets_a_message), is_first_in_line),
            "any": lambda situation: anyone_may_be_served(situation, Receive),
        },
        (SEND_A, RECEIVE_A, Advance(10)),
        steps(AddModule(module="a"), RECEIVE_A, RECEIVE_A),
    ),
    "senders": About(
        {
            "fifo": each(waiting(Send, returns), is_first_in_line),
            "any": lambda situation: anyone_may_be_served(situation, Send),
        },
        (SEND_A, RECEIVE_A, Advance(10)),
        steps(AddModule(module="a"), fill("a"), SEND_A, SEND_A),
        {"capacity": BOUNDED, "full": ("waits",)},
    ),
    "send_unknown": About(
        {
            "ignored": each(new(Send, module_is_unknown), returns, changes_nothing),
            "refused": each(new(Send, module_is_unknown), fails(ErrorKind.UNKNOWN_MODULE), changes_nothing),
        },
        (AddModule(module="a"), CleanUp(module="a"), SEND_A, Send(module="b", id="m1"), RECEIVE_A),
    ),
    "send_closed": About(
        {
            "returned": each(waiting(Send, cleaned_up), returns),
            "refused": each(waiting(Send, cleaned_up), fails(ErrorKind.CLOSED)),
            "unknown_module": each(waiting(Send, cleaned_up), fails(ErrorKind.UNKNOWN_MODULE)),
            "other": each(waiting(Send, cleaned_up), fails(ErrorKind.OTHER)),
        },
        (SEND_A, RECEIVE_A, CleanUp(module="a"), CleanUp(module="b"), AddModule(module="b")),
        steps(AddModule(module="a"), fill("a"), SEND_A),
        {"capacity": BOUNDED, "full": ("waits",)},
    ),
    "broadcast_unknown": About(
        {
            "ignored": each(new(SendToGroup, group_is_unknown), returns, changes_nothing),
            "refused": each(new(SendToGroup, group_is_unknown), fails(ErrorKind.UNKNOWN_GROUP), changes_nothing),
        },
        (*member("a"), CleanUp(module="a"), BROADCAST, RECEIVE_A),
    ),
    "broadcast_empty": About(
        {
            "returned": each(new(SendToGroup, group_is_empty), returns, changes_nothing),
            "refused": each(new(SendToGroup, group_is_empty), fails(ErrorKind.UNKNOWN_GROUP), changes_nothing),
        },
        (*member("a"), CleanUp(module="a"), BROADCAST, RECEIVE_A),
        steps(*member("a"), CleanUp(module="a")),
        {"empty_group": ("kept",)},
    ),
    "broadcast_full": About(
        {
            "waits": every(each(new(SendToGroup), waits), each(waiting(SendToGroup), returns_when_there_is_room)),
            "handed_over": every(each(new(SendToGroup), returns), each(new(Receive), gets_whatever_was_sent)),
            "skips": every(
                each(new(SendToGroup), fails()),
                each(new(Receive, of_module("b"), first_of_its_module), gets_the_broadcast),
                each(new(Receive, of_module("a")), negated(gets_the_broadcast)),
            ),
            "none": each(new(SendToGroup), fails(), changes_nothing),
            "stops": every(
                each(new(SendToGroup), fails()),
                each(new(Receive, of_module("a")), negated(gets_the_broadcast)),
                some(new(Receive, of_module("b"), first_of_its_module), gets_the_broadcast),
                some(new(Receive, of_module("b"), first_of_its_module), waits),
            ),
        },
        (RECEIVE_A, RECEIVE_B, Advance(10)),
        steps(*member("a"), *member("b"), fill("a"), BROADCAST),
        {"capacity": (1, 2)},
    ),
    "broadcast_closed": About(
        {
            "goes_on": every(
                each(waiting(SendToGroup), negated(fails())),
                each(waiting(SendToGroup, last_gets_room_or_goes), returns),
            ),
            "reported": every(
                each(waiting(SendToGroup, first_goes), waits),
                each(
                    waiting(SendToGroup, last_gets_room_or_goes, full_module_went),
                    fails(*ABOUT_A_CLOSED_CHANNEL),
                ),
                each(waiting(SendToGroup, last_gets_room_or_goes, no_module_went), returns),
            ),
            "refused": every(
                some(waiting(SendToGroup, first_goes), fails(*ABOUT_A_CLOSED_CHANNEL)),
                each(
                    waiting(SendToGroup, last_gets_room_or_goes, full_module_went),
                    fails(*ABOUT_A_CLOSED_CHANNEL),
                ),
                each(waiting(SendToGroup, last_gets_room_or_goes, no_module_went), returns),
                each(new(Receive), takes_back_what_was_not_put),
            ),
        },
        (RECEIVE_A, RECEIVE_B, CleanUp(module="a"), CleanUp(module="b")),
        steps(*member("a"), *member("b"), fill("a"), fill("b"), BROADCAST),
        {"capacity": BOUNDED, "broadcast_full": ("waits",)},
    ),
    "receive_unknown": About(
        {
            "refused": each(
                new(Receive, module_is_unknown), at_once, fails(ErrorKind.UNKNOWN_MODULE), changes_nothing
            ),
            "waits": every(
                each(new(Receive, module_is_unknown), waits),
                each(new(Send, module_is_there, somebody_receives), returns, received),
            ),
        },
        (AddModule(module="a"), CleanUp(module="b"), SEND_A, RECEIVE_A, RECEIVE_B),
        given={"add_again": ("kept", "refused")},
    ),
    "receive_closed": About(
        {
            "closed": each(waiting(Receive, cleaned_up, module_is_there), fails(ErrorKind.CLOSED)),
            "unknown_module": each(waiting(Receive, cleaned_up, module_is_there), fails(ErrorKind.UNKNOWN_MODULE)),
            "other": each(waiting(Receive, cleaned_up, module_is_there), fails(ErrorKind.OTHER)),
        },
        (AddModule(module="a"), CleanUp(module="a"), SEND_A, RECEIVE_A),
        steps(AddModule(module="a"), RECEIVE_A),
        {"add_again": ("kept", "refused")},
    ),
}
