"""What is known of a target beforehand: its measured answers and its deviation records."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import NamedTuple

import msgspec
from beehive_spec.answers import Answers
from beehive_spec.chapters import questions
from beehive_spec.vocabulary import Step

from beehive_conformance.deviations import OVERLAYS, OverlayName
from beehive_conformance.program import Program
from beehive_conformance.yaml_file import YamlFile

FOLDER = Path(__file__).parents[1] / "deviations" / "known"
"""One file for each pinned version of an implementation."""


class Record(NamedTuple):
    """A deviation that a target is known to have, with the smallest program that shows it.

    `found` says how it was found, `versions` which versions of the implementation were seen to have it, and
    `often` in how many runs out of how many it is seen, where that is not always.
    """

    overlay: OverlayName
    program: Program
    found: str = ""
    versions: tuple[str, ...] = ()
    often: str = ""


class Known(NamedTuple):
    """Everything that is known of one target."""

    answers: Answers
    records: tuple[Record, ...]


class _RecordText(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    overlay: OverlayName
    found: str
    versions: tuple[str, ...]
    program: tuple[Step, ...]
    often: str = ""


class _KnownText(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    target: str
    answers: dict[str, str]
    records: tuple[_RecordText, ...] = ()


def known_answers(target: str) -> Answers:
    """Return the answers measured on a target; those of the reference and the model are the defaults."""
    return _all().get(target, NOTHING).answers


def known_records(target: str) -> tuple[Record, ...]:
    """Return the deviations that a target is known to have; a model with a fault has none on record."""
    return _all().get(target, NOTHING).records


NOTHING = Known(Answers(), ())


@cache
def _all() -> dict[str, Known]:
    return dict(read_known(path) for path in sorted(FOLDER.glob("*.yaml")))


def read_known(path: Path) -> tuple[str, Known]:
    """Return the target that a file is about, and what is known of it; raises InputError."""
    file = YamlFile(path)
    text = file.convert(_KnownText)
    answers: dict[str, str | int] = {}
    for name in Answers._fields:
        if name not in text.answers:
            raise file.error(("answers",), f"has no answer to {name}; every question needs one")
    for name, written in text.answers.items():
        question = questions().get(name)
        if question is None:
            raise file.error(
                ("answers", name), f"no question has this name; known: {', '.join(questions())}", key=True
            )
        answer = int(written) if written.isdecimal() else written
        if not question.allows(answer):
            raise file.error(("answers", name), f"not an allowed answer; allowed: {', '.join(question.answers)}")
        answers[name] = answer
    for place, record in enumerate(text.records):
        if record.overlay not in OVERLAYS:
            raise file.error(("records", place, "overlay"), f"no overlay has this name; known: {', '.join(OVERLAYS)}")
    records = (
        Record(each.overlay, Program(each.program), each.found, each.versions, each.often) for each in text.records
    )
    return text.target, Known(Answers(**answers), tuple(records))  # type: ignore[arg-type]  # checked one by one above
