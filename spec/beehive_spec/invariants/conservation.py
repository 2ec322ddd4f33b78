"""No message is lost or doubled: what a move may do to the copies of a message.

A copy of a message is *to be put* by its operation, or *waits for room* in a channel, or *was put*: it lies in a
channel, is in the hands of an operation that is about to return it, or has been returned.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import zip_longest

from beehive_spec.answers import Answers
from beehive_spec.invariants.invariant import MoveTaken, Situation
from beehive_spec.invariants.waiting import goes_on_when_closed
from beehive_spec.state import DELIVERY, NO_CHANNEL, NOBODY, Channel, Delivered, Process, State
from beehive_spec.vocabulary import ErrorKind, Send, SendResp, SendSync, SendToGroup, SendToGroupSync

_READERS = (SendToGroup, SendToGroupSync)
"""The operations that read the members of a group, which makes a copy for each."""


def what_was_put_stays(taken: MoveTaken) -> bool:
    """A message that was put stays in its channel until an operation takes it, and then with this operation."""
    return all(change >= 0 for change in _change_of_put(taken).values())


def nothing_is_doubled(taken: MoveTaken) -> bool:
    """No move makes a copy of a message, except that reading a group makes one for each of its modules."""
    change = _change_of_put(taken)
    change.update(_change_of_unput(taken))
    return all(count <= 0 or _reads_group(taken, tag) for tag, count in change.items())


def nothing_is_lost(taken: MoveTaken) -> bool:
    """A copy that was not put disappears only if its channel is closed, its sender is told, or an answer says so."""
    put = _change_of_put(taken)
    lost = ((tag, -change - max(0, put[tag])) for tag, change in _change_of_unput(taken).items())
    return all(count <= 0 or count <= _may_be_lost(taken, tag) for tag, count in lost)


def no_channel_has_a_message_twice(situation: Situation) -> bool:
    """A message is in a channel, or waits for room there, once at most."""
    for channel in situation.state.pool:
        tags = [message.tag for message, count in channel.queue for _ in range(count)]
        tags += [message.tag for _, message in channel.senders]
        if len(tags) != len(set(tags)):
            return False
    return True


def nothing_is_left_on_the_way(taken: MoveTaken) -> bool:
    """When an operation has ended, no copy of its message is still on its way to a channel."""
    after, pid = taken.after, taken.turn.pid
    if after.processes[pid].result is None:
        return True
    waiting = {sender for channel in after.pool for sender, _ in channel.senders}
    return not waiting & {pid, NOBODY} and all(
        process.result is not None or not process.unseen for process in after.processes
    )


def no_answer_leaves_messages(answers: Answers) -> bool:
    """Return whether no message may still wait for room when its operation has ended."""
    leaving = (answers.sync_put, answers.sync_late, answers.group_sync_put, answers.group_sync_late)
    return answers.broadcast_full != "handed_over" and "left" not in leaving


def _change_of_put(taken: MoveTaken) -> Counter[int]:
    """Return by how many copies a move changes what was put, by tag."""
    before, after = taken.turn.state, taken.after
    change = _put(after, before)
    change.subtract(_put(before, after))
    return change


def _change_of_unput(taken: MoveTaken) -> Counter[int]:
    """Return by how many copies a move changes what is to be put or waits for room, by tag."""
    before, after, answers = taken.turn.state, taken.after, taken.turn.answers
    change = _unput(after, before, answers)
    change.subtract(_unput(before, after, answers))
    return change


def _put(state: State, other: State) -> Counter[int]:
    """Return the copies that were put, by tag, as far as a state differs from another."""
    copies: Counter[int] = Counter()
    for channel in _changed_channels(state, other):
        for message, count in channel.queue:
            copies[message.tag] += count
    for process in _changed_processes(state, other):
        if isinstance(process.result, Delivered):
            if process.result.tag is not None:
                copies[process.result.tag] += 1
        elif process.place == "got":
            copies[process.message.tag] += 1
    return copies


def _unput(state: State, other: State, answers: Answers) -> Counter[int]:
    """Return the copies that are to be put or wait for room, by tag, as far as a state differs from another."""
    copies: Counter[int] = Counter()
    for channel in _changed_channels(state, other):
        for _, message in channel.senders:
            copies[message.tag] += 1
    for process in _changed_processes(state, other):
        if to_put := len(_to_put(process, answers)):
            copies[process.message.tag] += to_put
    return copies


def _changed_channels(state: State, other: State) -> Iterator[Channel]:
    for here, there in zip_longest(state.pool, other.pool):
        if here is not None and here is not there:
            yield here


def _changed_processes(state: State, other: State) -> Iterator[Process]:
    for here, there in zip_longest(state.processes, other.processes):
        if here is not None and here is not there:
            yield here


def _to_put(process: Process, answers: Answers) -> tuple[int, ...]:
    """Return the channel of each copy that an operation still has to put, `NO_CHANNEL` if it has not found it."""
    place = process.place
    if process.result is not None:
        return ()
    if process.name == DELIVERY:
        return () if place in ("room", "sent", "shut") else (process.channel,)
    match process.operation:
        case Send() | SendResp() | SendSync() if place in ("turn", "start"):
            return (NO_CHANNEL,)
        case Send() | SendResp() if place == "put":
            return (process.channel,)
        case SendSync() if place == "put" or (place == "enter" and answers.sync_order == "register_first"):
            return tuple(index for _, index in process.members)
        case SendToGroup() | SendToGroupSync():
            return tuple(index for _, index in process.members)
        case _:
            return ()


def _reads_group(taken: MoveTaken, tag: int) -> bool:
    process = taken.turn.process
    return process.place == "start" and process.message.tag == tag and isinstance(process.operation, _READERS)


def _may_be_lost(taken: MoveTaken, tag: int) -> int:
    """Return how many copies of a message may disappear in a move."""
    before, after, turn = taken.turn.state, taken.after, taken.turn
    closed = [old for old, new in zip(before.pool, after.pool, strict=False) if new.closed and not old.closed]
    may = sum(message.tag == tag for channel in closed for _, message in channel.senders)
    is_excused = _sender_is_told(taken) or _answer_loses(taken)
    if is_excused:
        # By process and not by tag: a call that has its response holds this message and no longer its own.
        may += sum(sender == (turn.pid, tag) for sender in _waiting(before))
    if turn.process.message.tag == tag:
        to_put = Counter(_to_put(turn.process, turn.answers))
        to_put.subtract(_to_put(after.processes[turn.pid], turn.answers))
        may += sum(
            count
            for index, count in to_put.items()
            if is_excused or (index != NO_CHANNEL and before.pool[index].closed)
        )
    return may


def _waiting(state: State) -> Iterator[tuple[int, int]]:
    """Yield the process and the tag of each message that waits for room."""
    for channel in state.pool:
        for pid, message in channel.senders:
            yield pid, message.tag


def _sender_is_told(taken: MoveTaken) -> bool:
    """Return whether an operation ends with an error, is bound to, or has logged one, and may give up its message."""
    answers, before, after = taken.turn.answers, taken.turn.process, taken.after.processes[taken.turn.pid]
    if after.place == "shut":
        return not goes_on_when_closed(answers, after)
    if before.place in ("room", "await", "collect", "late") and _is_timed_out(after):
        return not _is_left_late(answers, before)
    if before.place == "start" and isinstance(before.operation, SendResp):
        return isinstance(after.result, ErrorKind) or bool(taken.after.must_log)
    return isinstance(after.result, ErrorKind) or after.place in ("idle", "fill", "full")


def _is_timed_out(process: Process) -> bool:
    return process.place == "late" or process.result is ErrorKind.TIMEOUT


def _is_left_late(answers: Answers, process: Process) -> bool:
    """Return whether what has found no room when the time is over is put later."""
    match process.operation:
        case SendSync():
            return answers.sync_late == "left"
        case SendToGroupSync():
            return answers.group_sync_late == "left"
        case _:
            return False


def _answer_loses(taken: MoveTaken) -> bool:
    """Return whether an answer lets an operation end here as if what was not put had arrived."""
    answers, process = taken.turn.answers, taken.turn.process
    match process.operation:
        case _ if process.name == DELIVERY:
            return process.timer == 0
        case Send():
            return process.place == "start" and answers.send_unknown == "ignored"
        case SendResp():
            return process.place == "put" and answers.response_full == "dropped" and _is_surplus(taken)
        case SendSync():
            if process.place == "start":
                return answers.sync_unknown == "goes_on"
            return process.place == "got" and answers.sync_put == "withdrawn"
        case SendToGroupSync():
            return process.place == "collect" and answers.group_sync_put == "withdrawn"
        case _:
            return False


def _is_surplus(taken: MoveTaken) -> bool:
    """Return whether a response comes after another one, or to a call to a group (RESP-4)."""
    state, index = taken.turn.state, taken.turn.process.channel
    calls = [each.operation for each in state.processes if each.channel == index and each.name != DELIVERY]
    return state.pool[index].length > 0 or not any(isinstance(each, SendSync) for each in calls)
