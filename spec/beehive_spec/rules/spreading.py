"""How one message is put into the channels of several modules, for every operation that sends to a group."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import combinations

from msgspec.structs import replace

from beehive_spec.channels import can_put, put
from beehive_spec.rules.move import OperationT
from beehive_spec.rules.turn import Turn
from beehive_spec.state import Member, Members, OperationResult, State
from beehive_spec.vocabulary import Operation


def has_full(state: State, members: Members) -> bool:
    """Return whether a put into the channel of one of these modules would have to wait."""
    channels = [state.pool[index] for _, index in members]
    return any(not channel.closed and not can_put(channel) for channel in channels)


def has_closed(state: State, members: Members) -> bool:
    """Return whether the channel of one of these modules is closed."""
    return any(state.pool[index].closed for _, index in members)


def put_into_all_or_none(turn: Turn[Operation], ends_at_closed: bool) -> Iterator[State]:
    """Put the message into the channels of all remaining modules in one move, or into none because one is full.

    If one is closed and that ends the operation, this may be met after the message was put into any of the others.
    """
    state, members = turn.state, turn.process.members
    if has_full(state, members):
        yield turn.move_to("full")
        return
    open_ones = [member for member in members if not state.pool[member[1]].closed]
    closed_ones = tuple([member for member in members if state.pool[member[1]].closed])
    if not closed_ones or (open_ones and not ends_at_closed):
        yield from _put_into(turn, open_ones, closed_ones, "spread")
        return
    for count in range(len(open_ones) + 1):
        for before in combinations(open_ones, count):
            yield from _put_into(turn, before, closed_ones[1:], "shut")


def _put_into(turn: Turn[Operation], members: Iterable[Member], rest: Members, place: str) -> Iterator[State]:
    states = [turn.with_process(replace(turn.process, members=rest, place=place))]
    for _, index in members:
        message, order = turn.process.message, turn.answers.receivers
        states = [after for state in states for after in put(state, index, message, order)]
    yield from states


def is_alone(turn: Turn[Operation]) -> bool:
    """Return whether no other operation can move before this one waits or ends, so that order makes no difference."""
    return all(
        other == turn.pid or process.result is not None or (process.place in ("room", "await") and process.timer != 0)
        for other, process in enumerate(turn.state.processes)
    )


def without_member(turn: Turn[OperationT], member: Member) -> Turn[OperationT]:
    """Return the turn in which an operation has one module fewer to send to."""
    rest = tuple(other for other in turn.process.members if other != member)
    return turn.at(turn.with_process(replace(turn.process, members=rest)))


def finish_with_any(turn: Turn[Operation], results: tuple[OperationResult, ...]) -> Iterator[State]:
    """Yield the states in which an operation has ended with one of several results."""
    for result in results:
        yield turn.finish(result)


def can_put_now(state: State, index: int) -> bool:
    """Return whether a channel is open and a put into it needs no waiting."""
    channel = state.pool[index]
    return not channel.closed and can_put(channel)


def skip_or_stop(turn: Turn[Operation], answer: str) -> Iterable[State]:
    """Let an operation that may not wait either continue with the channels that have room, or end."""
    return (turn.move_to("fill" if answer == "skips" else "full"),)


def fill(turn: Turn[Operation]) -> Iterator[State]:
    """Put the message into one more channel that has room, or continue if there is none."""
    state, process = turn.state, turn.process
    ready = [member for member in process.members if can_put_now(state, member[1])]
    for member in ready:
        yield from put(without_member(turn, member).state, member[1], process.message, turn.answers.receivers)
    if not ready:
        yield turn.move_to("full")


def is_queued(turn: Turn[Operation]) -> bool:
    """Return whether a message of the operation still waits for room somewhere."""
    return any(sender == turn.pid for channel in turn.state.pool for sender, _ in channel.senders)


def continue_spreading(turn: Turn[Operation]) -> Iterable[State]:
    """Continue with the other modules: the message has found room."""
    return (turn.move_to("spread"),)
