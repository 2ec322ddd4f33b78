"""How messages are sent to a module or a group, and received."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import cast

from msgspec.structs import replace

from beehive_spec.answers import Answers
from beehive_spec.channels import can_put, park_receiver, park_sender, put, queue_sender, take, withdraw
from beehive_spec.rules.move import Move, Rules, ignored_or_refused
from beehive_spec.state import (
    NOBODY,
    RETURNED,
    Delivered,
    Members,
    Result,
    State,
    finish,
    lookup,
    move_to,
    move_to_channel,
    vanish,
    with_process,
)
from beehive_spec.vocabulary import ErrorKind, Receive, Send, SendToGroup

ABOUT_A_CLOSED_CHANNEL = (ErrorKind.CLOSED, ErrorKind.UNKNOWN_MODULE, ErrorKind.OTHER)
"""What an error may be that says that a module was cleaned up, where no question asks for the kind."""


def find_to_send(answers: Answers, state: State, pid: int) -> Iterable[State]:
    """Get the channel of the module."""
    process = state.processes[pid]
    index = lookup(state.channels, cast(Send, process.operation).module)
    if index is None:
        return ignored_or_refused(answers.send_unknown, ErrorKind.UNKNOWN_MODULE, state, pid)
    return (move_to_channel(state, pid, "put", index),)


def put_message(answers: Answers, state: State, pid: int) -> Iterable[State]:
    """Put the message into the channel, or wait for room."""
    process = state.processes[pid]
    channel = state.pool[process.channel]
    if channel.closed:
        return (move_to(state, pid, "shut"),)
    if can_put(channel):
        after = put(state, process.channel, process.message, answers.receivers)
        return [finish(each, pid, RETURNED) for each in after]
    if answers.full == "refused":
        return (finish(state, pid, ErrorKind.OTHER),)
    return (park_sender(state, pid, process.channel),)


def sent(answers: Answers, state: State, pid: int) -> Iterable[State]:
    """Return: there was room for the message."""
    return (finish(state, pid, RETURNED),)


def send_shut(answers: Answers, state: State, pid: int) -> Iterable[State]:
    """End: the channel was closed before there was room."""
    match answers.send_closed:
        case "returned":
            return (finish(state, pid, RETURNED),)
        case "refused":
            return (finish(state, pid, ErrorKind.CLOSED),)
        case other:
            return (finish(state, pid, ErrorKind(other)),)


def find_group(answers: Answers, state: State, pid: int) -> Iterable[State]:
    """Get all modules of the group."""
    process = state.processes[pid]
    group = cast(SendToGroup, process.operation).group
    members = next((members for name, members in state.groups if name == group), None)
    if members is None:
        return ignored_or_refused(answers.broadcast_unknown, ErrorKind.UNKNOWN_GROUP, state, pid)
    if not members and answers.broadcast_empty == "refused":
        return (finish(state, pid, ErrorKind.UNKNOWN_GROUP),)
    if answers.broadcast_full == "none" and has_full(state, members):
        return (finish(state, pid, ErrorKind.OTHER),)
    return (with_process(state, pid, replace(process, place="spread", members=members)),)


def has_full(state: State, members: Members) -> bool:
    """Tell whether a put into the channel of one of these modules would have to wait."""
    channels = [state.pool[index] for _, index in members]
    return any(not channel.closed and not can_put(channel) for channel in channels)


def alone(state: State, pid: int) -> bool:
    """Tell whether no other operation can move before this one waits or ends, so that orders make no difference."""
    return all(
        other == pid or process.result is not None or (process.place in ("room", "await") and process.timer != 0)
        for other, process in enumerate(state.processes)
    )


def spread(answers: Answers, state: State, pid: int) -> Iterator[State]:
    """Put the message into the channel of one module of those left; if it is full, do as the answers say.

    Where the operation waits for room, it waits at this channel alone, or at all that are full at the same time.
    """
    process = state.processes[pid]
    if not process.members:
        if is_queued(state, pid):
            yield move_to(state, pid, "room")
        else:
            yield from ended(state, pid, ABOUT_A_CLOSED_CHANNEL if process.expected else (RETURNED,))
        return
    if alone(state, pid) and answers.receivers == "fifo":
        easy = [index for _, index in process.members if _is_easy(state, index)]
        if len(easy) == len(process.members) == len(set(easy)):
            for index in easy:
                (state,) = put(state, index, process.message, answers.receivers)
            yield with_process(state, pid, replace(state.processes[pid], members=()))
            return
    for member in process.members:
        rest = tuple(other for other in process.members if other != member)
        yield from spread_to(answers, with_process(state, pid, replace(process, members=rest)), pid, member[1])


def ended(state: State, pid: int, results: tuple[Result, ...]) -> Iterator[State]:
    """Yield the states in which an operation has ended in one of several ways."""
    for result in results:
        yield finish(state, pid, result)


def _is_easy(state: State, index: int) -> bool:
    channel = state.pool[index]
    return not channel.closed and can_put(channel)


def spread_to(answers: Answers, state: State, pid: int, index: int) -> Iterator[State]:
    """Put the message into one channel of a group, as the answers say where that is not possible at once."""
    process = state.processes[pid]
    channel = state.pool[index]
    if channel.closed:
        yield move_to(state, pid, "shut")
    elif can_put(channel):
        yield from put(state, index, process.message, answers.receivers)
    elif answers.broadcast_full == "handed_over":
        yield queue_sender(state, NOBODY, index, process.message)
    elif answers.broadcast_full == "waits":
        yield park_sender(state, pid, index)
        if process.members:
            yield queue_sender(state, pid, index, process.message)
    else:
        yield from met_full(answers.broadcast_full, state, pid)


def met_full(answer: str, state: State, pid: int) -> Iterable[State]:
    """Yield where an operation goes that may not wait for room: to its end, or to the channels that have room."""
    return (move_to(state, pid, "fill" if answer == "skips" else "full"),)


def fill(answers: Answers, state: State, pid: int) -> Iterator[State]:
    """Put the message into one more channel that has room, or go on if there is none."""
    process = state.processes[pid]
    easy = [member for member in process.members if _is_easy(state, member[1])]
    for member in easy:
        rest = tuple(other for other in process.members if other != member)
        after = with_process(state, pid, replace(process, members=rest))
        yield from put(after, member[1], process.message, answers.receivers)
    if not easy:
        yield move_to(state, pid, "full")


def full(answers: Answers, state: State, pid: int) -> Iterable[State]:
    """End: a channel was full."""
    return (finish(state, pid, ErrorKind.OTHER),)


def is_queued(state: State, pid: int) -> bool:
    """Tell whether a message of a process still waits for room somewhere."""
    return any(sender == pid for channel in state.pool for sender, _ in channel.senders)


def spread_on(answers: Answers, state: State, pid: int) -> Iterable[State]:
    """Go on to the other modules: there was room."""
    return (move_to(state, pid, "spread"),)


def spread_shut(answers: Answers, state: State, pid: int) -> Iterator[State]:
    """Leave a module out, or end: its channel was closed before there was room."""
    match answers.broadcast_closed:
        case "goes_on":
            yield move_to(state, pid, "spread")
        case "reported":
            yield with_process(state, pid, replace(state.processes[pid], place="spread", expected=1))
        case _:
            yield from ended(withdraw(state, pid), pid, ABOUT_A_CLOSED_CHANNEL)


def delivered(answers: Answers, state: State, pid: int) -> Iterable[State]:
    """End the work in the background: the message is in the channel."""
    return (vanish(state, pid),)


def delivery_shut(answers: Answers, state: State, pid: int) -> Iterable[State]:
    """End the work in the background: the channel was closed before there was room."""
    return (vanish(state, pid),)


def give_up_delivery(answers: Answers, state: State, pid: int) -> Iterable[State]:
    """Take the message back when the time is over."""
    return (vanish(withdraw(state, pid), pid),) if state.processes[pid].timer == 0 else ()


def find_to_receive(answers: Answers, state: State, pid: int) -> Iterable[State]:
    """Get the channel of the module."""
    process = state.processes[pid]
    index = lookup(state.channels, cast(Receive, process.operation).module)
    if index is not None:
        return (move_to_channel(state, pid, "take", index),)
    if answers.receive_unknown == "refused":
        return (finish(state, pid, ErrorKind.UNKNOWN_MODULE),)
    return (move_to(state, pid, "absent"),) if process.place == "start" else ()


def take_message(answers: Answers, state: State, pid: int) -> Iterable[State]:
    """Take the first message out of the channel, or wait for one."""
    process = state.processes[pid]
    taken = take(state, process.channel, answers.senders)
    after = [finish(each, pid, Delivered(message.tag, message.sync)) for each, message in taken]
    if state.pool[process.channel].closed:
        return (*after, move_to(state, pid, "shut"))
    return after or (park_receiver(state, pid, process.channel),)


def received(answers: Answers, state: State, pid: int) -> Iterable[State]:
    """Return the message that arrived."""
    message = state.processes[pid].message
    return (finish(state, pid, Delivered(message.tag, message.sync)),)


def receive_shut(answers: Answers, state: State, pid: int) -> Iterable[State]:
    """End with an error: the channel was closed."""
    return (finish(state, pid, ErrorKind(answers.receive_closed)),)


ON_ITS_WAY = ("MSG-1", "MSG-2", "MSG-10", "MSG-11")
"""The clauses that say that a message arrives as it was sent."""

MESSAGE_RULES: Rules = {
    ("send", "start"): (Move("find", find_to_send, ("put", "end"), ("SEND-1", "OVER-1", "OVER-4", "OVER-6")),),
    ("send", "put"): (
        Move(
            "put",
            put_message,
            ("end", "room", "shut"),
            ("SEND-1", "SEND-2", "OVER-2", "OVER-3", "MSG-1", "MSG-4"),
        ),
    ),
    ("send", "sent"): (Move("return", sent, ("end",), ("SEND-1",), local=True),),
    ("send", "shut"): (Move("end", send_shut, ("end",), ("CLEAN-5",), local=True),),
    ("send_to_group", "start"): (
        Move("find", find_group, ("spread", "end"), ("BCAST-1", "BCAST-2", "OVER-1", "OVER-4")),
    ),
    ("send_to_group", "spread"): (
        Move(
            "put",
            spread,
            ("spread", "room", "shut", "fill", "full", "end"),
            ("BCAST-1", "BCAST-2", "BCAST-3", "BCAST-4", "OVER-2", "OVER-3", "MSG-1", "MSG-4"),
        ),
    ),
    ("send_to_group", "fill"): (Move("put", fill, ("fill", "full"), ("BCAST-1", "BCAST-2", "MSG-1", "MSG-4")),),
    ("send_to_group", "full"): (Move("fail", full, ("end",), ("BCAST-1",), local=True),),
    ("send_to_group", "sent"): (Move("go on", spread_on, ("spread",), ("BCAST-1",), local=True),),
    ("send_to_group", "shut"): (Move("go on", spread_shut, ("spread", "end"), ("CLEAN-5",)),),
    ("delivery", "room"): (Move("give up", give_up_delivery, ("end",), ("SYNC-1", "GSYNC-1")),),
    ("delivery", "sent"): (Move("end", delivered, ("end",), ("SYNC-1", "GSYNC-1"), local=True),),
    ("delivery", "shut"): (Move("end", delivery_shut, ("end",), ("CLEAN-5",), local=True),),
    ("receive", "start"): (Move("find", find_to_receive, ("take", "absent", "end"), ("RECV-3", "OVER-4")),),
    ("receive", "absent"): (Move("find", find_to_receive, ("take",), ("RECV-3",)),),
    ("receive", "take"): (
        Move("take", take_message, ("end", "await", "shut"), ("RECV-1", "RECV-2", "OVER-2", "OVER-3", *ON_ITS_WAY)),
    ),
    ("receive", "got"): (
        Move("return", received, ("end",), ("RECV-1", "RECV-4", "OVER-3", *ON_ITS_WAY), local=True),
    ),
    ("receive", "shut"): (Move("fail", receive_shut, ("end",), ("CLEAN-7", "RECV-4"), local=True),),
}
