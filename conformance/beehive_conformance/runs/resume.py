"""Keeps what an exploration has found, so that it can go on after an interruption as if there had been none."""

from __future__ import annotations

import hashlib
from collections import Counter
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import msgspec
from beehive_spec.vocabulary import History, Step

from beehive_conformance.atomic_file import complete_file
from beehive_conformance.checking.judge import VerdictKind
from beehive_conformance.deviations import OVERLAYS, OverlayName
from beehive_conformance.errors import InputError
from beehive_conformance.judging.signature import Signature
from beehive_conformance.programs.program import Program
from beehive_conformance.runs.examine import Examination, Finding
from beehive_conformance.runs.explore import Reach, Territory


class Asked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was to be explored; an interrupted exploration goes on only if it is the same.

    `sources` is a digest of everything that is installed of this project: with other code the rest of an exploration
    would be one of something else.
    """

    suite: str
    sources: str
    target: str
    reach: Reach
    answers: dict[str, str | int]
    records: tuple[str, ...]
    programs: dict[str, int]


class _FindingText(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    group: Signature
    count: int
    program: tuple[Step, ...]
    history: History


class Kept(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an exploration has found so far, how many seconds it took, and a digest of all that."""

    asked: Asked
    tallies: dict[str, dict[VerdictKind, int]]
    deviations: dict[str, int]
    findings: tuple[_FindingText, ...]
    seconds: float
    digest: str = ""


def _digest(kept: Kept) -> str:
    return hashlib.sha256(msgspec.json.encode(msgspec.structs.replace(kept, digest=""))).hexdigest()[:16]


@cache
def source_digest() -> str:
    """Return a digest of the sources and the data of every package of this project that can be imported."""
    found = hashlib.sha256()
    for name in ("beehive", "beehive_spec", "beehive_conformance", "beehive_go"):
        spec = find_spec(name)
        if spec is None or spec.origin is None:
            continue
        folder = Path(spec.origin).parent
        for path in sorted(folder.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                found.update(f"{name}/{path.relative_to(folder)}\0".encode() + path.read_bytes())
    return found.hexdigest()[:16]


def asked(examination: Examination, reach: Reach, there: Territory, suite: str) -> Asked:
    """Return what is to be explored, in the form in which it is kept."""
    return Asked(
        suite,
        source_digest(),
        examination.entry.name,
        reach,
        dict(examination.answers._asdict()),
        tuple(each.overlay for each in examination.records),
        {phase.name: phase.size for phase in there.phases},
    )


def keep(path: Path, examination: Examination, what: Asked, seconds: float) -> None:
    """Write what has been found to a file, which is complete or not there; raises InputError."""
    kept = Kept(
        what,
        {name: dict(counts) for name, counts in examination.tallies.items()},
        {str(name): number for name, number in examination.deviations.items()},
        tuple(
            _FindingText(group, finding.count, finding.program.steps, finding.history)
            for group, finding in examination.findings.items()
        ),
        seconds,
    )
    with complete_file(path) as file:
        file.write(msgspec.json.encode(msgspec.structs.replace(kept, digest=_digest(kept))))


def take_up(path: Path, examination: Examination, what: Asked) -> float:
    """Fill in what an earlier run has found, and return the seconds it took; nothing if there is no file.

    Raises InputError where the file is not one of ours, or was made by an exploration of something else.
    """
    try:
        kept = msgspec.json.decode(path.read_bytes(), type=Kept)
    except FileNotFoundError:
        return 0.0
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(f"{path}: not what an interrupted exploration leaves: {error}") from None
    if kept.digest != _digest(kept):
        raise InputError(f"{path}: was changed after it was written; give another file, or start anew without it")
    if different := [name for name in Asked.__struct_fields__ if getattr(kept.asked, name) != getattr(what, name)]:
        name = different[0]
        if name == "sources":
            raise InputError(f"{path}: of another exploration: the code has changed since; give another file")
        was, now = (msgspec.json.encode(getattr(each, name)).decode() for each in (kept.asked, what))
        raise InputError(f"{path}: of another exploration: its {name} is {was}, not {now}; give another file")
    if unknown := kept.deviations.keys() - OVERLAYS.keys():
        raise InputError(f"{path}: there is no deviation {min(unknown)!r}")
    examination.tallies.update((name, Counter(counts)) for name, counts in kept.tallies.items())
    examination.deviations.update({OverlayName(name): number for name, number in kept.deviations.items()})
    for each in kept.findings:
        examination.findings[each.group] = Finding(each.count, Program(each.program), each.history)
    return kept.seconds
