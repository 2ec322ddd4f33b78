"""The report format: one JSON line each for the header, every result, and the footer.

Two runs with the same seed write the same bytes, except in the fields named `measured`. They hold times, and
everything observed on a target that may behave differently in the next run. For other targets the same values are
in `exact`.
"""

from __future__ import annotations

from enum import IntEnum, StrEnum
from typing import TypeAlias

import msgspec
from beehive_spec.vocabulary import History, Seen, Step

from beehive_conformance.checking.judge import VerdictKind
from beehive_conformance.deviations import Affects
from beehive_conformance.judging.signature import Signature

FORMAT = 1
"""The version of this format; the header of every report states it."""


class ExitCode(IntEnum):
    """How a command ends."""

    AS_EXPECTED = 0
    NOT_AS_EXPECTED = 1
    ERROR = 2
    """Wrong usage or input, a failure of the harness, or a target that was not judged."""


class Heading(StrEnum):
    """The heading under which a finding is listed."""

    DEVIATES = "DEVIATES"
    UNEXPLAINED = "UNEXPLAINED"
    FIXED = "FIXED"
    INTRODUCED = "INTRODUCED"
    UNCHANGED = "UNCHANGED"
    CHANGED_LOSES_MESSAGES = "CHANGED (LOSES MESSAGES)"
    CHANGED_ALLOWED = "CHANGED (ALLOWED)"


class _Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, tag_field="line"):
    pass


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    pass


class Side(_Part, frozen=True):
    """One target, with the answers and records under which it was judged, and where these come from (`origin`).

    `lacks` are the capabilities that the target does not have; `not_judged` are, for each of these, the clauses
    that need it. `departs` are the questions, of those that the target can be asked, whose answer departs from the
    letter of the documents.
    """

    name: str
    description: str
    answers: dict[str, str | int]
    records: tuple[str, ...] = ()
    origin: str = ""
    lacks: tuple[str, ...] = ()
    not_judged: dict[str, tuple[str, ...]] = {}
    departs: tuple[str, ...] = ()


class HeaderLine(_Line, frozen=True, tag="header"):
    """What was run; `versions` if two versions of one implementation are compared."""

    format: int
    command: str
    suite: str
    sides: tuple[Side, ...]
    seed: int
    examples: int
    length: int
    exhaustive: int
    only: str = ""
    versions: bool = False


class Counts(_Part, frozen=True):
    """The number of programs, in total and by verdict.

    `under_others` are those of them that conform, or deviate as recorded, only under other answers that fit the
    target as well as its own.
    """

    programs: int
    conforms: int = 0
    deviates: int = 0
    unexplained: int = 0
    died: int = 0
    inconclusive: int = 0
    not_judged: int = 0
    under_others: int = 0


class ExploredLine(_Line, frozen=True, tag="explored"):
    """The extent of an exploration.

    `exhaustive` is the number of programs of up to `length` steps over an alphabet of `alphabet` steps. `nodes` are
    the nodes of the automaton whose edges are covered by programs of up to `cover` steps; of their `edges`,
    `certain` are reached whatever the target chooses. `covered` and `paired` are the numbers of programs that the
    edge cover and the pairs add. With a shard, only a part of these programs was run.
    """

    target: str
    alphabet: int
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
    exact: Counts | None = None
    measured: Counts | None = None

    @property
    def counts(self) -> Counts:
        """The counts, whether or not the next run gives the same."""
        return self.exact or self.measured or Counts(0)


class ProgramVerdict(_Part, frozen=True):
    """The verdict on one program: the recorded deviations that explain it, or the signature of the failure."""

    kind: VerdictKind
    deviations: tuple[str, ...] = ()
    signature: Signature | None = None


class ScenarioLine(_Line, frozen=True, tag="scenario"):
    """The verdict on one scenario."""

    target: str
    scenario: str
    exact: ProgramVerdict | None = None
    measured: ProgramVerdict | None = None

    @property
    def verdict(self) -> ProgramVerdict | None:
        """The verdict, whether or not the next run gives the same."""
        return self.exact or self.measured


class Runs(_Part, frozen=True):
    """How many of the runs of one program showed the finding."""

    shown: int
    of: int


class Explanation(_Part, frozen=True):
    """A deviation that would explain a finding, and the clause that it breaks."""

    overlay: str
    clause: str


class Evidence(_Part, frozen=True):
    """A program that shows a finding.

    `differs_in` is the number of the first step, counted from 1, in which something was observed that is not
    allowed; it is 0 if there is none. `allowed` is everything that is allowed there. `count` is the number of
    programs of the run with the same finding. `runs` is None where the program was run once only.
    `explained_by` are the single deviations that would explain the history.
    """

    id: str
    program: tuple[Step, ...]
    history: History
    differs_in: int = 0
    allowed: tuple[Seen, ...] = ()
    count: int = 0
    runs: Runs | None = None
    explained_by: tuple[Explanation, ...] = ()


class Cited(_Part, frozen=True):
    """A clause: its sentence, how certain it is, and the sentences of the documents that it is drawn from."""

    id: str
    sentence: str
    sure: str
    sources: tuple[str, ...]


class FindingLine(_Line, frozen=True, tag="finding"):
    """One deviation of a target; in a comparison, one that is fixed, introduced or unchanged.

    `signature` is None for a recorded deviation; then `name` is its overlay and `affects` says what it affects.
    """

    heading: Heading
    target: str
    name: str
    title: str
    signature: Signature | None = None
    affects: Affects | None = None
    clause: Cited | None = None
    exact: Evidence | None = None
    measured: Evidence | None = None

    @property
    def evidence(self) -> Evidence | None:
        """The evidence, whether or not the next run gives the same; None where no program is recorded."""
        return self.exact or self.measured


class RecordCheck(_Part, frozen=True):
    """Whether the program of a record still shows its deviation, the last verdict, and the number of runs."""

    holds: bool
    verdict: ProgramVerdict
    runs: int = 1


class RecordLine(_Line, frozen=True, tag="record"):
    """The check of one deviation record."""

    target: str
    name: str
    exact: RecordCheck | None = None
    measured: RecordCheck | None = None

    @property
    def check(self) -> RecordCheck | None:
        """The check, whether or not the next run gives the same."""
        return self.exact or self.measured

    @property
    def holds(self) -> bool:
        """Whether the program of the record still shows the deviation."""
        return self.check is not None and self.check.holds


class ChangedAnswerLine(_Line, frozen=True, tag="changed_answer"):
    """A question that two versions answer differently; `losing` are those of the two answers that lose messages."""

    question: str
    sentence: str
    before: str | int
    after: str | int
    losing: tuple[str | int, ...] = ()


class ChangedHistoriesLine(_Line, frozen=True, tag="changed_histories"):
    """The number of programs on which two versions behave differently, both as allowed."""

    exact: int = 0
    measured: int = 0

    @property
    def programs(self) -> int:
        """The number, whether or not the next run gives the same."""
        return self.exact or self.measured


class DisputeLine(_Line, frozen=True, tag="dispute"):
    """A defect in the documentation."""

    id: str
    text: str
    sources: tuple[str, ...]


class NotJudgedLine(_Line, frozen=True, tag="not_judged"):
    """A target that was not judged, and the reason."""

    target: str
    why: str


class Times(_Part, frozen=True):
    """The duration of the run."""

    seconds: float


class FooterLine(_Line, frozen=True, tag="footer"):
    """The exit code, and the result in one sentence."""

    exit: ExitCode
    summary: str
    measured: Times


Line: TypeAlias = (
    HeaderLine
    | ExploredLine
    | TallyLine
    | ScenarioLine
    | FindingLine
    | RecordLine
    | ChangedAnswerLine
    | ChangedHistoriesLine
    | DisputeLine
    | NotJudgedLine
    | FooterLine
)
