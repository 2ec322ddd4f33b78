"""Verdicts under answers and deviation records."""

from functools import cache
from itertools import combinations
from typing import Any

import pytest
from beehive_conformance.checking.judge import Judge, VerdictKind
from beehive_conformance.checking.reading import ReadingAutomaton
from beehive_conformance.deviations import OVERLAYS, PLANTED, OverlayName
from beehive_conformance.deviations.baselines import baselines
from beehive_conformance.generation.random_programs import random_programs
from beehive_conformance.judging.signature import signature_of
from beehive_conformance.programs.program import Program
from beehive_conformance.scenarios.scenario import load_scenarios
from beehive_conformance.targets.model import ModelTarget
from beehive_spec.answers import Answers
from beehive_spec.model import Inconclusive
from beehive_spec.vocabulary import (
    AddModule,
    DeathKind,
    Died,
    History,
    InspectFields,
    ModuleName,
    OperationNumber,
    Return,
    Returned,
    Seen,
)

LOG = OverlayName("stray_response_is_not_logged")
RECORDED = tuple(name for name, overlay in OVERLAYS.items() if overlay not in PLANTED or name == LOG)
"""The recorded deviations, and one that shows in the log alone."""
PAIRS = tuple(combinations(RECORDED, 2))
ANSWERS = Answers(capacity=2, group_sync_look=20)
"""Answers under which every recorded deviation can be seen."""
PROGRAMS = (*(each.program for each in load_scenarios()), *random_programs(7, 60, 25))


@cache
def judge_under(*names: OverlayName) -> Judge:
    return Judge(ANSWERS, [OVERLAYS[name] for name in names])


@cache
def histories(*names: OverlayName) -> list[tuple[Program, History]]:
    return list(ModelTarget(ANSWERS, [OVERLAYS[name] for name in names]).run(PROGRAMS))


def test_what_the_model_does_conforms() -> None:
    judge = judge_under(*RECORDED)
    assert {judge.judge(*each).kind for each in histories()} == {VerdictKind.CONFORMS}


@pytest.mark.parametrize("pair", PAIRS, ids="+".join)
def test_a_verdict_names_only_deviations_that_are_needed(pair: tuple[OverlayName, OverlayName]) -> None:
    verdicts = [judge_under(*pair).judge(*each) for each in histories(*pair)]
    assert {verdict.kind for verdict in verdicts} == {VerdictKind.CONFORMS, VerdictKind.DEVIATES}
    for verdict, (program, history) in zip(verdicts, histories(*pair), strict=True):
        assert bool(verdict.deviations) == (verdict.kind is VerdictKind.DEVIATES)
        for name in verdict.deviations:
            fewer = judge_under(*(each for each in verdict.deviations if each != name))
            found = fewer.judge(program, history)
            assert found.kind is VerdictKind.UNEXPLAINED, f"{name} is not needed for {program.id}"


def test_a_history_that_takes_several_deviations_to_explain_names_all_of_them() -> None:
    need_both = [
        (pair, each)
        for pair in PAIRS
        for each in histories(*pair)
        if all(judge_under(name).judge(*each).kind is VerdictKind.UNEXPLAINED for name in pair)
    ]
    assert len({pair for pair, _ in need_both}) > 4
    for pair, each in need_both:
        assert set(judge_under(*pair).judge(*each).deviations) == set(pair), each
    among_all = [judge_under(*RECORDED).judge(*each) for _, each in need_both]
    explained = [verdict for verdict in among_all if verdict.kind is VerdictKind.DEVIATES]
    # The search adds one overlay after another and does not go back, so that it may miss a few pairs.
    assert len(explained) > 0.9 * len(among_all)
    assert min(len(verdict.deviations) for verdict in explained) > 1


def test_a_deviation_without_a_record_is_unexplained_and_can_be_diagnosed() -> None:
    name = next(name for name, each in OVERLAYS.items() if each.clause == "RECV-4")
    judge = judge_under()
    caught = [each for each in histories(name) if judge.judge(*each).kind is VerdictKind.UNEXPLAINED]
    assert caught
    for each in caught:
        assert judge.judge(*each).difference is not None
        assert [found.name for found in judge.explanations(*each, [OVERLAYS[each] for each in RECORDED])] == [name]


def test_a_death_that_no_record_explains_has_a_verdict_of_its_own() -> None:
    program = Program((AddModule(module=ModuleName("a")),))
    verdict = Judge(Answers()).judge(program, History(died=Died(DeathKind.PANIC, "oh")))
    assert verdict.kind is VerdictKind.DIED
    assert verdict.difference is not None
    assert verdict.difference.died is not None


ADDED = (Seen((Return(OperationNumber(1), Returned()),)),)


def test_a_death_after_the_last_step_is_no_conforming_end() -> None:
    program = Program((AddModule(module=ModuleName("a")),))
    judge = Judge(Answers())
    assert judge.judge(program, History((ADDED,))).kind is VerdictKind.CONFORMS
    verdict = judge.judge(program, History((ADDED,), Died(DeathKind.PANIC, "oh")))
    assert verdict.kind is VerdictKind.DIED
    assert verdict.difference is not None
    assert str(signature_of(program, verdict.difference)) == "add_module ended the process (panic)"


def test_nothing_may_return_while_the_fields_are_inspected() -> None:
    program = Program((AddModule(module=ModuleName("a")), InspectFields()))
    judge = Judge(Answers())
    assert judge.judge(program, History((ADDED, (Seen(),)))).kind is VerdictKind.CONFORMS
    verdict = judge.judge(program, History((ADDED, ADDED)))
    assert verdict.kind is VerdictKind.UNEXPLAINED
    assert verdict.difference is not None
    assert str(signature_of(program, verdict.difference)) == "add_module returned"


TRUE = ANSWERS.with_answers({"add_again": "kept", "full": "refused"})
FITTING = {"add_again": ("kept", "replaced"), "full": ("refused",), "receivers": ("any",)}


def test_what_other_answers_that_fit_allow_is_not_unexplained() -> None:
    strict, judge = Judge(ANSWERS), Judge(ANSWERS, fitting=FITTING)
    for program, history in (every := list(ModelTarget(TRUE).run(PROGRAMS))):
        verdict = judge.judge(program, history)
        assert verdict.kind is VerdictKind.CONFORMS
        assert Judge(ANSWERS.with_answers(verdict.under)).judge(program, history).kind is VerdictKind.CONFORMS
        assert bool(verdict.under) == (strict.judge(program, history).kind is VerdictKind.UNEXPLAINED)
    changed = {frozenset(judge.judge(*each).under) for each in every}
    assert {frozenset(), frozenset({"add_again"}), frozenset({"full"}), frozenset({"add_again", "full"})} <= changed


def test_what_neither_deviations_nor_other_answers_explain_alone_they_explain_together() -> None:
    recorded = [OVERLAYS[LOG]]
    judge, faultless = Judge(ANSWERS, recorded, fitting=FITTING), Judge(ANSWERS, fitting=FITTING)
    every = list(ModelTarget(TRUE, recorded).run(PROGRAMS))
    verdicts = [(judge.judge(*each), each) for each in every]
    assert {verdict.kind for verdict, _ in verdicts} == {VerdictKind.CONFORMS, VerdictKind.DEVIATES}
    deviating = {bool(verdict.under) for verdict, _ in verdicts if verdict.kind is VerdictKind.DEVIATES}
    assert deviating == {False, True}
    for verdict, (program, history) in verdicts:
        is_explained = faultless.judge(program, history).kind is VerdictKind.CONFORMS
        assert (verdict.kind is VerdictKind.CONFORMS) == is_explained, program.id
        assert verdict.deviations == (() if is_explained else (LOG,)), program.id
        assert (verdict.difference is None) == is_explained, program.id
        under = Judge(ANSWERS.with_answers(verdict.under), recorded)
        assert under.judge(program, history).kind is verdict.kind, program.id


def test_what_cannot_be_followed_under_other_answers_is_no_proof_that_they_fit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    edges = ReadingAutomaton.edges

    def over_budget(automaton: ReadingAutomaton, *arguments: Any) -> Any:
        if automaton._answers.add_again == "replaced":
            raise Inconclusive("more moves than the budget")
        return edges(automaton, *arguments)

    monkeypatch.setattr(ReadingAutomaton, "edges", over_budget)
    add = AddModule(module=ModuleName("a"))
    program = Program((add, add))
    fits_both = {"add_again": ("replaced", "kept")}
    ((_, kept),) = ModelTarget(ANSWERS.with_answers({"add_again": "kept"})).run((program,))
    for fitting, kind, under in (
        ({"add_again": ("replaced",)}, VerdictKind.INCONCLUSIVE, {}),
        (fits_both, VerdictKind.CONFORMS, {"add_again": "kept"}),
    ):
        verdict = Judge(ANSWERS, fitting=fitting).judge(program, kept)
        assert (verdict.kind, verdict.under) == (kind, under)
    unexplained = History((ADDED,), Died(DeathKind.PANIC, "oh"))
    assert Judge(ANSWERS, fitting=fits_both).judge(program, unexplained).kind is VerdictKind.INCONCLUSIVE


def test_other_answers_that_fit_do_not_explain_what_only_answers_that_do_not_fit_allow() -> None:
    judge = Judge(ANSWERS, fitting={"receivers": ("any",)})
    assert VerdictKind.UNEXPLAINED in {judge.judge(*each).kind for each in ModelTarget(TRUE).run(PROGRAMS)}


@pytest.mark.slow
def test_the_other_answers_that_fit_the_reference_hide_no_fault() -> None:
    measured = baselines()["reference"].ambiguity
    fitting = {name: tuple(each.answer for each in others) for name, others in measured.items()}
    strict, judge = Judge(Answers()), Judge(Answers(), fitting=fitting)
    programs = [each.program for each in load_scenarios()]
    shown, missed = 0, []
    for name in (name for name, overlay in OVERLAYS.items() if not overlay.under):
        ran = list(ModelTarget(Answers(), [OVERLAYS[name]]).run(programs))
        if any(strict.judge(*each).kind.is_failure for each in ran):
            shown += 1
            if not any(judge.judge(*each).kind.is_failure for each in ran):
                missed.append(name)
    assert missed == []
    assert shown == sum(not overlay.under for overlay in OVERLAYS.values())
