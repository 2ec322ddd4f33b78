"""The spec as JSON: it has a form of its own, and says what the chapters, the rules and the page say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from beehive_conformance.commands import command_line
from beehive_conformance.deviations.baselines import baselines
from beehive_conformance.reports.spec_page import data as module
from beehive_conformance.reports.spec_page.data import spec_data, spec_json, spec_schema
from beehive_conformance.reports.spec_page.schema import DATA_FORMAT, OperationKind, SpecData
from beehive_spec.chapters import SPEC_VERSION, chapters, clauses, disputes, questions
from beehive_spec.rules import RULES

GO = "go:v1.13.0"


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> bytes:
    assert command_line(["spec", "render", *arguments]) == 0
    return capsys.readouterr().out.encode()


def test_the_json_is_read_back_as_what_was_written(capsys: pytest.CaptureFixture[str]) -> None:
    text = printed(capsys, "--format", "json")
    assert text == spec_json()
    read = msgspec.json.decode(text, type=SpecData)
    assert read == spec_data()
    assert (read.format, read.version) == (DATA_FORMAT, SPEC_VERSION)


def test_every_clause_question_dispute_and_line_is_there_with_its_id() -> None:
    read = spec_data()
    assert [each.id for chapter in read.chapters for each in chapter.clauses] == list(clauses())
    assert [each.name for chapter in read.chapters for each in chapter.questions] == list(questions())
    assert [each.id for chapter in read.chapters for each in chapter.disputes] == [each.id for each in disputes()]
    lines = [line for chapter in read.chapters for line in chapter.unspecified]
    assert [line.text for line in lines] == [text for chapter in chapters() for text in chapter.unspecified]
    assert len({line.id for line in lines}) == len(lines)
    assert [len(chapter.descriptive) for chapter in read.chapters] == [len(each.descriptive) for each in chapters()]


def test_answers_have_their_marks_and_questions_their_void_cases() -> None:
    read = {each.name: each for chapter in spec_data().chapters for each in chapter.questions}
    marks = {each.answer: (each.literal, each.loses_messages) for each in read["add_again"].answers}
    assert marks == {"replaced": (True, True), "kept": (False, False), "refused": (False, False)}
    assert read["full"].void_if == ({"capacity": ("unbounded",)},)


def test_operations_have_their_moves_and_every_place_is_explained() -> None:
    read = spec_data()
    kinds = {kind: [each.name for each in read.operations if each.kind is kind] for kind in OperationKind}
    assert kinds[OperationKind.AUXILIARY] == ["sleep", "delivery"]
    assert len(kinds[OperationKind.BUS]) == 9
    moves = [(each.name, move) for each in read.operations for move in each.moves]
    assert [(name, move.place, move.name) for name, move in moves] == [
        (name, place, move.name) for (name, place), moves in RULES.items() for move in moves
    ]
    assert {place for _, move in moves for place in (move.place, *move.next)} == read.places.keys() - {"turn"}


def test_the_digest_changes_with_a_sentence_and_not_with_an_implementation(monkeypatch: pytest.MonkeyPatch) -> None:
    before = spec_data().digest
    assert spec_data(baselines()[GO]).digest == before
    (first, *others) = chapters()
    changed = first._replace(clauses=(first.clauses[0]._replace(sentence="Another one."), *first.clauses[1:]))
    monkeypatch.setattr(module, "chapters", lambda: (changed, *others))
    assert spec_data().digest != before


def test_an_implementation_has_one_decision_for_each_question(capsys: pytest.CaptureFixture[str]) -> None:
    read = msgspec.json.decode(printed(capsys, "--format", "json", "--baseline", GO), type=SpecData).implementation
    assert read is not None
    assert read.target == GO
    assert list(read.decisions) == list(questions())
    assert (read.decisions["capacity"].answer, read.decisions["capacity"].void) == ("1024", {})
    assert read.decisions["response_room"].void == {"response_full": "dropped"}
    assert "RECV-4" in read.broken
    assert spec_data().implementation is None


def test_the_schema_names_every_key_of_the_document(capsys: pytest.CaptureFixture[str]) -> None:
    assert printed(capsys, "--format", "json-schema") == spec_schema()
    schema = msgspec.json.decode(spec_schema())
    assert schema["$ref"] == "#/$defs/SpecData"
    assert set(schema["$defs"]["SpecData"]["required"]) == set(SpecData.__struct_fields__) - {"implementation"}


def without_sentence(document: dict[str, Any]) -> None:
    del document["chapters"][0]["clauses"][0]["sentence"]


def with_another_key(document: dict[str, Any]) -> None:
    document["author"] = "nobody"


@pytest.mark.parametrize("spoil", [without_sentence, with_another_key])
def test_a_document_of_another_form_is_refused(spoil: Callable[[dict[str, Any]], None]) -> None:
    document = msgspec.json.decode(spec_json())
    spoil(document)
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(msgspec.json.encode(document), type=SpecData)
