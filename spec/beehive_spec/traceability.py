"""Which moves of the model cite which clause, and what is drawn from each sentence of the documents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from beehive_spec.chapters import Chapter, Citation
from beehive_spec.document import SECTIONS
from beehive_spec.rules import Rules


class CitingMove(NamedTuple):
    """One move that cites a clause: the operation, the place where it starts, and its name."""

    operation: str
    place: str
    move: str

    def __str__(self) -> str:
        return f"{self.operation}/{self.place}: {self.move}"


def citing_moves(rules: Rules) -> Mapping[str, tuple[CitingMove, ...]]:
    """Return the moves that cite each clause, in the order of the rules; clauses that no move cites are left out."""
    found: dict[str, list[CitingMove]] = {}
    for (operation, place), moves in rules.items():
        for move in moves:
            for clause in move.clauses:
                found.setdefault(clause, []).append(CitingMove(operation, place, move.name))
    return {clause: tuple(moves) for clause, moves in found.items()}


def drawn_from(chapters: Iterable[Chapter]) -> Mapping[Citation, tuple[str, ...]]:
    """Return for each sentence, in the order of the documents, what is drawn from it.

    These are ids of clauses and disputes and names of questions. A sentence that is only descriptive has none.
    """
    found: dict[Citation, list[str]] = {}
    for chapter in chapters:
        named = (
            *((each.id, each.sources) for each in chapter.clauses),
            *((each.name, each.sources) for each in chapter.questions),
            *((each.id, each.sources) for each in chapter.disputes),
        )
        for name, sources in named:
            for source in sources:
                found.setdefault(source, []).append(name)
        for source in (source for each in chapter.descriptive for source in each.sources):
            found.setdefault(source, [])
    order = {section: number for number, section in enumerate(SECTIONS.values())}
    return {
        source: tuple(found[source]) for source in sorted(found, key=lambda each: (order[each.section], *each[1:]))
    }
