"""Failure signatures: the values by which equal failures are grouped."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations

import msgspec
from beehive_spec.vocabulary import Failed, Level, Operation, OperationNumber, Outcome, Return, Seen

from beehive_conformance.checking.checker import Difference
from beehive_conformance.programs.program import Program, numbered
from beehive_conformance.programs.wording import kind_text, name_of


class Signature(msgspec.Struct, frozen=True, order=True):
    """The operation (or kind of step) that did something that is not allowed, and what it did."""

    operation: str
    did: str

    def __str__(self) -> str:
        return f"{self.operation} {self.did}"


def signature_of(program: Program, difference: Difference) -> Signature:
    """Return the signature of a difference."""
    by_number = {number: operation for _, started in numbered(program) for number, operation in started}
    started = list(numbered(program))[difference.step - 1][1]
    here = name_of(started[0][1]) if started else "advance"
    if difference.died is not None:
        return Signature(here, f"ended the process ({difference.died.kind})")
    seen, allowed = difference.seen, difference.allowed
    if seen is None:
        return Signature(here, "was not answered")
    if seen.fields is not None and not seen.returned:
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
    levels = [*Level]
    if missed := [one.logged for one in allowed if levels.index(one.logged) > levels.index(seen.logged)]:
        return Signature("step", "logged no error" if Level.ERROR in missed else "logged nothing")
    return _combination(seen.returned, allowed, by_number, here)


def _bare(outcome: Outcome) -> Outcome:
    return Failed(outcome.kind) if isinstance(outcome, Failed) else outcome


def _missing(seen: Iterable[Return], allowed: list[tuple[Return, ...]]) -> set[OperationNumber]:
    if not allowed:
        return set()
    needed = set.intersection(*({each.operation for each in returned} for returned in allowed))
    return needed - {each.operation for each in seen}


def _combination(
    returned: Sequence[Return],
    allowed: Iterable[Seen],
    by_number: Mapping[OperationNumber, Operation],
    here: str,
) -> Signature:
    """Name two returns that are allowed alone but not together, or a return that is missing beside another."""
    alternatives = [{(each.operation, _bare(each.outcome), each.ms) for each in one.returned} for one in allowed]
    found = {(each.operation, _bare(each.outcome), each.ms): each for each in returned}
    for one, other in combinations(found, 2):
        if not any({one, other} <= each for each in alternatives):
            second = _return_text(found[other], by_number)
            did = f"{kind_text(found[one].outcome)} and {second}, of which only one is allowed"
            return Signature(name_of(by_number[found[one].operation]), did)
    missing = {number for each in alternatives if found.keys() < each for number, _, _ in each - found.keys()}
    if missing:
        instead = f"although {_return_text(returned[0], by_number)}" if returned else "and no other operation did"
        return Signature(_first(missing, by_number), f"did not return {instead}")
    return Signature(here, "showed a combination of returns that is not allowed")


def _return_text(each: Return, by_number: Mapping[OperationNumber, Operation]) -> str:
    return f"{name_of(by_number[each.operation])} {kind_text(each.outcome)}"


def _first(numbers: set[OperationNumber], by_number: Mapping[OperationNumber, Operation]) -> str:
    return name_of(by_number[min(numbers)])
