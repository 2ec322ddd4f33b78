"""The model: how a state goes on when an operation starts, when time passes, and until everything has settled."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple, TypeVar

from beehive_spec.answers import Answers
from beehive_spec.aside import older
from beehive_spec.rules import PASSIVE, RULES, Rules
from beehive_spec.rules.group_requests import is_complete
from beehive_spec.state import (
    NOBODY,
    Channel,
    Message,
    Process,
    Result,
    State,
    made,
    quiet,
    relocated,
    started,
    timed,
    with_pool,
)
from beehive_spec.vocabulary import Operation, SendSync, SendToGroupSync

_Name = TypeVar("_Name", bound=str)

_SYNCHRONOUS = frozenset({SendSync, SendToGroupSync})
"""The operations whose messages have the sync flag."""

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


def observed(returned: Iterable[tuple[int, Result | None, int]], must_log: bool) -> Observation:
    """Return what was seen of a process that lives."""
    return made(Observation, (tuple(returned), must_log, ""))


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
    kind = type(operation)
    name: str = kind.__struct_config__.tag  # type: ignore[assignment]  # every operation has a text as its tag
    client = operation.client
    place = "turn" if client and is_busy(state, client) else "start"
    return started(state, operation, name, place, Message(tag, kind in _SYNCHRONOUS))


def moves(model: Model, state: State) -> list[State]:
    """Return every state that one move leads to, or those that one local move leads to."""
    after: list[State] = []
    if state.died:
        return after
    answers, rules = model.answers, model.rules
    for pid, process in enumerate(state.processes):
        place = process.place
        if place == "end" or (place in PASSIVE and process.timer != 0):
            continue
        for move in rules[process.name, place]:
            if move.local:
                return list(move.apply(answers, state, pid))
            after.extend(move.apply(answers, state, pid))
    return after


def _settle(model: Model, states: Iterable[State]) -> set[State]:
    settled: set[State] = set()
    seen: set[State] = set()
    todo = list(states)
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
    later = list(state.processes)
    for pid, process in enumerate(later):
        timer, poll = process.timer, process.poll
        if timer is None and poll is None:
            continue
        expected = process.expected
        if poll is not None:
            if ms and is_complete(model.answers, state, pid):
                expected = 0
            poll = _phase(poll, ms, model.answers)
        later[pid] = timed(process, None if timer is None else timer - ms, poll, expected)
    return state._replace(processes=tuple(later), clock=state.clock + ms, aside=older(state.aside, ms))


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


def normal(state: State, before: State | None = None) -> tuple[Observation, State]:
    """Return what was seen of a step, and the state in the form in which equal situations are equal.

    Operations that have ended are gone, the others are numbered anew in their order; channels that nobody
    can reach are gone, the others are numbered in the order in which they are found. `before` is the state from which
    the step started, if there was only one: most steps leave most numbers as they were.
    """
    if state.died:
        # Nobody is left to tell what else happened in the step.
        return Observation(died=state.died), State(died=state.died)
    processes = state.processes
    stay = len(processes)
    while stay and processes[stay - 1].result is not None:
        stay -= 1
    if before is None or not _keeps_its_numbers(state, before, stay):
        return _renumbered_state(state)
    returned = [(rank, ended.result, ended.at) for rank, ended in enumerate(processes[stay:], stay)]
    return observed(returned, state.must_log), quiet(state, processes[:stay])


def _keeps_its_numbers(state: State, before: State, stay: int) -> bool:
    """Tell whether only the newest operations have ended, none in the background, and all channels can be reached."""
    processes, known = state.processes, len(before.processes)
    if (
        stay < known
        or len(state.pool) != len(before.pool)
        or state.channels is not before.channels
        or state.groups is not before.groups
        or state.requests is not before.requests
        or processes[:known] != before.processes
    ):
        return False
    if known == stay == len(processes):
        return not known or not any(process.unseen for process in processes)
    return all(
        not process.unseen and (process.result is None) == (pid < stay) for pid, process in enumerate(processes)
    )


def _renumbered_state(state: State) -> tuple[Observation, State]:
    returned: list[tuple[int, Result | None, int]] = []
    pending: list[tuple[int, Process]] = []
    unseen: list[tuple[int, Process]] = []
    seen = 0
    for pid, process in enumerate(state.processes):
        if process.result is None:
            (unseen if process.unseen else pending).append((pid, process))
        elif not process.unseen:
            returned.append((seen, process.result, process.at))
        seen += not process.unseen
    observation = observed(returned, state.must_log)
    unseen.sort(key=lambda each: (each[1].timer is None, each[1].timer or 0, each[1].message, each[1].channel))
    kept = [*pending, *unseen]
    processes = tuple([process for _, process in kept])
    same_ranks = len(pending) == len(state.processes)
    state = quiet(state, processes)
    if not _is_in_order(state):
        state = _in_order(state)
    if same_ranks:
        return observation, state
    rank = {NOBODY: NOBODY, **{pid: new for new, (pid, _) in enumerate(kept)}}
    return observation, with_pool(state, tuple([_with_ranks(channel, rank) for channel in state.pool]))


def _is_in_order(state: State) -> bool:
    """Tell whether every channel is found, in the order of their numbers."""
    found = 0
    for index in _reachable(state):
        if index > found:
            return False
        found += index == found
    return found == len(state.pool)


def _in_order(state: State) -> State:
    order: dict[int, int] = {NOBODY: NOBODY}
    for index in _reachable(state):
        if index not in order:
            order[index] = len(order) - 1
    return State(
        _renumbered(state.channels, order),
        tuple([(group, _renumbered(members, order)) for group, members in state.groups]),
        _renumbered(state.requests, order),
        tuple([state.pool[index] for index in order if index != NOBODY]),
        tuple([relocated(each, order[each.channel], _renumbered(each.members, order)) for each in state.processes]),
        aside=state.aside,
    )


def _reachable(state: State) -> Iterator[int]:
    for _, index in state.channels:
        yield index
    for _, members in state.groups:
        for _, index in members:
            yield index
    for _, index in state.requests:
        yield index
    for process in state.processes:
        yield process.channel
        for _, index in process.members:
            yield index


def _renumbered(pairs: tuple[tuple[_Name, int], ...], order: dict[int, int]) -> tuple[tuple[_Name, int], ...]:
    return tuple([(name, order[index]) for name, index in pairs])


def _with_ranks(channel: Channel, rank: dict[int, int]) -> Channel:
    if not channel.receivers and not channel.senders:
        return channel
    return channel._replace(
        receivers=tuple([rank[pid] for pid in channel.receivers]),
        senders=tuple([(rank[pid], message) for pid, message in channel.senders]),
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
