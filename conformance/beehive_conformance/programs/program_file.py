"""Reads programs from YAML files, checks the values in them, and writes programs as YAML."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, TypeAlias, assert_never

import msgspec
from beehive_spec.vocabulary import (
    Advance,
    InspectFields,
    Operation,
    Repeat,
    Start,
    Step,
    Together,
)

from beehive_conformance.programs.conversion import Place, shown
from beehive_conformance.programs.operation_table import Role, type_of
from beehive_conformance.programs.program import Program, numbered, operations
from beehive_conformance.programs.yaml_reader import YamlFile

MAX_STEPS = 5_000
MAX_TOGETHER = 8
MAX_TIMES = 1_000_000
LONGEST_TIME = 10**10
"""Milliseconds, about four months: in nanoseconds this is far below the limit of 64 bits."""
MAX_NAMES = 100
"""Names in one list of a start."""
LONGEST_TEXT = 1_000
"""Characters of a name, an id or a text."""

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*(?: [A-Za-z0-9_][A-Za-z0-9_.-]*)*")
_NOT_TEXT_ELSEWHERE = frozenset({"y", "n", "yes", "no", "true", "false", "on", "off", "null"})
"""Plain scalars that `YamlFile` reads as text and other YAML readers may not."""


class FieldsText(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Expected fields in a scenario file: the maps of the context, and the maps of registered modules."""

    channels: tuple[str, ...]
    type_channels: dict[str, tuple[str, ...]]
    anon_channels: tuple[str, ...]
    modules: dict[str, str] = {}
    disabled_modules: dict[str, str] = {}


class CaseText(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The content of a program file; only `program` is required, scenarios use the rest."""

    program: tuple[Step, ...]
    why: str = ""
    because: str = ""
    clauses: tuple[str, ...] = ()
    under: dict[str, str | tuple[str, ...]] = {}
    expect: dict[str, str] = {}
    fields: dict[str, FieldsText] = {}
    logged: dict[str, str] = {}


class Problem(NamedTuple):
    """An invalid value in a program: its place below `program`, and what is wrong with it."""

    place: Place
    text: str


def read_program(path: Path) -> Program:
    """Return the program in a YAML file; raise InputError if the file has no valid program."""
    return read_case(YamlFile(path))[0]


def read_case(file: YamlFile) -> tuple[Program, CaseText]:
    """Return the program in a file and the whole content of the file; raise InputError as `read_program` does."""
    case = file.convert(CaseText)
    program = Program(case.program)
    for problem in problems(program):
        raise file.error(("program", *problem.place), problem.text)
    return program, case


def problems(program: Program) -> Iterator[Problem]:
    """Yield every invalid value in a program, in the order of the steps."""
    count = len(program.steps)
    if not 1 <= count <= MAX_STEPS:
        yield Problem((), f"{count} steps; a program has 1 to {MAX_STEPS}")
    for index, step in enumerate(program.steps):
        match step:
            case Together():
                if not 1 <= (together := len(step.operations)) <= MAX_TOGETHER:
                    text = f"{together} operations; a together step has 1 to {MAX_TOGETHER}"
                    yield Problem((index, "operations"), text)
                for inner, operation in enumerate(step.operations):
                    yield from _problems(operation, (index, "operations", inner))
            case Repeat():
                if not 1 <= step.times <= MAX_TIMES:
                    yield Problem((index, "times"), f"{step.times} times; a repeat has 1 to {MAX_TIMES}")
                yield from _problems(step.operation, (index, "operation"))
            case Advance():
                yield from _duration_problems("ms", step.ms, (index,))
            case InspectFields():
                pass
            case _:
                yield from _problems(step, (index,))
    yield from _second_starts(program)


def _second_starts(program: Program) -> Iterator[Problem]:
    """Yield every start after the first: a process starts only once."""
    first = 0
    for index, step in enumerate(program.steps):
        for inner, operation in enumerate(operations(step)):
            if not isinstance(operation, Start):
                continue
            place: Place = (index,)
            if isinstance(step, Together):
                place = (index, "operations", inner)
            elif isinstance(step, Repeat):
                place = (index, "operation")
            if first:
                yield Problem(place, f"a second start; the process starts only once, in step {first}")
            elif isinstance(step, Repeat) and step.times > 1:
                yield Problem(place, "a repeated start; the process starts only once")
            first = first or index + 1


def _problems(operation: Operation, place: Place) -> Iterator[Problem]:
    row = type_of(operation)
    # Times come first: of several problems only the first is reported.
    for field in sorted(row.fields, key=lambda field: field not in row.times):
        value = getattr(operation, field)
        match row.fields[field]:
            case Role.DURATION:
                yield from _duration_problems(field, value, place)
            case Role.TIMEOUT:
                if not -LONGEST_TIME <= value <= LONGEST_TIME:
                    text = f"a timeout of {value} ms is not in the range {-LONGEST_TIME} to {LONGEST_TIME}"
                    yield Problem((*place, field), text)
            case Role.MODULES:
                yield from _name_problems(field, value, (*place, field))
            case Role.MODULE | Role.GROUP | Role.MESSAGE | Role.CLIENT | Role.TEXT:
                if reason := _unfit(value):
                    yield Problem((*place, field), f"{shown(value)} {reason}")
            case role:
                assert_never(role)


def _duration_problems(field: str, ms: int, place: Place) -> Iterator[Problem]:
    if not 0 <= ms <= LONGEST_TIME:
        yield Problem((*place, field), f"{ms} ms is not in the range 0 to {LONGEST_TIME}")


def _name_problems(field: str, names: Sequence[str], place: Place) -> Iterator[Problem]:
    if len(names) > MAX_NAMES:
        yield Problem(place, f"{len(names)} names; at most {MAX_NAMES} are allowed")
    for index, name in enumerate(names):
        if reason := _unfit(name):
            yield Problem((*place, index), f"{shown(name)} {reason}")
        if field == "enabled" and not name:
            yield Problem((*place, index), "an empty name; modules.yaml enables modules by name")


def _unfit(text: str) -> str:
    if len(text) > LONGEST_TEXT:
        return f"has {len(text)} characters; at most {LONGEST_TEXT} are allowed"
    if "\0" in text:
        return "contains a NUL character, which not every implementation supports"
    if any("\ud800" <= character <= "\udfff" for character in text):
        return "contains a lone surrogate, which UTF-8 cannot encode"
    return ""


def write_program(
    program: Program,
    *,
    why: str = "",
    because: str = "",
    clauses: Sequence[str] = (),
    expect: Mapping[int, str] | None = None,
) -> str:
    """Return a program as YAML that `read_program` reads, one step per line, with the operation numbers as comments.

    `expect` has the expectation of each operation by its number. Empty parts are left out.
    """
    lines = [f"{key}: {scalar(text)}" for key, text in (("why", why), ("because", because)) if text]
    if clauses:
        lines.append(f"clauses: {_flow(list(clauses))}")
    lines.append("program:")
    for step, started in numbered(program):
        first = [f"operation {number}" for number, _ in started]
        match step:
            case Together():
                lines += ["  - op: together", "    operations:"]
                lines += [
                    f"      - {_flow(_plain(each))}  # {text}"
                    for each, text in zip(operations(step), first, strict=True)
                ]
            case Repeat():
                lines.append("  - op: repeat")
                lines.append(f"    operation: {_flow(_plain(step.operation))}  # {first[0]}")
                lines.append(f"    times: {step.times}")
            case _:
                comment = f"  # {first[0]}" if first else ""
                lines.append(f"  - {_flow(_plain(step))}{comment}")
    if expect:
        lines.append("expect:")
        lines += [f"  {number}: {scalar(text)}" for number, text in sorted(expect.items())]
    return "\n".join(lines) + "\n"


_Plain: TypeAlias = "str | int | list[_Plain] | tuple[_Plain, ...] | dict[str, _Plain]"


def _plain(step: Operation | Step) -> dict[str, _Plain]:
    plain: dict[str, _Plain] = msgspec.to_builtins(step)
    client = plain.pop("client", None)
    return plain if client is None else {**plain, "client": client}


def _flow(value: _Plain) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_flow(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_flow, value)) + "]"
    return scalar(value) if isinstance(value, str) else str(value)


def inline(step: Step) -> str:
    """Return a step as YAML on one line."""
    return _flow(_plain(step))


def scalar(text: str) -> str:
    """Return a text as a YAML scalar on one line, quoted unless every YAML reader takes the bare form as text."""
    if _PLAIN.fullmatch(text) and text.lower() not in _NOT_TEXT_ELSEWHERE:
        return text
    return '"' + "".join(map(_escaped, text)) + '"'


def _escaped(character: str) -> str:
    if character in '"\\':
        return f"\\{character}"
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
