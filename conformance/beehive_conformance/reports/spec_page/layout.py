"""Lays out a small directed graph in layers from left to right: boxes, and curves with a port each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

from beehive_conformance.reports.spec_page.labels import Area, LabelPoint, lines_of, place_labels

BOX_WIDTH, BOX_HEIGHT = 62.0, 34.0
"""Pixels; the height is the minimum, and grows with the number of curves."""
LAYER_GAP = 64.0
"""Pixels between two layers, enough for one line of the name of a move."""
PORT_GAP = 19.0
ROW_GAP = 18.0
BEND_HEIGHT = 12.0
"""Pixels for a curve in a layer that it passes."""
MARGIN = 14.0
LOOP = 30.0
"""Pixels above a box for a loop."""
SWEEPS = 12


class Edge(NamedTuple):
    """An edge with the name of its move; `is_woken` if another operation makes the move."""

    source: str
    target: str
    label: str
    is_woken: bool = False


class Box(NamedTuple):
    """A place with its centre and height."""

    place: str
    x: float
    y: float
    height: float


class Curve(NamedTuple):
    """An edge as an SVG path, with the lines of its label and the point where they stand."""

    edge: Edge
    path: str
    lines: tuple[str, ...]
    point: LabelPoint


class Drawing(NamedTuple):
    """Boxes and curves, with coordinates in pixels from the upper left corner."""

    width: float
    height: float
    boxes: tuple[Box, ...]
    curves: tuple[Curve, ...]


class _Spot(NamedTuple):
    """A place in its layer, or the point where an edge passes a layer."""

    place: str
    edge: int = -1
    layer: int = -1


def layout(places: Sequence[str], edges: Sequence[Edge], last: str) -> Drawing:
    """Return the drawing of a graph; the place `last` is in the last layer."""
    return _Layout(places, edges, last).drawing()


class _Layout:
    def __init__(self, places: Sequence[str], edges: Sequence[Edge], last: str) -> None:
        self._edges = edges
        self._places = places
        self._backward = _backward(places, edges)
        self._layer = self._layers(last)
        self._chains = {
            number: self._chain(number) for number, edge in enumerate(edges) if edge.source != edge.target
        }
        self._rows = self._ordered()
        self._height = {spot: self._height_of(spot) for row in self._rows for spot in row}
        self._y = self._heights()

    def _ends(self, number: int) -> tuple[str, str]:
        """Return the left and the right end of an edge."""
        source, target = self._edges[number][:2]
        return (target, source) if number in self._backward else (source, target)

    def _layers(self, last: str) -> dict[str, int]:
        layer = dict.fromkeys(self._places, 0)
        forward = [self._ends(n) for n, edge in enumerate(self._edges) if edge.source != edge.target]
        for _ in self._places:
            for left, right in forward:
                layer[right] = max(layer[right], layer[left] + 1)
        if last in layer:
            layer[last] = max((each for place, each in layer.items() if place != last), default=-1) + 1
        return layer

    def _chain(self, number: int) -> tuple[_Spot, ...]:
        left, right = self._ends(number)
        passed = range(self._layer[left] + 1, self._layer[right])
        return (_Spot(left), *(_Spot("", number, layer) for layer in passed), _Spot(right))

    def _neighbours(self) -> tuple[dict[_Spot, list[_Spot]], dict[_Spot, list[_Spot]]]:
        before: dict[_Spot, list[_Spot]] = {}
        after: dict[_Spot, list[_Spot]] = {}
        for chain in self._chains.values():
            for left, right in pairwise(chain):
                after.setdefault(left, []).append(right)
                before.setdefault(right, []).append(left)
        return before, after

    def _ordered(self) -> list[list[_Spot]]:
        """Return the spots of each layer from top to bottom, in an order with few crossings."""
        rows: list[list[_Spot]] = [[] for _ in range(max(self._layer.values()) + 1)]
        for place in self._places:
            rows[self._layer[place]].append(_Spot(place))
        for chain in self._chains.values():
            for spot in chain[1:-1]:
                rows[spot.layer].append(spot)
        before, after = self._neighbours()
        best, fewest = [list(row) for row in rows], self._crossings(rows)
        for sweep in range(SWEEPS):
            forth = sweep % 2 == 0
            for index in range(1, len(rows)) if forth else range(len(rows) - 2, -1, -1):
                position = {spot: n for n, spot in enumerate(rows[index - 1 if forth else index + 1])}
                near = before if forth else after
                rank = {spot: n for n, spot in enumerate(rows[index])}
                rows[index].sort(key=lambda spot: _mean([position[x] for x in near.get(spot, ())], rank[spot]))
            if (count := self._crossings(rows)) < fewest:
                best, fewest = [list(row) for row in rows], count
        return best

    def _crossings(self, rows: list[list[_Spot]]) -> int:
        place = {spot: n for row in rows for n, spot in enumerate(row)}
        count = 0
        for index in range(len(rows) - 1):
            here = set(rows[index])
            pairs = [
                (place[left], place[right])
                for chain in self._chains.values()
                for left, right in pairwise(chain)
                if left in here
            ]
            count += sum((a[0] - b[0]) * (a[1] - b[1]) < 0 for n, a in enumerate(pairs) for b in pairs[:n])
        return count

    def _height_of(self, spot: _Spot) -> float:
        if not spot.place:
            return BEND_HEIGHT
        ends = [self._ends(number) for number in self._chains]
        ports = max(sum(left == spot.place for left, _ in ends), sum(right == spot.place for _, right in ends))
        loops = LOOP if any(e.source == e.target == spot.place for e in self._edges) else 0.0
        return max(BOX_HEIGHT, PORT_GAP * ports) + loops

    def _heights(self) -> dict[_Spot, float]:
        """Return the vertical centre of each spot, near its neighbours and without overlaps."""
        before, after = self._neighbours()
        y: dict[_Spot, float] = {}
        for row in self._rows:
            self._stack(row, dict.fromkeys(row, 0.0), y)
        for sweep in range(SWEEPS):
            for row in self._rows if sweep % 2 == 0 else reversed(self._rows):
                near = {spot: [*before.get(spot, ()), *after.get(spot, ())] for spot in row}
                wished = {spot: _mean([y[x] for x in near[spot]], y[spot]) for spot in row}
                self._stack(row, wished, y)
        top = min(y[spot] - self._height[spot] / 2 for spot in y)
        return {spot: value - top + MARGIN for spot, value in y.items()}

    def _stack(self, row: Sequence[_Spot], wished: dict[_Spot, float], y: dict[_Spot, float]) -> None:
        low = float("-inf")
        for spot in row:
            half = self._height[spot] / 2
            y[spot] = max(wished[spot], low + half)
            low = y[spot] + half + ROW_GAP
        shift = sum(wished[spot] - y[spot] for spot in row) / len(row)
        for spot in row:
            y[spot] += shift

    def _x(self, layer: int) -> float:
        return MARGIN + BOX_WIDTH / 2 + layer * (BOX_WIDTH + LAYER_GAP)

    def drawing(self) -> Drawing:
        boxes = tuple(self._box(place) for place in self._places)
        left, right = self._ports(0), self._ports(-1)
        drawn = [
            self._loop(edge) if edge.source == edge.target else self._curve(number, left[number], right[number])
            for number, edge in enumerate(self._edges)
        ]
        lines = [lines_of(edge.label) for edge in self._edges]
        spots = place_labels([(each, spots) for each, (_, spots) in zip(lines, drawn, strict=True)], map(area, boxes))
        curves = zip(self._edges, [path for path, _ in drawn], lines, spots, strict=True)
        height = max(y + self._height[spot] / 2 for spot, y in self._y.items()) + MARGIN
        width = self._x(len(self._rows) - 1) + BOX_WIDTH / 2 + MARGIN
        return Drawing(width, height, boxes, tuple(Curve(*each) for each in curves))

    def _box(self, place: str) -> Box:
        spot = _Spot(place)
        loops = LOOP if any(edge.source == edge.target == place for edge in self._edges) else 0.0
        return Box(place, self._x(self._layer[place]), self._y[spot] + loops / 2, self._height[spot] - loops)

    def _ports(self, end: int) -> dict[int, float]:
        """Return the vertical position of each edge at its left end (0) or its right end (-1)."""
        found: dict[int, float] = {}
        for place in self._places:
            mine = [number for number, chain in self._chains.items() if chain[end] == _Spot(place)]
            mine.sort(key=lambda number: (self._y[self._chains[number][1 if end == 0 else -2]], number))
            middle = self._box(place).y
            for index, number in enumerate(mine):
                found[number] = middle + (index - (len(mine) - 1) / 2) * PORT_GAP
        return found

    def _curve(self, number: int, left: float, right: float) -> tuple[str, list[LabelPoint]]:
        """Return the path of an edge, and where its label may stand: near its source, or else farther on."""
        chain = self._chains[number]
        x_left = self._x(self._layer[chain[0].place]) + BOX_WIDTH / 2
        x_right = self._x(self._layer[chain[-1].place]) - BOX_WIDTH / 2
        points = [(x_left, left)]
        for spot in chain[1:-1]:
            x, y = self._x(spot.layer), self._y[spot]
            points += [(x - BOX_WIDTH / 2, y), (x + BOX_WIDTH / 2, y)]
        points.append((x_right, right))
        if number in self._backward:
            return _path(points[::-1]), _spots(points[::-1], -1)
        return _path(points), _spots(points, 1)

    def _loop(self, edge: Edge) -> tuple[str, list[LabelPoint]]:
        box = self._box(edge.source)
        top = box.y - box.height / 2
        a, b, high = box.x - 16, box.x + 16, top - LOOP
        path = f"M {a:.1f} {top:.1f} C {a - 8:.1f} {high:.1f} {b + 8:.1f} {high:.1f} {b:.1f} {top:.1f}"
        return path, [LabelPoint(box.x, top - LOOP * 0.78, "middle")]


def area(box: Box) -> Area:
    """Return what a box covers."""
    half = BOX_WIDTH / 2
    return Area(box.x - half, box.y - box.height / 2, box.x + half, box.y + box.height / 2)


def _spots(points: Sequence[tuple[float, float]], direction: int) -> list[LabelPoint]:
    """Return where the label of a curve may stand, above or below it, from its source on."""
    (x, y), (x_end, y_end) = points[0], points[-1]
    first, last = ("start", "end") if direction > 0 else ("end", "start")
    found = [LabelPoint(x + direction * 5, y - 4, first), LabelPoint(x + direction * 5, y + 12, first)]
    for (x1, y1), (x2, y2) in pairwise(points):
        for part in (0.5, 0.35, 0.65):
            at = part * part * (3 - 2 * part)
            found += [
                LabelPoint(x1 + part * (x2 - x1), y1 + at * (y2 - y1) + lift, "middle") for lift in (-4, 12, -14, 22)
            ]
    return [
        *found,
        LabelPoint(x_end - direction * 9, y_end - 4, last),
        LabelPoint(x_end - direction * 9, y_end + 12, last),
    ]


def _path(points: Sequence[tuple[float, float]]) -> str:
    """Return a smooth SVG path through points, horizontal at each of them."""
    parts = [f"M {points[0][0]:.1f} {points[0][1]:.1f}"]
    for (x1, y1), (x2, y2) in pairwise(points):
        middle = (x1 + x2) / 2
        parts.append(f"C {middle:.1f} {y1:.1f} {middle:.1f} {y2:.1f} {x2:.1f} {y2:.1f}")
    return " ".join(parts)


def _mean(values: Sequence[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise


def _backward(places: Iterable[str], edges: Sequence[Edge]) -> frozenset[int]:
    """Return the numbers of the edges that lead back to an earlier place."""
    order = {place: number for number, place in enumerate(places)}
    leaving: dict[str, list[int]] = {}
    for number in sorted(range(len(edges)), key=lambda each: (order[edges[each].target], each)):
        leaving.setdefault(edges[number].source, []).append(number)
    found: set[int] = set()
    done: set[str] = set()
    on_the_way: list[str] = []

    def visit(place: str) -> None:
        on_the_way.append(place)
        for number in leaving.get(place, ()):
            target = edges[number].target
            if target in on_the_way:
                found.add(number)
            elif target not in done:
                visit(target)
        on_the_way.pop()
        done.add(place)

    for place in order:
        if place not in done:
            visit(place)
    return frozenset(number for number in found if edges[number].source != edges[number].target)
