"""Every overlay is a faulty implementation that the suite has to find, and whose clause it has to name."""

from collections.abc import Iterator
from functools import cache
from itertools import chain

import pytest
from beehive_conformance.checking.judge import Judge, VerdictKind
from beehive_conformance.deviations import OVERLAYS, Overlay, OverlayName
from beehive_conformance.deviations.baselines import baseline_without_file, baselines
from beehive_conformance.generation.random_programs import random_programs
from beehive_conformance.programs.program import Program
from beehive_conformance.scenarios.scenario import load_scenarios
from beehive_conformance.targets.model import ModelTarget
from beehive_spec.answers import Answers
from beehive_spec.chapters import clauses, questions
from beehive_spec.vocabulary import History

GO = "go:v1.13.0"
SEED = 5
RANDOM = 1500


def programs(overlay: Overlay, answers: Answers) -> Iterator[Program]:
    """The scenarios, those of the clause first, and random programs after them."""
    scenarios = sorted(load_scenarios(), key=lambda each: overlay.clause not in each.clauses)
    capacity = answers.bound
    return chain((each.program for each in scenarios), random_programs(SEED, RANDOM, 16, capacity))


@cache
def judge_of(answers: Answers, *overlays: OverlayName) -> Judge:
    return Judge(answers, [OVERLAYS[name] for name in overlays])


def first_failure(overlay: Overlay, answers: Answers, judge: Judge) -> tuple[Program, History] | None:
    for program, history in ModelTarget(answers, (overlay,)).run(programs(overlay, answers)):
        if judge.judge(program, history).kind.is_failure:
            return program, history
    return None


@pytest.mark.parametrize("name", sorted(OVERLAYS))
def test_a_model_with_a_fault_is_found_and_its_clause_named(name):
    overlay = OVERLAYS[name]
    answers = baseline_without_file(f"model+{name}", [name]).answers
    judge = judge_of(answers)
    found = first_failure(overlay, answers, judge)
    assert found is not None, f"nothing is unexplained; replay: beehive-conformance run model+{name}"
    assert overlay.clause in {each.clause for each in judge.explanations(*found, OVERLAYS.values())}


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(OVERLAYS))
def test_the_answers_of_go_do_not_hide_a_fault(name):
    answers = baselines()[GO].answers
    assert first_failure(OVERLAYS[name], answers, judge_of(answers)) is not None


@pytest.mark.parametrize("name", sorted(set(OVERLAYS) - {each.overlay for each in baselines()[GO].records}))
def test_the_answers_and_records_of_go_do_not_hide_another_fault(name):
    answers = baselines()[GO].answers
    judge = judge_of(answers, *(each.overlay for each in baselines()[GO].records))
    assert first_failure(OVERLAYS[name], answers, judge) is not None


@pytest.mark.parametrize("overlay", OVERLAYS.values(), ids=lambda each: each.name)
def test_an_overlay_breaks_a_clause_that_exists_under_answers_that_are_allowed(overlay):
    assert overlay.clause in clauses()
    assert [name for name, answer in overlay.under.items() if not questions()[name].allows(answer)] == []


@pytest.mark.parametrize("record", baselines()[GO].records, ids=lambda each: each.overlay)
def test_a_record_is_unexplained_without_its_overlay(record):
    overlays = [OVERLAYS[each.overlay] for each in baselines()[GO].records]
    target = ModelTarget(baselines()[GO].answers, overlays)
    others = Judge(baselines()[GO].answers, [each for each in overlays if each.name != record.overlay])
    kinds = set()
    for _ in range(20):
        ((_, history),) = target.run([record.program])
        kinds.add(others.judge(record.program, history).kind)
    assert VerdictKind.UNEXPLAINED in kinds
