"""Which moves of the model name which clause."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from beehive_spec.rules import Rules


class Citing(NamedTuple):
    """One move that names a clause: the operation, the place from which it goes, and its name."""

    operation: str
    place: str
    move: str

    def __str__(self) -> str:
        return f"{self.operation}/{self.place}: {self.move}"


def citing_moves(rules: Rules) -> Mapping[str, tuple[Citing, ...]]:
    """Return the moves that name each clause, in the order of the rules; clauses that none names are left out."""
    found: dict[str, list[Citing]] = {}
    for (operation, place), moves in rules.items():
        for move in moves:
            for clause in move.clauses:
                found.setdefault(clause, []).append(Citing(operation, place, move.name))
    return {clause: tuple(moves) for clause, moves in found.items()}
