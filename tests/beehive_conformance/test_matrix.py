"""The matrix of clauses: what belongs to each, and whether a break of it would be noticed."""

from __future__ import annotations

import pytest
from beehive_conformance.commands import command_line
from beehive_conformance.deviations import OVERLAYS, Overlay, OverlayName
from beehive_conformance.scenarios.scenario import Condition, Scenario, load_scenarios
from beehive_conformance.trust.matrix import ClauseRow, OverlayProof, fitting, matrix, proofs
from beehive_spec.answers import Answers
from beehive_spec.chapters import clauses, questions
from beehive_spec.rules import RULES

SCENARIOS = {each.name: each for each in load_scenarios()}
LOSES = OVERLAYS[OverlayName("send_loses_messages")]


def row(clause: str, scenarios: tuple[Scenario, ...], overlays: tuple[Overlay, ...]) -> ClauseRow:
    (made,) = matrix([clauses()[clause]], RULES, scenarios, overlays)
    return made


def test_each_clause_has_its_moves_scenarios_and_overlays() -> None:
    made = row("SEND-1", tuple(SCENARIOS.values()), tuple(OVERLAYS.values()))
    assert LOSES in made.overlays
    assert SCENARIOS["full_channel_makes_send_wait"] in made.scenarios
    assert "send/put: put" in map(str, made.moves)
    assert all("SEND-1" in each.clauses for each in made.scenarios)


def test_a_row_says_what_is_missing() -> None:
    scenarios = (SCENARIOS["full_channel_makes_send_wait"],)
    assert row("SEND-1", scenarios, (LOSES,)).lacks == ""
    assert row("SEND-1", scenarios, ()).lacks == "no overlay"
    assert row("SEND-1", (), (LOSES,)).lacks == "no scenario"
    assert row("SEND-1", (), ()).lacks == "no scenario and no overlay"


def test_a_clause_that_cannot_be_tested_lacks_nothing() -> None:
    untested = clauses()["SEND-1"]._replace(untested="it cannot be observed")
    assert matrix([untested], RULES, (), ())[0].lacks == ""


def test_an_overlay_is_proved_by_a_scenario_of_its_own_clause() -> None:
    two = ("full_channel_makes_send_wait", "documented_group_named_like_its_module")
    made = row("SEND-1", tuple(SCENARIOS[each] for each in two), (LOSES,))
    assert proofs(made) == (OverlayProof(LOSES.name, two[0]),)


def test_an_overlay_that_changes_nothing_is_proved_by_none() -> None:
    harmless = LOSES._replace(apply=lambda rules: rules)
    assert proofs(row("SEND-1", tuple(SCENARIOS.values()), (harmless,))) == (OverlayProof(LOSES.name, ""),)


@pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=lambda each: each.name)
def test_fitting_answers_meet_the_conditions_of_a_scenario(scenario: Scenario) -> None:
    answers = fitting(scenario.under, {"capacity": 2})
    assert scenario.applies(answers)
    assert [name for name, answer in answers._asdict().items() if not questions()[name].allows(answer)] == []


def test_wanted_answers_are_kept_where_the_scenario_allows_them() -> None:
    assert fitting({}, {"capacity": 2}) == Answers(capacity=2)
    assert fitting({"capacity": (Condition(None, 1),)}, {"capacity": 5}) == Answers(capacity=5)
    assert fitting({"capacity": (Condition(None, 3),)}, {"capacity": 2}) == Answers(capacity=3)
    assert fitting({"capacity": (Condition(None, 0, 1),)}, {}) == Answers(capacity=1)


def test_the_matrix_starts_with_unnoticed_clauses_and_ends_with_the_count(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    few = {name: overlay for name, overlay in OVERLAYS.items() if overlay.clause != "SEND-1"}
    monkeypatch.setattr("beehive_conformance.commands.spec_matrix.OVERLAYS", few)
    monkeypatch.setattr("beehive_conformance.commands.spec_matrix.EXPLORED_LENGTH", 1)
    assert command_line(["spec", "matrix"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "NOT DETECTED"
    assert "SEND-1" in {line.split(" ")[0] for line in lines[2 : lines.index("")]}
    untested = sum(bool(each.untested) for each in clauses().values())
    beginning = f"{len(clauses())} clauses: {len(clauses()) - untested} testable, {untested} not testable; "
    assert lines[-1].startswith(beginning)
    assert lines[-1].endswith(" testable and untested")


def test_the_names_of_one_clause_are_printed_and_its_overlay_proved(capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line(["spec", "matrix", "RECV-4", "--prove"]) == 0
    text = capsys.readouterr().out
    assert "receive/shut: fail" in text
    assert "receive_returns_nothing is detected by " in text
    assert "receive_returns_nothing, recorded of go:v1.13.0" in text
    assert text.endswith("1 clause: 1 testable, 0 not testable; 0 testable and untested\n")


def test_a_clause_that_is_not_proved_counts_as_untested(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    name = OverlayName("receive_returns_nothing")
    harmless = {name: OVERLAYS[name]._replace(apply=lambda rules: rules)}
    monkeypatch.setattr("beehive_conformance.commands.spec_matrix.OVERLAYS", harmless)
    assert command_line(["spec", "matrix", "RECV-4"]) == 0
    assert command_line(["spec", "matrix", "RECV-4", "--prove"]) == 1
    assert "no scenario of the clause detects an overlay of it" in capsys.readouterr().out


def test_an_unknown_clause_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line(["spec", "matrix", "SEND-99"]) == 2
    assert "'SEND-99': unknown clause; the clauses are" in capsys.readouterr().err
