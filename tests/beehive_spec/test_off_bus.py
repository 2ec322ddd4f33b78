"""The off-bus state of the model: its age, its maps, and that programs without off-bus operations share one value."""

from __future__ import annotations

import pytest
from beehive_spec.answers import Answers
from beehive_spec.automaton import NO_TAG, Automaton, Node
from beehive_spec.model import Model
from beehive_spec.normal_form import Observation
from beehive_spec.off_bus import NO_OFF_BUS, OffBusState, older
from beehive_spec.rules.making import stamped
from beehive_spec.vocabulary import (
    AddModule,
    Advance,
    CleanUp,
    ErrorKind,
    Fields,
    Made,
    MakeMessage,
    Milliseconds,
    ModuleName,
    Operation,
    Register,
    Send,
    Start,
    Together,
)
from beehive_spec.vocabulary import MessageId as Id

A, B = ModuleName("a"), ModuleName("b")


def after(automaton: Automaton, *steps: Operation | Advance) -> Node:
    """Walk to the only node that some steps lead to."""
    node = automaton.root
    for step in steps:
        tags = () if isinstance(step, Advance) else (0 if isinstance(step, Send) else NO_TAG,)
        (node,) = set(automaton.edges(node, step, tags).values())
    return node


def fields(*steps: Operation, **answers: str) -> Fields:
    automaton = Automaton(Model(Answers(**answers)))  # type: ignore[arg-type]  # only words are given
    (found,) = automaton.fields(after(automaton, *steps))
    return found


def test_programs_without_off_bus_operations_share_one_off_bus_state() -> None:
    node = after(Automaton(Model()), AddModule(module=A), Send(module=A, id=Id("m")), Advance(Milliseconds(5)))
    (state,) = node.states
    assert state.off_bus is NO_OFF_BUS
    assert older(NO_OFF_BUS, 5) is NO_OFF_BUS


def test_time_that_passes_before_the_first_message_is_not_remembered() -> None:
    automaton = Automaton(Model())
    later = after(automaton, Advance(Milliseconds(9)), MakeMessage())
    assert later is after(automaton, MakeMessage())
    assert [state.off_bus.age for state in after(automaton, MakeMessage(), Advance(Milliseconds(9))).states] == [9]


@pytest.mark.parametrize(
    ("unit", "age", "expected"),
    [
        ("milliseconds", 1_500, (1_500,)),
        ("microseconds", 2, (2_000,)),
        ("nanoseconds", 2, (2_000_000,)),
        ("seconds", 0, (0,)),
        ("seconds", 999, (0, 1)),
        ("seconds", 1_000, (1,)),
        ("seconds", 1_001, (1, 2)),
    ],
)
def test_a_timestamp_counts_in_its_unit(unit: str, age: int, expected: tuple[int, ...]) -> None:
    found = stamped(Answers(timestamp_unit=unit), OffBusState(age=age))
    assert tuple(timestamp for timestamp, _ in found) == expected


def test_timestamps_in_seconds_agree_on_when_a_second_ends() -> None:
    steps = (Advance(Milliseconds(300)), MakeMessage()) * 5
    automaton = Automaton(Model(Answers(timestamp_unit="seconds")))
    found: dict[tuple[int, ...], Node] = {(): after(automaton, MakeMessage())}
    for step in steps:
        found = {
            (*seen, *(result.timestamp for _, result, _ in observation.returned if isinstance(result, Made))): node
            for seen, before in found.items()
            for observation, node in automaton.edges(before, step, (NO_TAG,) * isinstance(step, MakeMessage)).items()
        }
    starts = range(1_000)
    assert set(found) == {tuple((start + 300 * number) // 1_000 for number in range(1, 6)) for start in starts}


def test_a_message_that_is_made_is_observed_with_its_parts() -> None:
    automaton = Automaton(Model(Answers(timestamp_unit="seconds")))
    node = after(automaton, MakeMessage(), Advance(Milliseconds(500)))
    edges = automaton.edges(node, MakeMessage(content="c", source="s"), (NO_TAG,))
    made = [Made(source="s", content="c", timestamp=timestamp) for timestamp in (0, 1)]
    assert set(edges) == {Observation(((0, each, 0),)) for each in made}


def test_a_module_that_replaces_another_is_put_where_the_file_says() -> None:
    early = Register(module=A, implementation="early")
    start = Start(enabled=(A,), modules=(A, B))
    given = {"register_without_file": "disabled"}
    assert fields(early, **given) == Fields(disabled_modules=((A, "early"),))
    kept = Fields(disabled_modules=((A, "early"), (B, "")))
    assert fields(early, start, register_again="kept", **given) == kept
    assert fields(early, start, register_again="refused", **given) == kept
    replaced = Fields(modules=((A, ""),), disabled_modules=((B, ""),))
    assert fields(early, start, register_again="replaced", **given) == replaced


def test_a_module_can_register_between_two_that_register_at_the_start() -> None:
    automaton = Automaton(Model(Answers(register_again="kept", register_without_file="disabled")))
    start = Start(enabled=(A, B), modules=(A, B))
    others = (Register(module=A, implementation="x"), Register(module=B, implementation="x"))
    edges = automaton.edges(automaton.root, Together((start, *others)), (NO_TAG,) * 3)
    found = {each.modules for node in edges.values() for each in automaton.fields(node)}
    assert ((A, ""), (B, "x")) in found
    assert ((A, "x"), (B, "x")) in found


@pytest.mark.parametrize(
    ("start", "ends"),
    [
        pytest.param(Start(enabled=(A,), modules=(A, B)), {"returned"}, id="all register"),
        pytest.param(Start(enabled=(A, B), modules=(A,)), {"returned", ErrorKind.OTHER}, id="one does not try"),
        pytest.param(Start(modules=(A, ModuleName(""))), {"returned", ErrorKind.OTHER}, id="one is refused"),
    ],
)
def test_a_start_may_report_modules_that_did_not_register(start: Start, ends: set[str]) -> None:
    automaton = Automaton(Model(Answers(register_unnamed="refused")))
    edges = automaton.edges(automaton.root, start, (NO_TAG,))
    assert {result for observation in edges for _, result, _ in observation.returned} == ends
    assert len(set(edges.values())) == 1


@pytest.mark.parametrize(
    "operation", [Start(enabled=(A,), modules=(A, B)), Register(module=A)], ids=lambda x: type(x).__name__
)
def test_a_module_that_registers_gets_a_channel_only_if_it_is_enabled(operation: Operation) -> None:
    steps = (Start(enabled=(A,)), operation) if isinstance(operation, Register) else (operation,)
    assert fields(*steps, registered_channel="at_once").channels == (A,)
    assert fields(*steps).channels == ()


@pytest.mark.parametrize(("answer", "left"), [("kept", ((A, ""), (B, ""))), ("removed", ((B, ""),))])
def test_cleaning_up_takes_back_the_registration_of_the_module_alone(answer: str, left: object) -> None:
    steps = (Start(enabled=(A, B), modules=(A, B)), AddModule(module=A), CleanUp(module=A))
    assert fields(*steps, clean_up_registration=answer).modules == left


def test_the_registration_may_be_taken_back_of_a_module_that_has_no_channel() -> None:
    automaton = Automaton(Model(Answers(clean_up_registration="removed")))
    node = after(automaton, Start(enabled=(A,), modules=(A,)))
    edges = automaton.edges(node, CleanUp(module=A), (NO_TAG,))
    found = {each.modules for ended in edges.values() for each in automaton.fields(ended)}
    assert found == {(), ((A, ""),)}


@pytest.mark.parametrize("answer", ["ignored", "refused"])
def test_a_module_without_a_name_is_in_no_map_unless_the_empty_name_is_accepted(answer: str) -> None:
    steps = (Start(), Register(module=ModuleName("")), AddModule(module=ModuleName("")))
    assert fields(*steps, unnamed_module=answer, register_unnamed=answer) == Fields()
    assert fields(*steps) == Fields(channels=(ModuleName(""),), disabled_modules=((ModuleName(""), ""),))
