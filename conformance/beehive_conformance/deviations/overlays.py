"""The overlays: each a way of behaving that one clause forbids, as a change of the model's rules."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from beehive_spec.answers import Answers
from beehive_spec.rules import Apply, Move, Rules
from beehive_spec.rules.modules import leave
from beehive_spec.state import Delivered, State, finish, move_to, with_process

from beehive_conformance.deviations.overlay import Hit, Overlay, OverlayName

LINGERING = 20
"""Milliseconds between leaving the maps and closing the channel, as measured on Go v1.13.0."""


def replacing(changes: dict[tuple[str, str], Apply], name: str) -> Callable[[Rules], Rules]:
    """Return a function that replaces the moves of some places by one move each."""

    def apply(rules: Rules) -> Rules:
        moves = {key: (Move(name, function, (), ()),) for key, function in changes.items()}
        return {**rules, **moves}

    return apply


def _linger(answers: Answers, state: State, pid: int) -> Iterator[State]:
    for after in leave(answers, state, pid):
        if after.processes[pid].place == "close":
            yield with_process(after, pid, after.processes[pid]._replace(place="await", timer=LINGERING))
        else:
            yield after


def _end_lingering(answers: Answers, state: State, pid: int) -> Iterator[State]:
    if state.processes[pid].timer == 0:
        yield move_to(state, pid, "close")


def _empty_message(answers: Answers, state: State, pid: int) -> Iterator[State]:
    yield finish(state, pid, Delivered(None, False))


CLEAN_UP_LINGERS = Overlay(
    OverlayName("clean_up_lingers"),
    "clean_up waits 20 ms before it closes the channel",
    "OVER-5",
    Hit.TIME_OR_TEXT,
    replacing({("clean_up", "leave"): _linger, ("clean_up", "await"): _end_lingering}, "linger"),
)
RECEIVE_RETURNS_NOTHING = Overlay(
    OverlayName("receive_returns_nothing"),
    "a receive whose module is cleaned up returns an empty message and no error",
    "RECV-4",
    Hit.CALLER,
    replacing({("receive", "shut"): _empty_message}, "return an empty message"),
)

ALL = (CLEAN_UP_LINGERS, RECEIVE_RETURNS_NOTHING)
