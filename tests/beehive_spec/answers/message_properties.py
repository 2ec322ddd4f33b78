"""What the answers to the questions about sending and receiving say."""

from __future__ import annotations

from beehive_spec.answers import UNBOUNDED
from beehive_spec.vocabulary import AddModule, Advance, CleanUp, ErrorKind, Receive, Send, SendToGroup
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
    gets_a_message,
    group_is_empty,
    group_is_unknown,
    held,
    module_is_there,
    module_is_unknown,
    negated,
    new,
    received,
    receiver_waits,
    returns,
    some,
    waiting,
    waits,
)
from groups import (
    BOTH,
    full_module_went,
    gets_whatever_was_sent,
    last_gets_room_or_goes,
    no_module_went,
    one_of_two_goes,
    puts_into_none,
    skips,
    stops,
    takes_back_what_was_not_put,
)
from moments import Call, Moment, Situation
from table import About, Setting, fill, member, steps

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


# a group of which module a has a full channel


def returns_when_there_is_room(moment: Moment, call: Call) -> bool:
    """It returns in the very step in which a message is taken out of the full channel."""
    return returns(moment, call) == (moment.step == RECEIVE_A)


def broadcast_has_returned(moment: Moment, call: Call) -> bool:
    return any(isinstance(other.operation, SendToGroup) and other.number in moment.ended for other in moment.calls)


PROPERTIES = {
    "capacity": About(
        {
            UNBOUNDED: each(new(Send, module_is_there), returns),
            "number": capacity_is,
        },
        Setting((SEND_A, Send(module="b", id="m1"), RECEIVE_A), steps(AddModule(module="a"), AddModule(module="b"))),
    ),
    "full": About(
        {
            "waits": every(
                each(new(Send, channel_is_full), waits),
                each(waiting(Send), negated(fails())),
            ),
            "refused": each(new(Send, channel_is_full), at_once, fails(), changes_nothing),
        },
        Setting(
            (SEND_A, RECEIVE_A, Advance(10)),
            steps(AddModule(module="a"), fill("a")),
            {"capacity": BOUNDED},
        ),
    ),
    "receivers": About(
        {
            "fifo": each(waiting(Receive, gets_a_message), is_first_in_line),
            "any": lambda situation: anyone_may_be_served(situation, Receive),
        },
        Setting((SEND_A, RECEIVE_A, Advance(10)), steps(AddModule(module="a"), RECEIVE_A, RECEIVE_A)),
    ),
    "senders": About(
        {
            "fifo": each(waiting(Send, returns), is_first_in_line),
            "any": lambda situation: anyone_may_be_served(situation, Send),
        },
        Setting(
            (SEND_A, RECEIVE_A, Advance(10)),
            steps(AddModule(module="a"), fill("a"), SEND_A, SEND_A),
            {"capacity": BOUNDED, "full": ("waits",)},
        ),
    ),
    "send_unknown": About(
        {
            "ignored": each(new(Send, module_is_unknown), returns, changes_nothing),
            "refused": each(new(Send, module_is_unknown), fails(ErrorKind.UNKNOWN_MODULE), changes_nothing),
        },
        Setting((AddModule(module="a"), CleanUp(module="a"), SEND_A, Send(module="b", id="m1"), RECEIVE_A)),
    ),
    "send_closed": About(
        {
            "returned": each(waiting(Send, cleaned_up), returns),
            "refused": each(waiting(Send, cleaned_up), fails(ErrorKind.CLOSED)),
            "unknown_module": each(waiting(Send, cleaned_up), fails(ErrorKind.UNKNOWN_MODULE)),
            "other": each(waiting(Send, cleaned_up), fails(ErrorKind.OTHER)),
        },
        Setting(
            (SEND_A, RECEIVE_A, CleanUp(module="a"), CleanUp(module="b"), AddModule(module="b")),
            steps(AddModule(module="a"), fill("a"), SEND_A),
            {"capacity": BOUNDED, "full": ("waits",)},
        ),
    ),
    "broadcast_unknown": About(
        {
            "ignored": each(new(SendToGroup, group_is_unknown), returns, changes_nothing),
            "refused": each(new(SendToGroup, group_is_unknown), fails(ErrorKind.UNKNOWN_GROUP), changes_nothing),
        },
        Setting((*member("a"), CleanUp(module="a"), BROADCAST, RECEIVE_A)),
    ),
    "broadcast_empty": About(
        {
            "returned": each(new(SendToGroup, group_is_empty), returns, changes_nothing),
            "refused": each(new(SendToGroup, group_is_empty), fails(ErrorKind.UNKNOWN_GROUP), changes_nothing),
        },
        Setting(
            (*member("a"), CleanUp(module="a"), BROADCAST, RECEIVE_A),
            steps(*member("a"), CleanUp(module="a")),
            {"empty_group": ("kept",)},
        ),
    ),
    "broadcast_full": About(
        {
            "waits": every(
                each(new(SendToGroup), waits),
                each(waiting(SendToGroup), returns_when_there_is_room),
                each(new(Receive, broadcast_has_returned), gets_whatever_was_sent),
            ),
            "handed_over": every(each(new(SendToGroup), returns), each(new(Receive), gets_whatever_was_sent)),
            "skips": skips(SendToGroup),
            "none": puts_into_none(SendToGroup),
            "stops": stops(SendToGroup),
        },
        Setting(
            (RECEIVE_A, RECEIVE_B, Advance(10)),
            steps(*BOTH, fill("a"), BROADCAST),
            {"capacity": (1, 2)},
        ),
    ),
    "broadcast_closed": About(
        {
            "goes_on": every(
                each(waiting(SendToGroup), negated(fails())),
                each(waiting(SendToGroup, last_gets_room_or_goes), returns),
            ),
            "reported": every(
                each(waiting(SendToGroup, one_of_two_goes), waits),
                each(
                    waiting(SendToGroup, last_gets_room_or_goes, full_module_went),
                    fails(*ABOUT_A_CLOSED_CHANNEL),
                ),
                each(waiting(SendToGroup, last_gets_room_or_goes, no_module_went), returns),
            ),
            "refused": every(
                some(waiting(SendToGroup, one_of_two_goes), fails(*ABOUT_A_CLOSED_CHANNEL)),
                each(
                    waiting(SendToGroup, last_gets_room_or_goes, full_module_went),
                    fails(*ABOUT_A_CLOSED_CHANNEL),
                ),
                each(waiting(SendToGroup, last_gets_room_or_goes, no_module_went), returns),
                each(new(Receive), takes_back_what_was_not_put),
            ),
        },
        Setting(
            (RECEIVE_A, RECEIVE_B, CleanUp(module="a"), CleanUp(module="b")),
            steps(*member("a"), *member("b"), fill("a"), fill("b"), BROADCAST),
            {"capacity": BOUNDED, "broadcast_full": ("waits",)},
        ),
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
        Setting(
            (AddModule(module="a"), CleanUp(module="b"), SEND_A, RECEIVE_A, RECEIVE_B),
            given={"add_again": ("kept", "refused")},
        ),
    ),
    "receive_closed": About(
        {
            "closed": each(waiting(Receive, cleaned_up, module_is_there), fails(ErrorKind.CLOSED)),
            "unknown_module": each(waiting(Receive, cleaned_up, module_is_there), fails(ErrorKind.UNKNOWN_MODULE)),
            "other": each(waiting(Receive, cleaned_up, module_is_there), fails(ErrorKind.OTHER)),
        },
        Setting(
            (AddModule(module="a"), CleanUp(module="a"), SEND_A, RECEIVE_A),
            steps(AddModule(module="a"), RECEIVE_A),
            {"add_again": ("kept", "refused")},
        ),
    ),
}
