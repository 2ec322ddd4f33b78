"""`spec check` on a page of our own."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest
from beehive_conformance.commands import command_line
from beehive_spec.chapters import read_chapter
from beehive_spec.document import sentence_hash

PAGE = """Buzzing in a hive
概述
A hive is full of bees.
CleanUp
1. A bee that leaves takes nothing along.
2. Its cell is free at once.
3. Nobody misses it.
通过模块接收
• A bee waits until there is honey.
• Honey is never handed out twice.
本文分享自 our own imagination.
Nothing here is read.
"""
SECTIONS = {
    "overview": ["A hive is full of bees."],
    "clean-up": ["A bee that leaves takes nothing along.", "Its cell is free at once.", "Nobody misses it."],
    "receive": ["A bee waits until there is honey.", "Honey is never handed out twice."],
}


def source(section: str, number: int) -> str:
    return f"{section} {number} ({sentence_hash(SECTIONS[section][number - 1])})"


CHAPTER = f"""# Bees

## Clauses

### BEE-1
A bee that has left is gone, with its cell.
- source: {source("clean-up", 1)}, {source("clean-up", 2)}
- sure: stated
- tested: scenarios

### BEE-2
A bee gets honey once.
- source: {source("receive", 1)}, {source("receive", 2)}, {source("clean-up", 2)}
- sure: stated
- tested: scenarios

## Descriptive

- {source("overview", 1)}, {source("clean-up", 3)}: praise.
"""


@pytest.fixture(autouse=True)
def chapters_of_our_own(monkeypatch: pytest.MonkeyPatch) -> None:
    own = (read_chapter(CHAPTER, "bees.md"),)
    # By its name alone, the module is hidden behind the command that has the same.
    monkeypatch.setattr(import_module("beehive_conformance.commands.spec"), "chapters", lambda: own)


def checked(text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, list[str]]:
    path = tmp_path / "page.txt"
    path.write_text(text, encoding="utf-8")
    code = command_line(["spec", "check", "--document", str(path)])
    return code, capsys.readouterr().out.splitlines()


def test_the_page_that_was_read_has_no_differences(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert checked(PAGE, tmp_path, capsys) == (0, ["6 sentences, 0 differences"])


def test_blanks_and_list_marks_are_no_differences(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = PAGE.replace("1. A bee", "7.  A  bee").replace("• Honey", "- Honey").replace("\nCleanUp", "\n\n  CleanUp")
    assert checked(other, tmp_path, capsys) == (0, ["6 sentences, 0 differences"])


def test_a_byte_order_mark_is_no_difference(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert checked("\ufeff" + PAGE, tmp_path, capsys) == (0, ["6 sentences, 0 differences"])


def test_one_changed_one_removed_and_one_added_sentence_are_named_and_nothing_else(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = PAGE.replace("1. A bee that leaves takes nothing along.\n", "")
    other = other.replace("until there is honey", "for an hour")
    other = other.replace("3. Nobody misses it.", "3. Nobody misses it.\n4. The queen is told.")
    assert checked(other, tmp_path, capsys) == (
        1,
        [
            "gone: clean-up 1, cited by BEE-1",
            f"new: clean-up 3 ({sentence_hash('The queen is told.')})",
            f"changed: receive 1 (now {sentence_hash('A bee waits for an hour.')}), cited by BEE-2",
            "6 sentences, 3 differences",
        ],
    )


def test_a_sentence_that_several_cite_names_all_of_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, lines = checked(PAGE.replace("free at once", "kept for a day"), tmp_path, capsys)
    assert code == 1
    assert lines[0].endswith("cited by BEE-1, BEE-2")
    assert lines[1:] == ["6 sentences, 1 differences"]
