"""What the documents say about the past: git agrees, as far as it can tell, and what they cite is there."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from beehive_conformance.deviations import OVERLAYS
from beehive_conformance.deviations.baselines import baselines
from beehive_conformance.scenarios.scenario import load_scenarios
from beehive_spec.answers import Answers
from beehive_spec.chapters import clauses, disputes, questions
from sources import ROOT, tracked

VALIDATION = (ROOT / "docs" / "validation.md").read_text(encoding="utf-8")
MEASURED = "0070989"
"""The commit with the first answers and records of Go v1.13.0."""
GO = "go:v1.13.0"
RECORD = [
    path for path in tracked() if path.suffix == ".md" and (path.is_relative_to(ROOT / "docs") or path.parent == ROOT)
]


def git(*arguments: str) -> str:
    done = subprocess.run(["git", "-C", str(ROOT), *arguments], capture_output=True, text=True, check=False)
    return done.stdout if done.returncode == 0 else ""


def headings(name: str, commit: str) -> str:
    """Return the headings of the chapters at a commit that have a name, or all of them."""
    return git("grep", "-h", f"^### {name}$" if name else "^### ", commit, "--", "spec/beehive_spec/chapters")


def table(title: str) -> list[list[str]]:
    """Return the rows of the table after a text of the page on validation."""
    part = VALIDATION[VALIDATION.index(title) :]
    lines = part[part.index("\n|---") :].strip().splitlines()[1:]
    end = next((number for number, line in enumerate(lines) if not line.startswith("|")), len(lines))
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[:end]]


with_history = pytest.mark.skipif(
    not git("rev-parse", "--verify", "--quiet", f"{MEASURED}^{{commit}}"), reason="the history is not here"
)


@with_history
def test_the_clauses_that_are_younger_than_the_first_measurement_of_go_are_listed() -> None:
    then = set(
        re.findall(r"^### (\S+)$", git("grep", "-h", "^### ", MEASURED, "--", "spec/beehive_spec/chapters"), re.M)
    )
    assert "SYNC-1" in then
    rows = table("**Clauses that were not in the chapters")
    listed = [clause for names, *_ in rows for clause in names.split(", ")]
    assert sorted(listed) == sorted(set(clauses()) - then), "add the clause and today's date to docs/validation.md"


@with_history
def test_a_clause_is_new_in_the_commit_that_the_table_names() -> None:
    rows = [(names.split(", "), when) for names, when, _ in table("**Clauses that were not in the chapters")]
    committed = [(clause, when) for names, when in rows for clause in names if re.fullmatch("[0-9a-f]{7}", when)]
    assert len(committed) > 10
    for clause, commit in committed:
        assert headings(clause, commit), f"{clause} is not in {commit}"
        assert not headings(clause, f"{commit}^"), f"{clause} is older than {commit}"
    # A clause of the commit that adds its row has the date of that commit.
    others = [when for _, when in rows if not re.fullmatch("[0-9a-f]{7}", when)]
    assert [when for when in others if not re.fullmatch(r"20\d\d-\d\d-\d\d", when)] == []


def test_every_recorded_deviation_has_a_row_on_what_was_there_first() -> None:
    rows = table("**The recorded deviations of Go v1.13.0")
    assert {name.strip("`"): clause for name, clause, _ in rows} == {
        record.overlay: OVERLAYS[record.overlay].clause for record in baselines()[GO].records
    }


@with_history
@pytest.mark.parametrize("row", table("**The recorded deviations of Go v1.13.0"), ids=lambda row: row[0])
def test_a_clause_that_was_there_before_its_deviation_is_in_the_chapters_of_that_time(row: list[str]) -> None:
    _, clause, order = row
    is_there = bool(headings(clause, MEASURED))
    assert order.startswith(("before", "after", "not visible"))
    assert is_there == (not order.startswith("after"))


@with_history
def test_every_commit_that_a_document_names_is_in_the_history() -> None:
    named = {
        (path.name, name)
        for path in RECORD
        for name in re.findall(r"(?<![\w-])(?=[0-9a-f]*[0-9])[0-9a-f]{7}(?![\w-])", path.read_text(encoding="utf-8"))
    }
    assert ("validation.md", MEASURED) in named
    head = git("rev-parse", "HEAD").strip()
    assert [pair for pair in sorted(named) if git("merge-base", pair[1], head)[:7] != pair[1]] == []


def test_every_section_with_figures_names_the_commits_that_they_belong_to() -> None:
    sections = re.findall(r"^## (.+)\n((?:(?!## ).*\n)+)", VALIDATION, re.MULTILINE)
    assert len(sections) > 6
    bare = [title for title, text in sections if not re.search(r"\b(?=[0-9a-f]*[0-9])[0-9a-f]{7}\b", text)]
    assert bare == ["What the suite cannot detect"]


def test_every_table_of_runs_names_a_command_and_a_commit_in_each_row() -> None:
    tables = re.findall(r"^\|.* command \|.*\n\|[-|]+\n((?:\|.*\n)+)", VALIDATION, re.MULTILINE)
    rows = [line for rows in tables for line in rows.splitlines()]
    assert len(rows) > 15
    assert [row for row in rows if not re.fullmatch(r"\|.* \| [0-9a-f]{7} \|", row)] == []
    assert [row for row in rows if "`" not in row and "seeded generator" not in row] == []


@pytest.mark.parametrize("path", RECORD, ids=lambda path: path.name)
def test_clauses_that_a_document_cites_exist(path: Path) -> None:
    known = {*clauses(), *(each.id for each in disputes())}
    text = path.read_text(encoding="utf-8")
    areas = {each.partition("-")[0] for each in known}
    cited = {each for each in re.findall(r"\b([A-Z]+-[1-9][0-9]*)\b", text) if each.partition("-")[0] in areas}
    assert [each for each in sorted(cited) if each not in known] == []


def test_what_the_page_on_validation_names_in_code_is_there() -> None:
    named = set(re.findall(r"`([a-z]+(?:_[a-z]+)+)`", VALIDATION))
    scenarios = {each.name for each in load_scenarios()}
    assert "broadcast_comes_before_a_later_send" in named
    packages = {"beehive_spec", "beehive_conformance", "beehive_go"}
    answers = {answer for question in questions().values() for answer in question.answers}
    assert named - {*OVERLAYS, *Answers._fields, *scenarios, *packages, *answers} == set()
