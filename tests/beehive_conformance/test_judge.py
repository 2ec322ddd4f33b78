"""Verdicts under answers and deviation records."""

from itertools import combinations

import pytest
from beehive_conformance.checking.judge import Judge, VerdictKind
from beehive_conformance.deviations import OVERLAYS, PLANTED, Overlay
from beehive_conformance.generation.random_programs import random_programs
from beehive_conformance.programs.program import Program
from beehive_conformance.scenarios.scenario import load_scenarios
from beehive_conformance.targets.model import ModelTarget
from beehive_spec.answers import Answers
from beehive_spec.vocabulary import AddModule, DeathKind, Died, History, ModuleName

RECORDED = tuple(overlay for overlay in OVERLAYS.values() if overlay not in PLANTED)
PROGRAMS = (*(each.program for each in load_scenarios()), *random_programs(7, 60, 12))


def histories(*overlays: Overlay) -> list[tuple[Program, History]]:
    return list(ModelTarget(overlays=overlays).run(PROGRAMS))


def test_what_the_model_does_conforms() -> None:
    judge = Judge(Answers(), RECORDED)
    assert {judge.judge(*each).kind for each in histories()} == {VerdictKind.CONFORMS}


@pytest.mark.parametrize(
    "overlays", list(combinations(RECORDED, 2)), ids=lambda pair: "+".join(each.name for each in pair)
)
def test_no_deviation_is_named_that_can_be_left_out(overlays: tuple[Overlay, ...]) -> None:
    judge = Judge(Answers(), overlays)
    for program, history in histories(*overlays):
        verdict = judge.judge(program, history)
        assert verdict.kind in (VerdictKind.CONFORMS, VerdictKind.DEVIATES)
        for name in verdict.deviations:
            fewer = [OVERLAYS[each] for each in verdict.deviations if each != name]
            found = Judge(Answers(), fewer).judge(program, history)
            assert found.kind is VerdictKind.UNEXPLAINED, f"{name} is not needed for {program.id}"


def test_what_takes_several_deviations_to_explain_deviates_in_all_of_them() -> None:
    named = {
        frozenset(verdict.deviations)
        for first, second in combinations(RECORDED, 2)
        for each in histories(first, second)
        if len((verdict := Judge(Answers(), RECORDED).judge(*each)).deviations) > 1
    }
    assert named


def test_a_deviation_without_a_record_is_unexplained_and_can_be_diagnosed() -> None:
    name, overlay = next((name, each) for name, each in OVERLAYS.items() if each.clause == "RECV-4")
    judge = Judge(Answers())
    caught = [each for each in histories(overlay) if judge.judge(*each).kind is VerdictKind.UNEXPLAINED]
    assert caught
    for each in caught:
        assert judge.judge(*each).difference is not None
        assert [found.name for found in judge.explanations(*each, RECORDED)] == [name]


def test_a_death_that_no_record_foresees_is_a_verdict_of_its_own() -> None:
    program = Program((AddModule(module=ModuleName("a")),))
    verdict = Judge(Answers()).judge(program, History(died=Died(DeathKind.PANIC, "oh")))
    assert verdict.kind is VerdictKind.DIED
    assert verdict.difference is not None
    assert verdict.difference.died is not None
