"""The spec as a page: it stands by itself, everything it links is on it, and nothing of the spec is missing."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from html.parser import HTMLParser
from pathlib import Path

import msgspec
import pytest
from beehive_conformance.commands import command_line
from beehive_conformance.deviations.baselines import BASELINES_FOLDER, baselines
from beehive_conformance.reports.spec_page import page as module
from beehive_conformance.reports.spec_page.decisions import decisions, void_cases
from beehive_conformance.reports.spec_page.document_links import ANCHORS, DOCUMENT_URL, citation_url
from beehive_conformance.reports.spec_page.page import REFERENCE, answers_shown, marks, slug, spec_page
from beehive_spec.chapters import Question, chapters, clauses, disputes, questions
from beehive_spec.document import SECTIONS
from beehive_spec.rules import RULES
from beehive_spec.traceability import drawn_from
from beehive_spec.vocabulary import ErrorKind

GO = "go:v1.13.0"
ROOT = Path(__file__).resolve().parents[2]
UNBOUNDED = "capacity is unbounded"
COUNT = {7: "seven", 8: "eight", 9: "nine", 10: "ten"}
VOID = {"meta", "link", "br", "hr", "img"}
HEADINGS = ("h1", "h2", "h3", "h4")


class Reader(HTMLParser):
    """Collects elements, ids and links, and insists that every element is closed in its turn."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.attributes: set[str] = set()
        self.text: list[str] = []
        self.headings: list[int] = []
        self.scopes: list[str | None] = []
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        if tag in HEADINGS:
            self.headings.append(HEADINGS.index(tag))
        if tag == "th":
            self.scopes.append(dict(attrs).get("scope"))
        for name, value in attrs:
            self.attributes.add(name)
            if name == "id":
                self.ids.append(value or "")
            if name in ("href", "src"):
                self.links.append(value or "")
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag, self.getpos()

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def close(self) -> None:
        super().close()
        assert self._open == []


@pytest.fixture(scope="module")
def page() -> str:
    return spec_page()


@pytest.fixture(scope="module")
def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    reader.close()
    return reader


def test_every_anchor_is_there_once_and_every_link_leads_to_one(read: Reader) -> None:
    assert [name for name, count in Counter(read.ids).items() if count > 1] == []
    inside = {link[1:] for link in read.links if link.startswith("#")}
    assert inside
    assert inside <= set(read.ids)


def test_citations_link_to_their_section_of_the_public_page_and_nothing_else_leaves_the_page(read: Reader) -> None:
    outside = Counter(link for link in read.links if not link.startswith("#"))
    assert set(outside) == {DOCUMENT_URL, *(citation_url(each) for each in drawn_from(chapters()))}
    assert outside[citation_url(questions()["full"].sources[0])] > 1


def test_every_section_of_the_documents_has_an_anchor() -> None:
    assert set(ANCHORS) == set(SECTIONS.values())


def test_headings_are_nested_and_every_header_of_a_table_says_what_it_heads(read: Reader) -> None:
    assert read.headings[:2] == [1, 1], "the contents come first"
    assert read.headings.count(0) == 1
    start = read.headings.index(0)
    steps = zip(read.headings[start:], read.headings[start + 1 :], strict=False)
    assert [(before, after) for before, after in steps if after > before + 1] == []
    assert set(read.scopes) == {"col", "colgroup"}


def test_every_table_has_a_row_of_headers(page: str) -> None:
    tables = re.findall(r"<table[^>]*>\s*(.{14})", page)
    assert len(tables) > 20
    assert set(tables) == {"<tr><th scope="}


def test_clauses_questions_disputes_chapters_and_operations_have_stable_anchors(read: Reader) -> None:
    expected = {
        *clauses(),
        *questions(),
        *(each.id for each in disputes()),
        *(slug(each.title) for each in chapters()),
        *(f"op-{operation}" for operation, _ in RULES),
    }
    assert expected <= set(read.ids)


def test_the_page_needs_no_other_file_and_no_scripts(page: str, read: Reader) -> None:
    assert read.tags["script"] == read.tags["link"] == read.tags["img"] == 0
    assert "url(" not in page.replace("url(#arrow)", "")
    assert "@import" not in page
    assert not {name for name in read.attributes if name.startswith("on")}
    assert "prefers-color-scheme: dark" in page


def test_every_sentence_of_ours_is_on_the_page(read: Reader) -> None:
    text = " ".join("".join(read.text).split())
    sentences = [
        *(each.sentence for each in clauses().values()),
        *(each.sentence for each in questions().values()),
        *(meaning for each in questions().values() for meaning in each.answers.values()),
        *(each.text for each in disputes()),
        *(each.intro for each in chapters()),
        *(each for chapter in chapters() for each in chapter.unspecified),
    ]
    assert [each for each in sentences if each.replace("`", "") not in text] == []


def test_every_question_has_one_answer_of_every_recorded_target() -> None:
    for question in questions().values():
        given = [target.partition(": ")[0] for each in answers_shown(question) for target in each.targets]
        asked = [name for name in (REFERENCE, GO) if question.name not in baselines()[name].not_asked]
        assert sorted(given) == sorted(asked)


def test_an_answer_that_loses_messages_is_marked(page: str) -> None:
    marked = [each for question in questions().values() for each in answers_shown(question) if each.loses_messages]
    assert len(marked) == sum(len(question.losing) for question in questions().values()) > 0
    assert page.count('<span class="badge bad">loses messages</span>') == len(marked)


def test_a_number_follows_the_target_that_answers_it() -> None:
    shown = {each.answer: each.targets for each in answers_shown(questions()["capacity"])}
    answers = baselines()[GO].answers
    assert answers is not None
    assert f"{GO}: {answers.capacity}" in shown["number"]


def test_an_ambiguous_answer_has_a_sign_that_says_why() -> None:
    (mark,) = marks(baselines()[GO], "receive_closed")
    assert (mark.sign, mark.others) == ("†", "unknown_module, other")
    assert "recorded fault" in mark.meaning
    assert [each.sign for each in marks(baselines()[REFERENCE], "sync_put")] == ["‡"]
    assert marks(baselines()[GO], "add_again") == ()


def test_every_sign_of_the_table_is_explained(page: str) -> None:
    table = page[page.index('id="answers"') : page.index('id="void"')]
    signs = set(re.findall(r"<sup[^>]*>(.)</sup>", table))
    assert set() < signs <= set(re.findall(r"<dt>(.)</dt>", table))


def test_ambiguous_answers_are_written_out_in_the_table(page: str) -> None:
    table = page[page.index('id="answers"') : page.index('id="void"')]
    row = next(line for line in table.splitlines() if 'href="#receive_closed"' in line)
    assert "or unknown_module, other" in row
    assert "title=" not in table


def test_every_sentence_of_the_documents_has_a_row_and_is_counted_once(page: str, read: Reader) -> None:
    table = page[page.index('id="sentences"') : page.index('id="checked"')]
    drawn = drawn_from(chapters())
    assert table.count("<tr><td>") == len(drawn)
    assert table.count("only descriptive") == sum(not names for names in drawn.values())
    assert f"{sum(bool(names) for names in drawn.values())} sentences of the documents cited" in "".join(read.text)


def test_the_words_name_every_kind_of_an_error_and_every_target(page: str) -> None:
    words = page[page.index('id="words"') : page.index('id="operations"')]
    assert [kind for kind in ErrorKind if kind.replace("_", " ") not in words] == []
    assert f"<code>{REFERENCE}</code>" in words
    assert f"<code>{GO}</code>" in words


def test_the_words_explain_what_the_page_uses_without_a_chapter(page: str) -> None:
    words = page[page.index('id="words"') : page.index('id="operations"')]
    terms = {term for each in re.findall(r"<dt>(.+?)</dt>", words) for term in each.split(", ")}
    assert terms >= {"context", "core", "modules.yaml", "deviation", "capability", "automaton", "edge", "literal"}
    assert "map of disabled modules" in words
    assert "combine freely" in words
    assert "0023-literal-answers.md" in words
    assert (ROOT / "docs" / "decisions" / "0023-literal-answers.md").is_file()


def test_the_cases_of_a_void_question_are_joined_without_adding_or_losing_one() -> None:
    def pairs(given: Mapping[str, tuple[str, ...]]) -> frozenset[tuple[str, tuple[str, ...]]]:
        return frozenset(given.items())

    joined = {name: void_cases(each) for name, each in questions().items() if each.void_if}
    assert any(len(each.first) > 1 and len(each.second) > 1 for cases in joined.values() for each in cases)
    for name, cases in joined.items():
        written = [
            pairs(first) | pairs(second) for each in cases for first in each.first or ({},) for second in each.second
        ]
        assert sorted(map(sorted, written)) == sorted(sorted(pairs(case.given)) for case in questions()[name].void_if)


def test_the_cases_of_a_void_question_stand_once_on_the_page(page: str, read: Reader) -> None:
    void = [name for name, each in questions().items() if each.void_if]
    assert [each for each in read.ids if each.startswith("void-")] == [f"void-{name}" for name in void]
    assert [name for name in void if f'href="#void-{name}"' not in article(page, name)] == []


def test_disputes_stand_in_the_order_of_their_numbers(page: str) -> None:
    found = [int(number) for number in re.findall(r'<article id="D-(\d+)">', page)]
    assert found == list(range(1, len(disputes()) + 1))


def test_the_matrix_has_a_row_for_each_clause(page: str) -> None:
    table = page[page.index('id="matrix"') : page.index('id="rules"')]
    assert re.findall(r'<tr><td><a href="#([A-Z]+-\d+)">', table) == sorted(
        clauses(), key=lambda each: bool(clauses()[each].untested)
    )
    assert "clean_up_lingers" in table


def test_what_no_chapter_describes_is_explained_at_its_diagram(page: str) -> None:
    for operation in ("sleep", "delivery", "make_message", "make_response", "start", "register"):
        article = page[page.index(f'<article id="op-{operation}">') :]
        assert "Not an operation" in article[: article.index("<svg")]


def test_what_a_chapter_says_is_text_and_never_markup(monkeypatch: pytest.MonkeyPatch) -> None:
    (first, *others) = chapters()
    bad = "<script>alert(1)</script> `<b>` & SEND-1"
    hostile = first._replace(clauses=(first.clauses[0]._replace(sentence=bad), *first.clauses[1:]), title="<i>")
    monkeypatch.setattr(module, "chapters", lambda: (hostile, *others))
    page = spec_page()
    assert "<script" not in page
    assert "<i>" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; <code>&lt;b&gt;</code> &amp; " in page
    assert '&amp; <a href="#SEND-1">SEND-1</a>' in page


def test_the_page_is_the_same_every_time(page: str) -> None:
    assert spec_page() == page


def test_the_page_is_written_to_a_file_or_printed(
    page: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "spec.html"
    assert command_line(["spec", "render", "--output", str(path)]) == 0
    assert path.read_text(encoding="utf-8") == page
    assert re.fullmatch(r".*spec\.html: \d+ KiB\n", capsys.readouterr().out)
    assert command_line(["spec", "render"]) == 0
    assert capsys.readouterr().out == page


def test_a_place_that_cannot_be_written_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for path, refused in ((tmp_path, tmp_path), (tmp_path / "missing" / "spec.html", tmp_path / "missing")):
        assert command_line(["spec", "render", "--output", str(path)]) == 2
        assert f"'{refused}'" in capsys.readouterr().err


def test_an_answer_that_nobody_gives_is_shown_without_a_target() -> None:
    question = Question("full", "What then?", (), {"waits": "it waits", "sings": "it sings"})
    assert [each.targets for each in answers_shown(question)] == [(REFERENCE, GO), ()]


@pytest.fixture(scope="module")
def for_go() -> str:
    return spec_page(baselines()[GO])


def article(page: str, name: str) -> str:
    part = page[page.index(f'<article id="{name}">') :]
    return part[: part.index("</article>")]


def test_the_page_for_one_implementation_says_what_its_answers_decide_at_each_clause(for_go: str) -> None:
    decided = decisions(baselines()[GO])
    stated = [
        (clause.id, name)
        for clause in clauses().values()
        for name in clause.open
        if f"<code>{decided[name].answer}</code>" in article(for_go, clause.id)
    ]
    expected = [(clause.id, name) for clause in clauses().values() for name in clause.open if not decided[name].void]
    assert [pair for pair in expected if pair not in stated] == []
    assert "ignored" in article(for_go, "SEND-1")
    assert "<dt>leaves open</dt>" not in for_go


def test_the_page_for_one_implementation_leaves_out_the_void_questions_and_says_why(for_go: str) -> None:
    void = {name: each.void for name, each in decisions(baselines()[GO]).items() if each.void}
    assert void["response_room"] == {"response_full": "dropped"}
    assert [name for name in questions() if f'<article id="{name}">' in for_go] == [
        name for name in questions() if name not in void
    ]
    section = for_go[for_go.index('id="void"') : for_go.index('id="disputes"')]
    assert re.findall(r'<tr id="([a-z_]+)">', section) == list(void)


def test_the_page_for_one_implementation_shows_one_answer_and_no_other_target(for_go: str) -> None:
    shown = article(for_go, "capacity")
    assert "<code>1024</code>" in shown
    assert "unbounded" not in shown
    assert "the implementation lacks" in article(for_go, "register_again")
    assert "departs from the letter" in article(for_go, "group_sync_look")
    assert "departs from the letter" not in article(for_go, "full")
    assert "or <code>fifo</code>; another answer allows all that was seen" in article(for_go, "receivers")
    assert 'id="answers"' not in for_go
    assert "broken by go:v1.13.0" in article(for_go, "RECV-4")


def test_the_page_for_one_implementation_lists_only_errors_that_can_occur_there(page: str, for_go: str) -> None:
    def errors(text: str, operation: str) -> list[str]:
        row = text[text.index(f'id="table-{operation}"') :]
        return re.findall(r"[(]<a href=\"#(\w+)\">", row[: row.index("</tr>")])

    assert errors(page, "send") == ["send_unknown", "full", "send_closed"]
    assert errors(for_go, "send") == []
    assert errors(page, "receive") == errors(for_go, "receive") == ["receive_unknown", "receive_closed"]
    reference = spec_page(baselines()[REFERENCE])
    assert "broadcast_empty" in errors(page, "send_to_group")
    assert errors(reference, "send_to_group") == ["broadcast_unknown"]
    assert "register_again" in errors(for_go, "register")


def test_the_page_for_one_implementation_stands_by_itself_too(for_go: str) -> None:
    reader = Reader()
    reader.feed(for_go)
    reader.close()
    assert [name for name, count in Counter(reader.ids).items() if count > 1] == []
    inside = {link[1:] for link in reader.links if link.startswith("#")}
    assert inside
    assert inside <= set(reader.ids)


def test_the_answers_of_a_baseline_file_are_rendered(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "mine.yaml"
    known = BASELINES_FOLDER / "reference.yaml"
    path.write_text(known.read_text(encoding="utf-8").replace("target: reference", "target: mine"), encoding="utf-8")
    assert command_line(["spec", "render", "--baseline", str(path)]) == 0
    assert "<h1>Beehive: what mine must do</h1>" in capsys.readouterr().out


@pytest.mark.parametrize(("spelling", "name"), [("go", GO), ("core", "core"), ("reference", "reference")])
def test_a_target_is_rendered_by_every_spelling_that_a_run_accepts(
    spelling: str, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command_line(["spec", "render", "--format", "json", "--baseline", spelling]) == 0
    assert json.loads(capsys.readouterr().out)["implementation"]["target"] == name


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["--baseline", "nobody"], "--baseline nobody: no such file, and no target: 'nobody': unknown target"),
        (["--baseline", "core", "--baseline", "model"], "--baseline model: a second baseline; the spec is rendered "),
        (["--baseline", "reference", "--format", "json-schema"], "--baseline: the schema is the same for every "),
        (["--format", "pdf"], "'pdf' is not one of 'html', 'json', 'json-schema'"),
    ],
)
def test_what_cannot_be_rendered_is_one_line(
    arguments: list[str], error: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command_line(["spec", "render", *arguments]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert error in captured.err


def test_the_guide_to_the_page_names_what_is_there(page: str, capsys: pytest.CaptureFixture[str]) -> None:
    guide = (ROOT / "docs" / "guide" / "spec-page.md").read_text(encoding="utf-8")
    unbounded = [name for name, each in questions().items() if any(str(case) == UNBOUNDED for case in each.void_if)]
    assert f"no bound, {COUNT[len(unbounded)]} questions about full channels are void" in " ".join(guide.split())
    headings = re.findall(r"^\d\. \*\*(.+?)\*\*", guide, re.MULTILINE)
    assert headings == [
        "The nine operations",
        "The chapters",
        "Questions",
        "Which question voids which",
        "Unspecified",
    ]
    assert [each for each in headings if each != "The chapters" and f">{each}" not in page] == []
    assert command_line(["spec", "render", "--format", "json"]) == 0
    assert {"digest", "version", "format"} <= msgspec.json.decode(capsys.readouterr().out).keys()
