"""One word for each thing: the names that the plan gives, and no second name for the same thing."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from typing import get_args

import pytest
from beehive_conformance.checking.judge import VerdictKind
from beehive_spec.vocabulary import ErrorKind, Operation, Sleep
from sources import ROOT, Module, modules, tracked

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
OFF_BUS = ["make_message", "make_response", "start", "register"]
SECOND_NAMES = {
    "trace": "history",
    "transcript": "history",
    "testcase": "program",
    "opcode": "operation",
    "actor": "client",
    "oracle": "automaton",
    "requirement": "clause",
    "nap": "sleep",
    "naps": "sleep",
    "world": "symbolic state",
    "aside": "off-bus",
    "beside": "off-bus",
    "untold": "ambiguity",
    "accusation": "failure signature",
    "catch": "finding",
    "bench": "harness",
    "benches": "harness",
    "hits": "affects",
    "brought": "introduced",
    "freedom": "unspecified, or what is allowed",
    "letters": "steps of an alphabet",
}
"""Words that would be a second name, each with the one that the project uses; docs/glossary.md explains those."""
SECOND_PHRASES = {
    r"can(not)? be had|\bhad here": "available, unavailable",
    r"\bbrought\b": "introduced",
    r"the documents themselves": "defects in the documentation",
    r"\blook(s|ed)? at (the )?fields": "inspect fields",
    r"is a stranger's": "unrelated",
    r"\baccus(e|ation)": "failure signature",
}
"""Phrases that are not written in texts either, each with what is said instead."""
TERMS = [
    "operation",
    "step",
    "program",
    "client",
    "settle",
    "history",
    "outcome",
    "bounded-exhaustive programs",
    "symbolic state",
    "off-bus operation",
    "clause",
    "question",
    "answer",
    "dispute",
    "deviation",
    "overlay",
    "record",
    "baseline",
    "ambiguity",
    "verdict",
    "failure signature",
    "finding",
    "harness",
    "harness pool",
    "schedule",
    "compare",
    "affects",
    "timeline",
    "reply",
]
"""The words of the project: each has one meaning, which the glossary gives."""
GLOSSARY = ROOT / "docs" / "glossary.md"
DATED = (ROOT / "docs" / "reviews", ROOT / "docs" / "decisions", ROOT / "CHANGELOG.md")
"""Where texts stay as they were written."""
TEXTS = [
    path
    for path in tracked()
    if path.suffix in {".py", ".md", ".yaml", ".html", ".go", ".toml"}
    and not path.is_relative_to(ROOT / "tests")
    and not any(path.is_relative_to(folder) for folder in DATED)
]


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
    assert tags == OPERATIONS + OFF_BUS


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


def test_no_text_has_a_second_phrase_for_a_word_of_the_project() -> None:
    assert len(TEXTS) > 100
    found = {
        f"{path.relative_to(ROOT)}: {match[0]!r}: say {instead}"
        for path in TEXTS
        for phrase, instead in SECOND_PHRASES.items()
        for match in re.finditer(phrase, " ".join(path.read_text(encoding="utf-8").split()), re.IGNORECASE)
    }
    assert found == set()


def test_the_glossary_explains_each_word_once() -> None:
    rows = re.findall(r"^\| ([^|]+) \| [^|]+ \|$", GLOSSARY.read_text(encoding="utf-8"), re.MULTILINE)
    explained = Counter(word.strip() for row in rows for word in row.split(","))
    assert [word for word in TERMS if explained[word] != 1] == []


def test_the_glossary_explains_no_word_that_would_be_a_second_name() -> None:
    rows = re.findall(r"^\| ([^|]+) \| [^|]+ \|$", GLOSSARY.read_text(encoding="utf-8"), re.MULTILINE)
    words = {word for row in rows for word in re.findall(r"[a-z]+", row.lower())}
    assert words
    assert words & SECOND_NAMES.keys() == set()
