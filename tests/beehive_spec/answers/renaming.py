"""*As with any other name*: what may be seen with an empty name is what may be seen with another one in its place."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple, TypeVar

from beehive_spec.answers import Answers
from beehive_spec.automaton import Automaton, EdgeStep
from beehive_spec.model import Model
from beehive_spec.vocabulary import Advance, Fields, Level, Together
from combinators import Property
from moments import Moment, Situation, first_moment, moments
from msgspec.structs import fields, replace

_Value = TypeVar("_Value")

ANOTHER = "another"
"""The name that replaces the empty one; no program has it."""


_MOST_SHADOWS = 1000
_SHADOWS: dict[tuple[int, tuple[str, ...]], tuple[Moment, Moment]] = {}
"""Moments with their shadows: the walk asks for those of the last few moments again and again."""


class _Sight(NamedTuple):
    ended: frozenset[tuple[int, object]]
    must_log: Level
    fields: Fields


def same_as_with_another(*parts: str) -> Property:
    """The step shows exactly what it shows if the empty names of these parts are replaced by another name."""

    def holds(situation: Situation) -> bool:
        shadow = _shadow(situation.past, parts)
        shown = {
            _sight(each)
            for each in moments(_automaton(situation.past.answers), shadow, _renamed(situation.step, parts))
        }
        return {_sight(each, parts) for each in situation.options} == shown

    return holds


@lru_cache(maxsize=4)
def _automaton(answers: Answers) -> Automaton:
    return Automaton(Model(answers))


def _shadow(moment: Moment, parts: tuple[str, ...]) -> Moment:
    """Return the moment that looks the same in the program with the other name."""
    automaton = _automaton(moment.answers)
    if moment.past is None or moment.step is None:
        return first_moment(automaton)
    known = _SHADOWS.get((id(moment), parts))
    if known is not None and known[0] is moment:
        return known[1]
    options = moments(automaton, _shadow(moment.past, parts), _renamed(moment.step, parts))
    shadow = next(option for option in options if _sight(option) == _sight(moment, parts))
    if len(_SHADOWS) > _MOST_SHADOWS:
        _SHADOWS.clear()
    _SHADOWS[id(moment), parts] = moment, shadow
    return shadow


def _sight(moment: Moment, parts: tuple[str, ...] = ()) -> _Sight:
    seen = moment.after
    if "module" in parts:
        seen = replace(
            seen,
            channels=_named(seen.channels),
            type_channels=tuple((group, _named(members)) for group, members in seen.type_channels),
            modules=_with_named_keys(seen.modules),
            disabled_modules=_with_named_keys(seen.disabled_modules),
        )
    if "group" in parts:
        seen = replace(seen, type_channels=_with_named_keys(seen.type_channels))
    if "id" in parts:
        seen = replace(seen, anon_channels=_named(seen.anon_channels))
    return _Sight(frozenset(moment.ended.items()), moment.must_log, seen)


def _named(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted(name or ANOTHER for name in names))


def _with_named_keys(pairs: tuple[tuple[str, _Value], ...]) -> tuple[tuple[str, _Value], ...]:
    return tuple(sorted((name or ANOTHER, value) for name, value in pairs))


def _renamed(step: EdgeStep, parts: tuple[str, ...]) -> EdgeStep:
    assert not isinstance(step, Together)
    if isinstance(step, Advance):
        return step
    names = [each.name for each in fields(step) if each.name in _FIELDS and _FIELDS[each.name] in parts]
    changed = {name: ANOTHER for name in names if getattr(step, name) == ""}
    if "module" in parts and hasattr(step, "enabled"):
        changed["enabled"] = tuple(name or ANOTHER for name in step.enabled)
    return replace(step, **changed)


_FIELDS = {"module": "module", "group": "group", "id": "id", "parent": "id"}
