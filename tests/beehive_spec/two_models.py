"""What each of the two models allows of a program, in one form."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, TypeAlias

from beehive_spec.answers import Answers
from beehive_spec.automaton import NO_TAG, Automaton, Node
from beehive_spec.model import Model
from beehive_spec.vocabulary import (
    Level,
    Send,
    SendResp,
    SendSync,
    SendToGroup,
    SendToGroupSync,
    Step,
)
from tlc import Family, Run, constants, operations, run

Program: TypeAlias = tuple[Step, ...]
Outcome: TypeAlias = tuple[str, str | int]


class Returned(NamedTuple):
    """Operation `number` returned `ms` milliseconds after its step began."""

    number: int
    ms: int
    outcome: Outcome


class Seen(NamedTuple):
    """What returned in a step, and the answer to `response_logged` if a response without a call was logged."""

    returned: tuple[Returned, ...]
    logged: str


class Behaviour(NamedTuple):
    """What is observed of a whole program: what returned in each step, what it logged, and the keys of the maps."""

    steps: tuple[Seen, ...]
    channels: tuple[str, ...]
    groups: tuple[tuple[str, tuple[str, ...]], ...]
    anon: tuple[str, ...]


Behaviours: TypeAlias = dict[Program, set[Behaviour]]


def of_tla(folder: Path, answers: Answers, families: Sequence[Family]) -> tuple[Behaviours, Run]:
    """Return what the model in TLA+ allows, by program, and the run of TLC, which also checks its invariants."""
    definitions, alphabet = constants(answers, families)
    checks = "INIT Init\nNEXT Next\nINVARIANT Report Invariants\nPROPERTY ResultsStay MessagesStay\n"
    done = run(folder, "Programs", definitions, checks, "Behaviours, Properties")
    found: Behaviours = {}
    for _, steps, returned, logged, (channels, groups, anon) in done.printed:  # type: ignore[misc,attr-defined]
        behaviour = Behaviour(
            tuple(
                Seen(
                    tuple(
                        Returned(number, seen[1], (seen[2], seen[3]))
                        for number, seen in enumerate(returned, 1)
                        if seen and seen[0] == step
                    ),
                    dict(logged).get(step, ""),
                )
                for step in range(1, len(steps) + 1)
            ),
            tuple(sorted(channels)),
            tuple(sorted((group, tuple(sorted(modules))) for group, modules in groups)),
            tuple(sorted(anon)),
        )
        found.setdefault(tuple(alphabet[step - 1] for step in steps), set()).add(behaviour)
    return found, done


_MESSAGES = (Send, SendToGroup, SendSync, SendToGroupSync, SendResp)


_LOGGED = {Level.NOTHING: "", Level.INFO: "lower", Level.ERROR: "error"}


class _Path(NamedTuple):
    """A node of the automaton, the operations that have not returned, and what was observed on the way."""

    node: Node
    pending: tuple[int, ...]
    seen: tuple[Seen, ...]


def _outcome(outcome: object) -> Outcome:
    match outcome:
        case "returned":
            return "returned", 0
        case str():
            return "error", str(outcome)
        case _:
            return "message", outcome.tag  # type: ignore[attr-defined]


def _next(automaton: Automaton, path: _Path, step: Step, first: int) -> Iterator[_Path]:
    started = operations(step)
    tags = tuple(
        number if isinstance(operation, _MESSAGES) else NO_TAG for number, operation in enumerate(started, first)
    )
    pending = path.pending + tuple(range(first, first + len(started)))
    for observation, node in automaton.edges(path.node, step, tags).items():  # type: ignore[arg-type]
        assert not observation.died
        returned = tuple(
            sorted(Returned(pending[rank], ms, _outcome(outcome)) for rank, outcome, ms in observation.returned)
        )
        gone = {each.number for each in returned}
        yield _Path(
            node,
            tuple(each for each in pending if each not in gone),
            (*path.seen, Seen(returned, _LOGGED[observation.must_log])),
        )


def _behaviours(automaton: Automaton, paths: list[_Path]) -> set[Behaviour]:
    return {
        Behaviour(path.seen, fields.channels, fields.type_channels, fields.anon_channels)
        for path in paths
        for fields in automaton.fields(path.node)
    }


def of_automaton(answers: Answers, families: Sequence[Family]) -> Behaviours:
    """Return what the automaton allows of every program of the families, by program."""
    automaton = Automaton(Model(answers))
    found: Behaviours = {}
    for family in families:
        paths, count = [_Path(automaton.root, (), ())], 0
        for step in family.preamble:
            paths = [each for path in paths for each in _next(automaton, path, step, count + 1)]
            count += len(operations(step))
        level: list[tuple[Program, list[_Path], int]] = [(family.preamble, paths, count)]
        for _ in range(family.length):
            longer: list[tuple[Program, list[_Path], int]] = []
            for program, before, count in level:
                for step in family.choices:
                    after = [each for path in before for each in _next(automaton, path, step, count + 1)]
                    found[(*program, step)] = _behaviours(automaton, after)
                    longer.append(((*program, step), after, count + len(operations(step))))
            level = longer
    return found


class Comparison(NamedTuple):
    """What both models allow of the programs of some families, by program, and the run of TLC."""

    tla: Behaviours
    automaton: Behaviours
    checked: Run

    @property
    def differing(self) -> list[Program]:
        """The programs of which the models allow different behaviours, the shortest first."""
        programs = self.tla.keys() | self.automaton.keys()
        return sorted((each for each in programs if self.tla.get(each) != self.automaton.get(each)), key=len)

    def explained(self) -> str:
        """Return the shortest program that makes a difference, with what only one model allows."""
        for program in self.differing:
            lines = ["", *(f"  {step}" for step in program)]
            only_tla = self.tla.get(program, set()) - self.automaton.get(program, set())
            only_automaton = self.automaton.get(program, set()) - self.tla.get(program, set())
            lines += [f"only in TLA+: {each}" for each in sorted(only_tla)]
            lines += [f"only in the automaton: {each}" for each in sorted(only_automaton)]
            return "\n".join(lines)
        return ""


def compared(folder: Path, answers: Answers, families: Sequence[Family]) -> Comparison:
    """Ask both models what they allow of every program of the families."""
    tla, done = of_tla(folder, answers, families)
    return Comparison(tla, of_automaton(answers, families), done)


def idle_checked(folder: Path, answers: Answers, families: Sequence[Family]) -> Run:
    """Check that an operation is called idle exactly when it cannot go on: so the model knows when a step is over."""
    definitions, _ = constants(answers, families)
    checks = "INIT Init\nNEXT Next\nINVARIANT IdleMeansThatNothingCanHappen\n"
    return run(folder, "Idle", definitions, checks, "Properties")


def liveness_checked(folder: Path, answers: Answers, families: Sequence[Family]) -> Run:
    """Check that calls, sends and moves end, if operations go on, time passes, and receivers come."""
    definitions, _ = constants(answers, families)
    checks = "CONSTANT Enough = 20\nSPECIFICATION Live\nPROPERTY CallsEnd SendsEnd NothingElseWaits MovesEnd\n"
    return run(folder, "Lives", definitions, checks, "Liveness")
