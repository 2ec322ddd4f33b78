"""The form of the spec as JSON: one document for programs, with the ids and texts that the page shows."""

from __future__ import annotations

from enum import StrEnum

import msgspec
from beehive_spec.chapters import Sure

DATA_FORMAT = 1
"""The version of this format: a new number means that a key was renamed or removed, or has another meaning."""


class OperationKind(StrEnum):
    """Where an operation belongs."""

    BUS = "bus"
    OFF_BUS = "off-bus"
    AUXILIARY = "auxiliary"
    """No document mentions it: programs need it, or the model. It has no parameters here."""


class _Data(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


class SourceData(_Data, frozen=True):
    """A cited sentence: its section, its number, a letter for a part of it, the hash of its text, and a link."""

    section: str
    number: int
    letter: str
    hash: str
    url: str


class ClauseData(_Data, frozen=True):
    """One clause; `untested` says why it cannot be tested, and is empty if it can. `open` are names of questions."""

    id: str
    sentence: str
    sure: Sure
    sources: tuple[SourceData, ...]
    open: tuple[str, ...]
    why: str
    untested: str


class AnswerData(_Data, frozen=True):
    """One answer to a question, with its marks; the answer `number` stands for every number that is not negative."""

    answer: str
    meaning: str
    literal: bool
    loses_messages: bool


class QuestionData(_Data, frozen=True):
    """One question; it is void in each case of `void_if`: one of the answers listed for each other question."""

    name: str
    sentence: str
    sources: tuple[SourceData, ...]
    answers: tuple[AnswerData, ...]
    void_if: tuple[dict[str, tuple[str, ...]], ...]


class UnspecifiedData(_Data, frozen=True):
    """One line on what may differ each time; its id is the hash of its text."""

    id: str
    text: str


class DisputeData(_Data, frozen=True):
    """One dispute, with the interpretation that the model follows."""

    id: str
    text: str
    sources: tuple[SourceData, ...]


class DescriptiveData(_Data, frozen=True):
    """Sentences that require nothing, and why."""

    sources: tuple[SourceData, ...]
    why: str


class ChapterData(_Data, frozen=True):
    """One chapter."""

    title: str
    intro: str
    clauses: tuple[ClauseData, ...]
    questions: tuple[QuestionData, ...]
    unspecified: tuple[UnspecifiedData, ...]
    disputes: tuple[DisputeData, ...]
    descriptive: tuple[DescriptiveData, ...]


class ParameterData(_Data, frozen=True):
    """One parameter of an operation; `field` is its key in programs, and is empty if no program gives it."""

    name: str
    type: str
    unit: str
    meaning: str
    field: str


class ErrorData(_Data, frozen=True):
    """A reason for an error, and the question or clause that decides whether it is one.

    If `decided_by` is neither, it begins with `unspecified`: the error may be reported or not, each time.

    `kinds` has the answers to the question that lead to an error, each with the kinds that it may have. Otherwise
    it has one entry, for the empty answer.
    """

    when: str
    decided_by: str
    kinds: dict[str, tuple[str, ...]]


class MoveData(_Data, frozen=True):
    """One move of an operation: where it starts, where it may lead, what it does, and the clauses that it follows.

    `questions` are those whose answers decide what it does and where it leads.
    """

    place: str
    name: str
    next: tuple[str, ...]
    does: str
    clauses: tuple[str, ...]
    questions: tuple[str, ...]


class OperationData(_Data, frozen=True):
    """One operation, with the moves of its diagram."""

    name: str
    kind: OperationKind
    parameters: tuple[ParameterData, ...]
    returns: str
    errors: tuple[ErrorData, ...]
    note: str
    moves: tuple[MoveData, ...]


class MessagePartData(_Data, frozen=True):
    """One part of a message."""

    name: str
    within: str
    type: str
    unit: str
    meaning: str
    set_by: str
    clauses: tuple[str, ...]


class DecisionData(_Data, frozen=True):
    """The answer of one implementation; if its answers to other questions make this one void, `void` has them."""

    answer: str
    meaning: str
    departs_from_the_letter: bool
    loses_messages: bool
    void: dict[str, str]


class ImplementationData(_Data, frozen=True):
    """One implementation: its name, what its answers decide, by question, and which clauses it is known to break."""

    target: str
    decisions: dict[str, DecisionData]
    broken: tuple[str, ...]


class SpecData(_Data, frozen=True):
    """The whole spec.

    `format` is the version of this format, and `version` that of the spec. `digest` is a hash of everything else but
    `implementation`, so it tells two specs apart. `document` is the address of the public page with the sentences.
    """

    format: int
    version: int
    digest: str
    document: str
    chapters: tuple[ChapterData, ...]
    operations: tuple[OperationData, ...]
    message_parts: tuple[MessagePartData, ...]
    places: dict[str, str]
    implementation: ImplementationData | None = None
