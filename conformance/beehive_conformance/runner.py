"""Runs a program on a session and writes down what was seen; knows nothing of the spec's state."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from beehive_spec.vocabulary import (
    Advance,
    Fields,
    History,
    LookAtFields,
    Milliseconds,
    Operation,
    OperationNumber,
    Repeat,
    Return,
    Seen,
)

from beehive_conformance.program import Program, numbered
from beehive_conformance.targets.target import Capability, Session


def run_sessions(
    open_session: Callable[[], Session], capabilities: frozenset[Capability], programs: Iterable[Program]
) -> Iterator[History]:
    """Run each program on a session of its own and yield the histories in order."""
    for program in programs:
        session = open_session()
        try:
            yield run_program(session, capabilities, program)
        finally:
            session.close()


def run_program(session: Session, capabilities: frozenset[Capability], program: Program) -> History:
    """Run one program on an open session."""
    walker = _Walker(session, capabilities)
    steps: list[tuple[Seen, ...]] = []
    for step, started in numbered(program):
        match step:
            case Repeat():
                steps.append(walker.repeat(step, started))
            case Advance():
                steps.append((walker.advance(step.ms),))
            case LookAtFields():
                steps.append((walker.look(),))
            case _:
                steps.append((walker.start(started),))
    return History(steps=tuple(steps))


class _Walker:
    def __init__(self, session: Session, capabilities: frozenset[Capability]) -> None:
        self._session = session
        self._shows_fields = Capability.FIELDS in capabilities
        self._shows_logs = Capability.LOGS in capabilities
        self._now = 0

    def start(self, started: Sequence[tuple[OperationNumber, Operation]]) -> Seen:
        self._session.start(started)
        return self._settled()

    def advance(self, ms: Milliseconds) -> Seen:
        self._session.advance(ms)
        seen = self._settled()
        self._now += ms
        return seen

    def look(self) -> Seen:
        return self._settled(self._session.fields() if self._shows_fields else None)

    def repeat(self, step: Repeat, started: Sequence[tuple[OperationNumber, Operation]]) -> tuple[Seen, ...]:
        ((number, _),) = started
        rounds: list[tuple[Seen, int]] = []
        for _ in range(step.times):
            seen = self.start(started)
            if rounds and rounds[-1][0] == seen:
                rounds[-1] = (seen, rounds[-1][1] + 1)
            else:
                rounds.append((seen, 1))
            if not any(each.operation == number for each in seen.returned):
                break
        return tuple(
            Seen(returned=seen.returned, fields=seen.fields, logged=seen.logged, times=times)
            for seen, times in rounds
        )

    def _settled(self, fields: Fields | None = None) -> Seen:
        events = self._session.settle()
        returned = sorted(
            (Return(each.operation, each.outcome, Milliseconds(each.at - self._now)) for each in events),
            key=lambda each: each.operation,
        )
        logged = self._session.logged() if self._shows_logs else Seen().logged
        return Seen(returned=tuple(returned), fields=fields, logged=logged)
