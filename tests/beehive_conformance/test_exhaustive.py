"""Exhaustive programs: all of them, once each up to renaming, and as many as the figures say."""

from __future__ import annotations

import itertools

import pytest
from beehive_conformance.generation.exhaustive import Alphabet, alphabet_for, count_programs, exhaustive_programs
from beehive_conformance.programs.program import Program
from beehive_conformance.programs.rename import NameKind, names, rename
from beehive_spec.vocabulary import InspectFields, MessageId, ModuleName, Receive, Repeat, Send, SendResp, Together

A, B = ModuleName("a"), ModuleName("b")
M1, M2 = MessageId("m1"), MessageId("m2")
FIELDS = InspectFields()
TWO_NAMES = Alphabet((Send(module=A, id=M1), Send(module=B, id=M1), Receive(module=A)), (A, B), (M1,))


def _variants(program: Program) -> set[Program]:
    return {
        rename(
            program,
            {
                NameKind.MODULE: dict(zip((A, B), modules, strict=True)),
                NameKind.ID: dict(zip((M1, M2), ids, strict=True)),
            },
        )
        for modules in itertools.permutations((A, B))
        for ids in itertools.permutations((M1, M2))
    }


@pytest.mark.parametrize(
    ("capacity", "steps", "numbers"),
    [(None, 24, (19, 483, 12118, 302787)), (1024, 26, (21, 581, 15789, 425795))],
)
def test_the_numbers_of_steps_and_programs_are_those_in_the_figures(
    capacity: int | None, steps: int, numbers: tuple[int, ...]
) -> None:
    assert len(alphabet_for(capacity).steps) == steps
    assert tuple(count_programs(length, alphabet_for(capacity)) for length in range(1, 5)) == numbers


@pytest.mark.parametrize("length", [1, 2, 3])
def test_counting_programs_and_making_them_agree(length: int) -> None:
    for alphabet in (alphabet_for(), alphabet_for(1024), TWO_NAMES):
        assert sum(1 for _ in exhaustive_programs(length, alphabet)) == count_programs(length, alphabet)


@pytest.mark.parametrize("capacity", [None, 1024])
def test_no_program_comes_twice_under_other_names_and_none_is_missing(capacity: int | None) -> None:
    alphabet = alphabet_for(capacity)
    made = list(exhaustive_programs(2, alphabet))
    kept = set(made)
    assert len(made) == len(kept)
    assert all(len(_variants(program) & kept) == 1 for program in made)
    for length in (1, 2):
        for steps in itertools.product(alphabet.steps, repeat=length):
            program = Program((*steps, FIELDS))
            assert steps[-1] == FIELDS or _variants(program) & kept, program


def test_a_program_that_uses_the_second_name_first_is_kept_if_its_renamed_form_leaves_the_alphabet() -> None:
    programs = set(exhaustive_programs(2, TWO_NAMES))
    assert Program((Send(module=B, id=M1), FIELDS)) not in programs
    assert Program((Send(module=B, id=M1), Receive(module=A), FIELDS)) in programs
    assert Program((Send(module=A, id=M1), Send(module=B, id=M1), FIELDS)) in programs
    assert Program((Send(module=B, id=M1), Send(module=A, id=M1), FIELDS)) not in programs


def test_programs_come_shortest_first_and_end_by_inspecting_the_fields_once() -> None:
    made = list(exhaustive_programs(3, alphabet_for()))
    lengths = [len(program.steps) for program in made]
    assert lengths == sorted(lengths)
    assert all(program.steps[-1] == FIELDS != program.steps[-2] for program in made)


def test_with_a_capacity_one_step_fills_a_channel_and_one_drains_it() -> None:
    repeats = [step for step in alphabet_for(5).steps if isinstance(step, Repeat)]
    assert [(type(repeat.operation), repeat.times) for repeat in repeats] == [(Send, 5), (Receive, 5)]
    assert Repeat not in {type(step) for step in alphabet_for().steps}


def test_steps_are_over_two_modules_one_group_two_ids_and_start_at_most_three_operations() -> None:
    steps = alphabet_for(5).steps
    used = names(Program(steps))
    assert [used[kind] for kind in (NameKind.MODULE, NameKind.GROUP, NameKind.ID)] == [
        ["a", "b"],
        ["g"],
        ["m1", "m2"],
    ]
    assert len(set(steps)) == len(steps)
    assert max(len(step.operations) for step in steps if isinstance(step, Together)) <= 3


def test_renaming_reaches_operations_inside_steps_and_leaves_other_kinds_alone() -> None:
    program = Program((Together((Send(module=A, id=M1), SendResp(parent=M1))), Repeat(Receive(module=A), 3), FIELDS))
    renamed = rename(program, {NameKind.MODULE: {A: "m1"}, NameKind.ID: {M1: "a"}})
    assert names(renamed) == {NameKind.MODULE: ["m1"], NameKind.GROUP: [], NameKind.ID: ["a"], NameKind.CLIENT: []}
    assert rename(renamed, {NameKind.MODULE: {"m1": A}, NameKind.ID: {"a": M1}}) == program
