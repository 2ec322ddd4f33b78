"""The model: how a state changes when an operation starts, when time passes, and until everything has settled."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from msgspec.structs import replace

from beehive_spec.answers import Answers
from beehive_spec.off_bus import older
from beehive_spec.rules import PASSIVE, RULES, Rules
from beehive_spec.rules.collecting import is_complete, may_look_late
from beehive_spec.rules.turn import Turn
from beehive_spec.state import Message, Process, State
from beehive_spec.vocabulary import OPERATION_NAMES, Operation, SendSync, SendToGroup, SendToGroupSync

_SYNCHRONOUS = frozenset({SendSync, SendToGroupSync})
"""The operations whose messages carry the sync flag."""
_TO_A_GROUP = frozenset({SendToGroup, SendToGroupSync})
"""The operations whose messages go to a group."""

MOVE_BUDGET = 200_000
"""The number of moves that one step may take before it is reported as inconclusive; four plain sends at once take
170."""


class Inconclusive(Exception):
    """Following every possibility of a step would take more moves than the budget allows, or never end."""


class Model(NamedTuple):
    """The rules under one set of answers."""

    answers: Answers = Answers()
    rules: Rules = RULES
    budget: int = MOVE_BUDGET

    def start(self, state: State, operation: Operation, tag: int) -> State:
        """Return the state with one more operation; it waits for its turn if its client is busy."""
        return start(self.answers, state, operation, tag)

    def settle(self, states: Iterable[State]) -> set[State]:
        """Return every reachable state in which no operation can move.

        Raises Inconclusive if the budget is exceeded or the moves never end.
        """
        return _settle(self, states)

    def elapse(self, states: Iterable[State], ms: int) -> set[State]:
        """Return every settled state after time has passed; raises Inconclusive as `settle` does."""
        return _elapse(self, states, ms)


def is_busy(state: State, client: str) -> bool:
    """Return whether an operation of a client has not returned; the client with the empty name is never busy."""
    return bool(client) and any(
        process.operation.client == client and process.result is None and not process.unseen
        for process in state.processes
    )


def start(answers: Answers, state: State, operation: Operation, tag: int) -> State:
    """Return the state with one more operation; it waits for its turn if its client is busy."""
    kind = type(operation)
    client = operation.client
    place = "turn" if client and is_busy(state, client) else "start"
    message = Message(tag, kind in _SYNCHRONOUS, answers.route_group == "set" and kind in _TO_A_GROUP)
    process = Process(operation, OPERATION_NAMES[kind], place, message)
    return replace(state, processes=(*state.processes, process))


def moves(model: Model, state: State) -> list[State]:
    """Return every state that one move leads to; only those of a local move if one is possible."""
    after: list[State] = []
    if state.died:
        return after
    answers, rules = model.answers, model.rules
    for pid, process in enumerate(state.processes):
        place = process.place
        if place == "end" or (place in PASSIVE and process.timer != 0):
            continue
        turn = Turn(answers, state, pid, process, process.operation)
        for move in rules[process.name, place]:
            if move.local:
                return list(move.apply(turn))
            after += move.apply(turn)
    return after


def _settle(model: Model, states: Iterable[State]) -> set[State]:
    settled: set[State] = set()
    seen: set[State] = set()
    todo = list(states)
    left = model.budget
    while todo:
        state = todo.pop()
        following = moves(model, state)
        while len(following) == 1 and left > 0:
            left -= 1
            state = following[0]
            # Before the first choice there is only one path, so nothing needs to be remembered.
            if seen:
                if state in seen:
                    break
                seen.add(state)
            following = moves(model, state)
        else:
            if not following:
                settled.add(state)
            for state in following:
                if state not in seen:
                    seen.add(state)
                    todo.append(state)
        left -= 1
        if left < 0:
            raise Inconclusive(f"more than {model.budget} moves in one step")
    if not settled:
        raise Inconclusive("moves that never end")
    return settled


def next_due(model: Model, state: State) -> int | None:
    """Return the milliseconds until a timer expires or a poll succeeds in a settled state, or None."""
    due: int | None = None
    for process in state.processes:
        timer = process.timer
        if process.poll is not None and is_complete(model.answers, state, process):
            timer = process.poll if timer is None else min(timer, process.poll)
        if timer is not None and (due is None or timer < due):
            due = timer
    return due


def passed(model: Model, state: State, ms: int) -> State:
    """Return the state `ms` milliseconds later, which must not be after the time that `next_due` returns."""
    later = list(state.processes)
    for pid, process in enumerate(later):
        timer, poll = process.timer, process.poll
        if timer is None and poll is None:
            continue
        in_time = process.in_time
        if ms and timer is not None and may_look_late(model.answers, process):
            in_time = is_complete(model.answers, state, process)
        if poll is not None:
            poll = _phase(poll, ms, model.answers)
        later[pid] = replace(process, timer=None if timer is None else timer - ms, poll=poll, in_time=in_time)
    return replace(state, processes=tuple(later), clock=state.clock + ms, off_bus=older(state.off_bus, ms))


def _phase(poll: int, ms: int, answers: Answers) -> int:
    return poll - ms if ms <= poll else -(ms - poll) % int(answers.group_sync_look)


def _elapse(model: Model, states: Iterable[State], ms: int) -> set[State]:
    todo = [(state, ms) for state in states]
    ended: set[State] = set()
    while todo:
        state, left = todo.pop()
        due = None if state.died else next_due(model, state)
        if due is not None and due <= left:
            todo.extend([(after, left - due) for after in _settle(model, (passed(model, state, due),))])
        elif state.died or not left:
            ended.add(state)
        else:
            later = passed(model, state, left)
            # Nothing is due, so nothing moves, apart from a poll that finds nothing and starts its next interval.
            polls = any(process.poll == 0 for process in later.processes)
            ended |= _settle(model, (later,)) if polls else {later}
    return ended
