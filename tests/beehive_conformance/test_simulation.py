"""The core of the reference simulates the model: after each step its state stands for one that the model may have."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from beehive.core.channel import Channel
from beehive.core.sending import GroupRequest, ModuleRequest, _Delivery, _Request
from beehive.core.transitions import Core
from beehive_conformance.deviations.baselines import baselines
from beehive_conformance.programs.program import Program
from beehive_spec.answers import UNBOUNDED
from beehive_spec.automaton import Automaton
from beehive_spec.model import Model
from beehive_spec.vocabulary import AddModule, Receive, Send
from simulation import Mismatch, simulate

CAPACITIES = (None, 1, 2)
BUDGET = 20_000
"""The moves of a step after which a comparison ends: more would take seconds."""
under_each_capacity = pytest.mark.parametrize("capacity", CAPACITIES)


def automaton(capacity: int | None) -> Automaton:
    answers = baselines()["reference"].answers.with_answers({"capacity": UNBOUNDED if capacity is None else capacity})
    return Automaton(Model(answers, budget=BUDGET))


def mismatches(programs: Callable[[int], Program], seeds: range, capacity: int | None) -> tuple[int, list[Any]]:
    """Return how many steps were compared, and each seed whose program shows a mismatch, with the mismatch."""
    steps, found = 0, []
    for seed in seeds:
        # A fresh automaton for each program: random ones share hardly a node.
        simulation = simulate(programs(seed), capacity, automaton(capacity))
        steps += simulation.steps
        if simulation.mismatch is not None:
            found.append((seed, simulation.mismatch))
    return steps, found


@under_each_capacity
def test_after_each_step_the_core_is_in_a_state_that_the_model_may_have(
    drawn: Callable[[int], Program], capacity: int | None
) -> None:
    steps, found = mismatches(drawn, range(60), capacity)
    assert found == []
    assert steps > 1_000


@pytest.mark.slow
@pytest.mark.parametrize("part", range(4))
@under_each_capacity
def test_the_core_follows_the_model_through_many_programs(
    drawn: Callable[[int], Program], capacity: int | None, part: int
) -> None:
    steps, found = mismatches(drawn, range(1_000 * (part + 1), 1_000 * (part + 2)), capacity)
    assert found == []
    assert steps > 10_000


def take_the_last(channel: Channel) -> Any:
    return channel._messages.pop() if channel._messages else None


def put_in_front(channel: Channel, message: Any) -> bool:
    if channel.capacity is not None and len(channel) >= channel.capacity:
        return False
    channel._messages.appendleft(message)
    channel._serve()
    return True


def leave_no_group(core: Core, module: str) -> Any:
    channel = core._channel(module)
    del core.channels[module]
    return channel.close()


def keep_no_response(request: ModuleRequest, response: Any) -> bool:
    if request._waiting:
        return True
    return _Request.accept(request, response)


def stay_registered(request: Any) -> None:
    _Delivery._withdraw(request)


def stay_in_line(request: Any) -> None:
    request._outstanding.pop(request._id, None)


def count_twice(request: GroupRequest, response: Any) -> bool:
    return _Request.accept(request, response) and _Request.accept(request, response)


@pytest.mark.parametrize(
    ("place", "name", "fault", "capacity"),
    [
        (Channel, "_take", take_the_last, None),
        (Channel, "offer", put_in_front, None),
        (Core, "clean_up", leave_no_group, None),
        (ModuleRequest, "accept", keep_no_response, 1),
        (_Request, "_withdraw", stay_registered, None),
        (_Request, "_withdraw", stay_in_line, 1),
        (GroupRequest, "accept", count_twice, None),
    ],
    ids=lambda each: getattr(each, "__name__", None),
)
def test_a_fault_in_the_core_is_a_mismatch(
    monkeypatch: pytest.MonkeyPatch,
    drawn: Callable[[int], Program],
    place: type,
    name: str,
    fault: Callable[..., Any],
    capacity: int | None,
) -> None:
    monkeypatch.setattr(place, name, fault)
    assert mismatches(drawn, range(60), capacity)[1] != []


def test_a_fault_is_seen_before_it_can_be_observed(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = Send(module="a", id="m1"), Send(module="a", id="m2")
    program = Program((AddModule(module="a"), first, second, Receive(module="a")))
    assert simulate(program, None, automaton(None)).mismatch is None
    monkeypatch.setattr(Channel, "offer", put_in_front)
    assert simulate(program, None, automaton(None)).mismatch == Mismatch(3, is_observed=False)
