"""The diagrams: every move of the rules is an edge, and the model makes no step that is not drawn."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterator

import pytest
from beehive_conformance.deviations.baselines import baselines
from beehive_conformance.programs.program import Program
from beehive_conformance.reports.spec_page.diagram import diagrams, edges_of
from beehive_conformance.reports.spec_page.labels import area_of
from beehive_conformance.reports.spec_page.layout import BOX_WIDTH, Drawing, Edge, area, layout
from beehive_conformance.scenarios.scenario import load_scenarios
from beehive_conformance.trust.matrix import fitting
from beehive_spec.answers import Answers
from beehive_spec.automaton import MAKERS, NO_TAG
from beehive_spec.model import Model
from beehive_spec.normal_form import normal
from beehive_spec.rules import PASSIVE, RULES, Move, Rule, Rules, Turn
from beehive_spec.state import INITIAL, State
from beehive_spec.vocabulary import (
    AddModule,
    AddModuleGroup,
    Advance,
    CleanUp,
    GroupName,
    InspectFields,
    MessageId,
    Milliseconds,
    ModuleName,
    Operation,
    Receive,
    Repeat,
    Send,
    SendResp,
    SendSync,
    SendToGroupSync,
    Together,
)
from msgspec.structs import replace

A, G, M1, M2 = ModuleName("a"), GroupName("g"), MessageId("m1"), MessageId("m2")
SHORT = Milliseconds(100)
DRAWN = {each.operation: each for each in diagrams(RULES)}
FULL = (AddModule(module=A), AddModuleGroup(module=A, group=G), Send(module=A, id=M1))
ASKED = (*FULL, SendToGroupSync(group=G, id=M2, timeout=SHORT))
RESPONDED = (*ASKED, SendResp(parent=M2), Advance(Milliseconds(1)))
"""A call that has its response: under the answers of Go, its message is still delivered in the background."""
AT_ONE_INSTANT = Together(
    (
        SendSync(module=A, id=M2, timeout=SHORT),
        SendToGroupSync(group=G, id=M1, timeout=SHORT),
        CleanUp(module=A),
    )
)
TWO_RESPONSES = (
    AddModule(module=A),
    Send(module=A, id=M2),
    SendSync(module=A, id=M1, timeout=SHORT),
    SendResp(parent=M1),
    SendResp(parent=M1),
)
"""The second response finds no room while the request still waits for room itself."""
WAITING = {"send", "send_to_group", "delivery", "receive", "send_sync", "send_resp", "send_to_group_sync"}
"""Operations that others may end while they wait."""
QUEUED = {"listen", "count"}
"""Places where only the message waits so far, for room, and the call is about to wait for its responses."""
LEAST_SCALE, WIDTH_OF_THE_TEXT = 0.7, 860
"""How much a drawing is scaled down before it scrolls, and the pixels of an article in a window of 1,280."""
MAX_ROUNDS = 3
"""Rounds of a repeat that are walked: a queue of three is as good as one of a thousand."""


@pytest.mark.parametrize("operation", DRAWN)
def test_every_move_of_the_rules_is_an_edge_with_its_name(operation: str) -> None:
    curves = {(each.edge.source, each.edge.target): each.edge.label for each in DRAWN[operation].drawing.curves}
    moves = [(place, move) for (name, place), found in RULES.items() if name == operation for move in found]
    assert moves
    for place, move in moves:
        assert move.next
        assert [target for target in move.next if move.name not in curves[place, target]] == []


@pytest.mark.parametrize("operation", DRAWN)
def test_no_box_covers_another_and_everything_lies_inside(operation: str) -> None:
    drawing = DRAWN[operation].drawing
    assert drawing.boxes
    for box in drawing.boxes:
        assert BOX_WIDTH / 2 <= box.x <= drawing.width - BOX_WIDTH / 2
        assert box.height / 2 <= box.y <= drawing.height - box.height / 2
    for a, b in itertools.combinations(drawing.boxes, 2):
        assert abs(a.x - b.x) >= BOX_WIDTH or abs(a.y - b.y) >= (a.height + b.height) / 2, (a, b)


@pytest.mark.parametrize("operation", DRAWN)
def test_no_name_of_a_move_covers_another_one_or_a_box(operation: str) -> None:
    drawing = DRAWN[operation].drawing
    names = [(each.edge, area_of(each.lines, each.point)) for each in drawing.curves if each.lines]
    assert names
    covered = [(one, other) for (one, a), (other, b) in itertools.combinations(names, 2) if a.shared_with(b) > 0]
    assert covered == []
    assert [(edge, box) for edge, a in names for box in drawing.boxes if a.shared_with(area(box)) > 0] == []


@pytest.mark.parametrize("operation", DRAWN)
def test_a_drawing_fits_the_page_of_a_usual_window_without_scrolling(operation: str) -> None:
    assert DRAWN[operation].drawing.width * LEAST_SCALE <= WIDTH_OF_THE_TEXT


@pytest.mark.parametrize("operation", DRAWN)
def test_what_others_may_end_is_drawn_as_waiting(operation: str) -> None:
    drawn = DRAWN[operation]
    woken = {each.edge.source for each in drawn.drawing.curves if each.edge.is_woken}
    assert bool(woken) == (operation in WAITING)
    assert woken - QUEUED <= drawn.waiting
    assert PASSIVE & {box.place for box in drawn.drawing.boxes} <= drawn.waiting


def place_of(drawing: Drawing, place: str) -> tuple[float, float]:
    (box,) = (each for each in drawing.boxes if each.place == place)
    return box.x, box.y


def test_edges_lead_to_the_right_but_for_those_that_lead_back() -> None:
    edges = [Edge("a", "b", "go"), Edge("b", "c", "go"), Edge("b", "a", "back"), Edge("b", "b", "again")]
    drawing = layout(("a", "b", "c"), edges, "c")
    assert place_of(drawing, "a") < place_of(drawing, "b") < place_of(drawing, "c")
    assert [each.point.anchor for each in drawing.curves] == ["start", "start", "end", "middle"]


def test_the_layout_is_the_same_every_time() -> None:
    assert diagrams(RULES) == diagrams(RULES)


def test_an_overlaid_move_without_next_places_draws_no_edge() -> None:
    rules: Rules = {("send", "start"): (Move("vanish", lambda *_: iter(()), (), ()),)}
    assert edges_of(rules, "send") == ()


def recording(seen: dict[str, set[tuple[str, str]]]) -> Rules:
    """Return the rules, writing down from where to where each process goes in each move."""

    def recorded(rule: Rule[Operation]) -> Rule[Operation]:
        def run(turn: Turn[Operation]) -> Iterator[State]:
            for after in rule(turn):
                for old, new in zip(turn.state.processes, after.processes, strict=False):
                    if old.place != new.place:
                        seen[old.name].add((old.place, new.place))
                yield after

        return run

    return {key: tuple(replace(each, apply=recorded(each.apply)) for each in found) for key, found in RULES.items()}


def walk(model: Model, program) -> None:
    """Take the model through a program, following one of the states that are possible after each step."""
    state: State = INITIAL
    for tag, step in enumerate(program.steps):
        match step:
            case Advance():
                ended = model.elapse((state,), step.ms)
            case InspectFields():
                continue
            case Repeat():
                ended = {state}
                for _ in range(min(step.times, MAX_ROUNDS)):
                    ended = model.settle([model.start(min(ended, key=repr), step.operation, tag)])
            case _:
                for number, operation in enumerate(step.operations if isinstance(step, Together) else (step,)):
                    makes = isinstance(operation, MAKERS)
                    state = model.start(state, operation, 10 * tag + number if makes else NO_TAG)
                ended = model.settle((state,))
        _, state = normal(min(ended, key=repr))


def steps_of_the_model() -> dict[str, set[tuple[str, str]]]:
    seen: dict[str, set[tuple[str, str]]] = defaultdict(set)
    rules = recording(seen)
    go = baselines()["go:v1.13.0"].answers
    assert go is not None
    for scenario in load_scenarios():
        for wished in ({}, {"capacity": 1}, {**go._asdict(), "capacity": 1}):
            walk(Model(fitting(scenario.under, wished), rules), scenario.program)
    for end in (Receive(module=A), CleanUp(module=A), Advance(SHORT)):
        walk(Model(go._replace(capacity=1), rules), Program((*ASKED, end)))
        walk(Model(go._replace(capacity=1, group_sync_look=1), rules), Program((*RESPONDED, end)))
        walk(Model(Answers(capacity=1, group_sync_put="waits"), rules), Program((*ASKED, end)))
        walk(Model(Answers(capacity=1, response_full="waits"), rules), Program((*TWO_RESPONSES, end)))
    walk(Model(Answers(capacity=1, sync_put="left"), rules), Program((*FULL, AT_ONE_INSTANT)))
    return seen


def test_the_model_makes_no_step_that_is_not_drawn() -> None:
    seen = steps_of_the_model()
    drawn = {name: {edge[:2] for edge in edges_of(RULES, name)} for name in DRAWN}
    assert {name: found - drawn[name] - {("turn", "start")} for name, found in seen.items()} == {
        name: set() for name in DRAWN
    }


def test_what_is_drawn_as_done_by_others_happens() -> None:
    seen = steps_of_the_model()
    woken = {(name, edge[:2]) for name in DRAWN for edge in edges_of(RULES, name) if edge.is_woken}
    assert {name for name, _ in woken} == WAITING
    assert {(name, ends) for name, ends in woken if ends not in seen[name]} == set()
