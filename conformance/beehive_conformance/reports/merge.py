"""Merges the reports of all shards of an exploration into the report of the whole."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec
from beehive_spec.answers import Answers

from beehive_conformance.deviations import OVERLAYS, OverlayName, worst_first
from beehive_conformance.errors import InputError
from beehive_conformance.programs.program import Program
from beehive_conformance.reports.result import footer, run_result
from beehive_conformance.reports.schema import (
    Counts,
    ExploredLine,
    FindingLine,
    FooterLine,
    HeaderLine,
    Heading,
    Line,
    NotJudgedLine,
    RecordLine,
    Side,
    TallyLine,
)
from beehive_conformance.runs.explore import COVER, EXHAUSTIVE, PAIRS
from beehive_conformance.shrinking.passes import size

_SHARD = re.compile(r"[1-9][0-9]{0,5}/[1-9][0-9]{0,5}")


class Shard(NamedTuple):
    """The report of one shard, with the file that it was read from."""

    path: Path
    header: HeaderLine
    explored: ExploredLine
    lines: tuple[Line, ...]

    @property
    def number(self) -> tuple[int, int]:
        """The number of the shard, and the number of shards."""
        part, parts = self.explored.shard.split("/")
        return int(part), int(parts)

    def findings(self, heading: Heading) -> Iterator[FindingLine]:
        """Yield the findings under one heading."""
        return (line for line in self.lines if isinstance(line, FindingLine) and line.heading is heading)


def shard(path: Path, lines: Sequence[Line]) -> Shard:
    """Return the report of one shard; raises InputError if the lines are not one."""
    header = lines[0]
    explored = [line for line in lines if isinstance(line, ExploredLine)]
    if not isinstance(header, HeaderLine) or header.command != "explore" or len(explored) != 1:
        raise InputError(f"{path}:1: not the report of an exploration; expected what explore --report wrote")
    if not explored[0].shard:
        raise InputError(f"{path}: the report of a whole exploration; expected that of a shard")
    if not _SHARD.fullmatch(explored[0].shard):
        raise InputError(
            f"{path}: {explored[0].shard!r} is not a shard; expected I/N with I from 1 to N, such as 2/8"
        )
    if any(set(each.answers) != set(Answers._fields) or not _are_known(each.records) for each in header.sides):
        raise InputError(f"{path}: from a suite with other questions or records; merge with the suite that wrote it")
    for line in lines:
        if isinstance(line, NotJudgedLine):
            raise InputError(f"{path}: {line.target} was not judged: {line.why}; run shard {explored[0].shard} again")
    return Shard(path, header, explored[0], tuple(lines))


def _are_known(names: Iterable[str]) -> bool:
    return all(name in OVERLAYS for name in names)


def merged(shards: Sequence[Shard]) -> tuple[Line, ...]:
    """Return the report of the whole exploration; raises InputError if the shards do not belong together.

    It equals the report of a run without shards, apart from `measured` and the evidence of findings, which is the
    smallest program of any shard.
    """
    _check(shards)
    first = shards[0]
    deviating = [_merged_finding(each) for each in _by_name(shards, Heading.DEVIATES)]
    unexplained = [_merged_finding(each) for each in _by_name(shards, Heading.UNEXPLAINED)]
    deviating.sort(key=lambda each: worst_first(OverlayName(each.name)))
    unexplained.sort(key=_by_signature)
    seconds = sum(line.measured.seconds for each in shards for line in each.lines if isinstance(line, FooterLine))
    lines: tuple[Line, ...] = (
        first.header,
        msgspec.structs.replace(first.explored, shard=""),
        *_tallies(shards),
        *_records(shards),
        *deviating,
        *unexplained,
    )
    return (*lines, footer(run_result(lines), seconds))


def _check(shards: Sequence[Shard]) -> None:
    first, parts = shards[0], shards[0].number[1]
    seen: dict[int, Path] = {}
    for each in shards:
        _fits(each, first)
        part, _ = each.number
        if part in seen:
            raise InputError(f"{each.path}: shard {each.explored.shard} is given twice; the other is {seen[part]}")
        seen[part] = each.path
        _is_complete(each)
    if missing := [part for part in range(1, parts + 1) if part not in seen]:
        more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        raise InputError(f"{first.path}: shard {missing[0]}/{parts}{more} of the same exploration: no report given")


def _fits(each: Shard, first: Shard) -> None:
    parts = (each.number[1], first.number[1])
    pairs: list[tuple[str, object, object]] = [("number of shards", *parts)]
    for line, wanted in ((each.header, first.header), (each.explored, first.explored)):
        names = (name for name in line.__struct_fields__ if name != "shard")
        pairs += [(name, getattr(line, name), getattr(wanted, name)) for name in names]
    for name, mine, other in pairs:
        if mine != other:
            found, due = (msgspec.json.encode(value).decode() for value in _differing(mine, other))
            raise InputError(f"{each.path}: does not belong to {first.path}: its {name} is {found}, not {due}")


def _differing(one: object, other: object) -> tuple[object, object]:
    """Return what differs; for two sides, only the first field that differs, because a side is long."""
    match one, other:
        case (Side() as mine,), (Side() as theirs,):
            name = next(each for each in mine.__struct_fields__ if getattr(mine, each) != getattr(theirs, each))
            return {name: getattr(mine, name)}, {name: getattr(theirs, name)}
    return one, other


def _is_complete(each: Shard) -> None:
    part, parts = each.number
    sizes = {EXHAUSTIVE: each.explored.exhaustive, COVER: each.explored.covered, PAIRS: each.explored.paired}
    for source, whole in sizes.items():
        wanted = len(range(part - 1, whole, parts))
        mine = (line for line in each.lines if isinstance(line, TallyLine) and line.source == source)
        done = sum(line.counts.programs for line in mine)
        if done != wanted:
            wrong = f"{done:,} of {wanted:,} programs of the source {source!r} were judged"
            raise InputError(f"{each.path}: {wrong}; run shard {each.explored.shard} again")


def _tallies(shards: Sequence[Shard]) -> Iterator[TallyLine]:
    every = [line for each in shards for line in each.lines if isinstance(line, TallyLine)]
    for source in dict.fromkeys(line.source for line in every):
        mine = [line for line in every if line.source == source]
        names = Counts.__struct_fields__
        total = Counts(**{name: sum(getattr(line.counts, name) for line in mine) for name in names})
        yield msgspec.structs.replace(mine[0], **{"measured" if mine[0].exact is None else "exact": total})


def _records(shards: Sequence[Shard]) -> Iterator[RecordLine]:
    """Yield the check of each record; the one that failed, if any: a record must hold in every shard."""
    every = [line for each in shards for line in each.lines if isinstance(line, RecordLine)]
    for name in dict.fromkeys(line.name for line in every):
        mine = [line for line in every if line.name == name]
        yield next((line for line in mine if not line.holds), mine[0])


def _by_name(shards: Sequence[Shard], heading: Heading) -> Iterator[list[FindingLine]]:
    found: dict[str, list[FindingLine]] = {}
    for each in shards:
        for finding in each.findings(heading):
            found.setdefault(finding.name, []).append(finding)
    yield from found.values()


def _merged_finding(findings: Sequence[FindingLine]) -> FindingLine:
    """Return the finding with the smallest program and the sum of the counts."""
    smallest = min(findings, key=lambda each: size(Program(each.evidence.program)) if each.evidence else ())
    if smallest.evidence is None:
        return smallest
    whole = msgspec.structs.replace(smallest.evidence, count=sum(map(_count, findings)))
    return msgspec.structs.replace(smallest, **{"measured" if smallest.exact is None else "exact": whole})


def _count(finding: FindingLine) -> int:
    return 0 if finding.evidence is None else finding.evidence.count


def _by_signature(finding: FindingLine) -> tuple[int, str, str]:
    signature = finding.signature
    return (-_count(finding), *(("", "") if signature is None else (signature.operation, signature.did)))
