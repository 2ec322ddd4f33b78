"""KubeEdge's real Go beehive as a target: whole programs, in batches, in virtual time."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import tee
from typing import TYPE_CHECKING, NamedTuple, assert_never

import msgspec
from beehive_spec.vocabulary import DeathKind, Died, ErrorKind, Failed, History, Return, Seen

from beehive_conformance.programs.capability import Capability
from beehive_conformance.programs.program import Program
from beehive_conformance.targets.protocol import Hello, read_hello
from beehive_conformance.targets.target import NotAvailable, Ran, Readiness, TargetError

if TYPE_CHECKING:
    from beehive_go.bridge import Bridge, Death
    from beehive_go.source import ModuleSource

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
"""What Go's error texts mean. Only texts that were observed are listed; every other text means an error of kind
`other`."""

_ENCODER = msgspec.msgpack.Encoder()
_HISTORIES = msgspec.msgpack.Decoder(list[History])
_STEPS = msgspec.msgpack.Decoder(tuple[tuple[Seen, ...], ...])


def kind_of(text: str) -> ErrorKind:
    """Return what an error's text means."""
    return next((kind for pattern, kind in ERROR_PATTERNS if pattern.fullmatch(text)), ErrorKind.OTHER)


def worker_readiness(source: ModuleSource) -> Readiness:
    """Return whether a source can be judged here, and what would be done first; builds and installs nothing."""
    from beehive_go.build import BuildStage, state

    stage, text = state(source)
    match stage:
        case BuildStage.BUILT | BuildStage.CAN_BE_BUILT:
            return Readiness(text=text)
        case BuildStage.NEEDS_DOWNLOAD:
            return Readiness(download=text)
        case BuildStage.MISSING:
            return Readiness(missing=text)
        case _:
            assert_never(stage)


class _Worker(NamedTuple):
    """A running worker, and what it says about itself."""

    bridge: Bridge
    hello: Hello


class GoTarget:
    """One version or checkout of the Go module; it is built, and its worker started, when it is first needed."""

    def __init__(self, source: ModuleSource) -> None:
        self._source = source
        self._worker: _Worker | None = None

    @property
    def name(self) -> str:
        """The target's name on the command line."""
        return f"go:{self._source}"

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What the worker says it can show; raises TargetError if it cannot be started."""
        return frozenset(self._open().hello.capabilities)

    @property
    def leaks(self) -> tuple[str, ...]:
        """Descriptions of the goroutines that programs left running."""
        return () if self._worker is None else tuple(self._worker.bridge.leaks)

    @property
    def unconfirmed(self) -> tuple[str, ...]:
        """How workers ended in a batch although no program of it ends one alone."""
        return () if self._worker is None else tuple(self._worker.bridge.unconfirmed)

    def run(self, programs: Iterable[Program]) -> Iterator[Ran]:
        """Run each program on a fresh bus and yield it with its history, in order; raise TargetError if it cannot.

        Programs are taken from the iterable up to two batches ahead of their histories.
        """
        kept, sent = tee(programs)
        return zip(kept, self._histories(sent), strict=True)

    def _histories(self, programs: Iterable[Program]) -> Iterator[History]:
        bridge = self._open().bridge
        from beehive_go.bridge import Histories
        from beehive_go.errors import WorkerError

        try:
            for result in bridge.run(map(_ENCODER.encode, programs)):
                if isinstance(result, Histories):
                    for history in _HISTORIES.decode(result.packed):
                        yield _with_kinds(history)
                else:
                    yield _with_kinds(_died(result))
        except WorkerError as error:
            raise TargetError(f"{self.name}: {error}") from error

    def close(self) -> None:
        """End the workers."""
        if self._worker is not None:
            self._worker.bridge.close()

    def _open(self) -> _Worker:
        if self._worker is None:
            if reason := worker_readiness(self._source).missing:
                raise NotAvailable(f"{self.name} is NOT available: {reason}")
            from beehive_go.bridge import Bridge
            from beehive_go.build import build
            from beehive_go.errors import BuildError, NoGo, NotServed

            try:
                bridge = Bridge(build(self._source))
            except BuildError as error:
                # A build that fails is a fault to be removed, unless it fails because something is unavailable.
                kind = NotAvailable if isinstance(error, NoGo | NotServed) else TargetError
                raise kind(f"{self.name} is NOT available: {error}") from error
            self._worker = _Worker(bridge, self._greeted(bridge))
        return self._worker

    def _greeted(self, bridge: Bridge) -> Hello:
        from beehive_go.errors import WorkerError

        try:
            return read_hello(bridge.hello())
        except WorkerError as error:
            bridge.close()
            raise TargetError(f"{self.name} ended before it ran anything: {_in_one_line(str(error))}") from error
        except ValueError as error:
            bridge.close()
            raise TargetError(f"{self.name}: {error}") from error


def _in_one_line(crash: str) -> str:
    """Return the first line of what Go wrote when it ended, with the place in the source."""
    place = re.search(r"^\t(\S+:\d+)", crash, re.MULTILINE)
    return crash.partition("\n")[0] + (f" (at {place[1]})" if place else "")


def _died(death: Death) -> History:
    return History(steps=_STEPS.decode(death.steps), died=Died(kind=DeathKind(death.kind), text=death.text))


def _with_kinds(history: History) -> History:
    """Return the history with the kind of each error; most histories have no errors and are returned unchanged."""
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
