"""The automaton: what may be observed, and that equal situations are equal nodes."""

from collections.abc import Iterator

import pytest
from beehive_spec.answers import Answers
from beehive_spec.automaton import MAKERS, NO_TAG, Automaton, Node
from beehive_spec.model import Inconclusive, Model
from beehive_spec.normal_form import Observation
from beehive_spec.rules import PASSIVE, RULES, Move, Turn, rules_for
from beehive_spec.state import DELIVERY, INITIAL, RETURNED, Delivered, State
from beehive_spec.vocabulary import (
    OPERATION_NAMES,
    AddModule,
    AddModuleGroup,
    Advance,
    CleanUp,
    ErrorKind,
    Receive,
    Send,
    SendResp,
    SendSync,
    SendToGroup,
    SendToGroupSync,
    Sleep,
    Together,
)
from msgspec.structs import replace

ADD = AddModule(module="a")
JOIN = AddModuleGroup(module="a", group="g")
SEND = Send(module="a", id="m1")
RECEIVE = Receive(module="a")
ASK = SendSync(module="a", id="m1", timeout=10)
ASK_GROUP = SendToGroupSync(group="g", id="m1", timeout=100)
RESPOND = SendResp(parent="m1")


def tags(node: Node, step: object) -> tuple[int, ...]:
    operations = step.operations if isinstance(step, Together) else () if isinstance(step, Advance) else (step,)
    free = iter(node.free_tags(len(operations)))
    return tuple(next(free) if isinstance(each, MAKERS) else NO_TAG for each in operations)


def edges(automaton: Automaton, node: Node, step: object) -> dict[Observation, Node]:
    return automaton.edges(node, step, tags(node, step))


def after(automaton: Automaton, *steps: object) -> Node:
    node = automaton.root
    for step in steps:
        (node,) = edges(automaton, node, step).values()
    return node


def test_equal_situations_are_one_node_however_they_were_reached():
    automaton = Automaton(Model())
    assert after(automaton, ADD, SEND, RECEIVE) is after(automaton, ADD)
    assert after(automaton, ADD, CleanUp(module="a")) is automaton.root


def test_a_wait_is_the_same_whenever_it_started():
    automaton = Automaton(Model())
    assert after(automaton, ADD, Advance(5), RECEIVE) is after(automaton, ADD, RECEIVE, Advance(7))


def test_a_timeout_is_observed_at_its_millisecond():
    automaton = Automaton(Model())
    node = after(automaton, ADD, ASK)
    assert list(edges(automaton, node, Advance(9))) == [Observation()]
    assert list(edges(automaton, node, Advance(50))) == [Observation(((0, ErrorKind.TIMEOUT, 10),))]


def test_a_response_and_a_timeout_at_one_instant_may_come_in_either_order():
    automaton = Automaton(Model())
    node = after(automaton, ADD, ASK)
    sleep_and_respond = Together((Sleep(ms=10, client="c"), SendResp(parent="m1", client="c")))
    (node,) = edges(automaton, node, sleep_and_respond).values()
    results = {observation.returned[0][1] for observation in edges(automaton, node, Advance(10))}
    assert ErrorKind.TIMEOUT in results
    assert any(isinstance(result, Delivered) for result in results)


def test_polling_notices_responses_at_a_multiple_of_the_interval():
    automaton = Automaton(Model(Answers(group_sync_look=20)))
    node = after(automaton, ADD, JOIN, ASK_GROUP, Advance(33), RESPOND)
    assert list(edges(automaton, node, Advance(1000))) == [Observation(((0, RETURNED, 7),))]


def test_polling_all_the_time_notices_responses_at_once():
    automaton = Automaton(Model(Answers(group_sync_look=0)))
    node = after(automaton, ADD, JOIN, ASK_GROUP, Advance(33))
    assert list(edges(automaton, node, RESPOND)) == [Observation(((0, RETURNED, 0), (1, RETURNED, 0)))]


def test_long_times_cost_no_more_than_short_ones():
    automaton = Automaton(Model(Answers(group_sync_look=20), budget=50))
    asked = SendToGroupSync(group="g", id="m1", timeout=10_000_000)
    node = after(automaton, ADD, JOIN, asked)
    assert list(edges(automaton, node, Advance(9_999_999))) == [Observation()]


def test_several_rounds_at_once_lead_to_the_node_of_single_rounds():
    automaton = Automaton(Model(Answers(capacity=5)))
    node = after(automaton, ADD)
    bulk = automaton.bulk(node, SEND, 0, 4)
    assert bulk is not None
    assert (bulk.rounds, bulk.observation) == (4, Observation(((0, RETURNED, 0),)))
    for _ in range(4):
        (node,) = automaton.edges(node, SEND, (0,)).values()
    assert bulk.node is node


def test_a_full_channel_is_not_filled_in_bulk():
    automaton = Automaton(Model(Answers(capacity=1)))
    assert automaton.bulk(after(automaton, ADD), SEND, 0, 4) is None


def test_a_broadcast_that_waits_at_a_full_channel_may_have_reached_the_others_or_not():
    automaton = Automaton(Model(Answers(capacity=1)))
    node = after(
        automaton,
        ADD,
        AddModule(module="b"),
        JOIN,
        AddModuleGroup(module="b", group="g"),
        SEND,
        SendToGroup(group="g", id="m2"),
    )
    received = edges(automaton, node, Receive(module="b"))
    assert {len(observation.returned) for observation in received} == {0, 1}


def test_no_time_passes_for_a_process_that_has_died():
    def die(turn: Turn[Send]) -> Iterator[State]:
        yield replace(turn.state, died="panic")

    rules = {**RULES, **rules_for(Send, {"start": (Move("die", die, (), ()),)})}
    automaton = Automaton(Model(rules=rules))
    node = after(automaton, ADD, ASK)
    sleep_and_send = Together((Sleep(ms=10, client="c"), Send(module="a", id="m2", client="c")))
    (node,) = edges(automaton, node, sleep_and_send).values()
    assert Observation(died="panic") in edges(automaton, node, Advance(1000))


def test_more_moves_than_the_budget_allows_are_inconclusive():
    automaton = Automaton(Model(budget=3))
    with pytest.raises(Inconclusive):
        edges(automaton, after(automaton, ADD), Together((SEND, SEND, RECEIVE)))


def test_moves_that_never_end_are_inconclusive():
    def swing(turn: Turn[Send]) -> Iterator[State]:
        place = {"start": "left", "left": "right", "right": "left"}[turn.process.place]
        processes = tuple(replace(process, place=place) for process in turn.state.processes)
        yield replace(turn.state, processes=processes)

    swinging = (Move("swing", swing, (), ()),)
    rules = {**RULES, **rules_for(Send, dict.fromkeys(("start", "left", "right"), swinging))}
    automaton = Automaton(Model(rules=rules, budget=100))
    for step in (SEND, Together((SEND, SEND))):
        with pytest.raises(Inconclusive):
            edges(automaton, automaton.root, step)


def test_a_cleared_automaton_keeps_nothing():
    automaton = Automaton(Model())
    after(automaton, ADD, SEND, RECEIVE)
    automaton.clear()
    assert len(automaton) == 1
    fresh = Automaton(Model())
    assert {name: value for name, value in vars(automaton).items() if isinstance(value, dict) and value} == {
        "_nodes": {INITIAL: automaton.root}
    }
    assert automaton.root.edges == fresh.root.edges == {}


def test_many_operations_that_are_woken_at_once_need_few_moves():
    automaton = Automaton(Model(budget=1000))
    (observation,) = edges(automaton, after(automaton, ADD, *[RECEIVE] * 100), CleanUp(module="a"))
    assert len(observation.returned) == 101


def test_local_moves_hide_nothing_that_may_be_observed():
    everywhere = {key: tuple(replace(move, local=False) for move in moves) for key, moves in RULES.items()}
    together = Together((SEND, RECEIVE, CleanUp(module="a")))
    for steps in ((ADD,), (ADD, RECEIVE), (ADD, JOIN, ASK), (ADD, SEND, RECEIVE, RECEIVE)):
        first, second = Automaton(Model()), Automaton(Model(rules=everywhere))
        one = edges(first, after(first, *steps), together)
        other = edges(second, after(second, *steps), together)
        assert {key: node.states for key, node in one.items()} == {key: node.states for key, node in other.items()}


def test_the_moves_of_a_process_are_those_of_the_type_of_its_operation() -> None:
    for kind, name in OPERATION_NAMES.items():
        rules = rules_for(kind, {"start": (Move("wait", lambda _: (), (), ()),)})
        assert list(rules) == [(name, "start")]
    (process,) = Model().start(INITIAL, SEND, 0).processes
    assert process.name == OPERATION_NAMES[type(process.operation)]
    assert {name for name, _ in RULES} == {*OPERATION_NAMES.values(), DELIVERY}


def test_every_place_that_a_move_leads_to_has_moves_or_is_passive_or_the_end():
    reached = {(operation, place) for (operation, _), found in RULES.items() for move in found for place in move.next}
    assert {place for _, place in reached if place in PASSIVE}
    assert {
        (operation, place) for operation, place in reached - RULES.keys() if place not in {"end", *PASSIVE}
    } == set()


def test_kept_nodes_stay_the_same_and_all_others_are_forgotten():
    automaton = Automaton(Model())
    added, waiting = after(automaton, ADD), after(automaton, ADD, RECEIVE)
    assert len(automaton) == 3
    automaton.keep([waiting])
    assert len(automaton) == 2
    assert automaton.node(waiting.states) is waiting
    assert automaton.root.edges == waiting.edges == {}
    assert after(automaton, ADD).states == added.states
    assert after(automaton, ADD, RECEIVE) is waiting
