"""The state diagram of each operation, derived from the rules of the model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from beehive_spec.rules import PASSIVE, Rules

from beehive_conformance.reports.spec_page.layout import Drawing, Edge, layout

START, END = "start", "end"
WOKEN: Mapping[str, tuple[str, ...]] = {
    "room": ("sent", "shut"),
    "listen": ("shut",),
    "await": ("got", "shut"),
    "count": ("shut",),
    "collect": ("cut",),
}
"""The places from which another operation may move a waiting one, by serving it or by closing its channel."""
WAITING = PASSIVE | {"absent", "idle", "collect"}
"""The places where an operation may wait for another one or for a timer; they are drawn dashed."""
NOTES: Mapping[str, str] = {
    "make_message": (
        "Not an operation of the bus, and not in the documents: it stands for whatever an implementation offers for"
        " making a message, and shows what was made. It sends nothing."
    ),
    "make_response": (
        "Not an operation of the bus, and not in the documents: it stands for whatever an implementation offers for"
        " making the response to a message. It sends nothing."
    ),
    "send_to_group_sync": (
        "No move ends it because a response names another parent (GSYNC-6): send_resp puts a response only where its"
        " own parent is entered."
    ),
    "start": (
        "Not an operation of the bus: it stands for the start of the process, at which modules.yaml is read and each"
        " module tries to register."
    ),
    "register": "Not an operation of the bus: one module tries to register itself with the core.",
    "sleep": (
        "Not an operation of the bus, and not in the documents: it keeps a client busy for some time, and thereby"
        " delays its next operation. Programs use it to make two events happen at the same instant."
    ),
    "delivery": (
        "Not an operation that can be called: it is a message that waits for room in the background after its"
        " send_sync or send_to_group_sync has continued without it, and that is taken back when the time is over. It"
        " begins in `room`, and its end cannot be observed. A message that is not taken back (`left`, `handed_over`)"
        " waits in the channel by itself and needs no place."
    ),
}
"""Notes that explain what the moves of a diagram do not show."""


class Transition(NamedTuple):
    """One move as the page lists it: its place, the next places, what it does, and its clauses."""

    place: str
    move: str
    next: tuple[str, ...]
    does: str
    clauses: tuple[str, ...]


class Diagram(NamedTuple):
    """One operation: its drawing, its moves, the places where it waits, and a note."""

    operation: str
    drawing: Drawing
    steps: tuple[Transition, ...]
    waiting: frozenset[str]
    note: str = ""


def diagrams(rules: Rules) -> tuple[Diagram, ...]:
    """Return the diagram of each operation, in the order of the rules."""
    return tuple(_diagram(rules, name) for name in dict.fromkeys(operation for operation, _ in rules))


def _diagram(rules: Rules, operation: str) -> Diagram:
    steps = tuple(_steps(rules, operation))
    edges = edges_of(rules, operation)
    places = {edge.source: None for edge in edges} | {edge.target: None for edge in edges}
    return Diagram(
        operation, layout(tuple(places), edges, END), steps, WAITING & places.keys(), NOTES.get(operation, "")
    )


def _steps(rules: Rules, operation: str) -> Iterator[Transition]:
    for (name, place), moves in rules.items():
        for move in moves if name == operation else ():
            does = " ".join((move.apply.__doc__ or "").split())
            yield Transition(place, move.name, move.next, does, move.clauses)


def edges_of(rules: Rules, operation: str) -> tuple[Edge, ...]:
    """Return the edges of one operation: its own moves, then the moves that other operations make for it."""
    labels: dict[tuple[str, str], list[str]] = {}
    for step in _steps(rules, operation):
        for target in step.next:
            labels.setdefault((step.place, target), []).append(step.move)
    own = [Edge(source, target, ", ".join(names)) for (source, target), names in labels.items()]
    there = {place for pair in labels for place in pair}
    woken = [
        Edge(place, target, "", is_woken=True)
        for place, targets in WOKEN.items()
        for target in targets
        if place in there and (operation, target) in rules
    ]
    return (*own, *woken)
