"""The automaton: what may be seen, and that equal situations are equal nodes."""

from collections.abc import Iterator

import pytest
from beehive_spec.answers import Answers
from beehive_spec.automaton import MAKERS, NO_TAG, Automaton, Node
from beehive_spec.model import Inconclusive, Model
from beehive_spec.normal_form import Observation
from beehive_spec.rules import PASSIVE, RULES, Move, Turn, rules_for
from beehive_spec.state import INITIAL, RETURNED, Delivered, State
from beehive_spec.vocabulary import (
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


def test_equal_situations_are_one_node_whatever_led_there():
    automaton = Automaton(Model())
    assert after(automaton, ADD, SEND, RECEIVE) is after(automaton, ADD)
    assert after(automaton, ADD, CleanUp(module="a")) is automaton.root


def test_waiting_is_the_same_whenever_it_began():
    automaton = Automaton(Model())
    assert after(automaton, ADD, Advance(5), RECEIVE) is after(automaton, ADD, RECEIVE, Advance(7))


def test_a_timeout_is_seen_at_its_millisecond():
    automaton = Automaton(Model())
    node = after(automaton, ADD, ASK)
    assert list(edges(automaton, node, Advance(9))) == [Observation()]
    assert list(edges(automaton, node, Advance(50))) == [Observation(((0, ErrorKind.TIMEOUT, 10),))]


def test_a_response_and_a_timeout_at_one_instant_may_come_in_either_order():
    automaton = Automaton(Model())
    node = after(automaton, ADD, ASK)
    nap_and_respond = Together((Sleep(ms=10, client="c"), SendResp(parent="m1", client="c")))
    (node,) = edges(automaton, node, nap_and_respond).values()
    results = {observation.returned[0][1] for observation in edges(automaton, node, Advance(10))}
    assert ErrorKind.TIMEOUT in results
    assert any(isinstance(result, Delivered) for result in results)


def test_who_looks_periodically_notices_at_a_multiple_of_the_period():
    automaton = Automaton(Model(Answers(group_sync_look=20)))
    node = after(automaton, ADD, JOIN, ASK_GROUP, Advance(33), RESPOND)
    assert list(edges(automaton, node, Advance(1000))) == [Observation(((0, RETURNED, 7),))]


def test_long_times_cost_no_more_than_short_ones():
    automaton = Automaton(Model(Answers(group_sync_look=20), budget=50))
    asked = SendToGroupSync(group="g", id="m1", timeout=10_000_000)
    node = after(automaton, ADD, JOIN, asked)
    assert list(edges(automaton, node, Advance(9_999_999))) == [Observation()]


def test_many_rounds_at_once_lead_where_single_rounds_lead():
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


def test_a_broadcast_beside_a_full_channel_may_have_reached_the_others_or_not():
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
    nap_and_send = Together((Sleep(ms=10, client="c"), Send(module="a", id="m2", client="c")))
    (node,) = edges(automaton, node, nap_and_send).values()
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


def test_nothing_is_left_of_an_automaton_that_was_cleared():
    automaton = Automaton(Model())
    after(automaton, ADD, SEND, RECEIVE)
    automaton.clear()
    assert len(automaton) == 1
    fresh = Automaton(Model())
    assert {name: value for name, value in vars(automaton).items() if isinstance(value, dict) and value} == {
        "_nodes": {INITIAL: automaton.root}
    }
    assert automaton.root.edges == fresh.root.edges == {}


def test_many_who_are_woken_at_once_need_few_moves():
    automaton = Automaton(Model(budget=1000))
    (observation,) = edges(automaton, after(automaton, ADD, *[RECEIVE] * 100), CleanUp(module="a"))
    assert len(observation.returned) == 101


def test_moves_that_are_local_hide_nothing_that_may_be_seen():
    everywhere = {key: tuple(replace(move, local=False) for move in moves) for key, moves in RULES.items()}
    together = Together((SEND, RECEIVE, CleanUp(module="a")))
    for steps in ((ADD,), (ADD, RECEIVE), (ADD, JOIN, ASK), (ADD, SEND, RECEIVE, RECEIVE)):
        first, second = Automaton(Model()), Automaton(Model(rules=everywhere))
        one = edges(first, after(first, *steps), together)
        other = edges(second, after(second, *steps), together)
        assert {key: node.states for key, node in one.items()} == {key: node.states for key, node in other.items()}


def test_every_place_that_a_move_leads_to_has_moves_or_is_passive_or_the_end():
    reached = {(operation, place) for (operation, _), found in RULES.items() for move in found for place in move.next}
    assert {place for _, place in reached if place in PASSIVE}
    assert {
        (operation, place) for operation, place in reached - RULES.keys() if place not in {"end", *PASSIVE}
    } == set()


def test_what_is_kept_stays_the_same_node_and_the_rest_is_forgotten():
    automaton = Automaton(Model())
    added, waiting = after(automaton, ADD), after(automaton, ADD, RECEIVE)
    assert len(automaton) == 3
    automaton.keep([waiting])
    assert len(automaton) == 2
    assert automaton.node(waiting.states) is waiting
    assert automaton.root.edges == waiting.edges == {}
    assert after(automaton, ADD).states == added.states
    assert after(automaton, ADD, RECEIVE) is waiting
