"""A Hypothesis state machine and an assertion that judge any bus, for use in the test suites of other projects."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import ClassVar

from beehive_spec.answers import Answers
from beehive_spec.vocabulary import Step
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from beehive_conformance.checking.judge import Judge, Verdict
from beehive_conformance.deviations.baselines import DEFAULT_ANSWERS
from beehive_conformance.deviations.overlay import Overlay
from beehive_conformance.generation import steps
from beehive_conformance.generation.operations import Draw, Pick
from beehive_conformance.generation.strategies import numbers
from beehive_conformance.generation.symbolic_state import NO_CAPABILITIES, SymbolicState
from beehive_conformance.generation.weights import DRAWS, MAX_PENDING, OFF_BUS, draw_off_bus_step
from beehive_conformance.programs.capability import Capability
from beehive_conformance.programs.operation_table import OPERATIONS, OperationType
from beehive_conformance.programs.program import Program
from beehive_conformance.programs.program_file import write_program
from beehive_conformance.programs.wording import died_text, seen_text
from beehive_conformance.shrinking.shrink import shrink
from beehive_conformance.targets.target import Target


def conformance_machine(
    open_target: Callable[[], Target],
    answers: Answers = DEFAULT_ANSWERS,
    overlays: Sequence[Overlay] = (),
    off_bus: frozenset[Capability] = NO_CAPABILITIES,
) -> type[RuleBasedStateMachine]:
    """Return a Hypothesis state machine whose rules build a program, which is run and judged at its end.

    Use it in a test module as `TestMyBus = conformance_machine(MyTarget).TestCase`. `open_target` is called once
    for each program, and its target is closed afterwards. `answers` are the answers of the bus to the questions that
    the documents leave open, `overlays` its known deviations. With `messages` or `registration` in `off_bus`,
    programs also make messages or register modules. An unexplained history, or a death, fails the test with
    AssertionError: its text has the smallest program that the shrinker of the suite finds, which may be smaller than
    the one that Hypothesis prints, and how to run it again.
    """
    attributes = {
        "open_target": staticmethod(open_target),
        "judge_for": staticmethod(cache(lambda shows_logs: Judge(answers, overlays, shows_logs))),
        "capacity": answers.bound,
        "off_bus": off_bus & OFF_BUS,
        "smallest": None,
    }
    return type("ConformanceMachine", (_Machine,), {**_operation_rules(), **attributes})


def assert_conforms(target: Target, program: Program, judge: Judge) -> Verdict:
    """Run a program on a target and return the verdict of `judge`.

    Raises AssertionError if the history is unexplained or the process died; its text has the program, what was seen
    and what was allowed where they differ, and how to run the program again. Raises ValueError if the judge expects
    logs from a target that shows none.
    """
    if judge.shows_logs and Capability.LOGS not in target.capabilities:
        raise ValueError(f"{target.name} shows no logs; judge it with Judge(answers, shows_logs=False)")
    ((_, history),) = target.run((program,))
    verdict = judge.judge(program, history)
    if verdict.kind.is_failure:
        raise AssertionError(_complaint(target, program, verdict))
    return verdict


def _complaint(target: Target, program: Program, verdict: Verdict) -> str:
    lines = [f"{target.name}: {verdict.kind}: no clause allows what program {program.id} showed", ""]
    judge = "Judge(answers)" if Capability.LOGS in target.capabilities else "Judge(answers, shows_logs=False)"
    difference = verdict.difference
    if difference is not None:
        seen = "nothing more" if difference.seen is None else seen_text(difference.seen)
        allowed = sorted({seen_text(each) for each in difference.allowed})
        lines += [f"step {difference.step} showed: {seen}", *(f"  allowed was: {each}" for each in allowed)]
        if difference.died is not None:
            lines.append(f"  and the process ended: {died_text(difference.died)}")
    lines += [
        "",
        write_program(program),
        "To run it again, save the program as program.yaml and call",
        f'assert_conforms(open_target(), read_program(Path("program.yaml")), {judge}), or for a target that',
        "the command line knows: beehive-conformance replay program.yaml TARGET",
    ]
    return "\n".join(lines)


@st.composite
def _steps(draw: st.DrawFn, draw_step: Callable[[SymbolicState, Pick], Step]) -> Step:
    machine: _Machine = draw(st.runner())
    return draw_step(machine.state, lambda count: draw(numbers(count)) if count > 1 else 0)


def _may_wait(machine: _Machine) -> bool:
    return machine.state.pending() < MAX_PENDING


def _has_off_bus(machine: _Machine) -> bool:
    return bool(machine.off_bus)


def _has_modules(machine: _Machine) -> bool:
    return bool(machine.state.present)


class _Machine(RuleBasedStateMachine):
    open_target: ClassVar[Callable[[], Target]]
    judge_for: ClassVar[Callable[[bool], Judge]]
    capacity: ClassVar[int | None]
    off_bus: ClassVar[frozenset[Capability]]
    smallest: ClassVar[Program | None]

    def __init__(self) -> None:
        super().__init__()
        self.state = SymbolicState(self.capacity, self.off_bus)
        self.steps: list[Step] = []

    @precondition(_has_off_bus)
    @rule(step=_steps(draw_off_bus_step))
    def off_bus_step(self, step: Step) -> None:
        self.steps.append(step)

    @precondition(_has_modules)
    @rule(step=_steps(steps.draw_together))
    def together(self, step: Step) -> None:
        self.steps.append(step)

    @precondition(_has_modules)
    @rule(step=_steps(steps.draw_repeat))
    def repeat(self, step: Step) -> None:
        self.steps.append(step)

    @rule(step=_steps(steps.draw_advance))
    def advance(self, step: Step) -> None:
        self.steps.append(step)

    @rule(step=_steps(steps.draw_inspect_fields))
    def inspect_fields(self, step: Step) -> None:
        self.steps.append(step)

    def teardown(self) -> None:
        """Run the program and judge its history."""
        if not self.steps:
            return
        machine = type(self)
        target = machine.open_target()
        judge = machine.judge_for(Capability.LOGS in target.capabilities)
        program = Program(tuple(self.steps))

        def is_failing(programs: Sequence[Program]) -> list[bool]:
            return [judge.judge(*ran).kind.is_failure for ran in target.run(programs)]

        try:
            if is_failing((program,))[0]:
                # Hypothesis finds many failing programs while it shrinks; one result of our shrinker is enough.
                if machine.smallest is None:
                    machine.smallest = shrink(program, is_failing)
                assert_conforms(target, machine.smallest, judge)
                assert_conforms(target, program, judge)
        finally:
            target.close()


_Rule = Callable[[_Machine, Step], None]


def _operation_rules() -> dict[str, _Rule]:
    """Return a rule for each type of operation on the bus, by name."""
    return {
        row.name: _operation_rule(row, draw)
        for kind, draw in DRAWS.items()
        if (row := OPERATIONS[kind]).needs is None
    }


def _operation_rule(row: OperationType, draw_operation: Draw) -> _Rule:
    def append(machine: _Machine, step: Step) -> None:
        machine.steps.append(step)

    # Hypothesis prints a rule under the name of its function.
    append.__name__ = row.name
    drawn = _steps(lambda state, pick: state.start(draw_operation(state, pick)))
    made: _Rule = rule(step=drawn)(append)
    return precondition(_may_wait)(made) if row.adds_waiting else made
