"""A harness: an open target with the judge of its histories."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from itertools import tee
from typing import NamedTuple, TypeAlias

import msgspec
from beehive_spec.answers import Answers
from beehive_spec.vocabulary import Failed, History

from beehive_conformance.checking.judge import Judge, Verdict, VerdictKind
from beehive_conformance.checking.other_answers import NOTHING_FITS, Fitting
from beehive_conformance.deviations import OVERLAYS, OverlayName
from beehive_conformance.deviations.baselines import DEFAULT_ANSWERS
from beehive_conformance.judging.signature import Signature, signature_of
from beehive_conformance.programs.capability import Capability
from beehive_conformance.programs.program import Program, needed
from beehive_conformance.targets import registry
from beehive_conformance.targets.spec import TargetSpec
from beehive_conformance.targets.target import Ran, Target, TargetError

VerdictGroup: TypeAlias = tuple[OverlayName, ...] | Signature | None
"""The key by which verdicts are counted: the deviations, the signature, or None if the history conforms."""


class HarnessSetup(NamedTuple):
    """A target, and the answers and records under which its histories are judged.

    `model` has the answers according to which the target behaves if it is a model. `fitting` are other answers that
    fit the target as well.
    """

    target: TargetSpec
    answers: Answers
    overlays: tuple[OverlayName, ...] = ()
    model: Answers = DEFAULT_ANSWERS
    fitting: Fitting = NOTHING_FITS


class Judged(NamedTuple):
    """The result of one program. `digest` distinguishes histories; `history` is kept if it is unexplained.

    `under` has the answers by question if the history is explained only under other answers that fit the target as
    well.
    """

    kind: VerdictKind
    group: VerdictGroup
    digest: bytes
    history: History | None
    under: Mapping[str, str | int] = {}


_NOT_JUDGED = Judged(VerdictKind.NOT_JUDGED, None, b"", None)


class Harness:
    """One open target and the judge of its histories."""

    def __init__(self, setup: HarnessSetup) -> None:
        self.target: Target = registry.open_target(setup.target, setup.model)
        overlays = [OVERLAYS[name] for name in setup.overlays]
        shows_logs = Capability.LOGS in self.target.capabilities
        self.judge = Judge(setup.answers, overlays, shows_logs, setup.fitting)

    def __enter__(self) -> Harness:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the target."""
        self.target.close()

    def run(self, programs: Iterable[Program]) -> Iterator[Ran]:
        """Run programs and yield each with its history, in order; raises TargetError."""
        return self.target.run(programs)

    def results(self, programs: Iterable[Program]) -> Iterator[tuple[Program, Judged]]:
        """Yield every program with its result, in order; raises TargetError.

        A program that needs a capability that the target lacks is not run and not judged.
        """
        every, offered = tee(programs)
        ran = self.target.run(filter(self.can_run, offered))
        for program in every:
            if self.can_run(program):
                yield program, self.result(program, self._history_of(program, ran))
            else:
                yield program, _NOT_JUDGED
        # A target may keep its worker only if its last run has come to an end.
        if next(ran, None) is not None:
            raise TargetError(f"{self.target.name} yielded more histories than programs")

    def can_run(self, program: Program) -> bool:
        """Return whether the target has every capability that a program needs."""
        return needed(program) <= self.target.capabilities

    def _history_of(self, program: Program, ran: Iterator[Ran]) -> History:
        done, history = next(ran, (None, History()))
        if done is None:
            raise TargetError(f"{self.target.name} yielded no history of program {program.id}")
        if done != program:
            raise TargetError(f"{self.target.name} yielded program {done.id} where {program.id} was next")
        return history

    def result(self, program: Program, history: History) -> Judged:
        """Judge one history."""
        verdict = self.judge.judge(program, history)
        group = group_of(program, verdict)
        kept = history if isinstance(group, Signature) else None
        return Judged(verdict.kind, group, digest_of(history), kept, dict(verdict.under))


def group_of(program: Program, verdict: Verdict) -> VerdictGroup:
    """Return the key by which a verdict is counted."""
    if verdict.kind is VerdictKind.DEVIATES:
        return verdict.deviations
    if verdict.kind.is_failure and verdict.difference is not None:
        return signature_of(program, verdict.difference)
    return None


def digest_of(history: History) -> bytes:
    """Return a digest of eight bytes; texts of errors and deaths are ignored."""
    return hashlib.blake2b(msgspec.msgpack.encode(without_texts(history)), digest_size=8).digest()


def without_texts(history: History) -> History:
    """Return the history without the texts of errors and of a death, which may differ between runs."""
    steps = tuple(
        tuple(
            msgspec.structs.replace(
                seen,
                returned=tuple(
                    msgspec.structs.replace(each, outcome=Failed(each.outcome.kind))
                    if isinstance(each.outcome, Failed)
                    else each
                    for each in seen.returned
                ),
            )
            for seen in step
        )
        for step in history.steps
    )
    died = None if history.died is None else msgspec.structs.replace(history.died, text="")
    return History(steps=steps, died=died)
