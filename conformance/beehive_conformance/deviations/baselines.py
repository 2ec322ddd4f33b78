"""Baselines: the measured answers of recorded targets, and their known deviations."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import msgspec
from beehive_spec.answers import Answers
from beehive_spec.chapters import NUMBER, SPEC_VERSION, questions
from beehive_spec.vocabulary import Step

from beehive_conformance.deviations import OVERLAYS, OverlayName
from beehive_conformance.deviations.ambiguity import Ambiguity, AmbiguityReason
from beehive_conformance.programs.conversion import MOST_DIGITS, shown
from beehive_conformance.programs.program import Program
from beehive_conformance.programs.program_file import problems
from beehive_conformance.programs.yaml_reader import YamlFile

DEFAULT_ANSWERS = Answers()
"""The default answers of the spec, for targets that were not measured."""
NOT_ASKED = "not asked"
"""Shown as the answer if the target lacks the capability that a question is about."""
BASELINE_FORMAT = 1
"""The version of the form of a baseline file."""
_NUMBER = re.compile(f"0|[1-9][0-9]{{0,{MOST_DIGITS - 1}}}")
BASELINES_FOLDER = Path(__file__).with_name("known")


class Record(NamedTuple):
    """A known deviation of a target.

    `program` is the smallest program that shows it, `found` says how it was found, and `versions` lists the versions
    in which it was seen. If it does not show in every run, `often` says in how many of how many runs it does.
    `upstream` is the link to the discussion of it, or empty.
    """

    overlay: OverlayName
    program: Program
    found: str = ""
    versions: tuple[str, ...] = ()
    often: str = ""
    upstream: str = ""


class Baseline(NamedTuple):
    """The answers and the records of one target.

    `ambiguity` has the other answers that fit it as well. `not_asked` are questions that could not be measured, and
    `unexplained` those for which no answer fits what was observed; their answers are the defaults of the spec, and
    say nothing about the target.
    """

    target: str
    answers: Answers
    records: tuple[Record, ...]
    ambiguity: Mapping[str, tuple[Ambiguity, ...]]
    not_asked: tuple[str, ...] = ()
    unexplained: tuple[str, ...] = ()


class _RecordText(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    overlay: str
    found: str
    versions: tuple[str, ...]
    program: tuple[Step, ...]
    often: str = ""
    upstream: str = ""


class _BaselineText(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    format: int
    spec: int
    target: str
    answers: dict[str, str]
    ambiguity: dict[str, dict[str, str]] = {}
    records: tuple[_RecordText, ...] = ()
    not_asked: tuple[str, ...] = ()
    unexplained: tuple[str, ...] = ()


@cache
def baselines() -> Mapping[str, Baseline]:
    """Return the recorded baselines by the names of their targets; raises InputError naming the file and the line."""
    found = (read_baseline(path) for path in sorted(BASELINES_FOLDER.glob("*.yaml")))
    return {each.target: each for each in found}


@cache
def targets_by_record() -> Mapping[OverlayName, tuple[str, ...]]:
    """Return, for each overlay that is on record, the names of the targets that have it on record."""
    found: dict[OverlayName, list[str]] = {}
    for name, baseline in baselines().items():
        for record in baseline.records:
            found.setdefault(record.overlay, []).append(name)
    return {overlay: tuple(names) for overlay, names in found.items()}


def baseline_without_file(target: str, overlays: Sequence[OverlayName] = ()) -> Baseline:
    """Return the baseline of a target that has no file: the default answers and no records.

    With `overlays`, the answers are ones under which these deviations can be seen.
    """
    answers = DEFAULT_ANSWERS
    for name in overlays:
        answers = answers.with_answers(OVERLAYS[name].under)
    return Baseline(target, answers, (), {})


def target_of(path: Path) -> str:
    """Return the target of a baseline file, whatever its format and the version of its spec.

    Raises InputError naming the file if it is not a baseline.
    """
    file = YamlFile(path)
    match file.data:
        case {"format": str(), "spec": str(), "target": str(target), "answers": dict()}:
            return target
        case _:
            return file.convert(_BaselineText).target


def read_baseline(path: Path) -> Baseline:
    """Return the baseline in a file; raises InputError naming the file, the line and the value."""
    file = YamlFile(path)
    text = file.convert(_BaselineText)
    for name, found, due in (("format", text.format, BASELINE_FORMAT), ("spec", text.spec, SPEC_VERSION)):
        if file.is_quoted((name,)):
            raise file.error((name,), f"{shown(str(found))} in quotes; expected {due} without them")
        if found != due:
            raise file.error((name,), f"version {found} of the {name}; expected {due}: measure the answers again")
    _check_answerless(file, text)
    answers = _answers(file, text.answers, (*text.not_asked, *text.unexplained))
    ambiguity = _ambiguity(file, text.ambiguity, answers)
    records = tuple(_records(file, text.records))
    return Baseline(text.target, answers, records, ambiguity, text.not_asked, text.unexplained)


def _check_answerless(file: YamlFile, text: _BaselineText) -> None:
    for part, names in (("not_asked", text.not_asked), ("unexplained", text.unexplained)):
        for index, name in enumerate(names):
            if name not in questions() or name in text.answers:
                wrong = "has an answer" if name in text.answers else "is not a question"
                raise file.error((part, index), f"{shown(name)} {wrong}; list only unanswered questions")


def _ambiguity(
    file: YamlFile, texts: Mapping[str, Mapping[str, str]], answers: Answers
) -> Mapping[str, tuple[Ambiguity, ...]]:
    found: dict[str, tuple[Ambiguity, ...]] = {}
    for name, others in texts.items():
        if name not in questions():
            known = ", ".join(Answers._fields)
            raise file.error(("ambiguity", name), f"unknown question {shown(name)}; known: {known}", key=True)
        for answer, why in others.items():
            place = ("ambiguity", name, answer)
            if not questions()[name].allows(_answer(name, answer)) or answer == str(getattr(answers, name)):
                raise file.error(place, f"{shown(answer)} is not another answer to {name}", key=True)
            if why not in tuple(AmbiguityReason):
                raise file.error(place, f"{shown(why)} is not a reason; expected one of {', '.join(AmbiguityReason)}")
        found[name] = tuple(Ambiguity(_answer(name, answer), AmbiguityReason(why)) for answer, why in others.items())
    return found


def _answer(question: str, text: str) -> str | int:
    is_number = _NUMBER.fullmatch(text) and NUMBER in questions()[question].answers
    return int(text) if is_number else text


def _answers(file: YamlFile, texts: Mapping[str, str], answerless: Sequence[str]) -> Answers:
    given: dict[str, str | int] = {}
    for name, text in texts.items():
        place = ("answers", name)
        question = questions().get(name)
        if question is None:
            raise file.error(place, f"unknown question {shown(name)}; known: {', '.join(Answers._fields)}", key=True)
        answer = _answer(name, text)
        if isinstance(answer, int) and file.is_quoted(place):
            raise file.error(place, f"{shown(text)} in quotes; expected the number without them")
        if not question.allows(answer):
            form = f" (digits 0-9, no leading zero, at most {MOST_DIGITS})" if NUMBER in question.answers else ""
            allowed = f"{', '.join(question.answers)}{form}"
            raise file.error(place, f"{shown(text)} is not an answer to {name}; allowed: {allowed}")
        given[name] = answer
    if missing := [name for name in Answers._fields if name not in given and name not in answerless]:
        raise file.error(("answers",), f"no answer to {', '.join(missing)}; each question needs one")
    return DEFAULT_ANSWERS.with_answers(given)


def _records(file: YamlFile, texts: tuple[_RecordText, ...]) -> Iterator[Record]:
    for index, text in enumerate(texts):
        place = ("records", index)
        if text.overlay not in OVERLAYS:
            known = ", ".join(OVERLAYS)
            raise file.error((*place, "overlay"), f"unknown deviation {shown(text.overlay)}; known: {known}")
        if text.overlay in [each.overlay for each in texts[:index]]:
            raise file.error((*place, "overlay"), f"a second record of {text.overlay}; expected only one")
        program = Program(text.program)
        for problem in problems(program):
            raise file.error((*place, "program", *problem.place), problem.text)
        yield Record(OverlayName(text.overlay), program, text.found, text.versions, text.often, text.upstream)
