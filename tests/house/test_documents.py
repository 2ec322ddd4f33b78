"""The documents: every page is in the site, every decision has one form, and no link is broken."""

import re
from pathlib import Path

import pytest
import yaml
from sources import ROOT, tracked

DOCS = ROOT / "docs"
HEADINGS = ["## Context", "## Decision", "## Consequences"]


def decisions() -> list[Path]:
    return sorted((DOCS / "decisions").glob("0*.md"))


def pages() -> list[Path]:
    return [path for path in tracked() if path.suffix == ".md" and path.is_relative_to(DOCS)]


def test_there_are_pages_and_decisions() -> None:
    assert len(pages()) > 20
    assert len(decisions()) > 10


@pytest.mark.parametrize("path", decisions(), ids=lambda path: path.stem)
def test_a_decision_has_the_form_of_the_others(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert re.match(rf"# {int(path.name[:4])}\. \S", text)
    assert re.search(r"^- Status: (proposed|accepted|replaced by \d+)$", text, re.MULTILINE)
    assert re.search(r"^- Date: \d{4}-\d\d-\d\d$", text, re.MULTILINE)
    assert re.findall(r"^## .*$", text, re.MULTILINE) == HEADINGS


def test_the_list_of_decisions_names_each_once() -> None:
    listed = re.findall(r"\((0\d{3}-[^)]+\.md)\)", (DOCS / "decisions" / "README.md").read_text(encoding="utf-8"))
    assert listed == [path.name for path in decisions()]


@pytest.mark.parametrize("path", pages(), ids=lambda path: str(path.relative_to(DOCS)))
def test_a_link_leads_to_a_file(path: Path) -> None:
    text = re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    links = [link for link in re.findall(r"\]\(([^)#\s]+)", text) if "://" not in link and link != "spec.html"]
    assert [link for link in links if not (path.parent / link).exists()] == []


def test_every_page_is_in_the_navigation_of_the_site() -> None:
    config = yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))
    text = yaml.safe_dump(config["nav"])
    missing = [
        name
        for path in pages()
        if not re.match(r"decisions/0", name := path.relative_to(DOCS).as_posix())
        if name not in text
    ]
    assert missing == []
