"""How messages are sent to a module and received, and delivered in the background."""

from __future__ import annotations

from collections.abc import Iterable

from beehive_spec.channels import can_put, park_receiver, park_sender, put, take, withdraw
from beehive_spec.rules.move import IN_TRANSIT, Move, Rules, ignore_or_refuse, rules_for, rules_for_delivery
from beehive_spec.rules.turn import Turn
from beehive_spec.state import (
    RETURNED,
    State,
    delivered,
    finish,
    lookup,
    vanish,
)
from beehive_spec.vocabulary import ErrorKind, Operation, Receive, Send


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


def end_delivery(turn: Turn[Operation]) -> Iterable[State]:
    """End the work in the background: the message is in the channel, or the channel was closed before."""
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
                    ("SEND-1", "SEND-2", "OVER-2", "OVER-3", *IN_TRANSIT, "MSG-4"),
                ),
            ),
            "sent": (Move("return", return_sent, ("end",), ("SEND-1",), local=True),),
            "shut": (Move("end", end_send_at_closed, ("end",), ("CLEAN-5",), local=True),),
        },
    ),
    **rules_for_delivery(
        {
            "room": (Move("give up", give_up_delivery, ("end",), ("SYNC-1", "GSYNC-1")),),
            "sent": (Move("end", end_delivery, ("end",), ("SYNC-1", "GSYNC-1"), local=True),),
            "shut": (Move("drop", end_delivery, ("end",), ("CLEAN-5",), local=True),),
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
