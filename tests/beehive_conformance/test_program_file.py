"""Program files: a written program is read as the same, and an invalid value is refused with its place."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest
import yaml
from beehive_conformance.errors import InputError
from beehive_conformance.programs.operation_table import OPERATIONS, Role
from beehive_conformance.programs.program import Program
from beehive_conformance.programs.program_file import (
    LONGEST_TEXT,
    LONGEST_TIME,
    MAX_NAMES,
    MAX_STEPS,
    MAX_TIMES,
    MAX_TOGETHER,
    problems,
    read_program,
    write_program,
)
from beehive_spec.vocabulary import (
    AddModule,
    Advance,
    InspectFields,
    MessageId,
    ModuleName,
    Operation,
    Receive,
    Repeat,
    Send,
    Start,
    Together,
)
from hypothesis import given, settings
from hypothesis import strategies as st

_TEXTS = (
    st.sampled_from(["", "no", "null", "~", "12:30", "edged", "a b", " a", "a ", "# a", "a: b", "*a", "'", '"', "\\"])
    | st.sampled_from(["\n", "\u2028", "\ufeff", "\x7f", "\x85", "模块", "\U0001f41d", "true", "0x1", "-", "a - b"])
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
)
_TIMES = st.integers(0, LONGEST_TIME)
_TIMEOUTS = st.integers(-LONGEST_TIME, LONGEST_TIME)


def _made(kind: type[Operation]) -> st.SearchStrategy[Operation]:
    values = {Role.TIMEOUT: _TIMEOUTS, Role.DURATION: _TIMES}
    return st.builds(kind, **{name: values.get(role, _TEXTS) for name, role in OPERATIONS[kind].fields.items()})


# A process starts once, so there is at most one start in a program.
_OPERATIONS = st.one_of([_made(kind) for kind in get_args(Operation) if kind is not Start])
_NAMES = st.lists(_TEXTS, max_size=4).map(tuple)
_STARTS = st.builds(
    Start, enabled=_NAMES.map(lambda names: tuple(filter(None, names))), modules=_NAMES, client=_TEXTS
)
_STEPS = st.one_of(
    _OPERATIONS,
    st.builds(Together, st.lists(_OPERATIONS, min_size=1, max_size=MAX_TOGETHER).map(tuple)),
    st.builds(Repeat, _OPERATIONS, st.integers(1, MAX_TIMES)),
    st.builds(Advance, _TIMES),
    st.just(InspectFields()),
)
_PROGRAMS = st.builds(
    lambda steps, starts: Program((*steps, *starts)),
    st.lists(_STEPS, min_size=1, max_size=6),
    st.lists(_STARTS, max_size=1),
)

BASE = "program:\n  - {op: add_module, module: edged}\n"


def _problem(folder: Path, text: str) -> str:
    path = folder / "x.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_program(path)
    assert "\n" not in str(caught.value)
    return str(caught.value).removeprefix(f"{path}:")


@settings(max_examples=200, deadline=None)
@given(_PROGRAMS, _TEXTS)
def test_a_program_that_was_written_is_read_as_the_same(
    tmp_path_factory: pytest.TempPathFactory, program: Program, why: str
) -> None:
    path = tmp_path_factory.getbasetemp() / "written.yaml"
    path.write_text(write_program(program, why=why), encoding="utf-8")
    assert read_program(path) == program


@settings(max_examples=100, deadline=None)
@given(_TEXTS, _TEXTS)
def test_another_reader_of_yaml_sees_the_same_texts(module: str, id: str) -> None:
    written = write_program(Program((Send(module=ModuleName(module), id=MessageId(id)),)))
    assert yaml.safe_load(written)["program"] == [{"op": "send", "module": module, "id": id}]


def test_a_program_is_written_one_step_a_line_with_the_numbers_of_its_operations() -> None:
    send = Send(module=ModuleName("no"), id=MessageId("12:30"))
    program = Program(
        (AddModule(module=ModuleName("edged")), Together((send, send)), Repeat(send, 3), InspectFields())
    )
    assert write_program(
        program, why="Why: this.", clauses=["SEND-1"], expect={1: "returned", 2: "message of 3"}
    ) == (
        'why: "Why: this."\n'
        "clauses: [SEND-1]\n"
        "program:\n"
        "  - {op: add_module, module: edged}  # operation 1\n"
        "  - op: together\n"
        "    operations:\n"
        '      - {op: send, module: "no", id: "12:30"}  # operation 2\n'
        '      - {op: send, module: "no", id: "12:30"}  # operation 3\n'
        "  - op: repeat\n"
        '    operation: {op: send, module: "no", id: "12:30"}  # operation 4\n'
        "    times: 3\n"
        "  - {op: inspect_fields}\n"
        "expect:\n"
        "  1: returned\n"
        "  2: message of 3\n"
    )


def test_a_scenario_is_a_program_file_as_well(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(f"why: x\nunder: {{capacity: [unbounded, at least 1]}}\n{BASE}expect: {{1: returned}}\n")
    assert read_program(path) == Program((AddModule(module=ModuleName("edged")),))


@pytest.mark.parametrize(
    ("step", "problem"),
    [
        (
            "{op: sendx, module: a}",
            "3:10: unknown operation 'sendx' in program[1].op; known operations: add_module, ",
        ),
        (
            "{op: send, module: a, idd: x}",
            "3:27: unknown field 'idd' in program[1]; known fields: op, module, id, client",
        ),
        ("{op: send, module: a}", "3:5: missing field 'id' in program[1]; needed: op, module, id"),
        ("{module: a}", "3:5: missing field 'op' in program[1]; needed: one of add_module, "),
        ("{op: send, module: [a], id: x}", "3:24: ['a'] in program[1].module; expected a text"),
        ("{op: advance, ms: soon}", "3:23: 'soon' in program[1].ms; expected a whole number"),
        ("{op: advance, ms: -1}", f"3:23: -1 ms is not in the range 0 to {LONGEST_TIME}"),
        ("{op: sleep, ms: 10000000001}", f"3:21: 10000000001 ms is not in the range 0 to {LONGEST_TIME}"),
        (
            "{op: send_sync, module: a, id: x, timeout: -10000000001}",
            f"3:48: a timeout of -10000000001 ms is not in the range -{LONGEST_TIME} to {LONGEST_TIME}",
        ),
        ("{op: together, operations: []}", f"3:32: 0 operations; a together step has 1 to {MAX_TOGETHER}"),
        (
            "{op: together, operations: [" + "{op: clean_up, module: a}, " * 9 + "]}",
            f"3:32: 9 operations; a together step has 1 to {MAX_TOGETHER}",
        ),
        ("{op: together, operations: [{op: inspect_fields}]}", "3:38: unknown operation 'inspect_fields'"),
        ("{op: together, operations: [{op: sleep, ms: -2}]}", f"3:49: -2 ms is not in the range 0 to {LONGEST_TIME}"),
        (
            "{op: repeat, times: 0, operation: {op: clean_up, module: a}}",
            f"3:25: 0 times; a repeat has 1 to {MAX_TIMES}",
        ),
        (
            "{op: repeat, times: 1, operation: {op: sleep, ms: -2}}",
            f"3:55: -2 ms is not in the range 0 to {LONGEST_TIME}",
        ),
        ('{op: receive, module: "\\0"}', "3:27: '\\x00' contains a NUL character"),
        ("{op: receive, module: " + "x" * 1001 + "}", f"has 1001 characters; at most {LONGEST_TEXT} are allowed"),
        ("{op: start, enabled: edged}", "3:26: 'edged' in program[1].enabled; expected a list"),
        ('{op: start, enabled: [edged, ""]}', "3:34: an empty name; modules.yaml enables modules by name"),
        ("{op: start, modules: [a, [b]]}", "3:30: ['b'] in program[1].modules[1]; expected a text"),
        ("{op: start, modules: [" + "a, " * 101 + "]}", f"3:26: 101 names; at most {MAX_NAMES} are allowed"),
        (
            "{op: start, module: a}",
            "unknown field 'module' in program[1]; known fields: op, enabled, modules, client",
        ),
        ("{op: start}\n  - {op: start}", "4:5: a second start; the process starts only once, in step 2"),
        (
            "{op: together, operations: [{op: start}, {op: start}]}",
            "3:46: a second start; the process starts only once, in step 2",
        ),
        ("{op: repeat, times: 2, operation: {op: start}}", "3:39: a repeated start; the process starts only once"),
        ("{op: make_response}", "3:5: missing field 'id' in program[1]; needed: op, id"),
        (
            "{op: register, name: a}",
            "unknown field 'name' in program[1]; known fields: op, module, implementation, client",
        ),
        ("- a", "3:5: ['a'] in program[1]; expected a mapping"),
    ],
)
def test_an_invalid_step_is_refused_with_its_place(tmp_path: Path, step: str, problem: str) -> None:
    assert problem in _problem(tmp_path, f"{BASE}  - {step}\n")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("why: x", "1:1: missing field 'program'; needed: program"),
        ("program: []", f"1:10: 0 steps; a program has 1 to {MAX_STEPS}"),
        ("program: {op: inspect_fields}", "1:10: {'op': 'inspect_fields'} in program; expected a list"),
        (f"{BASE}target: x", "3:1: unknown field 'target'; known fields: program, why, because, "),
        ("program:\n" + "  - {op: inspect_fields}\n" * 5001, f"2:3: 5001 steps; a program has 1 to {MAX_STEPS}"),
    ],
)
def test_a_file_that_is_no_program_is_refused_with_its_place(tmp_path: Path, text: str, problem: str) -> None:
    assert problem in _problem(tmp_path, text)


def test_a_lone_surrogate_is_a_problem_wherever_it_comes_from() -> None:
    (problem,) = problems(Program((Receive(module=ModuleName("\ud800")),)))
    assert problem.place == (0, "module")
    assert "UTF-8 cannot encode" in problem.text
