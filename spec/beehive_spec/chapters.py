"""The chapters as values: clauses, questions, disputes and descriptive sentences."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from beehive_spec.chapter_text import ChapterText, Entry
from beehive_spec.document import SECTIONS

SPEC_VERSION = 2
"""The version of the spec; a new number means that a clause, question or answer is gone or has another meaning."""
NUMBER = "number"
"""The answer that stands for every non-negative number."""


class Sure(StrEnum):
    """How certain it is that the documents mean what a clause says."""

    STATED = "stated"
    IMPLIED = "implied"
    INFERRED = "inferred"


class Citation(NamedTuple):
    """A reference to a sentence of the documents: section, number, a letter for a part of it, and its hash."""

    section: str
    number: int
    letter: str
    hash: str

    def __str__(self) -> str:
        return f"{self.section} {self.number}{self.letter}"


class Clause(NamedTuple):
    """One requirement drawn from the documents; `untested` says why it cannot be tested, and is empty if it can."""

    id: str
    sentence: str
    sources: tuple[Citation, ...]
    sure: Sure
    untested: str
    open: tuple[str, ...]
    why: str


class VoidCase(NamedTuple):
    """Answers to other questions under which a question has no meaning: one of the answers given for each of them."""

    given: Mapping[str, tuple[str, ...]]

    def __str__(self) -> str:
        return " and ".join(f"{question} is {' or '.join(answers)}" for question, answers in self.given.items())

    def applies_to(self, answers: Mapping[str, str | int]) -> bool:
        """Return whether these are the answers of an implementation."""
        return all(answers[question] in allowed for question, allowed in self.given.items())


class Question(NamedTuple):
    """A question that the documents leave open, with the answers that they allow and the meaning of each.

    Under an answer in `losing`, an operation can end without an error although its message does not reach a module,
    a group or a call for which it was sent. `literal` is the answer that follows the letter of the documents, if
    there is one; `NUMBER` stands for every number. In each of the cases in `void_if`, all answers to the question
    mean the same.
    """

    name: str
    sentence: str
    sources: tuple[Citation, ...]
    answers: Mapping[str, str]
    losing: frozenset[str] = frozenset()
    literal: str | None = None
    void_if: tuple[VoidCase, ...] = ()

    def allows(self, answer: str | int) -> bool:
        """Return whether the documents allow an answer."""
        if isinstance(answer, int):
            return NUMBER in self.answers and answer >= 0
        return answer in self.answers and answer != NUMBER

    def loses_messages(self, answer: str | int) -> bool:
        """Return whether a message can be lost under an answer, and its sender is not told."""
        return _marked(answer) in self.losing

    def departs_from_the_letter(self, answer: str | int) -> bool:
        """Return whether the documents, taken literally, give another answer."""
        return self.literal is not None and _marked(answer) != self.literal

    def void_case(self, answers: Mapping[str, str | int]) -> VoidCase | None:
        """Return why the question has no meaning under the answers to the other questions, or None if it has one."""
        return next((case for case in self.void_if if case.applies_to(answers)), None)


def _marked(answer: str | int) -> str:
    """Return the answer as the chapters define it, which is where the marks are."""
    return NUMBER if isinstance(answer, int) else answer


class Dispute(NamedTuple):
    """Sentences that contradict each other or their evident purpose, and the interpretation in the model."""

    id: str
    text: str
    sources: tuple[Citation, ...]


class Descriptive(NamedTuple):
    """Sentences that require nothing, and why."""

    sources: tuple[Citation, ...]
    why: str


class Chapter(NamedTuple):
    """One part of the documents; `unspecified` lists what may vary, and `intro` says what the part is about."""

    title: str
    clauses: tuple[Clause, ...]
    questions: tuple[Question, ...]
    unspecified: tuple[str, ...]
    disputes: tuple[Dispute, ...]
    descriptive: tuple[Descriptive, ...]
    intro: str = ""


@cache
def chapters() -> tuple[Chapter, ...]:
    """Return the chapters in their order; raises ChapterError."""
    folder = files("beehive_spec") / "chapters"
    names = sorted(each.name for each in folder.iterdir() if each.name.endswith(".md"))
    return tuple(read_chapter((folder / name).read_text(encoding="utf-8"), name) for name in names)


@cache
def clauses() -> Mapping[str, Clause]:
    """Return every clause by its id; raises ChapterError."""
    return {clause.id: clause for chapter in chapters() for clause in chapter.clauses}


@cache
def questions() -> Mapping[str, Question]:
    """Return every question by its name; raises ChapterError."""
    return {question.name: question for chapter in chapters() for question in chapter.questions}


def departing(answers: Mapping[str, str | int]) -> tuple[str, ...]:
    """Return the questions of a map whose answer in it departs from the letter of the documents."""
    return tuple(
        name
        for name, question in questions().items()
        if name in answers and question.departs_from_the_letter(answers[name])
    )


def disputes() -> tuple[Dispute, ...]:
    """Return every dispute; raises ChapterError."""
    return tuple(dispute for chapter in chapters() for dispute in chapter.disputes)


_CITED = re.compile(r"(?P<section>[a-z-]+) (?P<number>[1-9][0-9]*)(?P<letter>[a-z]?) \((?P<hash>[0-9a-f]{12})\)")
_VOID = re.compile(r"(?P<question>[a-z_]+) is (?P<answers>[a-z_]+(?: or [a-z_]+)*)")
_ANSWER = re.compile(r"answer `(?P<answer>[a-z_]+)`(?P<marks>.*)")
_MARKS = re.compile(r"(?P<literal>, literal)?(?P<loses>, loses messages)?")
_CLAUSE_ID = re.compile(r"[A-Z]+-[1-9][0-9]*")
_QUESTION_NAME = re.compile(r"[a-z][a-z_]*")
_KEYS = {
    "Clauses": re.compile("source|sure|tested|not tested|open|why"),
    "Questions": re.compile(f"source|void if|{_ANSWER.pattern}"),
    "Unspecified": None,
    "Disputes": re.compile("source"),
    "Descriptive": None,
}
"""The parts of a chapter, with the keys of their entries; the parts without keys are lists."""


class _Reader:
    def __init__(self, text: str, name: str) -> None:
        self._text = ChapterText(text, name, _KEYS)
        self.error = self._text.error

    def read(self) -> Chapter:
        text = self._text
        return Chapter(
            title=text.title(),
            clauses=tuple(self._clause(each) for each in text.entries("Clauses")),
            questions=tuple(self._question(each) for each in text.entries("Questions")),
            unspecified=tuple(line for _, line in text.bullets("Unspecified")),
            disputes=tuple(self._dispute(each) for each in text.entries("Disputes")),
            descriptive=tuple(self._descriptive(*each) for each in text.bullets("Descriptive")),
            intro=text.intro(),
        )

    def _sentence(self, entry: Entry) -> str:
        if not entry.text:
            raise self.error(entry.line, f"{entry.name} has no sentence")
        return " ".join(entry.text)

    def _sources(self, entry: Entry) -> tuple[Citation, ...]:
        if "source" not in entry.items:
            raise self.error(entry.line, f"{entry.name} has no source")
        return self._cited(*entry.items["source"])

    def _cited(self, line: int, text: str) -> tuple[Citation, ...]:
        sources: list[Citation] = []
        for each in text.split(", "):
            match = _CITED.fullmatch(each)
            if match is None:
                raise self.error(line, f"{each!r} is not a sentence; expected `section number (12 hex digits)`")
            if match["section"] not in SECTIONS.values():
                raise self.error(line, f"{match['section']!r} is not a section of the documents")
            sources.append(Citation(match["section"], int(match["number"]), match["letter"], match["hash"]))
        return tuple(sources)

    def _clause(self, entry: Entry) -> Clause:
        if not _CLAUSE_ID.fullmatch(entry.name):
            raise self.error(entry.line, f"{entry.name!r} is not the id of a clause; expected an id such as SYNC-4")
        items = entry.items
        line, sure = items.get("sure", (entry.line, ""))
        if sure not in tuple(Sure):
            raise self.error(line, f"`sure` of {entry.name} is {sure!r}; expected one of {', '.join(Sure)}")
        if ("tested" in items) == ("not tested" in items):
            raise self.error(entry.line, f"{entry.name} needs either `tested` or `not tested`")
        return Clause(
            id=entry.name,
            sentence=self._sentence(entry),
            sources=self._sources(entry),
            sure=Sure(sure),
            untested=items.get("not tested", (0, ""))[1],
            open=tuple(items["open"][1].split(", ")) if "open" in items else (),
            why=items.get("why", (0, ""))[1],
        )

    def _question(self, entry: Entry) -> Question:
        if not _QUESTION_NAME.fullmatch(entry.name):
            raise self.error(entry.line, f"{entry.name!r} is not the name of a question")
        answers: dict[str, str] = {}
        losing: set[str] = set()
        literal: str | None = None
        for key, (line, meaning) in entry.items.items():
            if (match := _ANSWER.fullmatch(key)) is None:
                continue
            answer = match["answer"]
            if (marks := _MARKS.fullmatch(match["marks"])) is None:
                what = f"unknown mark of the answer {answer!r} of {entry.name}: {match['marks'].removeprefix(', ')!r}"
                raise self.error(line, f"{what}; the marks are `literal` and `loses messages`, in this order")
            if answer in answers:
                raise self.error(line, f"the answer {answer!r} of {entry.name} is defined twice")
            answers[answer] = meaning
            if marks["loses"]:
                losing.add(answer)
            if marks["literal"]:
                if literal is not None:
                    raise self.error(line, f"{entry.name} has two literal answers, {literal!r} and {answer!r}")
                literal = answer
        if not answers:
            raise self.error(entry.line, f"the question {entry.name} has no answers")
        return Question(
            entry.name,
            self._sentence(entry),
            self._sources(entry),
            answers,
            frozenset(losing),
            literal,
            tuple(self._void_cases(entry)),
        )

    def _void_cases(self, entry: Entry) -> Iterator[VoidCase]:
        line, text = entry.items.get("void if", (entry.line, ""))
        for case in text.split("; ") if text else ():
            given: dict[str, tuple[str, ...]] = {}
            for each in case.split(" and "):
                match = _VOID.fullmatch(each)
                if match is None or match["question"] in given or match["question"] == entry.name:
                    raise self.error(line, f"{each!r} is not a condition; expected `question is answer or answer`")
                given[match["question"]] = tuple(match["answers"].split(" or "))
            yield VoidCase(given)

    def _dispute(self, entry: Entry) -> Dispute:
        return Dispute(entry.name, self._sentence(entry), self._sources(entry))

    def _descriptive(self, line: int, text: str) -> Descriptive:
        sources, found, why = text.partition(": ")
        if not found:
            raise self.error(line, "expected sentences, a colon, and why they require nothing")
        return Descriptive(self._cited(line, sources), why)


def read_chapter(text: str, name: str) -> Chapter:
    """Read one chapter from Markdown; errors call the file `name`. Raises ChapterError."""
    return _Reader(text, name).read()
