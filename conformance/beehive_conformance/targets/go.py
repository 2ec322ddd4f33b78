"""KubeEdge's real Go beehive as a target: whole programs, in batches, in virtual time."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from itertools import tee
from typing import TYPE_CHECKING, assert_never

import msgspec
from beehive_spec.vocabulary import (
    DeathKind,
    Died,
    ErrorKind,
    Failed,
    History,
    Return,
    Seen,
)

from beehive_conformance.programs.capability import Capability
from beehive_conformance.programs.program import Program
from beehive_conformance.targets.target import NotAvailable, Ran, Readiness, TargetError

if TYPE_CHECKING:
    from beehive_go.bridge import Bridge, Death

VERSION = "v1.13.0"

ERROR_PATTERNS: tuple[tuple[re.Pattern[str], ErrorKind], ...] = tuple(
    (re.compile(pattern, re.DOTALL), kind)
    for pattern, kind in (
        (r"bad request module name\(.*\)", ErrorKind.UNKNOWN_MODULE),
        (r"failed to get channel for module\(.*\)", ErrorKind.UNKNOWN_MODULE),
        (r"failed to get module type\(.*\) channel list", ErrorKind.UNKNOWN_GROUP),
        (r"timeout to get response( for message .*)?", ErrorKind.TIMEOUT),
        (r"[tT]imeout to send message( .*)?", ErrorKind.TIMEOUT),
        (r"timeout to send message, several \d+ timeout when send", ErrorKind.TIMEOUT),
    )
)
"""What Go's error texts mean. Only texts that were seen stand here; any other is an error of kind `other`."""

LACKING = frozenset({Capability.REGISTRATION})
"""What no version of the module has: none reads a modules.yaml, modules say themselves whether they are enabled."""

_ENCODER = msgspec.msgpack.Encoder()
_HISTORIES = msgspec.msgpack.Decoder(list[History])
_STEPS = msgspec.msgpack.Decoder(tuple[tuple[Seen, ...], ...])


def kind_of(text: str) -> ErrorKind:
    """Return what an error's text means."""
    return next((kind for pattern, kind in ERROR_PATTERNS if pattern.fullmatch(text)), ErrorKind.OTHER)


def available(version: str = VERSION) -> str | None:
    """Say in one sentence why Go cannot be a target here, or return None; builds and installs nothing."""
    reason = readiness(version).missing
    return f"NOT available: {reason}" if reason else None


def readiness(version: str = VERSION) -> Readiness:
    """Say whether a version can be a target here, and what would be done first; builds and installs nothing."""
    if find_spec("beehive_go") is None:
        return Readiness(missing="the package beehive_go is not installed")
    from beehive_go import build

    ready, text = build.state(version)
    match ready:
        case build.BuildStage.BUILT | build.BuildStage.CAN_BE_BUILT:
            return Readiness(text=text)
        case build.BuildStage.NEEDS_DOWNLOAD:
            return Readiness(download=text)
        case build.BuildStage.MISSING:
            return Readiness(missing=text)
        case _:
            assert_never(ready)


class GoTarget:
    """One version of the Go module. It is built when the first program is run."""

    def __init__(self, version: str = VERSION) -> None:
        self._version = version
        self._bridge: Bridge | None = None

    @property
    def name(self) -> str:
        """The name by which the command line knows it."""
        return f"go:{self._version}"

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What the target can show: all but registration."""
        return frozenset(Capability) - LACKING

    @property
    def leaks(self) -> tuple[str, ...]:
        """What programs left behind that could not be ended, in words."""
        return () if self._bridge is None else tuple(self._bridge.leaks)

    @property
    def unconfirmed(self) -> tuple[str, ...]:
        """How workers ended in a batch although no program ends one alone, in words."""
        return () if self._bridge is None else tuple(self._bridge.unconfirmed)

    def run(self, programs: Iterable[Program]) -> Iterator[Ran]:
        """Run each program on a fresh bus and yield it with its history, in order; raise TargetError if it cannot.

        Programs are taken from the iterable up to two batches ahead of their histories.
        """
        kept, sent = tee(programs)
        return zip(kept, self._histories(sent), strict=True)

    def _histories(self, programs: Iterable[Program]) -> Iterator[History]:
        bridge = self._open()
        from beehive_go.bridge import Histories
        from beehive_go.process import WorkerError

        try:
            for answer in bridge.run(map(_ENCODER.encode, programs)):
                if isinstance(answer, Histories):
                    for history in _HISTORIES.decode(answer.packed):
                        yield _with_kinds(history)
                else:
                    yield _with_kinds(_died(answer))
        except WorkerError as error:
            raise TargetError(f"{self.name}: {error}") from error

    def close(self) -> None:
        """End the workers."""
        if self._bridge is not None:
            self._bridge.close()

    def _open(self) -> Bridge:
        if self._bridge is None:
            if reason := available(self._version):
                raise NotAvailable(f"{self.name} is {reason}")
            from beehive_go.bridge import Bridge
            from beehive_go.build import build
            from beehive_go.errors import BuildError, NoGo

            try:
                self._bridge = Bridge(build(self._version))
            except BuildError as error:
                # Where there is a Go, a build that fails is a fault to be mended; where there is none, it is not.
                kind = NotAvailable if isinstance(error, NoGo) else TargetError
                raise kind(f"{self.name} is NOT available: {error}") from error
        return self._bridge


def _died(death: Death) -> History:
    return History(steps=_STEPS.decode(death.steps), died=Died(kind=DeathKind(death.kind), text=death.text))


def _with_kinds(history: History) -> History:
    """Say what each error means; most histories have none and are returned as they are."""
    if not any(type(each.outcome) is Failed for step in history.steps for seen in step for each in seen.returned):
        return history
    steps = tuple(tuple(_seen(seen) for seen in step) for step in history.steps)
    return msgspec.structs.replace(history, steps=steps)


def _seen(seen: Seen) -> Seen:
    return msgspec.structs.replace(seen, returned=tuple(_return(each) for each in seen.returned))


def _return(each: Return) -> Return:
    match each.outcome:
        case Failed(text=text):
            return msgspec.structs.replace(each, outcome=Failed(kind=kind_of(text), text=text))
        case _:
            return each
