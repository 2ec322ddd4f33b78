"""Runs batches of packed programs, returns packed histories, and handles programs that end their worker."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from types import TracebackType
from typing import TypeAlias

from beehive_go.build import Built
from beehive_go.errors import WorkerError
from beehive_go.process import Ended, WorkerProcess
from beehive_go.protocol import (
    ALONE_SILENCE_S,
    BATCH_PROGRAMS,
    BATCH_SILENCE_S,
    BATCHES_IN_FLIGHT,
    Notes,
    Reply,
    ReplyKind,
    RequestKind,
    Stage,
    packed_array,
    packed_history,
    read_batch_reply,
    read_reply,
    refused,
    request,
)

_ATTEMPTS = 3
"""How many times a program that ended a worker is run alone before its death is reported as seen only once."""
_IDLE_DEATHS = 3
"""How many workers in a row may end while they run nothing; more than this have a cause that must be removed."""


@dataclass(frozen=True, slots=True)
class Histories:
    """The histories of the next `count` programs: a MessagePack array of as many maps."""

    count: int
    packed: bytes


@dataclass(frozen=True, slots=True)
class Death:
    """The next program ended its process; `steps` is a MessagePack array of what was seen before."""

    kind: str
    text: str
    steps: bytes


Result: TypeAlias = Histories | Death


class Refused(Exception):
    """Go rejects a text as the JSON of a message; the text of the error comes from Go."""


class Bridge:
    """Runs packed programs on workers, which it starts, replaces and ends.

    `leaks` lists programs that left goroutines behind, or ended the process while these were being ended; each of
    them made the bridge replace a worker. `unconfirmed` lists workers that ended in a batch although no program of it
    ends one alone, or that ended while they ran nothing.

    `silence_s` and `alone_silence_s` are the seconds without a sign of life after which a batch, or a program that is
    run alone, counts as hung.
    """

    def __init__(
        self,
        built: Built,
        *,
        batch: int = BATCH_PROGRAMS,
        silence_s: float = BATCH_SILENCE_S,
        alone_silence_s: float = ALONE_SILENCE_S,
    ) -> None:
        self._built = built
        self._batch = batch
        self._silence_s = silence_s
        self._alone_silence_s = alone_silence_s
        self._idle: WorkerProcess | None = None
        self.leaks: list[str] = []
        self.unconfirmed: list[str] = []

    def hello(self) -> bytes:
        """Return the worker's hello, a MessagePack map; raise WorkerError."""
        return self._ask(request(RequestKind.HELLO), ReplyKind.HELLO)

    def run(self, programs: Iterable[bytes]) -> Iterator[Result]:
        """Yield results in the order of the programs, each a MessagePack map; raise WorkerError.

        Programs are taken from the iterable up to two batches ahead of their results.
        """
        pipeline = _Pipeline(self, self._idle or self._start())
        self._idle = None
        reusable = False
        try:
            source = iter(programs)
            while batch := list(islice(source, self._batch)):
                pipeline.submit(batch)
                if pipeline.batches >= BATCHES_IN_FLIGHT:
                    yield from pipeline.collect()
            while pipeline.batches:
                yield from pipeline.collect()
            reusable = self._idle is None
        finally:
            # If the caller stopped early, outstanding replies would be taken for those to the next request.
            if reusable:
                self._idle = pipeline.process
            else:
                pipeline.process.close()

    def echo(self, programs: Sequence[bytes]) -> bytes:
        """Return the programs as the worker understands them, as a MessagePack array; raise WorkerError."""
        return self._ask(request(RequestKind.ECHO, packed_array(programs)), ReplyKind.HISTORIES)

    def rewrite_json(self, text: bytes) -> bytes:
        """Return the JSON of a message as Go writes it after reading it; raise Refused if Go does not read it."""
        return self._ask_json(request(RequestKind.REWRITE_JSON, text))

    def write_json(self, content: bytes) -> bytes:
        """Return the JSON that Go writes for a message with this content and nothing else."""
        return self._ask_json(request(RequestKind.WRITE_CONTENT, content))

    def close(self) -> None:
        """End the idle worker."""
        if self._idle is not None:
            self._idle.close()
            self._idle = None

    def __enter__(self) -> Bridge:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.close()

    def _ask_json(self, payload: bytes) -> bytes:
        reply = self._reply(payload)
        if reply.kind is ReplyKind.REFUSED:
            raise Refused(reply.content.decode(errors="replace"))
        return _content(reply, ReplyKind.JSON)

    def _ask(self, payload: bytes, kind: ReplyKind) -> bytes:
        return _content(self._reply(payload), kind)

    def _reply(self, payload: bytes) -> Reply:
        process = self._idle = self._idle or self._start()
        try:
            process.send(payload)
            return read_reply(process.receive(self._silence_s))
        except Ended as ended:
            self.close()
            raise WorkerError(str(ended)) from ended

    def _start(self) -> WorkerProcess:
        return WorkerProcess(self._built)


def _content(reply: Reply, kind: ReplyKind) -> bytes:
    if reply.kind is ReplyKind.REFUSED:
        raise refused(reply.content)
    if reply.kind is not kind:
        raise WorkerError(f"the worker replied with {reply.kind.name} instead of {kind.name}")
    return reply.content


class _Pipeline:
    """The batches of one run that are in flight, the oldest first, and the worker that has them."""

    def __init__(self, bridge: Bridge, process: WorkerProcess) -> None:
        self._bridge = bridge
        self._in_flight: deque[Sequence[bytes]] = deque()
        self._idle_deaths = 0
        self.process = process

    @property
    def batches(self) -> int:
        return len(self._in_flight)

    def submit(self, batch: Sequence[bytes]) -> None:
        self._in_flight.append(batch)
        self._send(batch)

    def collect(self) -> Iterator[Result]:
        """Yield results of the oldest batch, or of the beginning of it."""
        batch = self._in_flight[0]
        try:
            reply = read_batch_reply(self.process.receive(self._bridge._silence_s), len(batch))
        except Ended as ended:
            notes = self.process.notes()
            self._replace()
            if notes is None:
                self._count_idle_death(ended)
                self._resubmit()
            else:
                yield from self._isolate(batch, notes, ended)
            return
        self._idle_deaths = 0
        if reply.leak:
            self._bridge.leaks.append(reply.leak)
            self._in_flight[0] = batch[reply.done :]
            self._replace()
            if not self._in_flight[0]:
                self._in_flight.popleft()
            self._resubmit()
        else:
            self._in_flight.popleft()
        yield Histories(reply.done, reply.histories)

    def _isolate(self, batch: Sequence[bytes], notes: Notes, ended: Ended) -> Iterator[Result]:
        """Run the suspected program alone to confirm its death; the programs after it are submitted again."""
        self._idle_deaths = 0
        self._in_flight.popleft()
        before, suspect, after = batch[: notes.program], batch[notes.program], batch[notes.program + 1 :]
        # The histories of these were lost with the worker.
        for each in before:
            yield self._alone(each)
        was_ending = notes.stage is Stage.ENDING
        result = self._alone(suspect)
        attempts = 1
        while isinstance(result, Histories) and not was_ending and attempts < _ATTEMPTS:
            result = self._alone(suspect)
            attempts += 1
        if isinstance(result, Histories) and not was_ending:
            self._bridge.unconfirmed.append(str(ended))
            if not ended.by_others:
                # A busy machine cannot cause this: the implementation did it, though not every time.
                text = f"seen once, and not again in {attempts} runs alone\n{ended.text}"
                result = Death(ended.kind, text, packed_array(()))
        yield result
        if after:
            self._in_flight.appendleft(after)
        self._resubmit()

    def _alone(self, program: bytes) -> Result:
        try:
            self.process.send(request(RequestKind.ALONE, packed_array([program])))
            reply = read_batch_reply(self.process.receive(self._bridge._alone_silence_s), 1)
        except Ended as ended:
            notes = self.process.notes()
            self._replace()
            if notes is None:
                self._count_idle_death(ended)
                return self._alone(program)
            self._idle_deaths = 0
            if notes.stage is not Stage.ENDING:
                return Death(ended.kind, ended.text, packed_array(notes.steps))
            # Every step of the program had been seen before.
            self._bridge.leaks.append(str(ended))
            return Histories(1, packed_array([packed_history(notes.steps)]))
        if reply.leak:
            self._bridge.leaks.append(reply.leak)
            self._replace()
        self._idle_deaths = 0
        return Histories(reply.done, reply.histories)

    def _count_idle_death(self, ended: Ended) -> None:
        """Record a worker that ended while it ran nothing; raise WorkerError if this keeps happening."""
        self._bridge.unconfirmed.append(f"while it ran nothing: {ended}")
        self._idle_deaths += 1
        if self._idle_deaths == _IDLE_DEATHS:
            raise WorkerError(f"{_IDLE_DEATHS} workers in a row ended before they ran anything: {ended}")

    def _replace(self) -> None:
        self.process.close()
        self.process = self._bridge._start()

    def _resubmit(self) -> None:
        for batch in self._in_flight:
            self._send(batch)

    def _send(self, batch: Sequence[bytes]) -> None:
        self.process.send(request(RequestKind.BATCH, packed_array(batch)))
