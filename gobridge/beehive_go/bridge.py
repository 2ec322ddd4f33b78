"""Programs in, histories out, in packed form: batches, and what to do when a worker does not survive one."""

from __future__ import annotations

import struct
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from types import TracebackType
from typing import TypeAlias

from beehive_go.build import Built
from beehive_go.process import Ended, Noted, WorkerError, WorkerProcess

WORKER_BATCH = 100
"""Programs in a request: enough to make the way there and back cheap."""
PATIENCE = 10.0
"""Seconds of real time without a sign of life, of which there are thousands in a second."""
PATIENCE_ALONE = 20.0
"""The same for one program that is suspected of hanging."""
_ATTEMPTS = 3
"""How often a program that ended a worker is run alone before its death counts as seen only once."""
_STARTS = 3
"""How many workers in a row may end while they run nothing, before that is a fault to be mended."""


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


Reply: TypeAlias = Histories | Death


class Refused(Exception):
    """Go does not read a text as the JSON of a message; its own words."""


class Bridge:
    """Runs packed programs on workers that it starts, replaces and ends.

    `leaks` tells of programs that left something behind which could not be ended, or ended the process while
    it was being ended, so that their worker was replaced; `unconfirmed` of workers that ended in a batch
    although no program ends one alone, or while they ran none.
    """

    def __init__(
        self,
        built: Built,
        *,
        batch: int = WORKER_BATCH,
        patience: float = PATIENCE,
        patience_alone: float = PATIENCE_ALONE,
    ) -> None:
        self._built = built
        self._batch = batch
        self._patience = patience
        self._patience_alone = patience_alone
        self._idle: WorkerProcess | None = None
        self.leaks: list[str] = []
        self.unconfirmed: list[str] = []

    def run(self, programs: Iterable[bytes]) -> Iterator[Reply]:
        """Yield answers in the order of the programs, each a MessagePack map; raise WorkerError.

        Programs are taken from the iterable up to two batches ahead of their answers.
        """
        flight = _Flight(self, self._idle or self._start())
        self._idle = None
        reusable = False
        try:
            source = iter(programs)
            while batch := list(islice(source, self._batch)):
                flight.launch(batch)
                if flight.batches > 1:
                    yield from flight.land()
            while flight.batches:
                yield from flight.land()
            reusable = self._idle is None
        finally:
            # After an early end answers may still come, which would be taken for those to the next request.
            if reusable:
                self._idle = flight.process
            else:
                flight.process.close()

    def echo(self, programs: Sequence[bytes]) -> bytes:
        """Return the programs as the worker understands them: a MessagePack array; raise WorkerError."""
        process = self._start()
        try:
            process.send(b"e" + _array(programs))
            return _histories(process.receive(self._patience), len(programs))[0].packed
        except Ended as ended:
            raise WorkerError(str(ended)) from ended
        finally:
            process.close()

    def rewrite_json(self, text: bytes) -> bytes:
        """Return the JSON of a message as Go writes it after reading it; raise Refused if Go does not read it."""
        return self._json(b"j" + text)

    def write_json(self, content: bytes) -> bytes:
        """Return the JSON that Go writes of a message whose content is these bytes, and nothing else."""
        return self._json(b"c" + content)

    def _json(self, request: bytes) -> bytes:
        process = self._idle = self._idle or self._start()
        try:
            process.send(request)
            answer = process.receive(self._patience)
        except Ended as ended:
            self.close()
            raise WorkerError(str(ended)) from ended
        if answer[:1] == b"x":
            raise Refused(answer[1:].decode(errors="replace"))
        return answer[1:]

    def close(self) -> None:
        """End the worker that waits for more."""
        if self._idle is not None:
            self._idle.close()
            self._idle = None

    def __enter__(self) -> Bridge:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.close()

    def _start(self) -> WorkerProcess:
        return WorkerProcess(self._built)


class _Flight:
    """The batches of one run that are under way, the oldest first, and the worker that has them."""

    def __init__(self, bridge: Bridge, process: WorkerProcess) -> None:
        self._bridge = bridge
        self._flying: deque[Sequence[bytes]] = deque()
        self._lost = 0  # workers in a row that ended while they ran nothing
        self.process = process

    @property
    def batches(self) -> int:
        return len(self._flying)

    def launch(self, batch: Sequence[bytes]) -> None:
        self._flying.append(batch)
        self.process.send(b"b" + _array(batch))

    def land(self) -> Iterator[Reply]:
        """Yield answers to the oldest batch, or to the beginning of it."""
        batch = self._flying[0]
        try:
            histories, leak = _histories(self.process.receive(self._bridge._patience), len(batch))
        except Ended as ended:
            noted = self.process.noted()
            self._replace()
            if noted is None:
                self._lose(ended)
                self._relaunch()
            else:
                yield from self._find(batch, noted, ended)
            return
        self._lost = 0
        if leak:
            self._bridge.leaks.append(leak)
            self._flying[0] = batch[histories.count :]
            self._replace()
            if not self._flying[0]:
                self._flying.popleft()
            self._relaunch()
        else:
            self._flying.popleft()
        yield histories

    def _find(self, batch: Sequence[bytes], noted: Noted, ended: Ended) -> Iterator[Reply]:
        """Run the suspect alone, to be sure; what came after it goes back into the air."""
        self._lost = 0
        self._flying.popleft()
        before, suspect, after = batch[: noted.program], batch[noted.program], batch[noted.program + 1 :]
        # The histories of these were lost with the worker.
        for each in before:
            yield self._alone(each)
        answer = self._alone(suspect)
        attempts = 1
        while isinstance(answer, Histories) and not noted.ending and attempts < _ATTEMPTS:
            answer = self._alone(suspect)
            attempts += 1
        if isinstance(answer, Histories) and not noted.ending:
            self._bridge.unconfirmed.append(str(ended))
            if not ended.by_others:
                # This cannot come from a busy machine: the implementation did this, though not always.
                text = f"seen once, and not again in {attempts} runs alone\n{ended.text}"
                answer = Death(ended.kind, text, _array(()))
        yield answer
        if after:
            self._flying.appendleft(after)
        self._relaunch()

    def _alone(self, program: bytes) -> Reply:
        try:
            self.process.send(b"a" + _array([program]))
            histories, leak = _histories(self.process.receive(self._bridge._patience_alone), 1)
        except Ended as ended:
            noted = self.process.noted()
            self._replace()
            if noted is None:
                self._lose(ended)
                return self._alone(program)
            self._lost = 0
            if not noted.ending:
                return Death(ended.kind, ended.text, _array(noted.steps))
            # All that the program asked for was seen before.
            self._bridge.leaks.append(str(ended))
            return Histories(1, _array([b"\x81\xa5steps" + _array(noted.steps)]))
        if leak:
            self._bridge.leaks.append(leak)
            self._replace()
        self._lost = 0
        return histories

    def _lose(self, ended: Ended) -> None:
        """Take note of a worker that ended while it ran nothing; that can happen, but not all the time."""
        self._bridge.unconfirmed.append(f"while it ran nothing: {ended}")
        self._lost += 1
        if self._lost == _STARTS:
            raise WorkerError(f"{_STARTS} workers in a row ended before they ran anything: {ended}")

    def _replace(self) -> None:
        self.process.close()
        self.process = self._bridge._start()

    def _relaunch(self) -> None:
        for batch in self._flying:
            self.process.send(b"b" + _array(batch))


def _array(values: Sequence[bytes]) -> bytes:
    return b"\xdd" + struct.pack(">I", len(values)) + b"".join(values)


def _histories(answer: bytes, count: int) -> tuple[Histories, str]:
    """Return the histories in an answer, and what their worker cannot get rid of, in words."""
    match answer[:1]:
        case b"h":
            return Histories(count, answer[1:]), ""
        case b"r":
            (size,) = struct.unpack_from(">I", answer, 1)
            leak, packed = answer[5 : 5 + size].decode(errors="replace"), answer[5 + size :]
            (done,) = struct.unpack_from(">I", packed, 1)
            return Histories(done, packed), leak
        case b"x":
            raise WorkerError(f"the worker refused a request: {answer[1:].decode(errors='replace')}")
        case _:
            raise WorkerError("the worker gave an answer of an unknown form")
