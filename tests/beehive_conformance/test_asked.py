"""What the page says about the questions that a move depends on is what the model asks when it moves."""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Iterator
from typing import ClassVar

import pytest
from beehive_conformance.reports.spec_page.asked import chapter_of, met_by, questions_by_move
from beehive_conformance.reports.spec_page.operations import BUS_OPERATIONS, ROWS
from beehive_conformance.reports.spec_page.page import spec_page
from beehive_spec.answers import Answers
from beehive_spec.chapters import NUMBER, chapters, clauses, questions
from beehive_spec.model import Model
from beehive_spec.rules import RULES, Rule, Rules, Turn
from beehive_spec.state import INITIAL, State
from beehive_spec.vocabulary import (
    AddModule,
    AddModuleGroup,
    CleanUp,
    GroupName,
    MakeMessage,
    MakeResponse,
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
    Start,
)
from msgspec.structs import replace

ASKED = questions_by_move(RULES)
A, B, G = ModuleName("a"), ModuleName("b"), GroupName("g")
NO_MODULE, NO_GROUP = ModuleName(""), GroupName("")
M, N, NO_ID = MessageId("m"), MessageId("n"), MessageId("")
OPERATIONS: tuple[Operation, ...] = (
    AddModule(module=B),
    AddModuleGroup(module=B, group=G),
    CleanUp(module=A),
    CleanUp(module=B),
    Send(module=A, id=N),
    SendToGroup(group=G, id=N),
    Receive(module=A),
    *(SendSync(module=A, id=M, timeout=Milliseconds(timeout)) for timeout in (0, 5, 5)),
    *(SendToGroupSync(group=G, id=M, timeout=Milliseconds(timeout)) for timeout in (0, 5, 5)),
    *(SendResp(parent=M) for _ in range(4)),
    *(AddModule(module=B), AddModuleGroup(module=B, group=G), Send(module=B, id=N)) * 2,
    AddModule(module=NO_MODULE),
    AddModuleGroup(module=A, group=NO_GROUP),
    SendSync(module=A, id=NO_ID, timeout=Milliseconds(-1)),
    SendToGroupSync(group=G, id=NO_ID, timeout=Milliseconds(-1)),
    SendResp(parent=NO_ID),
    MakeMessage(),
    MakeResponse(id=M, content=""),
    Register(module=B),
    Register(module=NO_MODULE),
    Start(enabled=(A, NO_MODULE), modules=(A, B, NO_MODULE)),
)


RARE = {"room", "collect", "done", "late"}
"""Places of a call to several modules with full channels, which few random programs have."""


class Recorder(Answers):
    """Answers that write down which of them are read."""

    read: ClassVar[set[str]] = set()

    def __getattribute__(self, name: str) -> object:
        if name in Answers._fields:
            Recorder.read.add(name)
        return super().__getattribute__(name)


def recording(read: dict[tuple[str, str, str], set[str]]) -> Rules:
    """Return the rules, writing down what each move reads; the answers of the model have to be a Recorder."""

    def recorded(key: tuple[str, str, str], rule: Rule[Operation]) -> Rule[Operation]:
        def run(turn: Turn[Operation]) -> Iterator[State]:
            Recorder.read = read[key]
            after = list(rule(turn))
            Recorder.read = set()
            return iter(after)

        return run

    return {
        key: tuple(replace(move, apply=recorded((*key, move.name), move.apply)) for move in moves)
        for key, moves in RULES.items()
    }


def drawn(draw: random.Random) -> Recorder:
    given: dict[str, str | int] = {}
    for name, question in questions().items():
        answer = draw.choice(tuple(question.answers))
        given[name] = draw.choice((1, 2)) if answer == NUMBER else answer
    return Recorder(**{**given, "capacity": draw.choice((0, 1))})


def read_in_the_model(runs: int) -> dict[tuple[str, str, str], set[str]]:
    """Return which answers the moves read in random programs."""
    read: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    rules = recording(read)
    for seed in range(runs):
        draw = random.Random(seed)
        model = Model(drawn(draw), rules)
        state = INITIAL
        for step in range(8):
            operation = draw.choice(OPERATIONS)
            if step < 2:
                operation = (AddModule(module=A), AddModuleGroup(module=A, group=G))[step]
            if step > 2 and draw.random() < 0.2:
                states = model.elapse([state], draw.choice((2, 5)))
            else:
                state = model.start(state, operation, step)
                if step > 2 and draw.random() < 0.3:
                    state = model.start(state, draw.choice(OPERATIONS), step + 100)
                states = model.settle([state])
            state = draw.choice(sorted(states, key=repr))
    return read


def test_a_move_reads_no_answer_in_the_model_but_those_listed_for_it() -> None:
    read = {key: names for key, names in read_in_the_model(400).items() if names}
    assert len(read) > 30
    assert {key: names - set(ASKED[key]) for key, names in read.items() if names - set(ASKED[key])} == {}


@pytest.mark.slow
def test_what_is_listed_is_read_in_random_programs_too_but_for_rare_moves_and_what_a_helper_cannot_reach() -> None:
    read = read_in_the_model(6_000)
    usual = {key: set(names) for key, names in ASKED.items() if key[1] not in RARE}
    assert sum(map(len, usual.values())) > 80
    never = {(key, name) for key, names in usual.items() for name in names - read[key]}
    # The end of a call asks the first two only if it has an entry. The last matters if response_room is 0: not drawn.
    assert {name for _, name in never} == {"response_left", "sync_same_id", "response_full"}


def test_a_question_that_a_helper_asks_comes_after_those_of_the_rule_itself() -> None:
    assert ASKED["send", "put", "put"] == ("receivers", "full")
    assert ASKED["send_sync", "shut", "continue or fail"][0] == "sync_closed"
    assert ASKED["send", "sent", "return"] == ()


@pytest.mark.parametrize("operation", ROWS)
def test_the_index_of_an_operation_has_each_question_once(operation: str) -> None:
    found = [name for each in met_by(RULES, operation) for name in (*each.asked, *each.further)]
    assert len(found) == len(set(found)) > 0
    assert set(found) >= {name for key, names in ASKED.items() if key[0] == operation for name in names}


def test_every_question_is_met_by_an_operation() -> None:
    met = {name for operation in ROWS for each in met_by(RULES, operation) for name in (*each.asked, *each.further)}
    assert met == set(questions())


def test_the_index_leads_from_send_sync_to_all_that_decides_about_its_message() -> None:
    met = {name for each in met_by(RULES, "send_sync") for name in (*each.asked, *each.further)}
    assert met >= {"sync_order", "sync_put", "sync_late", "response_room", "capacity", "senders", "sync_timer"}
    assert not {name for name in met if name.startswith("group_sync")}


def test_the_reason_for_a_further_question_is_a_clause_that_leaves_it_open_or_a_question_that_it_may_void() -> None:
    reasons = [
        (name, why)
        for operation in ROWS
        for each in met_by(RULES, operation)
        for name, found in each.further.items()
        for why in found
    ]
    assert reasons
    for name, why in reasons:
        if why in clauses():
            assert name in clauses()[why].open
        else:
            assert any(name in case.given for case in questions()[why].void_if)


def test_an_operation_belongs_to_the_chapter_that_describes_it() -> None:
    titles = {operation: chapter_of(operation).title for operation in ROWS}
    assert titles["clean_up"] == "Operations on modules"
    assert titles["register"] == titles["start"] == "Registering modules"
    assert titles["make_message"] == "Message format"
    assert [titles[row.name] for row in BUS_OPERATIONS][3:] == ["Operations on messages"] * 6


def test_the_page_has_the_index_of_each_operation_and_the_questions_of_each_move() -> None:
    page = spec_page()
    for operation in ROWS:
        index = page[page.index(f'<article id="met-{operation}">') :]
        index = index[: index.index("</article>")]
        met = met_by(RULES, operation)
        assert re.findall(r'<p><a href="#([a-z_]+)">', index) == [
            name for each in met for name in (*each.asked, *each.further)
        ]
        assert index.count('class="line"') == len(chapter_of(operation).unspecified)
    for (operation, place, name), asked in ASKED.items():
        moves = page[page.index(f'<article id="op-{operation}">') :]
        start = moves.index(f"<code>{place}</code></a></td><td>{name}</td>")
        row = moves[start : moves.index("</tr>", start)]
        assert [each for each in asked if f'href="#{each}"' not in row] == []


def test_every_unspecified_line_has_an_anchor() -> None:
    page = spec_page()
    lines = [line for chapter in chapters() for line in chapter.unspecified]
    assert len(re.findall(r'<li id="line-[0-9a-f]{12}">', page)) == len(lines) > 10
