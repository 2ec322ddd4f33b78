"""The lines of a report: header, results, footer.

Everything outside the fields named `measured` is the same, byte for byte, for the same seed; in `measured`
stand times, and what a target showed that may show something else the next time.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import TypeAlias

import msgspec
from beehive_spec.vocabulary import History, Step

from beehive_conformance.deviations import Affects


class Heading(StrEnum):
    """Under which heading a finding stands."""

    DEVIATES = "DEVIATES"
    UNEXPLAINED = "UNEXPLAINED"
    FIXED = "FIXED"
    INTRODUCED = "INTRODUCED"
    UNCHANGED = "UNCHANGED"
    CHANGED_ALLOWED = "CHANGED (ALLOWED)"


class _Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, tag_field="line"):
    pass


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    pass


class Side(_Part, frozen=True):
    """One target: its name, what it is, and what it was judged under.

    `not_judged` has, for each capability that it lacks, the clauses that need it.
    """

    name: str
    description: str
    answers: dict[str, str | int]
    records: tuple[str, ...] = ()
    not_judged: dict[str, tuple[str, ...]] = {}


class HeaderLine(_Line, frozen=True, tag="header"):
    """What was asked for."""

    command: str
    suite: str
    sides: tuple[Side, ...]
    seed: int
    examples: int
    length: int
    exhaustive: int
    only: str = ""


class Counts(_Part, frozen=True):
    """How many programs got which verdict."""

    programs: int
    conforms: int = 0
    deviates: int = 0
    unexplained: int = 0
    died: int = 0
    inconclusive: int = 0
    not_judged: int = 0


class ExploredLine(_Line, frozen=True, tag="explored"):
    """How far a target was explored: words up to a length, beyond that edges of the automaton, and pairs of steps.

    `nodes` are those whose edges are covered by words of at most `cover` letters; of their `edges`, `certain` are
    reached whatever the target chooses. `covered` and `paired` count the programs beyond the words. With a shard,
    only its part of the programs was run.
    """

    target: str
    letters: int
    length: int
    exhaustive: int
    cover: int = 0
    nodes: int = 0
    edges: int = 0
    certain: int = 0
    covered: int = 0
    sampled: int = 0
    paired: int = 0
    shard: str = ""
    assumption: str = ""


class TallyLine(_Line, frozen=True, tag="tally"):
    """The verdicts on the programs of one source."""

    target: str
    source: str
    counts: Counts | None = None
    measured: Counts | None = None


class StepShown(_Part, frozen=True):
    """One step in words: what was done, what was seen, and where it differs, all that was allowed."""

    step: str
    seen: str = ""
    allowed: tuple[str, ...] = ()


class Shown(_Part, frozen=True):
    """A program that shows a finding, its history, and both in words, up to the first difference."""

    id: str
    program: tuple[Step, ...]
    history: History
    steps: tuple[StepShown, ...]
    count: int = 0
    explained_by: tuple[str, ...] = ()


class Cited(_Part, frozen=True):
    """A clause: its sentence in our words, how sure it is, and the sentences of the documents."""

    id: str
    sentence: str
    sure: str
    sources: tuple[str, ...]


class FindingLine(_Line, frozen=True, tag="finding"):
    """One way in which a target is not as the clauses say; in a comparison, one that it has or has lost."""

    heading: Heading
    target: str
    name: str
    title: str
    affects: Affects | None = None
    clause: Cited | None = None
    upstream: str = ""
    shown: Shown | None = None
    measured: Shown | None = None


class RecordLine(_Line, frozen=True, tag="record"):
    """Whether a deviation record was proved again, and if not, what was found instead."""

    target: str
    name: str
    holds: bool
    found: str = ""


class ChangeLine(_Line, frozen=True, tag="change"):
    """Something that two implementations do differently, and may."""

    what: str
    before: str
    after: str


class DisputeLine(_Line, frozen=True, tag="dispute"):
    """A fault of the documents themselves."""

    id: str
    text: str
    sources: tuple[str, ...]


class NotJudgedLine(_Line, frozen=True, tag="not_judged"):
    """A target that could not be judged, and why."""

    target: str
    why: str


class Times(_Part, frozen=True):
    """How long it took."""

    seconds: float


class FooterLine(_Line, frozen=True, tag="footer"):
    """The result: the exit code and one sentence."""

    exit: int
    summary: str
    measured: Times


Line: TypeAlias = (
    HeaderLine
    | ExploredLine
    | TallyLine
    | FindingLine
    | RecordLine
    | ChangeLine
    | DisputeLine
    | NotJudgedLine
    | FooterLine
)

_DECODER: msgspec.json.Decoder[Line] = msgspec.json.Decoder(Line)


def encode(line: Line) -> bytes:
    """Return a line of the report, with its line end."""
    return msgspec.json.encode(line) + b"\n"


def decode(text: bytes) -> Line:
    """Return the line that stands in a report; raises msgspec.DecodeError or UnicodeDecodeError."""
    return _DECODER.decode(text)


def exit_code(lines: Iterable[Line]) -> int:
    """Return the exit code that a report records; 2 if it has no footer."""
    return next((line.exit for line in lines if isinstance(line, FooterLine)), 2)
