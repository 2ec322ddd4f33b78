"""How messages are sent to a module or a group, and received."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from beehive_spec.channels import can_put, park_receiver, park_sender, put, queue_sender, take, withdraw
from beehive_spec.rules.move import Move, OperationT, Rules, ignore_or_refuse, rules_for, rules_for_delivery
from beehive_spec.rules.turn import Turn
from beehive_spec.state import (
    NOBODY,
    RETURNED,
    Member,
    Members,
    OperationResult,
    State,
    delivered,
    finish,
    lookup,
    vanish,
    with_process,
)
from beehive_spec.vocabulary import ErrorKind, Operation, Receive, Send, SendToGroup

ABOUT_A_CLOSED_CHANNEL = (ErrorKind.CLOSED, ErrorKind.UNKNOWN_MODULE, ErrorKind.OTHER)
"""The kinds of an error about a module that was cleaned up, where no question asks for the kind."""


def find_to_send(turn: Turn[Send]) -> Iterable[State]:
    """Find the channel of the module."""
    index = lookup(turn.state.channels, turn.operation.module)
    if index is None:
        return ignore_or_refuse(turn, turn.answers.send_unknown, ErrorKind.UNKNOWN_MODULE)
    return (turn.move_to_channel("put", index),)


def put_message(turn: Turn[Send]) -> Iterable[State]:
    """Put the message into the channel, or wait for room."""
    state, index = turn.state, turn.process.channel
    channel = state.pool[index]
    if channel.closed:
        return (turn.move_to("shut"),)
    if can_put(channel):
        after = put(state, index, turn.process.message, turn.answers.receivers)
        return [finish(each, turn.pid, RETURNED) for each in after]
    if turn.answers.full == "refused":
        return (turn.finish(ErrorKind.OTHER),)
    return (park_sender(state, turn.pid, index),)


def return_sent(turn: Turn[Send]) -> Iterable[State]:
    """Return: the message has found room."""
    return (turn.finish(RETURNED),)


def end_send_at_closed(turn: Turn[Send]) -> Iterable[State]:
    """End: the channel was closed before there was room."""
    match turn.answers.send_closed:
        case "returned":
            return (turn.finish(RETURNED),)
        case "refused":
            return (turn.finish(ErrorKind.CLOSED),)
        case kind:
            return (turn.finish(ErrorKind(kind)),)


def find_group(turn: Turn[SendToGroup]) -> Iterable[State]:
    """Find the modules of the group."""
    answers, state, group = turn.answers, turn.state, turn.operation.group
    members = next((members for name, members in state.groups if name == group), None)
    if members is None:
        return ignore_or_refuse(turn, answers.broadcast_unknown, ErrorKind.UNKNOWN_GROUP)
    if not members and answers.broadcast_empty == "refused":
        return (turn.finish(ErrorKind.UNKNOWN_GROUP),)
    if answers.broadcast_full == "none" and has_full(state, members):
        return (turn.finish(ErrorKind.OTHER),)
    return (turn.with_process(replace(turn.process, place="spread", members=members)),)


def has_full(state: State, members: Members) -> bool:
    """Return whether a put into the channel of one of these modules would have to wait."""
    channels = [state.pool[index] for _, index in members]
    return any(not channel.closed and not can_put(channel) for channel in channels)


def is_alone(turn: Turn[Operation]) -> bool:
    """Return whether no other operation can move before this one waits or ends, so that order makes no difference."""
    return all(
        other == turn.pid or process.result is not None or (process.place in ("room", "await") and process.timer != 0)
        for other, process in enumerate(turn.state.processes)
    )


def spread(turn: Turn[SendToGroup]) -> Iterator[State]:
    """Put the message into the channel of one of the remaining modules; if it is full, do as the answers say.

    Where the operation waits for room, it waits at this channel alone, or at all that are full at the same time.
    """
    state, process = turn.state, turn.process
    if not process.members:
        if is_queued(turn):
            yield turn.move_to("room")
        else:
            yield from finish_with_any(turn, ABOUT_A_CLOSED_CHANNEL if process.expected else (RETURNED,))
        return
    if is_alone(turn) and turn.answers.receivers == "fifo":
        ready = [index for _, index in process.members if _can_put_now(state, index)]
        if len(ready) == len(process.members) == len(set(ready)):
            for index in ready:
                (state,) = put(state, index, process.message, turn.answers.receivers)
            yield with_process(state, turn.pid, replace(state.processes[turn.pid], members=()))
            return
    for member in process.members:
        yield from spread_to(without_member(turn, member), member[1])


def without_member(turn: Turn[OperationT], member: Member) -> Turn[OperationT]:
    """Return the turn in which an operation has one module fewer to send to."""
    rest = tuple(other for other in turn.process.members if other != member)
    return turn.at(turn.with_process(replace(turn.process, members=rest)))


def finish_with_any(turn: Turn[Operation], results: tuple[OperationResult, ...]) -> Iterator[State]:
    """Yield the states in which an operation has ended with one of several results."""
    for result in results:
        yield turn.finish(result)


def _can_put_now(state: State, index: int) -> bool:
    channel = state.pool[index]
    return not channel.closed and can_put(channel)


def spread_to(turn: Turn[SendToGroup], index: int) -> Iterator[State]:
    """Put the message into one channel of a group, or do as the answers say if it is full."""
    state, process = turn.state, turn.process
    channel = state.pool[index]
    if channel.closed:
        yield turn.move_to("shut")
    elif can_put(channel):
        yield from put(state, index, process.message, turn.answers.receivers)
    elif turn.answers.broadcast_full == "handed_over":
        yield queue_sender(state, NOBODY, index, process.message)
    elif turn.answers.broadcast_full == "waits":
        yield park_sender(state, turn.pid, index)
        if process.members:
            yield queue_sender(state, turn.pid, index, process.message)
    else:
        yield from skip_or_stop(turn, turn.answers.broadcast_full)


def skip_or_stop(turn: Turn[Operation], answer: str) -> Iterable[State]:
    """Let an operation that may not wait either continue with the channels that have room, or end."""
    return (turn.move_to("fill" if answer == "skips" else "full"),)


def fill(turn: Turn[Operation]) -> Iterator[State]:
    """Put the message into one more channel that has room, or continue if there is none."""
    state, process = turn.state, turn.process
    ready = [member for member in process.members if _can_put_now(state, member[1])]
    for member in ready:
        yield from put(without_member(turn, member).state, member[1], process.message, turn.answers.receivers)
    if not ready:
        yield turn.move_to("full")


def fail_broadcast(turn: Turn[SendToGroup]) -> Iterable[State]:
    """End: a channel was full."""
    return (turn.finish(ErrorKind.OTHER),)


def is_queued(turn: Turn[Operation]) -> bool:
    """Return whether a message of the operation still waits for room somewhere."""
    return any(sender == turn.pid for channel in turn.state.pool for sender, _ in channel.senders)


def continue_spreading(turn: Turn[Operation]) -> Iterable[State]:
    """Continue with the other modules: the message has found room."""
    return (turn.move_to("spread"),)


def skip_closed_or_end(turn: Turn[SendToGroup]) -> Iterator[State]:
    """Skip a module, or end: its channel was closed before there was room."""
    match turn.answers.broadcast_closed:
        case "goes_on":
            yield turn.move_to("spread")
        case "reported":
            yield turn.with_process(replace(turn.process, place="spread", expected=1))
        case _:
            yield from finish_with_any(turn.at(withdraw(turn.state, turn.pid)), ABOUT_A_CLOSED_CHANNEL)


def end_delivery(turn: Turn[Operation]) -> Iterable[State]:
    """End the work in the background: the message is in the channel."""
    return (vanish(turn.state, turn.pid),)


def drop_delivery(turn: Turn[Operation]) -> Iterable[State]:
    """End the work in the background: the channel was closed before there was room."""
    return (vanish(turn.state, turn.pid),)


def give_up_delivery(turn: Turn[Operation]) -> Iterable[State]:
    """Take the message back when the time is over."""
    return (vanish(withdraw(turn.state, turn.pid), turn.pid),) if turn.process.timer == 0 else ()


def find_to_receive(turn: Turn[Receive]) -> Iterable[State]:
    """Find the channel of the module."""
    index = lookup(turn.state.channels, turn.operation.module)
    if index is not None:
        return (turn.move_to_channel("take", index),)
    if turn.answers.receive_unknown == "refused":
        return (turn.finish(ErrorKind.UNKNOWN_MODULE),)
    return (turn.move_to("absent"),) if turn.process.place == "start" else ()


def take_message(turn: Turn[Receive]) -> Iterable[State]:
    """Take the first message out of the channel, or wait for one."""
    state, index = turn.state, turn.process.channel
    taken = take(state, index, turn.answers.senders)
    after = [finish(each, turn.pid, delivered(message)) for each, message in taken]
    if state.pool[index].closed:
        return (*after, turn.move_to("shut"))
    return after or (park_receiver(state, turn.pid, index),)


def return_message(turn: Turn[Receive]) -> Iterable[State]:
    """Return the message that arrived."""
    message = turn.process.message
    return (turn.finish(delivered(message)),)


def fail_receive(turn: Turn[Receive]) -> Iterable[State]:
    """End with an error: the channel was closed."""
    return (turn.finish(ErrorKind(turn.answers.receive_closed)),)


IN_TRANSIT = ("MSG-1", "MSG-2", "MSG-10", "MSG-11")
"""The clauses that say that a message arrives as it was sent."""

MESSAGE_RULES: Rules = {
    **rules_for(
        Send,
        {
            "start": (Move("find module", find_to_send, ("put", "end"), ("SEND-1", "OVER-1", "OVER-4", "OVER-6")),),
            "put": (
                Move(
                    "put",
                    put_message,
                    ("end", "room", "shut"),
                    ("SEND-1", "SEND-2", "OVER-2", "OVER-3", "MSG-1", "MSG-4"),
                ),
            ),
            "sent": (Move("return", return_sent, ("end",), ("SEND-1",), local=True),),
            "shut": (Move("end", end_send_at_closed, ("end",), ("CLEAN-5",), local=True),),
        },
    ),
    **rules_for(
        SendToGroup,
        {
            "start": (Move("find group", find_group, ("spread", "end"), ("BCAST-1", "BCAST-2", "OVER-1", "OVER-4")),),
            "spread": (
                Move(
                    "put",
                    spread,
                    ("spread", "room", "shut", "fill", "full", "end"),
                    ("BCAST-1", "BCAST-2", "BCAST-3", "BCAST-4", "OVER-2", "OVER-3", "MSG-1", "MSG-4"),
                ),
            ),
            "fill": (Move("put", fill, ("fill", "full"), ("BCAST-1", "BCAST-2", "MSG-1", "MSG-4")),),
            "full": (Move("fail", fail_broadcast, ("end",), ("BCAST-1",), local=True),),
            "sent": (Move("continue", continue_spreading, ("spread",), ("BCAST-1",), local=True),),
            "shut": (Move("skip or fail", skip_closed_or_end, ("spread", "end"), ("CLEAN-5",)),),
        },
    ),
    **rules_for_delivery(
        {
            "room": (Move("give up", give_up_delivery, ("end",), ("SYNC-1", "GSYNC-1")),),
            "sent": (Move("end", end_delivery, ("end",), ("SYNC-1", "GSYNC-1"), local=True),),
            "shut": (Move("drop", drop_delivery, ("end",), ("CLEAN-5",), local=True),),
        }
    ),
    **rules_for(
        Receive,
        {
            "start": (Move("find module", find_to_receive, ("take", "absent", "end"), ("RECV-3", "OVER-4")),),
            "absent": (Move("find module", find_to_receive, ("take",), ("RECV-3",)),),
            "take": (
                Move(
                    "take",
                    take_message,
                    ("end", "await", "shut"),
                    ("RECV-1", "RECV-2", "OVER-2", "OVER-3", *IN_TRANSIT),
                ),
            ),
            "got": (
                Move("return", return_message, ("end",), ("RECV-1", "RECV-4", "OVER-3", *IN_TRANSIT), local=True),
            ),
            "shut": (Move("fail", fail_receive, ("end",), ("CLEAN-7", "RECV-4"), local=True),),
        },
    ),
}
