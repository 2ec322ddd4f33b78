"""Scenarios: every file loads, every clause has one, and a history that is not as expected is reported."""

from __future__ import annotations

import random
from collections.abc import Mapping
from pathlib import Path

import pytest
from beehive_conformance.errors import InputError
from beehive_conformance.scenarios.scenario import Scenario, load_scenarios, mismatch, read_scenario
from beehive_conformance.targets.model import ModelTarget
from beehive_spec.answers import Answers
from beehive_spec.chapters import NUMBER, clauses, questions
from beehive_spec.vocabulary import (
    DeathKind,
    Died,
    ErrorKind,
    Failed,
    Fields,
    GotMessage,
    History,
    Level,
    MessageId,
    Milliseconds,
    ModuleName,
    OperationNumber,
    Outcome,
    Return,
    Returned,
    Seen,
)

SCENARIOS = load_scenarios()
DRAWS = 6
"""Sets of answers under which the model is held against each scenario."""
NUMBERS: Mapping[str, tuple[int, ...]] = {"capacity": (0, 1, 2, 3, 5), "response_room": (0, 1, 2)}
"""Numbers that matter as answers; for the other questions, which ask for a time, any will do."""

CASE = """\
why: A case.
because: It is so.
clauses: [SEND-1, RECV-1]
under: {capacity: [unbounded, at least 2]}
program:
  - {op: add_module, module: edged}
  - {op: send, module: edged, id: m1}
  - {op: receive, module: edged, client: reader}
  - {op: inspect_fields}
  - {op: send_resp, parent: nothing}
  - op: repeat
    operation: {op: receive, module: edged}
    times: 3
expect:
  1: returned
  2: returned
  3: message of 2
  4: returned
  5: waits
fields:
  4: {channels: [edged], type_channels: {}, anon_channels: []}
logged: {5: error}
"""


ROUTES = ("message_to_a_group_has_this_group_in_its_route", "broadcast_reaches_every_member")
"""A scenario about the group in the route, and one in which messages to a group are received."""


def _read(folder: Path, text: str) -> Scenario:
    path = folder / "case.yaml"
    path.write_text(text, encoding="utf-8")
    return read_scenario(path)


def _returned(number: int, outcome: Outcome, ms: int = 0) -> Seen:
    return Seen(returned=(Return(OperationNumber(number), outcome, Milliseconds(ms)),))


def _history(changed: Mapping[int, tuple[Seen, ...]] | None = None) -> History:
    """Return the history that CASE expects, with some steps changed."""
    steps: dict[int, tuple[Seen, ...]] = {
        1: (_returned(1, Returned()),),
        2: (_returned(2, Returned()),),
        3: (_returned(3, GotMessage(OperationNumber(2))),),
        4: (Seen(fields=Fields(channels=(ModuleName("edged"),))),),
        5: (Seen(returned=_returned(4, Returned()).returned, logged=Level.ERROR),),
        6: (Seen(),),
    }
    steps |= changed or {}
    return History(tuple(steps[number] for number in sorted(steps)))


def _answers(scenario: Scenario, source: random.Random) -> Answers:
    """Draw answers that the documents allow and for which the scenario is meant."""
    drawn: dict[str, str | int] = {}
    for name, question in questions().items():
        allowed: list[str | int] = [answer for answer in question.answers if answer != NUMBER]
        if NUMBER in question.answers:
            allowed += NUMBERS.get(name, (1, 7, 250))
        meant = scenario.under.get(name)
        drawn[name] = source.choice(
            [each for each in allowed if meant is None or any(condition.holds(each) for condition in meant)]
        )
    return Answers(**drawn)  # type: ignore[arg-type]  # the names and kinds of answers are those of the chapters


@pytest.mark.parametrize("route_group", ["kept", "set"])
def test_only_a_scenario_about_the_group_in_the_route_compares_it(route_group: str) -> None:
    ours, others = (next(each for each in SCENARIOS if each.name == name) for name in ROUTES)
    answers = Answers(route_group=route_group)
    histories = [next(ModelTarget(answers).run([each.program]))[1] for each in (ours, others)]
    found = [mismatch(*each) for each in zip((ours, others), histories, strict=True)]
    assert [each is None for each in found] == [route_group == "set", True]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_the_model_does_what_the_scenario_expects_under_any_answers_it_is_meant_for(scenario: Scenario) -> None:
    for draw in range(DRAWS):
        answers = _answers(scenario, random.Random(f"{scenario.name}/{draw}"))
        assert scenario.applies(answers)
        ((_, history),) = ModelTarget(answers, seed=draw).run([scenario.program])
        assert mismatch(scenario, history) is None, f"draw {draw}, {answers}"


def test_every_clause_that_scenarios_test_has_one() -> None:
    named = {clause for scenario in SCENARIOS for clause in scenario.clauses}
    assert named == {clause.id for clause in clauses().values() if not clause.untested}


def test_every_question_decides_a_scenario() -> None:
    decided = {question for scenario in SCENARIOS for question in scenario.under}
    assert decided == set(questions())


def test_scenarios_are_sorted_by_name_and_have_a_reason_that_names_a_clause_or_a_question() -> None:
    assert [scenario.name for scenario in SCENARIOS] == sorted(scenario.name for scenario in SCENARIOS)
    for scenario in SCENARIOS:
        assert any(name in scenario.because for name in (*scenario.clauses, *scenario.under)), scenario.name


def test_no_two_scenarios_have_one_program_under_the_same_answers() -> None:
    assert len({(scenario.program.id, str(scenario.under)) for scenario in SCENARIOS}) == len(SCENARIOS)


def test_a_history_as_expected_has_no_mismatch(tmp_path: Path) -> None:
    assert mismatch(_read(tmp_path, CASE), _history()) is None


@pytest.mark.parametrize(
    ("changed", "text"),
    [
        (
            {3: (_returned(3, Failed(ErrorKind.CLOSED)),)},
            "operation 3 (receive edged (client reader)): expected message of 2, saw error closed",
        ),
        ({2: (Seen(),)}, "operation 2 (send edged m1): expected returned, saw waits"),
        (
            {2: (Seen(),), 3: (_returned(2, Returned(), 3),)},
            "operation 2 (send edged m1): expected returned, saw returned in step 3 at 3 ms",
        ),
        (
            {4: (Seen(fields=Fields(anon_channels=(MessageId("m1"),))),)},
            "step 4: expected channels [edged], groups {}, requests [], saw channels [], groups {}, requests [m1]",
        ),
        ({5: (_returned(4, Returned()),)}, "step 5: expected a log entry of level error, saw nothing"),
        (
            {6: (_returned(5, GotMessage(OperationNumber(2))), Seen())},
            "operation 5 (receive edged): expected waits, saw message of 2 then waits",
        ),
        ({4: (_returned(9, Returned()),)}, "operation 9, which is not in the program: saw returned in step 4"),
    ],
)
def test_the_first_mismatch_is_reported(tmp_path: Path, changed: Mapping[int, tuple[Seen, ...]], text: str) -> None:
    assert mismatch(_read(tmp_path, CASE), _history(changed)) == text


def test_what_a_target_cannot_show_is_not_judged(tmp_path: Path) -> None:
    blind = _history({4: (Seen(),), 5: (_returned(4, Returned()),)})
    assert mismatch(_read(tmp_path, CASE), blind, shows_logs=False) is None


def test_a_history_that_ends_early_is_never_as_expected(tmp_path: Path) -> None:
    scenario = _read(tmp_path, CASE)
    died = History(_history().steps[:2], Died(DeathKind.PANIC, "oops\nmore"))
    assert mismatch(scenario, died) == "step 3: the process died (panic): oops"
    assert mismatch(scenario, History()) == "the history has 0 steps, the program 6"


@pytest.mark.parametrize(
    ("under", "capacity", "applies"),
    [
        ("unbounded", "unbounded", True),
        ("unbounded", 5, False),
        ("at least 2", 1, False),
        ("at least 2", 2, True),
        ("at most 2", 3, False),
        ("at most 2", "unbounded", False),
        ("2 to 4", 4, True),
        ("2 to 4", 5, False),
        ("3", 3, True),
        ("3", 2, False),
        ("number", 0, True),
        ("number", "unbounded", False),
        ("[unbounded, 3]", 3, True),
    ],
)
def test_a_scenario_applies_where_every_question_is_answered_as_meant(
    tmp_path: Path, under: str, capacity: str | int, applies: bool
) -> None:
    scenario = _read(tmp_path, CASE.replace("[unbounded, at least 2]", under))
    assert scenario.applies(Answers(capacity=capacity)) is applies


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("why: A case.\n", "", "1:1: a scenario needs `why`: a sentence"),
        ("because: It is so.", 'because: " "', "2:10: a scenario needs `because`: a sentence"),
        ("[SEND-1, RECV-1]", "[SEND-1, SEND-99]", "3:19: unknown clause 'SEND-99'; the clauses are OVER-1, "),
        ("[SEND-1, RECV-1]", "[]", "3:10: a scenario needs `clauses`: a list of at least one id"),
        ("capacity:", "capasity:", "4:9: unknown question 'capasity'; the questions are add_again, "),
        ("at least 2", "at last 2", "4:19: capacity has no answer 'at last 2'; its answers are unbounded, number"),
        (
            "[unbounded, at least 2]",
            "[]",
            "4:19: an empty list of answers; the scenario would apply to no implementation",
        ),
        ("  5: waits\n", "", "15:3: no expectation for operation 5; every operation needs one"),
        ("  5: waits\n", "  5: waits\n  6: waits\n", "20:3: no operation '6'; operations are numbered 1 to 5"),
        ("3: message of 2", "3: massage of 2", "17:6: 'massage of 2' is not an expectation; write returned, "),
        ("3: message of 2", "3: message of 1", "17:6: operation 1 makes no message; operations that do: 2, 4"),
        ("3: message of 2", "3: error in step 2", "17:6: step 2 is impossible; the operation starts in step 3 of 6"),
        ("3: message of 2", "3: error in step 7", "17:6: step 7 is impossible; the operation starts in step 3 of 6"),
        ("3: message of 2", "3: returned 2 times", "17:6: only a repeated operation can return several times"),
        ("3: message of 2", "3: returned then waits", "17:6: only a repeated operation can return more than once"),
        ("4: {channels", "3: {channels", "21:3: '3' is not a step that inspects fields; such steps: 4"),
        ("{5: error}", "{9: error}", "22:10: '9' is not a step of the program; such steps: 1, 2, 3, 4, 5, 6"),
        ("{5: error}", "{5: fatal}", "22:13: 'fatal' is not a level; the levels are info, warning, error"),
    ],
)
def test_a_scenario_that_contradicts_itself_is_refused_with_its_place(
    tmp_path: Path, old: str, new: str, problem: str
) -> None:
    assert old in CASE
    with pytest.raises(InputError) as caught:
        _read(tmp_path, CASE.replace(old, new))
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith(f"{tmp_path / 'case.yaml'}:{problem}")
