"""What a history is accused of, in a form that lets findings of the same kind be counted together."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from beehive_spec.vocabulary import Failed, Level, Operation, OperationNumber, Outcome, Return

from beehive_conformance.checking.checker import Difference
from beehive_conformance.programs.program import Program, numbered
from beehive_conformance.programs.wording import kind_text, name_of


class Signature(msgspec.Struct, frozen=True, order=True):
    """The operation that did what was not allowed (or the step, where it is none), and what it did."""

    operation: str
    did: str

    def __str__(self) -> str:
        return f"{self.operation} {self.did}"


def signature_of(program: Program, difference: Difference) -> Signature:
    """Return what the difference accuses the implementation of."""
    by_number = {number: operation for _, started in numbered(program) for number, operation in started}
    started = list(numbered(program))[difference.step - 1][1]
    here = name_of(started[0][1]) if started else "advance"
    if difference.died is not None:
        return Signature(here, f"ended the process ({difference.died.kind})")
    seen, allowed = difference.seen, difference.allowed
    if seen is None:
        return Signature(here, "was not answered")
    if seen.fields is not None:
        return Signature("fields", "showed other keys")
    may = {(each.operation, _bare(each.outcome), each.ms) for one in allowed for each in one.returned}
    may_at_any_time = {(number, outcome) for number, outcome, _ in may}
    for each in seen.returned:
        if (each.operation, _bare(each.outcome), each.ms) not in may:
            early = (each.operation, _bare(each.outcome)) in may_at_any_time
            did = kind_text(each.outcome) + (" at another time" if early else "")
            return Signature(name_of(by_number[each.operation]), did)
    if missing := _missing(seen.returned, [one.returned for one in allowed]):
        return Signature(_first(missing, by_number), "did not return")
    if seen.logged is not Level.ERROR and any(one.logged is Level.ERROR for one in allowed):
        return Signature("step", "logged no error")
    return Signature(here, "did what is allowed only apart")


def _bare(outcome: Outcome) -> Outcome:
    return Failed(outcome.kind) if isinstance(outcome, Failed) else outcome


def _missing(seen: Iterable[Return], allowed: list[tuple[Return, ...]]) -> set[OperationNumber]:
    if not allowed:
        return set()
    needed = set.intersection(*({each.operation for each in returned} for returned in allowed))
    return needed - {each.operation for each in seen}


def _first(numbers: set[OperationNumber], by_number: dict[OperationNumber, Operation]) -> str:
    return name_of(by_number[min(numbers)])
