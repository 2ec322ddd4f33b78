"""The model under many sets of answers: its invariants hold move by move, and `spec matrix` shows its size."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from functools import partial

import pytest
from beehive_conformance.commands import command_line
from beehive_conformance.deviations.baselines import baselines
from beehive_conformance.trust.model_states import SMALL_CAPACITY, answer_sets, counted_steps
from beehive_spec.answers import Answers
from beehive_spec.automaton import EdgeStep
from beehive_spec.chapters import NUMBER, clauses, questions
from beehive_spec.invariants import INVARIANTS, Invariants, Violation, explore_model
from beehive_spec.model import Model
from beehive_spec.rules import RULES, Move, Turn, rules_for
from beehive_spec.state import RETURNED, State
from beehive_spec.vocabulary import (
    AddModuleGroup,
    CleanUp,
    Receive,
    Send,
    SendResp,
    SendSync,
    SendToGroup,
    SendToGroupSync,
    Sleep,
    Together,
)

SETS = {" and ".join(names): answers for answers, names in answer_sets().items()}
DRAWN = 50
NUMBERS = {"capacity": (0, 1, 2), "response_room": (0, 1, 2), "group_sync_look": (0, 20, 70)}
TIMES = (50, 150)
"""The numbers that are drawn for the other questions, which ask for a time limit in milliseconds."""

ONCE = INVARIANTS._replace(
    of_steps=tuple(each for each in INVARIANTS.of_steps if each.name != "local_moves_hide_nothing")
)
"""The invariants without the one that takes every step a second time."""

LEAVE = CleanUp(module="a")
ASK = SendSync(module="a", id="m1", timeout=100)
ASK_GROUP = SendToGroupSync(group="g", id="m1", timeout=100)
OVERLAPPING: tuple[EdgeStep, ...] = (
    Together((AddModuleGroup(module="a", group="g"), LEAVE)),
    Together((SendToGroup(group="g", id="m1"), LEAVE)),
    Together((ASK, LEAVE)),
    Together((ASK_GROUP, LEAVE)),
    Together((Receive(module="a"), SendToGroup(group="g", id="m1"))),
    Together((SendResp(parent="m1"), SendResp(parent="m1"))),
    Together((SendResp(parent="m1"), LEAVE)),
    Together((Sleep(ms=100, client="c"), Receive(module="a", client="c"))),
    Together((Sleep(ms=100, client="c"), CleanUp(module="a", client="c"))),
    SendSync(module="a", id="m1", timeout=0),
    SendSync(module="a", id="m2", timeout=-1),
    SendToGroupSync(group="g", id="m1", timeout=0),
    SendToGroupSync(group="g", id="m2", timeout=-1),
)
"""Steps beyond those of bounded-exhaustive programs: more that overlaps, and timeouts that are zero or negative."""


def lose(turn: Turn[Send]) -> Iterator[State]:
    yield turn.finish(RETURNED)


LOSING = {**RULES, **rules_for(Send, {"put": (Move("lose", lose, (), ()),)})}


def drawn_answers(seed: int) -> Answers:
    """Return answers drawn from a seed; a new question leaves the answers to the others as they were."""
    drawn: dict[str, str | int] = {}
    for name, question in questions().items():
        source = random.Random(f"{name}/{seed}")
        answer = source.choice([*question.answers])
        drawn[name] = source.choice(NUMBERS.get(name, TIMES)) if answer == NUMBER else answer
    return Answers().with_answers(drawn)


def violated(
    answers: Answers, steps: Sequence[EdgeStep], length: int, invariants: Invariants = INVARIANTS
) -> list[Violation]:
    """Return the violations of the invariants that are found in all programs of up to `length` steps."""
    return [*explore_model(Model(answers), steps, length, invariants).violations]


@pytest.mark.parametrize("name", SETS)
def test_the_invariants_hold_for_the_default_answers_and_those_of_every_baseline(name: str) -> None:
    assert violated(SETS[name], counted_steps(), 3) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", SETS)
def test_the_invariants_hold_for_the_baselines_in_longer_programs(name: str) -> None:
    assert violated(SETS[name], (*counted_steps(), *OVERLAPPING), 4) == []


@pytest.mark.parametrize("seed", range(10))
def test_the_invariants_hold_for_drawn_answers_in_short_programs(seed: int) -> None:
    answers = drawn_answers(seed)
    assert violated(answers, (*counted_steps(), *OVERLAPPING), 2) == [], answers


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(DRAWN))
def test_the_invariants_hold_for_drawn_answers(seed: int) -> None:
    answers = drawn_answers(seed)
    assert violated(answers, (*counted_steps(), *OVERLAPPING), 3) == [], answers
    assert violated(answers, counted_steps(), 4, ONCE) == [], answers


def test_every_answer_is_among_the_drawn_ones() -> None:
    drawn = {(name, answer) for seed in range(DRAWN) for name, answer in drawn_answers(seed)._asdict().items()}
    words = {(name, each) for name, question in questions().items() for each in question.answers if each != NUMBER}
    assert words - drawn == set()


def test_the_baselines_are_explored_with_channels_that_short_programs_fill() -> None:
    names = [name for found in answer_sets().values() for name in found]
    assert [target for target in baselines() if not any(name.startswith(target) for name in names)] == []
    assert [answers for answers in answer_sets() if (answers.bound or 0) > SMALL_CAPACITY] == []


def test_the_matrix_shows_how_large_the_model_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("beehive_conformance.commands.spec_matrix.EXPLORED_LENGTH", 2)
    assert command_line(["spec", "matrix"]) == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    for name, answers in SETS.items():
        found = explore_model(Model(answers), counted_steps(), 2, Invariants())
        assert [*name.split(), str(found.settled), str(found.passed), str(found.moves)] in rows


def test_the_matrix_names_an_invariant_that_does_not_hold(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    untestable = next(each for each in clauses().values() if each.untested)
    monkeypatch.setattr("beehive_conformance.commands.spec_matrix.clauses", lambda: {untestable.id: untestable})
    monkeypatch.setattr("beehive_conformance.commands.spec_matrix.EXPLORED_LENGTH", 2)
    assert command_line(["spec", "matrix", "--prove"]) == 0
    assert f"{len(INVARIANTS.names)} hold, 0 do not apply" in capsys.readouterr().out
    monkeypatch.setattr("beehive_conformance.trust.model_states.Model", partial(Model, rules=LOSING))
    assert command_line(["spec", "matrix", "--prove"]) == 1
    assert "nothing_is_lost does NOT HOLD" in capsys.readouterr().out
