"""Reads scenario files, and compares histories with what their scenarios expect."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from beehive_spec.answers import Answers
from beehive_spec.chapters import NUMBER, clauses, questions
from beehive_spec.vocabulary import (
    Fields,
    GotMessage,
    GroupName,
    History,
    InspectFields,
    Level,
    MessageId,
    ModuleName,
    OperationNumber,
    Repeat,
    SendToGroup,
    SendToGroupSync,
)
from msgspec.structs import replace

from beehive_conformance.programs.conversion import shown
from beehive_conformance.programs.operation_table import type_of
from beehive_conformance.programs.program import Program, numbered
from beehive_conformance.programs.program_file import CaseText, FieldsText, read_case
from beehive_conformance.programs.wording import died_text, fields_text, operation_text
from beehive_conformance.programs.yaml_reader import YamlFile
from beehive_conformance.scenarios.expectation import Expectation, Returns, expectation_form, parse

CASES_FOLDER = Path(__file__).with_name("cases")
LEVELS = (Level.NOTHING, Level.INFO, Level.WARNING, Level.ERROR)
"""Log levels, the lowest first."""

_TO_A_GROUP = (SendToGroup, SendToGroupSync)
_RANGE = re.compile(r"(?P<least>\d{1,18}) to (?P<most>\d{1,18})")
_BOUND = re.compile(r"at (?P<bound>least|most) (?P<number>\d{1,18})")
_NUMBER = re.compile(r"\d{1,18}")


class Condition(NamedTuple):
    """A set of answers to one question: the answer `word`, or, if it is None, the numbers from `least` to `most`."""

    word: str | None = None
    least: int = 0
    most: int | None = None

    def holds(self, answer: str | int) -> bool:
        """Return whether an answer is in the set."""
        if self.word is not None or isinstance(answer, str):
            return self.word == answer
        return self.least <= answer and (self.most is None or answer <= self.most)


@dataclass(frozen=True, slots=True)
class Scenario:
    """One scenario; `name` is the name of its file.

    `under` has, for each question that decides the outcome, the answers under which the expectations hold.
    The keys of `fields` and `logged` are step numbers, counted from 1.
    """

    name: str
    why: str
    because: str
    clauses: tuple[str, ...]
    under: Mapping[str, tuple[Condition, ...]]
    program: Program
    expectations: Mapping[OperationNumber, Expectation]
    fields: Mapping[int, Fields]
    logged: Mapping[int, Level]

    def applies(self, answers: Answers) -> bool:
        """Return whether the expectations hold for an implementation with these answers."""
        return all(
            any(each.holds(getattr(answers, question)) for each in conditions)
            for question, conditions in self.under.items()
        )


def load_scenarios() -> tuple[Scenario, ...]:
    """Return every scenario of the suite, sorted by name; raises InputError naming the file and the line."""
    return tuple(read_scenario(path) for path in sorted(CASES_FOLDER.glob("*.yaml")))


def read_file(path: Path) -> tuple[Program, Scenario | None]:
    """Return the program in a file, and its scenario if there are expectations; raise InputError if invalid."""
    file = YamlFile(path)
    program, case = read_case(file)
    if case.expect or case.under or case.fields or case.logged:
        return program, _scenario(path.stem, file, program, case)
    _check_clauses(file, case)
    return program, None


def _check_clauses(file: YamlFile, case: CaseText) -> None:
    for index, clause in enumerate(case.clauses):
        if clause not in clauses():
            known = ", ".join(clauses())
            raise file.error(("clauses", index), f"unknown clause {shown(clause)}; the clauses are {known}")


def read_scenario(path: Path) -> Scenario:
    """Return the scenario in a file; raise InputError if the file has no valid scenario."""
    file = YamlFile(path)
    return _scenario(path.stem, file, *read_case(file))


def _scenario(name: str, file: YamlFile, program: Program, case: CaseText) -> Scenario:
    for key in ("why", "because"):
        if not getattr(case, key).strip():
            raise file.error((key,), f"a scenario needs `{key}`: a sentence")
    _check_clauses(file, case)
    if not case.clauses:
        raise file.error(("clauses",), "a scenario needs `clauses`: a list of at least one id")
    steps = program.steps
    inspecting = {number for number, step in enumerate(steps, 1) if isinstance(step, InspectFields)}
    return Scenario(
        name=name,
        why=case.why,
        because=case.because,
        clauses=case.clauses,
        under=dict(_under(file, case)),
        program=program,
        expectations=dict(_expectations(file, case, program)),
        fields={
            _step(file, "fields", key, inspecting, "that inspects fields"): _fields(text)
            for key, text in case.fields.items()
        },
        logged={
            _step(file, "logged", key, set(range(1, len(steps) + 1)), "of the program"): _level(file, key, text)
            for key, text in case.logged.items()
        },
    )


def mismatch(scenario: Scenario, history: History, shows_logs: bool = True) -> str | None:
    """Return the first difference between a history and what the scenario expects, or None if there is none.

    Fields that were not seen are not compared, and neither are logs if `shows_logs` is False. The group in the route
    of a message that was sent to a group is compared only if the scenario is about `route_group`.
    """
    if history.died is not None:
        return f"step {len(history.steps) + 1}: {died_text(history.died)}"
    if len(history.steps) != len(scenario.program.steps):
        return f"the history has {len(history.steps)} steps, the program {len(scenario.program.steps)}"
    return next(_mismatches(scenario, history, shows_logs), None)


def _mismatches(scenario: Scenario, history: History, shows_logs: bool) -> Iterator[str]:
    seen = _seen_by_operation(history, () if "route_group" in scenario.under else _to_a_group(scenario.program))
    for index, (step, started) in enumerate(numbered(scenario.program), 1):
        rounds = sum(each.times for each in history.steps[index - 1]) if isinstance(step, Repeat) else 1
        for number, operation in started:
            returns = seen.pop(number, [])
            waits = sum(each.times for each in returns) < rounds
            expectation = scenario.expectations[number]
            if not expectation.met(returns, waits, index):
                what = f"operation {number} ({operation_text(operation)})"
                yield f"{what}: expected {expectation.text}, saw {expectation_form(returns, waits, index)}"
        if (fields := scenario.fields.get(index)) is not None:
            for each in history.steps[index - 1]:
                if each.fields not in (None, fields):
                    yield f"step {index}: expected {fields_text(fields)}, saw {fields_text(each.fields)}"
        if shows_logs and (level := scenario.logged.get(index)) is not None:
            highest = max((each.logged for each in history.steps[index - 1]), key=LEVELS.index, default=Level.NOTHING)
            if LEVELS.index(highest) < LEVELS.index(level):
                yield f"step {index}: expected a log entry of level {level}, saw {highest or 'nothing'}"
    for number, returns in seen.items():
        yield f"operation {number}, which is not in the program: saw {expectation_form(returns, False, 0)}"


def _to_a_group(program: Program) -> set[OperationNumber | None]:
    """Return the operations whose messages go to a group."""
    each_step = (started for _, started in numbered(program))
    return {number for started in each_step for number, each in started if isinstance(each, _TO_A_GROUP)}


def _seen_by_operation(
    history: History, regrouped: Collection[OperationNumber | None]
) -> dict[OperationNumber, list[Returns]]:
    """Return how each operation ended; the group in the route of some messages is taken as it was sent."""
    seen: dict[OperationNumber, list[Returns]] = {}
    for index, step in enumerate(history.steps, 1):
        for part in step:
            for each in part.returned:
                of_it = seen.setdefault(each.operation, [])
                outcome = each.outcome
                if isinstance(outcome, GotMessage) and outcome.sent_by in regrouped:
                    outcome = replace(outcome, changed=tuple(name for name in outcome.changed if name != "group"))
                of_it.append(Returns(index, outcome, each.ms, part.times))
    return seen


def _under(file: YamlFile, case: CaseText) -> Iterator[tuple[str, tuple[Condition, ...]]]:
    for question, answers in case.under.items():
        place = ("under", question)
        if question not in questions():
            known = ", ".join(sorted(questions()))
            raise file.error(place, f"unknown question {shown(question)}; the questions are {known}", key=True)
        texts = (answers,) if isinstance(answers, str) else answers
        if not texts:
            raise file.error(place, "an empty list of answers; the scenario would apply to no implementation")
        for text in texts:
            condition = _condition(text)
            if not questions()[question].allows(condition.least if condition.word is None else condition.word):
                known = ", ".join(questions()[question].answers)
                raise file.error(place, f"{question} has no answer {shown(text)}; its answers are {known}")
        yield question, tuple(map(_condition, texts))


def _condition(text: str) -> Condition:
    if text == NUMBER:
        return Condition()
    if _NUMBER.fullmatch(text):
        return Condition(None, int(text), int(text))
    if found := _BOUND.fullmatch(text):
        number = int(found["number"])
        return Condition(None, number) if found["bound"] == "least" else Condition(None, 0, number)
    if found := _RANGE.fullmatch(text):
        return Condition(None, int(found["least"]), int(found["most"]))
    return Condition(text)


def _expectations(file: YamlFile, case: CaseText, program: Program) -> Iterator[tuple[OperationNumber, Expectation]]:
    started = {
        str(number): (index, step, operation)
        for index, (step, operations) in enumerate(numbered(program), 1)
        for number, operation in operations
    }
    for key in case.expect:
        if key not in started:
            raise file.error(
                ("expect", key), f"no operation {shown(key)}; operations are numbered 1 to {len(started)}", key=True
            )
    makers = {int(key) for key, (_, _, each) in started.items() if type_of(each).makes_message}
    for key, (index, step, _) in started.items():
        place = ("expect", key)
        if key not in case.expect:
            raise file.error(("expect",), f"no expectation for operation {key}; every operation needs one")
        try:
            expectation = parse(case.expect[key])
            _check(expectation, index, len(program.steps), makers, step.times if isinstance(step, Repeat) else None)
        except ValueError as error:
            raise file.error(place, str(error)) from None
        yield OperationNumber(int(key)), expectation


def _check(expectation: Expectation, started_in: int, steps: int, makers: set[int], rounds: int | None) -> None:
    """Raise ValueError if no history of the program can meet the expectation."""
    for alternative in expectation.alternatives:
        if rounds is None and (len(alternative.parts) + alternative.waits != 1):
            raise ValueError("only a repeated operation can return more than once; remove `then`")
        for part in alternative.parts:
            if part.step and not started_in <= part.step <= steps:
                raise ValueError(
                    f"step {part.step} is impossible; the operation starts in step {started_in} of {steps}"
                )
            if rounds is None and part.times != 1:
                raise ValueError("only a repeated operation can return several times")
            sent_by = getattr(part.outcome, "sent_by", None)
            if sent_by is not None and sent_by not in makers:
                made = ", ".join(map(str, sorted(makers))) or "none"
                raise ValueError(f"operation {sent_by} makes no message; operations that do: {made}")


def _step(file: YamlFile, name: str, key: str, possible: set[int], which: str) -> int:
    found = {str(each): each for each in possible}.get(key)
    if found is not None:
        return found
    numbers = ", ".join(map(str, sorted(possible))) if len(possible) <= 10 else f"1 to {max(possible)}"
    problem = f"{shown(key)} is not a step {which}; such steps: {numbers or 'none'}"
    raise file.error((name, key), problem, key=True)


def _level(file: YamlFile, key: str, text: str) -> Level:
    if text not in LEVELS[1:]:
        known = ", ".join(LEVELS[1:])
        raise file.error(("logged", key), f"{shown(text)} is not a level; the levels are {known}")
    return Level(text)


def _fields(text: FieldsText) -> Fields:
    return Fields(
        channels=tuple(map(ModuleName, sorted(text.channels))),
        type_channels=tuple(
            (GroupName(group), tuple(map(ModuleName, sorted(modules))))
            for group, modules in sorted(text.type_channels.items())
        ),
        anon_channels=tuple(map(MessageId, sorted(text.anon_channels))),
        modules=_pairs(text.modules),
        disabled_modules=_pairs(text.disabled_modules),
    )


def _pairs(implementations: Mapping[str, str]) -> tuple[tuple[ModuleName, str], ...]:
    return tuple((ModuleName(name), text) for name, text in sorted(implementations.items()))
