"""First in, first out in whole histories: what is sent after a send has returned is received after its message.

The invariants say so of single moves; here it is followed through every history of short programs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import pytest
from beehive_spec.answers import UNBOUNDED, Answers
from beehive_spec.automaton import MAKERS, NO_TAG, Automaton, EdgeStep, Node
from beehive_spec.distinguish import operations_of
from beehive_spec.model import Model
from beehive_spec.rules import RULES, Move, Turn, rules_for
from beehive_spec.rules.messages import take_message
from beehive_spec.state import RETURNED, Delivered, State, with_channel
from beehive_spec.vocabulary import (
    AddModule,
    AddModuleGroup,
    Receive,
    Send,
    SendToGroup,
    Together,
)
from msgspec.structs import replace

SEND = Send(module="a", id="m1")
RECEIVE = Receive(module="a")
BROADCAST = SendToGroup(group="g", id="m1")
OPENING = (AddModule(module="a"), AddModuleGroup(module="a", group="g"))
STEPS = (SEND, BROADCAST, RECEIVE, Together((SEND, RECEIVE)), Together((SEND, BROADCAST)))
LENGTH = 4
ORDERS = ("fifo", "any")


class Times(NamedTuple):
    """The step in which each operation began, returned without an error, and in which its message was received."""

    began: Mapping[int, int] = {}
    returned: Mapping[int, int] = {}
    received: Mapping[int, int] = {}


def histories(automaton: Automaton, steps: Sequence[EdgeStep], length: int) -> Iterator[Times]:
    """Yield the times of every history of every program of `length` steps after the opening."""
    todo: list[tuple[Node, tuple[int, ...], Times, int]] = [(automaton.root, (), Times(), 0)]
    while todo:
        node, pending, times, count = todo.pop()
        if count == length + len(OPENING):
            yield times
            continue
        for step in steps if count >= len(OPENING) else (OPENING[count],):
            operations = operations_of(step)
            started = range(len(times.began), len(times.began) + len(operations))
            tags = tuple(
                number if isinstance(each, MAKERS) else NO_TAG
                for number, each in zip(started, operations, strict=True)
            )
            began = {**times.began, **dict.fromkeys(started, count)}
            for observation, after in automaton.edges(node, step, tags).items():
                waiting = [*pending, *started]
                ended = {waiting[rank]: result for rank, result, _ in observation.returned}
                returned = dict.fromkeys((each for each, result in ended.items() if result == RETURNED), count)
                received = dict.fromkeys(
                    (each.tag for each in ended.values() if isinstance(each, Delivered) and each.tag is not None),
                    count,
                )
                later = Times(began, {**times.returned, **returned}, {**times.received, **received})
                todo.append((after, tuple(each for each in waiting if each not in ended), later, count + 1))


def overtaken(times: Times) -> list[tuple[int, int]]:
    """Return each pair of a message that was sent before another and received after it, or not at all."""
    return [
        (first, second)
        for second, when in times.received.items()
        for first, returned in times.returned.items()
        if first >= len(OPENING) and returned < times.began[second] and times.received.get(first, when + 1) > when
    ]


@pytest.mark.parametrize("capacity", [0, 1, UNBOUNDED])
@pytest.mark.parametrize("receivers", ORDERS)
@pytest.mark.parametrize("senders", ORDERS)
def test_what_is_sent_later_is_received_later(senders: str, receivers: str, capacity: int | str) -> None:
    automaton = Automaton(Model(Answers(senders=senders, receivers=receivers, capacity=capacity)))
    found = [times for times in histories(automaton, STEPS, LENGTH) if times.received]
    assert found
    assert [times for times in found if overtaken(times)] == []


def take_the_last(turn: Turn[Receive]) -> Iterator[State]:
    channel = turn.state.pool[turn.process.channel]
    if len(channel.queue) < 2:
        yield from take_message(turn)
        return
    reversed_too = replace(channel, queue=channel.queue[::-1])
    yield from take_message(turn.at(with_channel(turn.state, turn.process.channel, reversed_too)))


def test_a_channel_that_gives_away_its_last_message_is_found_out() -> None:
    rules = {**RULES, **rules_for(Receive, {"take": (Move("take the last", take_the_last, (), ()),)})}
    found = [times for times in histories(Automaton(Model(rules=rules)), (SEND, RECEIVE), 3) if overtaken(times)]
    assert found
