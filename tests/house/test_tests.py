"""The tests can fail: each reaches an assertion, and none of its assertions holds of nothing or always."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from assertions import FRUITFUL, doubts
from beehive_conformance.generation.exhaustive import alphabet_for, exhaustive_programs
from beehive_conformance.generation.random_programs import random_programs
from beehive_conformance.scenarios.scenario import load_scenarios
from beehive_spec.chapters import clauses, questions
from sources import ROOT, modules

FILES = sorted((ROOT / "tests").rglob("test_*.py"))
LOOP = """
def test_it() -> None:
    for each in {iterable}:
        assert each
"""


def found(code: str) -> list[str]:
    return [doubt.why for doubt in doubts(ast.parse(code))]


def test_what_is_taken_to_have_elements_has_some() -> None:
    found = {
        "load_scenarios": load_scenarios(),
        "clauses": clauses(),
        "questions": questions(),
        "modules": modules(),
        "random_programs": list(random_programs(0, 1)),
        "exhaustive_programs": list(exhaustive_programs(1, alphabet_for())),
    }
    assert found.keys() == FRUITFUL
    assert [name for name, elements in found.items() if not elements] == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT / "tests")))
def test_every_test_is_certain_to_check_something(path: Path) -> None:
    assert list(map(str, doubts(ast.parse(path.read_text(encoding="utf-8"))))) == []


@pytest.mark.parametrize(
    "code",
    [
        "def test_it(): work()",
        "def test_it():\n    if flag:\n        assert True is flag",
        "def test_it():\n    def inner():\n        assert flag",
        "def helper():\n    return 1\ndef test_it(): helper()",
        "def helper(items):\n    for each in items:\n        assert each\ndef test_it(): helper(found())",
        "class TestIt:\n    def test_it(self): work()",
        *(LOOP.format(iterable=each) for each in ("found()", "()", "range(0)", "shown[:2]", "zip([1], found())")),
        *(LOOP.format(iterable=each) for each in ("filter(None, [1])", "[each for each in (1, 2) if each > 2]")),
        "def test_it():\n    items = [1]\n    items = found()\n    for each in items:\n        assert each",
    ],
)
def test_a_test_that_may_check_nothing_is_found(code: str) -> None:
    assert found(code) == ["no assertion is certain to be reached"]


@pytest.mark.parametrize(
    ("condition", "why"),
    [
        ("all(each for each in found())", "all(...) of what may be empty"),
        ("all([each for each in found()])", "all(...) of what may be empty"),
        ("one and all(each for each in found())", "all(...) of what may be empty"),
        ("not any(each for each in found())", "not any(...) of what may be empty"),
        ("{each for each in found()} <= {1}", "a subset that may be empty"),
        ("value == value", "a value compared with itself"),
        ("(value, 'a message')", "a condition that always holds"),
        ("True", "a condition that always holds"),
        ("len(found()) >= 0", "a condition that always holds"),
    ],
)
def test_an_assertion_that_holds_of_nothing_or_always_is_found(condition: str, why: str) -> None:
    assert found(f"def test_it():\n    assert {condition}") == [why]


@pytest.mark.parametrize(
    "code",
    [
        "def test_it():\n    with pytest.raises(KeyError):\n        work()",
        "def test_it(mock): mock.assert_called_once()",
        "def test_it(): subprocess.run(command, check=True)",
        "def helper():\n    assert work()\ndef test_it(): helper()",
        "def test_it():\n    async def body():\n        assert work()\n    run(body())",
        "def each_place():\n    yield 1\n    assert work()\ndef test_it():\n    for each in each_place(): work(each)",
        *(
            LOOP.format(iterable=each)
            for each in ("(1, 2)", "range(3)", "enumerate([1])", "zip([1], found(), strict=True)")
        ),
        "ITEMS = [1]\n" + LOOP.format(iterable="sorted(ITEMS)"),
        "def test_it():\n    items = found()\n    assert items\n    for each in items:\n        assert each",
        "def test_it():\n    items = found()\n    assert len(items) > 3\n    assert all(each for each in items)",
        "def test_it():\n    items = found()\n    assert items == [1]\n    for each in items:\n        assert each",
    ],
)
def test_a_test_that_checks_something_is_left_alone(code: str) -> None:
    assert found(code) == []
