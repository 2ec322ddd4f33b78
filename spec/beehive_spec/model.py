"""The model: how a state goes on when an operation starts, when time passes, and until everything has settled."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple, TypeVar

from beehive_spec.answers import Answers
from beehive_spec.aside import older
from beehive_spec.rules import PASSIVE, RULES, Rules
from beehive_spec.rules.group_requests import is_complete
from beehive_spec.state import NOBODY, Channel, Message, Process, Result, State
from beehive_spec.vocabulary import Operation, SendSync, SendToGroupSync

_Name = TypeVar("_Name", bound=str)

BUDGET = 200_000
"""Moves that one step may take before the judgement is given up; four plain sends at once take 170."""


class Inconclusive(Exception):
    """Following every possibility of a step would take more moves than the budget allows."""


class Observation(NamedTuple):
    """What an observer sees of a step.

    `returned` has the rank among the pending operations, the result and the milliseconds since the step
    began, sorted. If `must_log` is set, an error has to be logged; if not, logs are free.
    """

    returned: tuple[tuple[int, Result, int], ...] = ()
    must_log: bool = False
    died: str = ""


class Model(NamedTuple):
    """The rules under one set of answers."""

    answers: Answers = Answers()
    rules: Rules = RULES
    budget: int = BUDGET

    def start(self, state: State, operation: Operation, tag: int) -> State:
        """Return the state with one more operation; it waits for its turn if its client is busy."""
        return start(state, operation, tag)

    def settle(self, states: Iterable[State]) -> set[State]:
        """Return every state in which no move is left; raises Inconclusive when the budget is used up."""
        return _settle(self, states)

    def elapse(self, states: Iterable[State], ms: int) -> set[State]:
        """Return every settled state after time has passed; raises Inconclusive when the budget is used up."""
        return _elapse(self, states, ms)


def is_busy(state: State, client: str) -> bool:
    """Tell whether an operation of a client has not returned; the empty name is never busy."""
    return bool(client) and any(
        process.operation.client == client and process.result is None and not process.unseen
        for process in state.processes
    )


def start(state: State, operation: Operation, tag: int) -> State:
    """Return the state with one more operation; it waits for its turn if its client is busy."""
    process = Process(
        operation,
        type(operation).__struct_config__.tag,  # type: ignore[arg-type]  # every operation has a text as its tag
        "turn" if is_busy(state, operation.client) else "start",
        Message(tag, isinstance(operation, (SendSync, SendToGroupSync))),
    )
    return state._replace(processes=(*state.processes, process))


def moves(model: Model, state: State) -> list[State]:
    """Return every state that one move leads to."""
    after: list[State] = []
    if state.died:
        return after
    answers, rules = model.answers, model.rules
    for pid, process in enumerate(state.processes):
        place = process.place
        if place == "end" or (place in PASSIVE and process.timer != 0):
            continue
        for move in rules[process.name, place]:
            after.extend(move.apply(answers, state, pid))
    return after


def _settle(model: Model, states: Iterable[State]) -> set[State]:
    settled: set[State] = set()
    seen = set(states)
    todo = list(seen)
    budget = model.budget
    while todo:
        state = todo.pop()
        # Where only one move can be made, no other way leads round it: nothing has to be remembered.
        while len(following := moves(model, state)) == 1 and budget > 0:
            state = following[0]
            budget -= 1
        if not following:
            settled.add(state)
        for after in following:
            if after not in seen:
                seen.add(after)
                todo.append(after)
        budget -= 1
        if budget < 0:
            raise Inconclusive(f"more than {model.budget} moves in one step")
    return settled


def next_due(model: Model, state: State) -> int | None:
    """Return the milliseconds until something is due in a settled state, or None."""
    due: int | None = None
    for pid, process in enumerate(state.processes):
        timer = process.timer
        if process.poll is not None and is_complete(model.answers, state, pid):
            timer = process.poll if timer is None else min(timer, process.poll)
        if timer is not None and (due is None or timer < due):
            due = timer
    return due


def passed(model: Model, state: State, ms: int) -> State:
    """Return the state `ms` milliseconds later, which must not be later than the next thing due."""
    processes = tuple(
        process
        if process.timer is None and process.poll is None
        else process._replace(
            timer=None if process.timer is None else process.timer - ms,
            poll=None if process.poll is None else _phase(process.poll, ms, model.answers),
            expected=0
            if ms and process.poll is not None and is_complete(model.answers, state, pid)
            else process.expected,
        )
        for pid, process in enumerate(state.processes)
    )
    return state._replace(processes=processes, clock=state.clock + ms, aside=older(state.aside, ms))


def _phase(poll: int, ms: int, answers: Answers) -> int:
    return poll - ms if ms <= poll else -(ms - poll) % int(answers.group_sync_look)


def _elapse(model: Model, states: Iterable[State], ms: int) -> set[State]:
    todo = [(state, ms) for state in states]
    ended: set[State] = set()
    while todo:
        state, left = todo.pop()
        if state.died:
            ended.add(state)
            continue
        due = next_due(model, state)
        if due is None or due > left:
            ended |= _settle(model, (passed(model, state, left),))
        else:
            todo.extend((after, left - due) for after in _settle(model, (passed(model, state, due),)))
    return ended


def normal(state: State) -> tuple[Observation, State]:
    """Return what was seen of a step, and the state in the form in which equal situations are equal.

    Operations that have ended are gone, the others are numbered anew in their order; channels that nobody
    can reach are gone, the others are numbered in the order in which they are found.
    """
    if state.died:
        # Nobody is left to tell what else happened in the step.
        return Observation(died=state.died), State(died=state.died)
    returned: list[tuple[int, Result, int]] = []
    pending: list[tuple[int, Process]] = []
    unseen: list[tuple[int, Process]] = []
    seen = 0
    for pid, process in enumerate(state.processes):
        if process.result is None:
            (unseen if process.unseen else pending).append((pid, process))
        elif not process.unseen:
            returned.append((seen, process.result, process.at))
        seen += not process.unseen
    observation = Observation(tuple(returned), state.must_log)
    order: dict[int, int] = {NOBODY: NOBODY}
    unseen.sort(key=lambda each: (each[1].timer is None, each[1].timer or 0, each[1].message, each[1].channel))
    kept = [*pending, *unseen]
    rank = {NOBODY: NOBODY, **{pid: new for new, (pid, _) in enumerate(kept)}}
    for index in _reachable(state, kept):
        if index not in order:
            order[index] = len(order) - 1
    stays = all(old == new for old, new in order.items())
    same_processes = len(pending) == len(state.processes)
    if stays and same_processes and len(order) - 1 == len(state.pool) and not state.clock and not state.must_log:
        return observation, state
    pool = tuple(state.pool[index] for index in order if index != NOBODY)
    if not same_processes:
        pool = tuple(_with_ranks(channel, rank) for channel in pool)
    if stays:
        processes = tuple(process for _, process in kept)
        return observation, State(state.channels, state.groups, state.requests, pool, processes, aside=state.aside)
    return observation, State(
        _renumbered(state.channels, order),
        tuple((group, _renumbered(members, order)) for group, members in state.groups),
        _renumbered(state.requests, order),
        pool,
        tuple(
            process._replace(channel=order[process.channel], members=_renumbered(process.members, order))
            for _, process in kept
        ),
        aside=state.aside,
    )


def _reachable(state: State, kept: list[tuple[int, Process]]) -> Iterator[int]:
    for pairs in (state.channels, *(members for _, members in state.groups), state.requests):
        for _, index in pairs:
            yield index
    for _, process in kept:
        yield process.channel
        for _, index in process.members:
            yield index


def _renumbered(pairs: tuple[tuple[_Name, int], ...], order: dict[int, int]) -> tuple[tuple[_Name, int], ...]:
    return tuple((name, order[index]) for name, index in pairs)


def _with_ranks(channel: Channel, rank: dict[int, int]) -> Channel:
    if not channel.receivers and not channel.senders:
        return channel
    return channel._replace(
        receivers=tuple(rank[pid] for pid in channel.receivers),
        senders=tuple((rank[pid], message) for pid, message in channel.senders),
    )


def live_tags(state: State) -> set[int]:
    """Return the tags of the messages that may still be seen."""
    tags = {process.message[0] for process in state.processes}
    for channel in state.pool:
        for message, _ in channel.queue:
            tags.add(message[0])
        for _, message in channel.senders:
            tags.add(message[0])
    return tags
