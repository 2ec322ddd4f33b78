"""Where programs are run and judged: a harness in this process, or several in processes of their own."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Iterable, Iterator
from typing import NamedTuple, TypeAlias

import msgspec
from beehive_spec.answers import Answers
from beehive_spec.vocabulary import Failed, History

from beehive_conformance.checking.judge import Judge, Verdict, VerdictKind
from beehive_conformance.deviations import OVERLAYS, OverlayName
from beehive_conformance.judging.signature import Signature, signature_of
from beehive_conformance.programs.capability import Capability
from beehive_conformance.programs.program import Program, needed
from beehive_conformance.targets import registry
from beehive_conformance.targets.target import Target

Group: TypeAlias = tuple[OverlayName, ...] | Signature | None
"""What verdicts are counted by: the deviations, the signature, or nothing where a history conforms."""


class HarnessSetup(NamedTuple):
    """A target by its name, and what its histories are judged under.

    `model` are the answers that the target itself has if it is a model.
    """

    target: str
    answers: Answers
    overlays: tuple[OverlayName, ...] = ()
    model: Answers = Answers()


class Judged(NamedTuple):
    """What became of one program; `digest` tells histories apart, the history is kept where it is a finding."""

    kind: VerdictKind
    group: Group
    digest: bytes
    history: History | None


_NOT_JUDGED = Judged(VerdictKind.NOT_JUDGED, None, b"", None)


class Harness:
    """One open target and the judge of its histories."""

    def __init__(self, setting: HarnessSetup) -> None:
        self.setting = setting
        self.target: Target = registry.find(setting.target, setting.model).open()
        overlays = [OVERLAYS[name] for name in setting.overlays]
        shows_logs = Capability.LOGS in self.target.capabilities
        self.judge = Judge(setting.answers, overlays, shows_logs)

    def __enter__(self) -> Harness:
        return self

    def __exit__(self, *exception: object) -> None:
        self.target.close()

    def histories(self, programs: Iterable[Program]) -> Iterator[History]:
        """Run programs and yield their histories in order; raises TargetError."""
        return self.target.run(programs)

    def results(self, programs: Iterable[Program]) -> Iterator[Judged]:
        """Run programs, judge them, and yield what became of them in order; raises TargetError.

        A program that needs what the target cannot do is not judged, and not run.
        """
        taken: deque[Program] = deque()
        for history in self.target.run(filter(self.can_run, _noted(programs, taken))):
            yield from self._passed_over(taken)
            yield self.result(taken.popleft(), history)
        yield from self._passed_over(taken)

    def can_run(self, program: Program) -> bool:
        """Tell whether the target has everything that a program needs."""
        return needed(program) <= self.target.capabilities

    def _passed_over(self, taken: deque[Program]) -> Iterator[Judged]:
        while taken and not self.can_run(taken[0]):
            taken.popleft()
            yield _NOT_JUDGED

    def result(self, program: Program, history: History) -> Judged:
        """Judge one history."""
        verdict = self.judge.judge(program, history)
        group = group_of(program, verdict)
        return Judged(verdict.kind, group, digest_of(history), history if isinstance(group, Signature) else None)


def group_of(program: Program, verdict: Verdict) -> Group:
    """Return what a verdict is counted by."""
    if verdict.kind is VerdictKind.DEVIATES:
        return verdict.deviations
    if verdict.kind in (VerdictKind.UNEXPLAINED, VerdictKind.DIED) and verdict.difference is not None:
        return signature_of(program, verdict.difference)
    return None


def digest_of(history: History) -> bytes:
    """Return eight bytes that differ where two histories do; texts are evidence only and do not count."""
    return hashlib.blake2b(msgspec.msgpack.encode(without_texts(history)), digest_size=8).digest()


def without_texts(history: History) -> History:
    """Return the history without the texts of errors and of a death, which may differ from run to run."""
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


def _noted(programs: Iterable[Program], taken: deque[Program]) -> Iterator[Program]:
    for program in programs:
        taken.append(program)
        yield program
