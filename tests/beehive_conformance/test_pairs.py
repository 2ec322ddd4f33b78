"""Pairs of operations that are started at one instant show what probes do not."""

import pytest
from beehive_conformance.checking.judge import Judge, VerdictKind
from beehive_conformance.measuring.measure import PAIR_RUNS
from beehive_conformance.measuring.pairs import pair_programs
from beehive_conformance.programs.program_file import problems
from beehive_conformance.targets.model import ModelTarget
from beehive_spec.answers import Answers
from beehive_spec.vocabulary import Repeat, Together

ANSWERS = Answers(capacity=2, response_full="waits", response_room=0, group_sync_count="now", group_sync_look=3)


@pytest.mark.parametrize("capacity", ["unbounded", 2])
def test_each_pair_of_operations_is_started_once_in_each_situation(capacity):
    programs = list(pair_programs(Answers(capacity=capacity)))
    assert len(set(programs)) == len(programs)
    assert [problem for program in programs for problem in problems(program)] == []
    assert {sum(isinstance(step, Together) for step in program.steps) for program in programs} == {1}
    assert any(isinstance(step, Repeat) for program in programs for step in program.steps) == (capacity == 2)


@pytest.mark.parametrize(
    ("question", "true", "other"),
    [
        ("group_sync_compare", "equal", "at_least"),
        ("group_sync_closed", "goes_on", "closed"),
        ("sync_closed", "goes_on", "closed"),
        ("sync_order", "register_first", "put_first"),
        ("sync_order", "put_first", "register_first"),
        ("response_left", "released", "refused"),
        ("response_left", "stays", "refused"),
    ],
)
def test_pairs_of_operations_refute_another_answer(question, true, other):
    answers = ANSWERS.with_answers({question: true})
    judge = Judge(ANSWERS.with_answers({question: other}))
    ran = list(ModelTarget(answers, varies=True).run(PAIR_RUNS * [*pair_programs(answers)]))
    assert any(judge.judge(*each).kind.is_failure for each in ran)
    right = Judge(answers)
    assert {right.judge(*each).kind for each in ran} == {VerdictKind.CONFORMS}
