"""A simulation relation: from the state of the reference's core to the states of the model that it stands for.

The spec and the reference do not know each other; only this module says which state of one is which of the other.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any, NamedTuple

from beehive.core import Broadcast, GroupRequest, ModuleRequest, Parked, Receiving, Sending
from beehive.core import Channel as CoreChannel
from beehive.core.sending import Request
from beehive.message import AnyMessage
from beehive_conformance.checking.walk import UNKNOWN_TAG, Walk
from beehive_conformance.programs.program import Program, numbered
from beehive_conformance.targets.reference.core import CoreSession
from beehive_spec.automaton import MAKERS, NO_TAG, Automaton
from beehive_spec.model import Inconclusive
from beehive_spec.normal_form import normal
from beehive_spec.state import NO_BOUND, NO_CHANNEL, Channel, Message, Process, State
from beehive_spec.vocabulary import (
    OPERATION_NAMES,
    Advance,
    InspectFields,
    Milliseconds,
    Operation,
    OperationNumber,
    Repeat,
    Return,
    Seen,
    SendSync,
    SendToGroupSync,
    Step,
    Together,
)

KEPT_RESPONSES = 1
"""How many responses the core keeps for a request to a module."""


class Mismatch(NamedTuple):
    """The first step of a program after which the core and the model do not agree, counted from 1.

    `is_observed` tells whether what was observed in the step differs as well.
    """

    step: int
    is_observed: bool


class Simulation(NamedTuple):
    """How many steps of a program were compared, and the first that does not agree."""

    steps: int
    mismatch: Mismatch | None


def simulate(program: Program, capacity: int | None, automaton: Automaton) -> Simulation:
    """Run a program on the core and compare, after each step, the core's state with those that the model may have.

    The comparison ends at a step that takes more moves than the budget of the model allows.
    """
    session, walk = CoreSession(capacity), Walk(automaton)
    pending: dict[OperationNumber, Operation] = {}
    now = 0
    steps = 0
    for step, started in numbered(Program(tuple(_single_steps(program)))):
        pending.update(started)
        if isinstance(step, Advance):
            session.advance(step.ms)
        else:
            session.start(started)
        events = sorted(session.settle(), key=lambda each: each.operation)
        returned = tuple(Return(each.operation, each.outcome, Milliseconds(each.at - now)) for each in events)
        now += step.ms if isinstance(step, Advance) else 0
        steps += 1
        assert isinstance(step, Operation | Together | Advance)
        try:
            is_allowed = walk.step(step, started, Seen(returned=returned, logged=session.logged()))
        except Inconclusive:
            return Simulation(steps - 1, None)
        if not is_allowed:
            return Simulation(steps, Mismatch(steps, True))
        for each in returned:
            del pending[each.operation]
        if not images(session, pending, walk._tags) & set(walk.node.states):
            return Simulation(steps, Mismatch(steps, False))
    return Simulation(steps, None)


def _single_steps(program: Program) -> Iterator[Step]:
    for step in program.steps:
        match step:
            case Repeat():
                yield from [step.operation] * step.times
            case InspectFields():
                pass
            case _:
                yield step


def images(
    session: CoreSession, pending: Mapping[OperationNumber, Operation], tags: Mapping[OperationNumber, int]
) -> set[State]:
    """Return the states of the model, in normal form, that the state of the core stands for.

    `pending` are the operations that have not returned, in the order of their start, and `tags` are the tags of the
    messages that may still be observed. There are several states where the model remembers more than the core, and
    none if a call still waits in the core although its operation has returned.
    """
    try:
        return set(_Image(session, pending, tags).states())
    except KeyError:
        return set()


class _Image:
    def __init__(
        self, session: CoreSession, pending: Mapping[OperationNumber, Operation], tags: Mapping[OperationNumber, int]
    ) -> None:
        self._core = session._core
        waiting = session._waiting.values()
        timers = {each: due - session._clock.ms for due, _, each in session._clock._timers}
        self._left = {each.number: timers[each] for each in waiting if each in timers}
        self._calls = {each.number: each.waits_for for each in waiting if isinstance(each.waits_for, Parked)}
        self._pending = pending
        self._tags = tags
        pids = {number: pid for pid, number in enumerate(pending)}
        self._pid = {call: pids[number] for number, call in self._calls.items()}
        self._pool: list[Channel] = []
        self._indices: dict[CoreChannel | Request, int] = {}

    def states(self) -> Iterator[State]:
        core = self._core
        channels = tuple(sorted((name, self._channel(each)) for name, each in core.channels.items()))
        groups = tuple(sorted((name, self._members(members)) for name, members in core._groups.items()))
        requests = tuple(sorted((name, self._responses(each)) for name, each in core._requests.items()))
        processes = [list(self._processes(*each)) for each in self._pending.items()]
        for chosen in itertools.product(*processes):
            yield normal(State(channels, groups, requests, tuple(self._pool), chosen))[1]

    def _members(self, members: Mapping[str, CoreChannel]) -> tuple[tuple[str, int], ...]:
        return tuple(sorted((name, self._channel(each)) for name, each in members.items()))

    def _channel(self, channel: CoreChannel) -> int:
        """Return the index of the channel of a module in the pool."""
        if channel not in self._indices:
            queue = channel.left if channel.closed else channel._messages
            receivers = tuple(self._pid[each] for each in channel.receivers)
            senders = tuple((self._pid[each], self._message(each.message)) for each in channel.senders)
            capacity = NO_BOUND if channel.capacity is None else channel.capacity
            self._add(channel, Channel(capacity, self._runs(queue), len(queue), channel.closed, receivers, senders))
        return self._indices[channel]

    def _responses(self, request: Request) -> int:
        """Return the index of the response channel of a request in the pool."""
        if request not in self._indices:
            is_single = isinstance(request, ModuleRequest)
            receivers = (self._pid[request],) if is_single and not request._waiting else ()
            capacity = KEPT_RESPONSES if is_single else request.expected
            arrived = request.responses
            self._add(request, Channel(capacity, self._runs(arrived), len(arrived), receivers=receivers))
        return self._indices[request]

    def _add(self, key: CoreChannel | Request, channel: Channel) -> None:
        self._indices[key] = len(self._pool)
        self._pool.append(channel)

    def _runs(self, messages: Iterable[AnyMessage]) -> tuple[tuple[Message, int], ...]:
        return tuple((message, len(list(run))) for message, run in groupby(map(self._message, messages)))

    def _message(self, message: AnyMessage) -> Message:
        return Message(self._tags.get(message.content.number, UNKNOWN_TAG), message.sync)

    def _processes(self, number: OperationNumber, operation: Operation) -> Iterator[Process]:
        """Yield what a pending operation may be in the model."""
        is_sync = isinstance(operation, SendSync | SendToGroupSync)
        tag = self._tags.get(number, UNKNOWN_TAG) if isinstance(operation, MAKERS) else NO_TAG
        call, timer = self._calls.get(number), self._left.get(number)

        def process(place: str, **others: Any) -> Process:
            return Process(operation, OPERATION_NAMES[type(operation)], place, Message(tag, is_sync), **others)

        match call:
            case None if timer is None:
                yield process("turn")
            case None:
                yield process("await", timer=timer)
            case ModuleRequest():
                place = "room" if call._waiting else "await"
                members = tuple((each.name, self._channel(each)) for each in call._channels)
                yield process(place, channel=self._responses(call), timer=timer, members=members)
            case GroupRequest():
                yield process("collect", channel=self._responses(call), timer=timer, expected=call.expected)
            case Broadcast():
                # The model remembers at which channel the broadcast has waited last.
                for channel in (NO_CHANNEL, *map(self._channel, call._channels)):
                    yield process("room", channel=channel)
            case Sending():
                yield process("room", channel=self._channel(call._channels[0]))
            case Receiving():
                assert call._channel is not None, "a call that waits has found its channel"
                yield process("await", channel=self._channel(call._channel))
            case _:
                raise AssertionError(f"a call of an unknown kind waits: {call}")
