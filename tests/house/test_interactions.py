"""The page of combinations: no pair of operations is left out, and whatever it names is in the chapters."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from itertools import combinations_with_replacement

import pytest
from beehive_spec.chapters import chapters, clauses, disputes, questions
from sources import ROOT

TEXT = (ROOT / "docs" / "interactions.md").read_text(encoding="utf-8")
OPERATIONS = (
    "add_module",
    "add_module_group",
    "clean_up",
    "send",
    "send_to_group",
    "receive",
    "send_sync",
    "send_to_group_sync",
    "send_resp",
)
ANSWERED = re.compile(r"`[a-z_]+`|[A-Z]+-\d+|D-\d+|\*unspecified\* \([a-z ]+\)|nothing|nobody")


def rows() -> Iterator[list[str]]:
    for line in TEXT.splitlines():
        if line.startswith("| ") and not line.startswith("|---"):
            yield [cell.strip() for cell in line.strip("|").split("|")]


def test_each_pair_of_operations_is_there_once() -> None:
    pairs = Counter(first for first, *_ in rows() if first.count(", ") == 1 and first.split(", ")[0] in OPERATIONS)
    assert pairs == Counter(", ".join(pair) for pair in combinations_with_replacement(OPERATIONS, 2))


@pytest.mark.parametrize("row", [row for row in rows() if row[0] not in ("pair", "noun", "verb")], ids=lambda x: x[0])
def test_each_combination_says_what_answers_it(row: list[str]) -> None:
    if row[0].split(", ")[0] in OPERATIONS:
        assert ANSWERED.search(row[-1])
    else:
        said = [
            bool(ANSWERED.search(cell)) or cell in ("the same", "the documents give one always") for cell in row[1:]
        ]
        assert set(said) == {True}, row


def test_whatever_is_named_is_in_the_chapters() -> None:
    known = {*clauses(), *questions(), *(each.id for each in disputes())}
    assert set(re.findall(r"\b[A-Z]+-\d+\b", TEXT)) | set(re.findall(r"`([a-z_]+)`", TEXT)) <= known


def test_every_question_is_named() -> None:
    assert set(questions()) <= set(re.findall(r"`([a-z_]+)`", TEXT))


def test_what_is_unspecified_is_listed_in_the_chapter_that_is_named() -> None:
    changes = {chapter.title.lower() for chapter in chapters() if chapter.unspecified}
    named = set(re.findall(r"\*unspecified\* \(([a-z ]+)\)|\*unspecified\*, ([a-z ]+)\)", TEXT))
    titles = {"operations on modules": "module operations", "operations on messages": "message operations"}
    assert named
    assert {one or other for one, other in named} <= {titles.get(title, title) for title in changes}
