"""The edge cover: every edge of the automaton once, by shortest paths, and pairs behind a sample of them."""

from __future__ import annotations

import itertools

import pytest
from beehive_conformance.checking.judge import with_overlays
from beehive_conformance.deviations import OVERLAYS
from beehive_conformance.generation import edge_cover as module
from beehive_conformance.generation.edge_cover import Cover, cover, pairs
from beehive_conformance.generation.exhaustive import INSPECT, Alphabet, alphabet_for, exhaustive_programs
from beehive_conformance.programs.program import Program
from beehive_spec.answers import Answers
from beehive_spec.automaton import MAKERS, NO_TAG, Automaton, Node
from beehive_spec.distinguish import operations_of, sights
from beehive_spec.model import Model
from beehive_spec.vocabulary import AddModule, CleanUp, MessageId, ModuleName, Receive, Send, Step

A, B, M1 = ModuleName("a"), ModuleName("b"), MessageId("m1")
SMALL = Alphabet((AddModule(module=A), Send(module=A, id=M1), Receive(module=A), INSPECT), (A,), (M1,))
TWO = Alphabet(
    (AddModule(module=A), AddModule(module=B), Receive(module=A), Receive(module=B), INSPECT), (A, B), (M1,)
)


def walked(alphabet: Alphabet, length: int, answers: Answers = Answers()) -> Cover:  # noqa: B008  # it is a constant
    return cover(Automaton(Model(answers)), alphabet, length, lambda _: None)


def after(automaton: Automaton, nodes: set[Node], step: Step) -> set[Node]:
    found = set()
    for node in nodes:
        makers = [isinstance(each, MAKERS) for each in operations_of(step)]
        free = iter(node.free_tags(sum(makers)))
        tags = tuple(next(free) if makes else NO_TAG for makes in makers)
        found |= set(sights(automaton, node, step, tags).values())
    return found


def edges(programs: list[Program], automaton: Automaton) -> set[tuple[Node, Step]]:
    """Return the last edges of programs, from wherever these may lead, without those that inspect fields."""
    found = set()
    for program in programs:
        nodes = {automaton.root}
        *steps, last = [step for step in program.steps if step != INSPECT]
        for step in steps:
            nodes = after(automaton, nodes, step)
        found |= {(node, last) for node in nodes if not node.died}
    return found


@pytest.mark.parametrize(
    "answers", [Answers(), Answers(capacity=1, full="refused"), Answers(capacity=0, receivers="any")]
)
def test_the_cover_takes_every_edge_that_exhaustive_programs_take(answers: Answers) -> None:
    automaton = Automaton(Model(answers))
    for length in (1, 2, 3, 4):
        by_exhaustive = edges(
            [each for each in exhaustive_programs(length, SMALL) if INSPECT not in each.steps[:-1]], automaton
        )
        found = walked(SMALL, length, answers)
        by_cover = edges(list(found.programs(0)), automaton)
        assert by_cover == by_exhaustive
        assert found.edges() == len(by_exhaustive)
        assert found.nodes == len({node for node, _ in by_exhaustive})


def test_a_program_of_the_cover_takes_a_shortest_path() -> None:
    automaton = Automaton(Model())
    shortest: dict[tuple[Node, Step], int] = {}
    for program in exhaustive_programs(4, SMALL):
        if INSPECT not in program.steps[:-1]:
            for edge in edges([program], automaton):
                shortest.setdefault(edge, len(program.steps))
    cover = list(walked(SMALL, 4).programs(0))
    assert cover
    for program in cover:
        assert len(program.steps) == max(shortest[edge] for edge in edges([program], automaton))


def test_programs_that_the_exhaustive_ones_have_already_are_left_out() -> None:
    found = walked(alphabet_for(), 4)
    beyond = list(found.programs(2))
    assert {len(each.steps) for each in beyond} == {4, 5}
    assert len(set(beyond)) == len(beyond) == found.sizes(2)[0]
    assert sum(len(each.steps) for each in beyond) == found.sizes(2)[1]
    assert set(beyond) == set(found.programs(0)) - set(exhaustive_programs(2, alphabet_for()))
    assert {each.steps[-1] for each in beyond} == {INSPECT}


def test_only_one_of_several_paths_that_differ_in_names_is_extended() -> None:
    programs = set(walked(TWO, 3).programs(0))
    assert Program((AddModule(module=A), AddModule(module=B), Receive(module=B), INSPECT)) in programs
    assert all(each.steps[0] in (AddModule(module=A), Receive(module=A)) for each in programs)


def test_an_edge_is_certain_only_where_nothing_else_may_be_seen_on_the_way() -> None:
    certain = walked(SMALL, 4)
    assert certain.edges(certain=True) == certain.edges()
    unsure = walked(alphabet_for(), 4)
    assert 0 < unsure.edges(certain=True) < unsure.edges()
    automaton = Automaton(Model())
    for each in unsure.reached:
        nodes = {automaton.root}
        for step in each.path:
            nodes = after(automaton, nodes, alphabet_for().steps[step])
            assert len(nodes) == 1 or not each.certain


def test_a_node_that_a_path_may_miss_is_reached_certainly_by_a_longer_one_if_there_is_any() -> None:
    found = walked(alphabet_for(), 5)
    paths = {each.path for each in found.reached}
    assert len(paths) == len(found.reached)
    again = [each for each in found.reached if not each.nodes]
    assert again
    assert all(each.certain for each in again)
    automaton = Automaton(Model())
    certain: list[Node] = []
    for each in found.reached:
        if each.certain:
            nodes = {automaton.root}
            for step in each.path:
                nodes = after(automaton, nodes, alphabet_for().steps[step])
            certain += nodes
    assert len(set(certain)) == len(certain) == sum(each.certain for each in found.reached)


def test_nothing_follows_where_the_process_has_died() -> None:
    overlay = OVERLAYS["clean_up_of_nobody_kills"]
    model = Model(Answers(), with_overlays([overlay]))
    found = cover(Automaton(model), alphabet_for(), 3, lambda _: None)
    kills = alphabet_for().steps.index(CleanUp(module=A))
    assert Program((CleanUp(module=A), INSPECT)) in set(found.programs(0))
    assert bytes((kills,)) not in {each.path for each in found.reached}


def test_the_walk_is_the_same_every_time_and_reports_its_progress() -> None:
    reported: list[int] = []
    first = cover(Automaton(Model()), alphabet_for(), 4, reported.append)
    assert first == walked(alphabet_for(), 4)
    assert reported == sorted(reported)
    assert reported[-1] == first.nodes


def test_what_is_forgotten_on_the_way_makes_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = Answers(capacity=3, broadcast_full="handed_over", receivers="any")
    alphabet = alphabet_for(3)
    whole = cover(Automaton(Model(answers)), alphabet, 4, lambda _: None)
    monkeypatch.setattr(module, "MAX_INTERMEDIATE", -1_000_000)
    automaton = Automaton(Model(answers))
    assert cover(automaton, alphabet, 4, lambda _: None) == whole


def test_every_pair_of_steps_follows_each_sampled_edge() -> None:
    found = walked(SMALL, 3)
    everything = pairs(found, 10_000, 0)
    expected = {
        Program((*program.steps[:-1], first, second, INSPECT))
        for program in found.programs(0)
        for first, second in itertools.product(SMALL.steps, repeat=2)
        if second != INSPECT
    }
    made = list(everything.programs())
    assert set(made) == expected
    assert everything.sizes() == (len(made), sum(len(each.steps) for each in made))


def test_the_sample_is_drawn_from_the_seed() -> None:
    found = walked(alphabet_for(), 3)
    one, other = pairs(found, 5, 1), pairs(found, 5, 2)
    assert one == pairs(found, 5, 1)
    assert one.edges != other.edges
    assert len(one.edges) == 5
    assert one.sizes()[0] == sum(1 for _ in one.programs())
