"""The runner: runs programs on sessions and records what was seen; it does not use the state of the spec."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from beehive_spec.vocabulary import (
    Advance,
    DeathKind,
    Died,
    Fields,
    History,
    InspectFields,
    Milliseconds,
    Operation,
    OperationNumber,
    Repeat,
    Return,
    Seen,
)

from beehive_conformance.programs.capability import Capability
from beehive_conformance.programs.program import Program, numbered
from beehive_conformance.targets.target import Ran, Session, TargetError
from beehive_conformance.targets.watchdog import LIMIT, Hung, watched

Blame = Callable[[Exception], Died | None]
"""Returns how the implementation died of an exception, or None if the implementation did not raise it."""
MAX_HUNG = 3
"""The number of hanging programs after which the suite gives up on a target: each takes the whole time limit."""


def run_sessions(
    open_session: Callable[[], Session],
    capabilities: frozenset[Capability],
    programs: Iterable[Program],
    blame: Blame = lambda _error: None,
    limit: float = LIMIT,
) -> Iterator[Ran]:
    """Run each program on a session of its own and yield it with its history, in order.

    An exception that `blame` recognizes counts as a death of the implementation, and so does a program that takes
    longer than `limit` seconds; other exceptions are raised. Raises TargetError if too many programs hang, or if a
    session cannot be closed after one did.
    """
    hung = 0
    for program in programs:
        session = open_session()
        history = _run_watched(session, capabilities, program, blame, limit)
        hung += history.died is not None and history.died.kind is DeathKind.HUNG
        if hung == MAX_HUNG:
            raise TargetError(f"{hung} programs hung, the last of them {program.id}")
        yield program, history


def _run_watched(
    session: Session, capabilities: frozenset[Capability], program: Program, blame: Blame, limit: float
) -> History:
    seen: list[tuple[Seen, ...]] = []
    died: Died | None = None
    try:
        with watched(limit):
            _run(session, capabilities, program, seen)
    except Hung:
        died = Died(DeathKind.HUNG, f"no end within {limit:g} seconds")
    except Exception as error:
        died = blame(error)
        if died is None:
            raise
    _close(session, program, died)
    return History(steps=tuple(seen), died=died)


def _close(session: Session, program: Program, died: Died | None) -> None:
    try:
        with watched():
            session.close()
    except Hung:
        number = program.id
        raise TargetError(f"program {number} hangs and cannot be ended in this process") from None
    except Exception:
        # Ignore errors raised by close() after the implementation has died.
        if died is None:
            raise


def _run(
    session: Session, capabilities: frozenset[Capability], program: Program, steps: list[tuple[Seen, ...]]
) -> None:
    walker = _Walker(session, capabilities)
    for step, started in numbered(program):
        match step:
            case Repeat():
                steps.append(walker.repeat(step, started))
            case Advance():
                steps.append((walker.advance(step.ms),))
            case InspectFields():
                steps.append((walker.inspect_fields(),))
            case _:
                steps.append((walker.start(started),))


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

    def inspect_fields(self) -> Seen:
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
