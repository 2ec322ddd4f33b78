"""First in, first out: in which order a channel takes messages, gives them away, and serves those who wait."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from beehive_spec.answers import Answers
from beehive_spec.invariants.invariant import MoveTaken
from beehive_spec.state import Channel


def first_in_first_out(taken: MoveTaken) -> bool:
    """A message enters a channel at its end and leaves it in front, and passes by only an empty one."""
    for old, new in _changed(taken):
        before, after = _tags(old), _tags(new)
        passes_by = before and len(_receivers(old, taken)) > len(_receivers(new, taken))
        waiting = {message.tag for _, message in old.senders}
        overtakes = waiting and {*after} - {*before} - waiting
        if passes_by or overtakes or not _is_moved_on(before, after):
            return False
    return True


def receivers_are_served_in_order(taken: MoveTaken) -> bool:
    """Of the operations that wait for a message in one channel, the one that has waited longest gets it."""
    return all(_is_end(_receivers(new, taken), _receivers(old, taken)) for old, new in _changed(taken))


def senders_are_served_in_order(taken: MoveTaken) -> bool:
    """Of the messages that wait for room in one channel, the one that has waited longest gets it."""
    for old, new in _changed(taken):
        own = _own_tags(taken, old)
        if not _is_end(_waiting_tags(new, own), _waiting_tags(old, own)):
            return False
    return True


def receivers_are_in_order(answers: Answers) -> bool:
    """Return whether the answers say in which order receivers are served."""
    return answers.receivers == "fifo"


def senders_are_in_order(answers: Answers) -> bool:
    """Return whether the answers say in which order senders are served."""
    return answers.senders == "fifo"


def _changed(taken: MoveTaken) -> Iterator[tuple[Channel, Channel]]:
    """Yield each channel that a move changes and does not close, before and after."""
    for old, new in zip(taken.turn.state.pool, taken.after.pool, strict=False):
        if old is not new and not new.closed:
            yield old, new


def _tags(channel: Channel) -> list[int]:
    return [message.tag for message, count in channel.queue for _ in range(count)]


def _is_moved_on(before: Sequence[int], after: Sequence[int]) -> bool:
    """Return whether a queue has only lost messages in front and gained others at its end."""
    kept = next(left for left in range(len(before) + 1) if before[left:] == after[: len(before) - left])
    return not set(after[len(before) - kept :]) & set(before)


def _receivers(channel: Channel, taken: MoveTaken) -> list[int]:
    return [pid for pid in channel.receivers if pid != taken.turn.pid]


def _own_tags(taken: MoveTaken, channel: Channel) -> set[int]:
    """Return the tags of the operation that moves: of what it holds, and of its message that waits for room."""
    pid = taken.turn.pid
    return {taken.turn.process.message.tag, *(message.tag for sender, message in channel.senders if sender == pid)}


def _waiting_tags(channel: Channel, own: Collection[int]) -> list[int]:
    """Return the tags of the messages that wait for room, apart from those of the operation that moves."""
    return [message.tag for _, message in channel.senders if message.tag not in own]


def _is_end(rest: Sequence[int], whole: Sequence[int]) -> bool:
    return rest == whole[len(whole) - len(rest) :]
