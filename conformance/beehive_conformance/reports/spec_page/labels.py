"""Places the names of moves beside their curves, so that no name covers another one or a box."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from typing import NamedTuple

CHARACTERS = 10
"""The characters of a line; longer names are broken."""
CHARACTER_WIDTH, LINE_HEIGHT = 6.0, 11.5
"""Pixels of a line in the drawing; the width is an average for names in lower case."""
PADDING = 1.0


class LabelPoint(NamedTuple):
    """A point at which a name may stand: the left end, the middle or the right end of its last line."""

    x: float
    y: float
    anchor: str


class Area(NamedTuple):
    """A rectangle."""

    left: float
    top: float
    right: float
    bottom: float

    def shared_with(self, other: Area) -> float:
        """Return the size of what two rectangles have in common."""
        width = min(self.right, other.right) - max(self.left, other.left)
        height = min(self.bottom, other.bottom) - max(self.top, other.top)
        return max(0.0, width) * max(0.0, height)


def lines_of(label: str) -> tuple[str, ...]:
    """Return the lines in which a name is written."""
    return tuple(textwrap.wrap(label, CHARACTERS, break_long_words=False))


def area_of(lines: Sequence[str], spot: LabelPoint) -> Area:
    """Return what a name covers at a point."""
    width = max(map(len, lines)) * CHARACTER_WIDTH
    left = {"start": spot.x, "middle": spot.x - width / 2, "end": spot.x - width}[spot.anchor]
    top = spot.y - LINE_HEIGHT * len(lines)
    return Area(left - PADDING, top, left + width + PADDING, spot.y + PADDING)


def place_labels(
    labels: Sequence[tuple[Sequence[str], Sequence[LabelPoint]]], boxes: Iterable[Area]
) -> tuple[LabelPoint, ...]:
    """Return the point at which each name stands, given its lines and the points that it may have.

    Of its points it has the first that is free, or the one where it covers least. Names with few points come first.
    """
    taken = list(boxes)
    chosen: dict[int, LabelPoint] = {}
    for number in sorted(range(len(labels)), key=lambda each: len(labels[each][1])):
        lines, spots = labels[number]
        if not lines:
            chosen[number] = spots[0]
            continue
        covered = [sum(area_of(lines, spot).shared_with(each) for each in taken) for spot in spots]
        chosen[number] = spots[covered.index(min(covered))]
        taken.append(area_of(lines, chosen[number]))
    return tuple(chosen[number] for number in range(len(labels)))
