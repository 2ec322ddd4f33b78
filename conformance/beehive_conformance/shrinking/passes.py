"""The passes of the shrinker, and the order by which it calls one program smaller than another."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence

import msgspec
from beehive_spec.vocabulary import (
    Advance,
    ClientName,
    InspectFields,
    Milliseconds,
    ModuleName,
    Operation,
    Repeat,
    Step,
    Together,
)

from beehive_conformance.programs.operation_table import type_of
from beehive_conformance.programs.program import Program, operations
from beehive_conformance.programs.rename import NameKind, names, rename
from beehive_conformance.shrinking.simplify import complexity, simpler

Simplify = Callable[[Program], Iterator[Program]]
"""A pass: yields variants of a program that may be smaller."""

ROUND = (1, 2, 10, 20, 100, 200, 1000)
"""Milliseconds that are easy to read."""
TIDY: dict[NameKind, tuple[str, ...]] = {
    NameKind.MODULE: tuple("abcdef"),
    NameKind.GROUP: tuple("ghijkl"),
    NameKind.ID: tuple(f"m{number}" for number in range(1, 10)),
    NameKind.CLIENT: tuple(f"c{number}" for number in range(1, 10)),
}
"""The names that a shrunk program uses, in the order of first use; further names stay as they are."""

Size = tuple[int, ...]


def size(program: Program) -> Size:
    """Return the size of a program as a tuple, the most important part first.

    The parts are the number of operations and other steps, of operations that start together, of repeats and their
    rounds; the complexity of the operations; the number of named clients and of names; the digits of the times, the
    number of times that are not round, and their sum; and the number of names that are not tidy.
    """
    started = [operation for step in program.steps for operation in operations(step)]
    used = names(program)
    times = [abs(ms) for ms in _times(program)]
    rounds = [step.times for step in program.steps if isinstance(step, Repeat)]
    return (
        len(started) + sum(isinstance(step, Advance | InspectFields) for step in program.steps),
        sum(len(step.operations) for step in program.steps if isinstance(step, Together)),
        len(rounds),
        sum(rounds),
        sum(map(complexity, started)),
        sum(bool(operation.client) for operation in started),
        sum(len(each) for each in used.values()),
        sum(len(str(ms)) for ms in times),
        sum(not _is_round(ms) for ms in times),
        sum(times),
        sum(name != tidy for kind, each in used.items() for name, tidy in zip(each, TIDY[kind], strict=False)),
    )


def delete_chunks(program: Program) -> Iterator[Program]:
    """Delete consecutive steps: a half of them, each quarter, and so on down to two."""
    steps = program.steps
    length = len(steps) // 2
    while length > 1:
        for start in range(0, len(steps), length):
            yield Program(steps[:start] + steps[start + length :])
        length //= 2


def delete_one(program: Program) -> Iterator[Program]:
    """Delete one step, or one operation of several that start together."""
    steps = program.steps
    for index, step in enumerate(steps):
        yield Program(steps[:index] + steps[index + 1 :])
        if isinstance(step, Together):
            for inner in range(len(step.operations)):
                rest = step.operations[:inner] + step.operations[inner + 1 :]
                yield _with(program, index, (_started(rest),))


def delete_two(program: Program) -> Iterator[Program]:
    """Delete any two steps, for those that only matter to each other."""
    for first, second in itertools.combinations(range(len(program.steps)), 2):
        yield Program(tuple(step for index, step in enumerate(program.steps) if index not in (first, second)))


def join_advances(program: Program) -> Iterator[Program]:
    """Replace two consecutive advances by one."""
    for index, (step, after) in enumerate(itertools.pairwise(program.steps)):
        if isinstance(step, Advance) and isinstance(after, Advance):
            joined = Advance(Milliseconds(step.ms + after.ms))
            yield Program((*program.steps[:index], joined, *program.steps[index + 2 :]))


def split_together(program: Program) -> Iterator[Program]:
    """Split a together step into its operations, or move one operation before or after the others."""
    for index, step in enumerate(program.steps):
        if isinstance(step, Together):
            yield _with(program, index, step.operations)
            for inner, operation in enumerate(step.operations):
                rest = _started(step.operations[:inner] + step.operations[inner + 1 :])
                yield _with(program, index, (operation, rest))
                yield _with(program, index, (rest, operation))


def repeat_less(program: Program) -> Iterator[Program]:
    """Replace a repeat by its operation, or lower its rounds: to 1, 2, a half, and then closer to what it has."""
    for index, step in enumerate(program.steps):
        if isinstance(step, Repeat):
            yield _with(program, index, (step.operation,))
            for times in _fewer(step.times):
                yield _with(program, index, (Repeat(step.operation, times),))
    repeats = [step.times for step in program.steps if isinstance(step, Repeat)]
    for times in sorted({each for most in repeats for each in _fewer(most)}):
        # Repeats around one capacity depend on each other: lower them together and keep their differences.
        most = max(repeats)
        yield Program(
            tuple(
                Repeat(step.operation, max(1, step.times - most + times)) if isinstance(step, Repeat) else step
                for step in program.steps
            )
        )


def simplify_operations(program: Program) -> Iterator[Program]:
    """Replace an operation by a simpler one."""
    modules = [ModuleName(name) for name in names(program)[NameKind.MODULE]]
    for index, step in enumerate(program.steps):
        for inner, operation in enumerate(operations(step)):
            for other in simpler(operation, modules):
                yield _with_operation(program, index, inner, other)


def drop_clients(program: Program) -> Iterator[Program]:
    """Remove a client from all its operations, or from one."""
    for name in names(program)[NameKind.CLIENT]:
        yield rename(program, {NameKind.CLIENT: {name: ""}})
    for index, step in enumerate(program.steps):
        for inner, operation in enumerate(operations(step)):
            if operation.client:
                own = msgspec.structs.replace(operation, client=ClientName(""))
                yield _with_operation(program, index, inner, own)


def merge_names(program: Program) -> Iterator[Program]:
    """Replace one name by another of the same kind."""
    for kind, used in names(program).items():
        for kept, given_up in itertools.combinations(used, 2):
            yield rename(program, {kind: {given_up: kept}})


def lower_times(program: Program) -> Iterator[Program]:
    """Make times short and round: equal times at once, with and without those 1 ms apart; then single times."""
    found = sorted(set(_times(program)), key=lambda ms: (-abs(ms), ms))
    for ms in found:
        for lower in _lower(ms):
            yield _timed(program, {ms + offset: max(0, lower + offset) for offset in (-1, 0, 1)})
            yield _timed(program, {ms: lower})
    for divisor in (100, 10, 2):
        yield _timed(program, {ms: max(1, ms // divisor) for ms in found if ms > 0})
    yield _timed(program, dict(zip(sorted(ms for ms in found if ms > 0), ROUND, strict=False)))
    count = len(list(_times(program)))
    for place, ms in enumerate(_times(program)):
        if count > len(found):
            for lower in _lower(ms):
                yield _timed(program, {ms: lower}, only=place)


def tidy_names(program: Program) -> Iterator[Program]:
    """Rename everything to the tidy names, all kinds at once and then each kind alone."""
    used = names(program)
    yield rename(program, {kind: dict(zip(each, TIDY[kind], strict=False)) for kind, each in used.items()})
    for kind, each in used.items():
        yield rename(program, {kind: dict(zip(each, TIDY[kind], strict=False))})


PASSES: Sequence[Simplify] = (
    delete_chunks,
    delete_one,
    repeat_less,
    delete_two,
    join_advances,
    split_together,
    simplify_operations,
    drop_clients,
    merge_names,
    lower_times,
    tidy_names,
)


def _started(together: tuple[Operation, ...]) -> Step:
    return together[0] if len(together) == 1 else Together(together)


def _with(program: Program, index: int, steps: tuple[Step, ...]) -> Program:
    return Program((*program.steps[:index], *steps, *program.steps[index + 1 :]))


def _with_operation(program: Program, index: int, inner: int, operation: Operation) -> Program:
    step = program.steps[index]
    changed: Step = operation
    if isinstance(step, Together):
        changed = Together((*step.operations[:inner], operation, *step.operations[inner + 1 :]))
    elif isinstance(step, Repeat):
        changed = Repeat(operation, step.times)
    return _with(program, index, (changed,))


def _fewer(times: int) -> Iterator[int]:
    """Yield 1, 2, and then numbers closer and closer to `times`, so that few attempts find a bound."""
    yield from (fewer for fewer in (1, 2) if fewer < times)
    distance = times // 2
    while distance:
        if times - distance > 2:
            yield times - distance
        distance //= 2


def _is_round(ms: int) -> bool:
    return len(str(ms).rstrip("0")) <= 1


def _lower(ms: int) -> Iterator[Milliseconds]:
    yield from (Milliseconds(each if ms > 0 else -each) for each in ROUND if each < abs(ms))
    digits = str(abs(ms))
    leading = int(digits[0]) * 10 ** (len(digits) - 1)
    if 0 < leading < abs(ms):
        yield Milliseconds(leading if ms > 0 else -leading)


def _times(program: Program) -> Iterator[Milliseconds]:
    for step in program.steps:
        if isinstance(step, Advance):
            yield step.ms
        for operation in operations(step):
            for field in type_of(operation).times:
                yield getattr(operation, field)


def _timed(program: Program, new: dict[int, int], only: int | None = None) -> Program:
    """Return the program with new times by old ones; with `only`, change just the time at that index of `_times`."""
    places = itertools.count()

    def changed(ms: Milliseconds) -> Milliseconds:
        return Milliseconds(new.get(ms, ms)) if next(places) == only or only is None else ms

    def timed(operation: Operation) -> Operation:
        new_times = {field: changed(getattr(operation, field)) for field in type_of(operation).times}
        return msgspec.structs.replace(operation, **new_times) if new_times else operation

    steps: list[Step] = []
    for step in program.steps:
        match step:
            case Advance():
                steps.append(Advance(changed(step.ms)))
            case Together():
                steps.append(Together(tuple(timed(each) for each in step.operations)))
            case Repeat():
                steps.append(Repeat(timed(step.operation), step.times))
            case InspectFields():
                steps.append(step)
            case _:
                steps.append(timed(step))
    return Program(tuple(steps))
