"""What an entry about an unspecified line consists of: programs, and all the outcomes that the line leaves open."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from beehive_spec.automaton import EdgeStep
from beehive_spec.vocabulary import (
    AddModule,
    AddModuleGroup,
    CleanUp,
    Made,
    Operation,
    Send,
    SendSync,
    SendToGroup,
    SendToGroupSync,
    Sleep,
    Together,
)
from moments import Got, Moment
from msgspec.structs import replace
from table import Answer


class Shown(NamedTuple):
    """A program with the outcomes of some of its operations, and nothing else, under some answers.

    An outcome has one entry for each number in `operations`: what the operation with this number ended with, or
    `waits`. `shows` names something else that is seen.
    """

    program: tuple[EdgeStep, ...]
    operations: tuple[int, ...]
    outcomes: frozenset[tuple[str, ...]]
    answers: Mapping[str, Answer] = {}
    shows: Callable[[Moment], str] | None = None

    def of(self, moment: Moment) -> tuple[str, ...]:
        """Return the outcome that is seen at the end of a program."""
        return (
            *(_result(moment, number) for number in self.operations),
            *((self.shows(moment),) if self.shows else ()),
        )


class Line(NamedTuple):
    """An unspecified line, by its chapter and its first words; `not_shown` says what of it the model cannot show."""

    chapter: str
    begins: str
    shown: tuple[Shown, ...] = ()
    not_shown: str = ""


def _result(moment: Moment, number: int) -> str:
    if number not in moment.ended:
        return "waits"
    match moment.ended[number].result:
        case Got(sender=sender):
            return f"message of {sender}"
        case Made():
            return "made"
        case result:
            return str(result)


def shown(
    *program: EdgeStep | tuple[EdgeStep, ...],
    of: tuple[int, ...] = (),
    outcomes: set[str],
    shows: Callable[[Moment], str] | None = None,
    **answers: Answer,
) -> Shown:
    """Return a program with its outcomes, each written with commas between its entries."""
    steps = tuple(step for part in program for step in (part if isinstance(part, tuple) else (part,)))
    return Shown(steps, of, frozenset(tuple(each.split(", ")) for each in outcomes), answers, shows)


def in_turn(*operations: Operation) -> tuple[Operation, ...]:
    """One client runs the operations, each when the one before has ended."""
    return tuple(replace(operation, client="c") for operation in operations)


def together(*parts: Operation | tuple[Operation, ...]) -> Together:
    """All of these start at one instant."""
    return Together(tuple(each for part in parts for each in (part if isinstance(part, tuple) else (part,))))


def later(operation: Operation) -> Together:
    """Start the operation when 10 ms have passed, at one instant with what else happens then."""
    return together(in_turn(Sleep(ms=10), operation))


def members_of(group: str) -> Callable[[Moment], str]:
    """Show who is in a group at the end, or that it is not there."""
    return lambda moment: "+".join(dict(moment.after.type_channels).get(group, ("nobody",)))


def logs(moment: Moment) -> str:
    """Show the level that has to be logged at least; if there is none, anything may be logged or nothing."""
    return moment.must_log or "anything"


def registered(moment: Moment) -> str:
    """Show which modules are in the map of modules, and after a bar, if there are any, in that of disabled ones."""
    maps = (moment.after.modules, moment.after.disabled_modules)
    return "|".join("+".join(name for name, _ in entries) for entries in maps if entries)


def implementations(moment: Moment) -> str:
    """Show the map of modules, with the implementations."""
    return "+".join(name + implementation for name, implementation in moment.after.modules)


def made_with(moment: Moment) -> str:
    """Show the parts of the message that was made last."""
    result = [end.result for _, end in sorted(moment.ended.items()) if isinstance(end.result, Made)][-1]
    parts = (result.parent, result.source, result.group, result.operation, result.resource, result.content)
    return f"{'/'.join(parts)} at {result.timestamp}"


A = AddModule(module="a")
B = AddModule(module="b")
JOIN_A = AddModuleGroup(module="a", group="g")
JOIN_B = AddModuleGroup(module="b", group="g")
JOIN_H = AddModuleGroup(module="a", group="h")
CLEAN_A = CleanUp(module="a")
SEND_A = Send(module="a", id="m1")
BROADCAST = SendToGroup(group="g", id="m1")
BROADCAST_H = SendToGroup(group="h", id="m1")
ASK = SendSync(module="a", id="m1", timeout=10)
ASK_G = SendToGroupSync(group="g", id="m1", timeout=10)
