"""Words: all of them, once each up to names, and as many as the figures say."""

from __future__ import annotations

import itertools

import pytest
from beehive_conformance.generation.exhaustive import (
    M1,
    M2,
    A,
    Alphabet,
    B,
    alphabet,
    count_programs,
    exhaustive_programs,
)
from beehive_conformance.programs.program import Program
from beehive_conformance.programs.rename import Kind, names, rename
from beehive_spec.vocabulary import InspectFields, Receive, Repeat, Send, SendResp, Together

FIELDS = InspectFields()
TWO_NAMES = Alphabet((Send(module=A, id=M1), Send(module=B, id=M1), Receive(module=A)), (A, B), (M1,))


def _variants(program: Program) -> set[Program]:
    return {
        rename(
            program,
            {Kind.MODULE: dict(zip((A, B), modules, strict=True)), Kind.ID: dict(zip((M1, M2), ids, strict=True))},
        )
        for modules in itertools.permutations((A, B))
        for ids in itertools.permutations((M1, M2))
    }


@pytest.mark.parametrize(
    ("capacity", "letters", "numbers"),
    [(None, 24, (19, 483, 12118, 302787)), (1024, 26, (21, 581, 15789, 425795))],
)
def test_the_numbers_of_letters_and_words_are_those_in_the_figures(
    capacity: int | None, letters: int, numbers: tuple[int, ...]
) -> None:
    assert len(alphabet(capacity).letters) == letters
    assert tuple(count_programs(length, alphabet(capacity)) for length in range(1, 5)) == numbers


@pytest.mark.parametrize("length", [1, 2, 3])
def test_counting_words_and_making_them_agree(length: int) -> None:
    for letters in (alphabet(), alphabet(1024), TWO_NAMES):
        assert sum(1 for _ in exhaustive_programs(length, letters)) == count_programs(length, letters)


@pytest.mark.parametrize("capacity", [None, 1024])
def test_no_word_comes_twice_under_other_names_and_none_is_missing(capacity: int | None) -> None:
    letters = alphabet(capacity)
    made = list(exhaustive_programs(2, letters))
    kept = set(made)
    assert len(made) == len(kept)
    assert all(len(_variants(word) & kept) == 1 for word in made)
    for length in (1, 2):
        for steps in itertools.product(letters.letters, repeat=length):
            word = Program((*steps, FIELDS))
            assert steps[-1] == FIELDS or _variants(word) & kept, word


def test_a_word_that_uses_the_second_name_first_is_kept_if_its_other_form_is_no_word() -> None:
    programs = set(exhaustive_programs(2, TWO_NAMES))
    assert Program((Send(module=B, id=M1), FIELDS)) not in programs
    assert Program((Send(module=B, id=M1), Receive(module=A), FIELDS)) in programs
    assert Program((Send(module=A, id=M1), Send(module=B, id=M1), FIELDS)) in programs
    assert Program((Send(module=B, id=M1), Send(module=A, id=M1), FIELDS)) not in programs


def test_words_come_shortest_first_and_end_with_one_look_at_the_fields() -> None:
    made = list(exhaustive_programs(3, alphabet()))
    lengths = [len(word.steps) for word in made]
    assert lengths == sorted(lengths)
    assert all(word.steps[-1] == FIELDS != word.steps[-2] for word in made)


def test_with_a_capacity_one_letter_fills_a_channel_and_one_drains_it() -> None:
    repeats = [letter for letter in alphabet(5).letters if isinstance(letter, Repeat)]
    assert [(type(repeat.operation), repeat.times) for repeat in repeats] == [(Send, 5), (Receive, 5)]
    assert not any(isinstance(letter, Repeat) for letter in alphabet().letters)


def test_letters_are_over_two_modules_one_group_two_ids_and_start_at_most_three_operations() -> None:
    letters = alphabet(5).letters
    used = names(Program(letters))
    assert [used[kind] for kind in (Kind.MODULE, Kind.GROUP, Kind.ID)] == [["a", "b"], ["g"], ["m1", "m2"]]
    assert len(set(letters)) == len(letters)
    assert all(len(letter.operations) <= 3 for letter in letters if isinstance(letter, Together))


def test_renaming_reaches_operations_inside_steps_and_leaves_other_kinds_alone() -> None:
    program = Program((Together((Send(module=A, id=M1), SendResp(parent=M1))), Repeat(Receive(module=A), 3), FIELDS))
    renamed = rename(program, {Kind.MODULE: {A: "m1"}, Kind.ID: {M1: "a"}})
    assert names(renamed) == {Kind.MODULE: ["m1"], Kind.GROUP: [], Kind.ID: ["a"], Kind.CLIENT: []}
    assert rename(renamed, {Kind.MODULE: {"m1": A}, Kind.ID: {"a": M1}}) == program
