"""One word for each thing: the names that the plan gives, and no second name for the same thing."""

import ast
import re
from collections.abc import Iterator
from typing import get_args

import pytest
from beehive_conformance.checking.judge import VerdictKind
from beehive_spec.vocabulary import ErrorKind, Operation, Sleep
from sources import Module, modules

OPERATIONS = [
    "add_module",
    "add_module_group",
    "clean_up",
    "send",
    "send_to_group",
    "receive",
    "send_sync",
    "send_to_group_sync",
    "send_resp",
]
BESIDE_THE_BUS = ["make_message", "make_response", "start", "register"]
SECOND_NAMES = {
    "trace": "history",
    "transcript": "history",
    "testcase": "program",
    "opcode": "operation",
    "actor": "client",
    "oracle": "automaton",
    "requirement": "clause",
}
"""Words that would be a second name, each with the one that the project uses."""


def names(module: Module) -> Iterator[str]:
    for node in ast.walk(module.tree):
        match node:
            case ast.Name(id=name) | ast.arg(arg=name) | ast.Attribute(attr=name):
                yield name
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name
            case _:
                pass


def test_operations_have_the_names_of_the_documents() -> None:
    tags = [each.__struct_config__.tag for each in get_args(Operation) if each is not Sleep]
    assert tags == OPERATIONS + BESIDE_THE_BUS


def test_the_kinds_of_errors_are_closed() -> None:
    assert [str(kind) for kind in ErrorKind] == ["unknown_module", "unknown_group", "timeout", "closed", "other"]


def test_the_verdicts_are_closed() -> None:
    expected = ["conforms", "deviates", "unexplained", "inconclusive", "not judged", "died"]
    assert [str(kind) for kind in VerdictKind] == expected


@pytest.mark.parametrize("name", sorted(name for name in modules() if name.partition(".")[0] != "beehive"))
def test_nothing_has_a_second_name(name: str) -> None:
    found = {
        f"{each}: say {SECOND_NAMES[part.lower()]}"
        for each in names(modules()[name])
        for part in re.findall(r"[A-Z]?[a-z]+|[A-Z]+", each)
        if part.lower() in SECOND_NAMES
    }
    assert found == set()
