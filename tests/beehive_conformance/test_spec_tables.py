"""The tables of the spec page agree with the vocabulary, the rules, the chapters and the model."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
from beehive_conformance.deviations.baselines import Baseline
from beehive_conformance.reports.spec_page.checked import CHECKS, Extent
from beehive_conformance.reports.spec_page.decisions import decisions, possible_errors
from beehive_conformance.reports.spec_page.message_parts import MESSAGE_PART_ROWS
from beehive_conformance.reports.spec_page.operations import BUS_OPERATIONS, OFF_BUS_OPERATIONS, ROWS, UNSPECIFIED
from beehive_conformance.reports.spec_page.places import PLACES
from beehive_spec.answers import Answers
from beehive_spec.chapters import NUMBER, clauses, questions
from beehive_spec.model import Model
from beehive_spec.rules import RULES
from beehive_spec.state import INITIAL, OperationResult
from beehive_spec.vocabulary import (
    OPERATION_NAMES,
    PARTS,
    AddModule,
    AddModuleGroup,
    CleanUp,
    ErrorKind,
    GroupName,
    MessageId,
    Milliseconds,
    ModuleName,
    Operation,
    Receive,
    Register,
    Send,
    SendResp,
    SendSync,
    SendToGroup,
    SendToGroupSync,
    Sleep,
    Start,
)

VALIDATION = Path(__file__).parents[2] / "docs" / "validation.md"
A, B, NO_MODULE = ModuleName("a"), ModuleName("b"), ModuleName("")
G, H, NO_GROUP = GroupName("g"), GroupName("h"), GroupName("")
M, NO_ID = MessageId("m"), MessageId("")
TIMEOUTS = tuple(map(Milliseconds, (-1, 0, 5)))
OPERATIONS: tuple[Operation, ...] = (
    *(AddModule(module=module) for module in (A, NO_MODULE)),
    *(AddModuleGroup(module=module, group=group) for module, group in ((A, G), (B, G), (A, NO_GROUP))),
    CleanUp(module=A),
    CleanUp(module=B),
    *(Send(module=module, id=M) for module in (A, B)),
    *(SendToGroup(group=group, id=M) for group in (G, H)),
    *(Receive(module=module) for module in (A, B)),
    *(SendSync(module=A, id=id, timeout=timeout) for id in (M, NO_ID) for timeout in TIMEOUTS),
    *(SendToGroupSync(group=G, id=id, timeout=timeout) for id in (M, NO_ID) for timeout in TIMEOUTS),
    SendSync(module=B, id=M, timeout=TIMEOUTS[-1]),
    SendToGroupSync(group=H, id=M, timeout=TIMEOUTS[-1]),
    *(SendResp(parent=M) for _ in range(6)),
    Register(module=A),
    Register(module=NO_MODULE),
    Start(enabled=(A, B), modules=(A,)),
)


def drawn_answers(draw: random.Random) -> Answers:
    given: dict[str, str | int] = {}
    for name, question in questions().items():
        answer = draw.choice(tuple(question.answers))
        given[name] = draw.choice((1, 2)) if answer == NUMBER else answer
    return Answers().with_answers({**given, "capacity": draw.choice((0, 1))})


def results(seed: int) -> Iterator[tuple[str, OperationResult]]:
    """Yield what the operations of one random program ended with in one run of the model."""
    draw = random.Random(seed)
    model = Model(drawn_answers(draw))
    state = INITIAL
    opening: tuple[Operation, ...] = (AddModule(module=A), AddModuleGroup(module=A, group=G))
    for step in range(draw.randint(4, 8)):
        if step > 1 and draw.random() < 0.3:
            states = model.elapse([state], draw.choice((3, 5)))
        else:
            state = model.start(state, opening[step] if step < 2 else draw.choice(OPERATIONS), step)
            if step > 1 and draw.random() < 0.5:
                state = model.start(state, draw.choice(OPERATIONS), step + 100)
            states = model.settle([state])
        state = draw.choice(sorted(states, key=repr))
    for process in state.processes:
        if process.result is not None:
            yield process.name, process.result


def test_every_operation_has_one_row_apart_from_sleep() -> None:
    assert [row.operation for row in (*BUS_OPERATIONS, *OFF_BUS_OPERATIONS)] == [
        kind for kind in get_args(Operation) if kind is not Sleep
    ]
    assert len(BUS_OPERATIONS) == 9
    assert list(ROWS) == [name for kind, name in OPERATION_NAMES.items() if kind is not Sleep]


@pytest.mark.parametrize("name", ROWS)
def test_the_parameters_of_an_operation_are_its_fields_in_programs(name: str) -> None:
    row = ROWS[name]
    assert [each.field for each in row.parameters if each.field] == [
        field for field in row.operation.__struct_fields__ if field != "client"
    ]


def test_only_the_sync_flag_is_a_parameter_that_no_program_gives() -> None:
    assert [(name, each.name) for name, row in ROWS.items() for each in row.parameters if not each.field] == [
        ("make_message", "sync")
    ]


def test_every_part_that_the_maker_of_a_message_gives_is_a_parameter_of_making_one() -> None:
    given = [part.name for part in MESSAGE_PART_ROWS if "the maker of the message" in part.set_by]
    assert sorted(given) == sorted(each.name for each in ROWS["make_message"].parameters)


def test_every_error_is_decided_by_a_question_or_required_by_a_clause_or_unspecified() -> None:
    errors = [error for row in ROWS.values() for error in row.errors]
    assert [
        each.when for each in errors if each.decided_by not in {**questions(), **clauses(), UNSPECIFIED: ""}
    ] == []
    assert [name for name, row in ROWS.items() for each in row.errors if each.decided_by == UNSPECIFIED] == ["start"]
    asked = [error for error in errors if error.decided_by in questions()]
    assert [
        (error.decided_by, answer)
        for error in asked
        for answer in error.kinds
        if answer not in questions()[error.decided_by].answers
    ] == []
    assert [error for error in errors if error not in asked and list(error.kinds) != [""]] == []


def test_every_answer_that_is_an_error_is_one_in_the_table() -> None:
    listed = {(error.decided_by, answer) for row in ROWS.values() for error in row.errors for answer in error.kinds}
    said = [
        (name, answer)
        for name, question in questions().items()
        for answer, meaning in question.answers.items()
        if "an error" in meaning.replace("without an error", "")
    ]
    assert len(said) > 40
    assert [pair for pair in said if pair not in listed] == []


def errors_listed() -> set[tuple[str, ErrorKind]]:
    return {
        (row.name, kind)
        for row in ROWS.values()
        for error in row.errors
        for kinds in error.kinds.values()
        for kind in kinds
    }


def errors_seen(runs: int) -> set[tuple[str, ErrorKind]]:
    return {
        (name, result)
        for seed in range(runs)
        for name, result in results(seed)
        if isinstance(result, ErrorKind) and name in ROWS
    }


def test_no_operation_ends_in_the_model_with_an_error_that_is_not_in_the_table() -> None:
    seen = errors_seen(1_000)
    assert seen
    assert seen <= errors_listed()


def test_errors_that_the_table_leaves_out_for_an_implementation_do_not_occur_in_the_model_under_its_answers() -> None:
    wrong: set[tuple[int, str, ErrorKind]] = set()
    checked = 0
    for seed in range(1_000):
        decided = decisions(Baseline("drawn", drawn_answers(random.Random(seed)), (), {}))
        for name, result in results(seed):
            if isinstance(result, ErrorKind) and name in ROWS:
                checked += 1
                possible = possible_errors(ROWS[name].errors, decided)
                if not any(result in error.kinds for error in possible):
                    wrong.add((seed, name, result))
    assert checked > 500
    assert wrong == set()


@pytest.mark.slow
def test_operations_end_in_the_model_with_every_error_in_the_table() -> None:
    assert errors_seen(12_000) == errors_listed()


def test_the_parts_of_a_message_are_those_of_the_vocabulary_and_the_sync_flag() -> None:
    assert sorted(part.name for part in MESSAGE_PART_ROWS) == sorted((*PARTS, "sync"))
    assert [clause for part in MESSAGE_PART_ROWS for clause in part.clauses if clause not in clauses()] == []
    assert [part.name for part in MESSAGE_PART_ROWS if not part.clauses] == []


def test_every_place_of_the_rules_has_a_sentence_and_every_sentence_a_place() -> None:
    of_rules = {place for _, place in RULES} | {
        place for moves in RULES.values() for move in moves for place in move.next
    }
    assert set(PLACES) == of_rules | {"turn"}
    assert [place for place, sentence in PLACES.items() if not sentence.endswith(".")] == []


def test_every_figure_of_the_checks_is_in_the_page_on_validation() -> None:
    validation = VALIDATION.read_text(encoding="utf-8")
    texts = " ".join(f"{check.what} {check.outcome}" for check in CHECKS)
    figures = set(re.findall(r"\d[\d,]{2,}\d", texts))
    assert len(figures) > 5
    assert [figure for figure in figures if figure not in validation] == []
    cited = [
        each for check in CHECKS if check.command for each in (check.command.removeprefix("pytest "), check.commit)
    ]
    assert cited
    assert [each for each in cited if f"`{each}`" not in validation and f" {each}" not in validation] == []


def test_what_was_checked_has_a_command_and_what_was_not_has_none() -> None:
    assert {bool(check.command) for check in CHECKS if check.extent is Extent.UNCHECKED} == {False}
    assert {bool(check.command) for check in CHECKS if check.extent is not Extent.UNCHECKED} == {True}
