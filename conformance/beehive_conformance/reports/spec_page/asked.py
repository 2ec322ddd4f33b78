"""Which questions each move of an operation depends on, and the order in which an operation meets them.

A rule depends on a question if its source reads the answer, itself or in a function that it calls. The source is read
rather than run, because no set of programs is sure to reach every branch; a test runs the model and compares.
"""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from types import FunctionType
from typing import Any, NamedTuple

from beehive_spec.answers import Answers
from beehive_spec.chapters import Chapter, Clause, chapters, clauses, questions
from beehive_spec.rules import Move, Rules
from beehive_spec.vocabulary import OPERATION_NAMES

_NAMED = re.compile(rf"\b({'|'.join(sorted(OPERATION_NAMES.values(), key=len, reverse=True))})\b")
_OFF_BUS_SECTIONS: Mapping[str, str] = {
    "make_message": "message-format",
    "make_response": "message-format",
    "start": "registering",
    "register": "registering",
}
"""The sections on the operations that no section is named after."""


class Met(NamedTuple):
    """What an operation meets in one move: the questions that the move depends on and that none before it did.

    `further` has other questions that matter here, each with the reason: the clauses of the move that leave it open,
    or the questions of the move that it may void.
    """

    place: str
    move: str
    asked: tuple[str, ...]
    further: Mapping[str, tuple[str, ...]]


def questions_by_move(rules: Rules) -> Mapping[tuple[str, str, str], tuple[str, ...]]:
    """Return the questions that each move depends on, by its operation, its place and its name."""
    return {(*key, move.name): questions_of(move) for key, found in rules.items() for move in found}


def questions_of(move: Move[Any]) -> tuple[str, ...]:
    """Return the questions that a move depends on, those that its rule asks itself before those of its helpers."""
    depths = _depths(move.apply)
    return tuple(sorted(depths, key=lambda question: depths[question]))


def met_by(rules: Rules, operation: str) -> tuple[Met, ...]:
    """Return what an operation meets in its moves, in the order of the rules; each question is there once.

    A question is met in the move that asks it most directly, and in the first of several such moves.
    """
    moves = [(place, move) for (name, place), found in rules.items() if name == operation for move in found]
    nearest: dict[str, tuple[int, int]] = {}
    for number, (_, move) in enumerate(moves):
        for question, depth in _depths(move.apply).items():
            nearest[question] = min(nearest.get(question, (depth, number)), (depth, number))
    found: list[Met] = []
    shown = set(nearest)
    for number, (place, move) in enumerate(moves):
        asked = tuple(each for each in questions_of(move) if nearest[each][1] == number)
        further = dict(_left_open(operation, move, shown))
        for other, voided in _voiding(asked).items():
            if other not in shown and _may_be_about(other, operation):
                further.setdefault(other, voided)
        shown |= further.keys()
        if asked or further:
            found.append(Met(place, move.name, asked, further))
    return tuple(found)


def chapter_of(operation: str) -> Chapter:
    """Return the chapter that describes an operation."""
    section = _section(operation)
    return max(chapters(), key=lambda each: sum(clause.sources[0].section == section for clause in each.clauses))


def _section(operation: str) -> str:
    return _OFF_BUS_SECTIONS.get(operation, operation.replace("_", "-"))


def _left_open(operation: str, move: Move[Any], shown: set[str]) -> Mapping[str, tuple[str, ...]]:
    """Return the questions that the clauses of a move leave open, unless they are about other operations only."""
    found: dict[str, tuple[str, ...]] = {}
    for name in move.clauses:
        clause = clauses()[name]
        for question in clause.open:
            if question not in shown and (_may_be_about(question, operation) or _is_about(clause, operation)):
                found[question] = (*found.get(question, ()), name)
    return found


def _may_be_about(question: str, operation: str) -> bool:
    """Return whether a question names an operation, or none."""
    named = _NAMED.findall(questions()[question].sentence)
    return not named or operation in named


def _is_about(clause: Clause, operation: str) -> bool:
    """Return whether a clause is about an operation: it is in its chapter, and first drawn from its section."""
    return clause.sources[0].section == _section(operation) and clause in chapter_of(operation).clauses


def _voiding(asked: tuple[str, ...]) -> Mapping[str, tuple[str, ...]]:
    """Return the questions whose answers can void some of these questions, each with those."""
    found: dict[str, tuple[str, ...]] = {}
    for question in asked:
        for other in dict.fromkeys(each for case in questions()[question].void_if for each in case.given):
            found[other] = (*found.get(other, ()), question)
    return found


@cache
def _depths(function: Callable[..., object]) -> Mapping[str, int]:
    """Return each question whose answer a function reads, with the number of calls between the two."""
    found: dict[str, int] = {}
    seen: set[Callable[..., object]] = set()
    level: list[Callable[..., object]] = [function]
    depth = 0
    while level:
        for each in level:
            seen.add(each)
            for question in _read(each):
                found.setdefault(question, depth)
        level = [called for each in level for called in _called(each) if called not in seen]
        depth += 1
    return found


@cache
def _tree(function: Callable[..., object]) -> ast.Module:
    return ast.parse(textwrap.dedent(inspect.getsource(function)))


def _read(function: Callable[..., object]) -> Iterator[str]:
    """Yield the answers that a function reads itself, in the order of its source."""
    read = [node for node in ast.walk(_tree(function)) if isinstance(node, ast.Attribute) and _is_answers(node.value)]
    for node in sorted(read, key=lambda each: (each.lineno, each.col_offset)):
        if node.attr in Answers._fields:
            yield node.attr


def _is_answers(node: ast.expr) -> bool:
    return (isinstance(node, ast.Name) and node.id == "answers") or (
        isinstance(node, ast.Attribute) and node.attr == "answers"
    )


def _called(function: Callable[..., object]) -> Iterator[FunctionType]:
    known: Mapping[str, object] = getattr(function, "__globals__", {})
    for node in ast.walk(_tree(function)):
        called = known.get(node.id) if isinstance(node, ast.Name) else None
        if isinstance(called, FunctionType) and called.__module__.startswith("beehive_spec."):
            yield called
