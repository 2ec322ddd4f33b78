"""Saves the state of an exploration, so that an interrupted one can be resumed with the same result."""

from __future__ import annotations

import hashlib
import time
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
from beehive_conformance.runs.explore import Bounds, ExplorationPlan


class ExplorationKey(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Identifies an exploration: it can be resumed only if all of this is the same.

    `sources` is a digest of the installed code of this project. With other code, the remaining programs would not
    belong to the same exploration.
    """

    suite: str
    sources: str
    target: str
    bounds: Bounds
    answers: dict[str, str | int]
    records: tuple[str, ...]
    programs: dict[str, int]


class _SavedFinding(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    signature: Signature
    count: int
    program: tuple[Step, ...]
    history: History


class Checkpoint(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The state of an exploration: its results so far, the seconds spent, and a digest of everything else."""

    key: ExplorationKey
    tallies: dict[str, dict[VerdictKind, int]]
    deviations: dict[str, int]
    findings: tuple[_SavedFinding, ...]
    seconds: float
    under_others: dict[str, int] = {}
    digest: str = ""


class CheckpointFile:
    """Saves and restores the state of one exploration.

    With `path` None, nothing is saved. Raises InputError if the path is not one of a regular file.
    """

    def __init__(self, path: Path | None, bounds: Bounds, suite: str) -> None:
        # Reading a device such as /dev/full would never end.
        if path is not None and path.exists() and not path.is_file():
            raise InputError(f"{path}: not a regular file; the state of an exploration is saved in one")
        self._path = path
        self._bounds = bounds
        self._suite = suite
        self._started = time.monotonic()
        self._seconds_before = 0.0

    @property
    def seconds(self) -> float:
        """The seconds spent on the exploration, those before an interruption included."""
        return self._seconds_before + time.monotonic() - self._started

    def restore(self, examination: Examination, plan: ExplorationPlan) -> None:
        """Fill in the results of the interrupted exploration; do nothing if there is no file.

        Raises InputError if the file cannot be read, or is not a checkpoint of the same exploration.
        """
        if self._path is None or not self._path.exists():
            return
        checkpoint = _read(self._path)
        _check_key(self._path, checkpoint.key, self._key(examination, plan))
        if unknown := checkpoint.deviations.keys() - OVERLAYS.keys():
            raise InputError(f"{self._path}: unknown deviation {min(unknown)!r}")
        examination.tallies.update((name, Counter(counts)) for name, counts in checkpoint.tallies.items())
        examination.under_others.update(checkpoint.under_others)
        examination.deviations.update({OverlayName(name): n for name, n in checkpoint.deviations.items()})
        for each in checkpoint.findings:
            examination.findings[each.signature] = Finding(each.count, Program(each.program), each.history)
        self._seconds_before = checkpoint.seconds

    def save(self, examination: Examination, plan: ExplorationPlan) -> None:
        """Write the results so far; the file is replaced as a whole. Raises InputError if it cannot be written."""
        if self._path is None:
            return
        checkpoint = Checkpoint(
            self._key(examination, plan),
            {name: dict(counts) for name, counts in examination.tallies.items()},
            {str(name): number for name, number in examination.deviations.items()},
            tuple(
                _SavedFinding(signature, finding.count, finding.program.steps, finding.history)
                for signature, finding in examination.findings.items()
            ),
            round(self.seconds, 1),
            dict(examination.under_others),
        )
        with complete_file(self._path) as file:
            file.write(msgspec.json.encode(msgspec.structs.replace(checkpoint, digest=_digest(checkpoint))))

    def _key(self, examination: Examination, plan: ExplorationPlan) -> ExplorationKey:
        return ExplorationKey(
            self._suite,
            source_digest(),
            str(examination.target),
            self._bounds,
            dict(examination.answers._asdict()),
            tuple(each.overlay for each in examination.records),
            {phase.name: phase.size for phase in plan.phases},
        )


@cache
def source_digest() -> str:
    """Return a digest of the code and data of every importable package of this project."""
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


def _digest(checkpoint: Checkpoint) -> str:
    text = msgspec.json.encode(msgspec.structs.replace(checkpoint, digest=""))
    return hashlib.sha256(text).hexdigest()[:16]


def _read(path: Path) -> Checkpoint:
    try:
        checkpoint = msgspec.json.decode(path.read_bytes(), type=Checkpoint)
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(f"{path}: not the saved state of an exploration: {error}") from None
    if checkpoint.digest != _digest(checkpoint):
        raise InputError(f"{path}: changed since it was written; give another file, or delete it to start anew")
    return checkpoint


def _check_key(path: Path, saved: ExplorationKey, wanted: ExplorationKey) -> None:
    names = ExplorationKey.__struct_fields__
    name = next((each for each in names if getattr(saved, each) != getattr(wanted, each)), "")
    if not name:
        return
    if name == "sources":
        raise InputError(f"{path}: state of another exploration: the code has changed since; give another file")
    was, now = (msgspec.json.encode(getattr(each, name)).decode() for each in (saved, wanted))
    raise InputError(f"{path}: state of another exploration: `{name}` is {was}, not {now}; give another file")
