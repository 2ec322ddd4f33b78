"""The shrinker: brings a planted condition to its minimum, asks about many programs at once, and ends."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from itertools import compress, islice

import pytest
from beehive_conformance.checking.checker import CheckResult, check
from beehive_conformance.deviations import OVERLAYS, Overlay
from beehive_conformance.deviations.baselines import baseline_without_file
from beehive_conformance.generation.random_programs import random_program, random_programs
from beehive_conformance.programs.capability import Capability
from beehive_conformance.programs.program import Program, operations
from beehive_conformance.scenarios.scenario import load_scenarios
from beehive_conformance.shrinking.passes import PASSES, size
from beehive_conformance.shrinking.shrink import shrink
from beehive_conformance.targets.model import ModelTarget
from beehive_spec.answers import Answers
from beehive_spec.automaton import Automaton
from beehive_spec.model import Model
from beehive_spec.vocabulary import (
    AddModule,
    AddModuleGroup,
    Advance,
    CleanUp,
    ClientName,
    GroupName,
    InspectFields,
    MakeMessage,
    MakeResponse,
    MessageId,
    Milliseconds,
    ModuleName,
    Operation,
    Receive,
    Register,
    Repeat,
    Send,
    SendResp,
    SendSync,
    SendToGroup,
    SendToGroupSync,
    Sleep,
    Start,
    Step,
    Together,
)

A, B = ModuleName("a"), ModuleName("b")
G = GroupName("g")
M1, M2 = MessageId("m1"), MessageId("m2")
C1 = ClientName("c1")

Condition = Callable[[Program], bool]


class Asked:
    """Answers by a condition, and counts how often and about how many programs it was asked."""

    def __init__(self, condition: Condition) -> None:
        self._condition = condition
        self.programs: list[Program] = []
        self.times = 0

    def __call__(self, programs: Sequence[Program]) -> list[bool]:
        self.programs += programs
        self.times += 1
        return [self._condition(program) for program in programs]


def _started(program: Program) -> list[Operation]:
    return [operation for step in program.steps for operation in operations(step)]


def _has(kinds: Iterable[type]) -> Condition:
    def condition(program: Program) -> bool:
        left = list(kinds)
        for operation in _started(program):
            if left and isinstance(operation, left[0]):
                del left[0]
        return not left

    return condition


@pytest.mark.parametrize(
    ("condition", "steps"),
    [
        (_has([CleanUp]), (CleanUp(module=A),)),
        (_has([Send, Receive]), (Send(module=A, id=M1), Receive(module=A))),
        (_has([SendToGroup]), (SendToGroup(group=G, id=M1),)),
        (lambda program: InspectFields() in program.steps, (InspectFields(),)),
        (lambda program: sum(step.ms for step in program.steps if isinstance(step, Advance)) >= 12, (Advance(20),)),
    ],
    ids=["one kind", "two kinds in order", "a broadcast", "fields", "a time"],
)
def test_a_planted_condition_shrinks_to_its_minimum(condition: Condition, steps: tuple[Step, ...]) -> None:
    interesting = [program for program in random_programs(2, 150) if condition(program)][:8]
    assert len(interesting) > 3
    assert {shrink(program, Asked(condition)) for program in interesting} == {Program(steps)}


def test_what_needs_one_instant_or_one_client_keeps_it_and_nothing_else() -> None:
    def is_together(program: Program) -> bool:
        return any(isinstance(step, Together) for step in program.steps)

    def has_client(program: Program) -> bool:
        return any(each.client for each in _started(program))

    together = list(filter(is_together, random_programs(2, 20)))
    by_clients = list(filter(has_client, random_programs(2, 20)))
    assert len(together) > 5
    assert len(by_clients) > 5
    for program in together:
        (step,) = shrink(program, Asked(is_together)).steps
        assert isinstance(step, Together)
        assert len(step.operations) == 2
    for program in by_clients:
        (step,) = shrink(program, Asked(has_client)).steps
        assert [each.client for each in operations(step)] == [C1]


def test_off_bus_operations_lose_what_they_do_not_need() -> None:
    a, b, c = (ModuleName(name) for name in ("edged", "twin", "hub"))
    program = Program(
        (
            Start(enabled=(a, b, c), modules=(b, c), client=ClientName("x")),
            Register(module=a, implementation="real"),
            MakeMessage(parent=MessageId("p"), source="s", group=GroupName("g"), content="c"),
            MakeResponse(id=MessageId("q"), content="c"),
        )
    )

    def is_interesting(programs: Sequence[Program]) -> list[bool]:
        return [
            any(isinstance(each, Start) and len(each.enabled) > 1 for each in program.steps)
            and any(isinstance(each, MakeMessage) and each.source for each in program.steps)
            for program in programs
        ]

    smallest = (Start(enabled=(ModuleName("a"), ModuleName("b"))), MakeMessage(source="s"))
    assert shrink(program, is_interesting).steps in (smallest, (Start(enabled=(ModuleName("a"),) * 2), smallest[1]))


@pytest.mark.parametrize("least", [1, 2, 3, 600, 1023, 1024, 1025])
def test_rounds_of_a_repeat_around_a_capacity_are_found_exactly(least: int) -> None:
    def fills(program: Program) -> bool:
        sent = sum(isinstance(step, Send) for step in program.steps)
        rounds = (
            step.times for step in program.steps if isinstance(step, Repeat) and isinstance(step.operation, Send)
        )
        return sent + sum(rounds) >= least

    program = Program((AddModule(module=A), Repeat(Send(module=B, id=M1), 1025), Receive(module=A)))
    asked = Asked(fills)
    send = Send(module=A, id=M1)
    assert shrink(program, asked) == Program((Repeat(send, least) if least > 1 else send,))
    assert len(asked.programs) < 200


def test_two_repeats_that_belong_together_are_lowered_together() -> None:
    def drains(program: Program) -> bool:
        match [step for step in program.steps if isinstance(step, Repeat)]:
            case [Repeat(Send(), sent), Repeat(Receive(), taken)]:
                return sent == taken + 1
        return False

    program = Program((Repeat(Send(module=A, id=M1), 1025), Repeat(Receive(module=A), 1024)))
    assert [step.times for step in shrink(program, Asked(drains)).steps if isinstance(step, Repeat)] == [2, 1]


def test_times_that_belong_together_become_short_and_round_together() -> None:
    def at_the_timeout(program: Program) -> bool:
        asked = [each.timeout for each in _started(program) if isinstance(each, SendSync)]
        sleeps = [each.ms for each in _started(program) if isinstance(each, Sleep)]
        passed = sum(step.ms for step in program.steps if isinstance(step, Advance))
        return bool(asked) and sleeps == [asked[0] - 1] and passed == asked[0] > 1

    program = Program(
        (
            SendSync(module=A, id=M1, timeout=Milliseconds(7_351)),
            Together((Sleep(ms=Milliseconds(7_350), client=C1), SendResp(parent=M1, client=C1))),
            Advance(Milliseconds(7_000)),
            Advance(Milliseconds(351)),
        )
    )
    assert shrink(program, Asked(at_the_timeout)) == Program(
        (SendSync(module=A, id=M1, timeout=Milliseconds(2)), Sleep(ms=Milliseconds(1)), Advance(Milliseconds(2)))
    )


def test_names_are_merged_and_come_in_the_order_of_their_first_use() -> None:
    program = Program(
        (
            AddModuleGroup(module=ModuleName("edged"), group=GroupName("edge"), client=ClientName("x")),
            Send(module=ModuleName("twin"), id=MessageId("q"), client=ClientName("y")),
            SendResp(parent=MessageId("r"), client=ClientName("y")),
        )
    )

    def three(program: Program) -> bool:
        return len(_started(program)) == 3 and program.steps[1] != program.steps[2]

    assert shrink(program, Asked(_has([AddModuleGroup, Send, SendResp]))) == Program(
        (AddModuleGroup(module=A, group=G), Send(module=A, id=M1), SendResp(parent=M1))
    )

    def two_modules(program: Program) -> bool:
        used = [each.module for each in _started(program) if isinstance(each, AddModuleGroup | Send)]
        return three(program) and len(set(used)) == 2

    assert shrink(program, Asked(two_modules)) == Program(
        (AddModuleGroup(module=A, group=G), Send(module=B, id=M1), SendResp(parent=M1))
    )


def test_operations_become_simpler_where_simpler_ones_show_it_too() -> None:
    program = Program(
        (
            SendToGroupSync(group=G, id=M2, timeout=Milliseconds(50)),
            SendSync(module=B, id=M1, timeout=Milliseconds(70)),
            Receive(module=B),
        )
    )

    def sends(program: Program) -> bool:
        return len(program.steps) == 3 and isinstance(program.steps[2], Receive)

    assert shrink(program, Asked(sends)) == Program((Send(module=A, id=M1), Send(module=A, id=M1), Receive(module=A)))


@cache
def automaton(answers: Answers) -> Automaton:
    return Automaton(Model(answers))


@cache
def drawn(capacity: int | None) -> list[Program]:
    return list(random_programs(9, 200, capacity=capacity, off_bus=frozenset(Capability)))


@pytest.mark.parametrize("count", [1, pytest.param(2, marks=pytest.mark.slow)])
@pytest.mark.parametrize("overlay", OVERLAYS.values(), ids=lambda each: each.name)
def test_what_a_faulty_model_shows_shrinks_to_a_few_steps(overlay: Overlay, count: int) -> None:
    answers = baseline_without_file(f"model+{overlay.name}", [overlay.name]).answers
    target = ModelTarget(answers, (overlay,))

    def faulty(programs: Iterable[Program]) -> Iterator[bool]:
        return (check(*ran, automaton(answers))[0] is CheckResult.FORBIDDEN for ran in target.run(programs))

    # Not every fault shows in that few programs; the scenarios of its clause show each.
    scenarios = (each.program for each in load_scenarios() if overlay.clause in each.clauses)
    made = [*drawn(answers.bound), *scenarios]
    shown = list(islice(compress(made, faulty(made)), count))
    assert shown
    for program in shown:
        smallest = shrink(program, lambda programs: list(faulty(programs)))
        assert list(faulty([smallest])) == [True], (program, smallest)
        assert len(smallest.steps) <= 9, smallest


def test_the_result_is_interesting_smaller_and_a_local_minimum() -> None:
    condition = _has([SendSync, Receive, CleanUp])
    drawn = list(filter(condition, random_programs(4, 80)))
    assert len(drawn) > 5
    for program in drawn:
        smallest = shrink(program, Asked(condition))
        assert condition(smallest)
        assert size(smallest) <= size(program)
        assert shrink(smallest, Asked(condition)) == smallest
        for simplify in PASSES:
            assert [each for each in simplify(smallest) if condition(each) and size(each) < size(smallest)] == []


def test_the_same_program_and_answers_give_the_same_result_in_the_same_order() -> None:
    program = next(filter(_has([SendToGroupSync, Receive]), random_programs(4, 80)))
    first, second = Asked(_has([SendToGroupSync, Receive])), Asked(_has([SendToGroupSync, Receive]))
    assert shrink(program, first) == shrink(program, second)
    assert first.programs == second.programs


def test_many_programs_are_asked_about_at_once_and_none_twice() -> None:
    condition = _has([SendToGroupSync, Receive])
    program = next(each for each in random_programs(4, 200) if condition(each) and len(each.steps) > 25)
    asked = Asked(condition)
    shrink(program, asked)
    assert asked.times > 0
    assert len(asked.programs) > 3 * asked.times
    assert len(set(asked.programs)) == len(asked.programs)
    assert program not in asked.programs
    assert all(each.steps for each in asked.programs)


@pytest.mark.parametrize("budget", [0, 1, 10, 60])
def test_no_more_programs_are_tried_than_the_budget_allows(budget: int) -> None:
    asked = Asked(_has([Receive]))
    program = next(filter(_has([Receive]), random_programs(4, 80)))
    assert _has([Receive])(shrink(program, asked, budget))
    assert len(asked.programs) <= budget


def test_a_program_of_which_nothing_smaller_is_interesting_stays_as_it_is() -> None:
    program = random_program(1, 1)
    assert shrink(program, Asked(lambda each: False)) == program
