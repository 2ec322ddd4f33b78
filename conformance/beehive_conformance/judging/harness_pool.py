"""Harnesses in several processes, whose results are in the order of the programs."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from itertools import islice
from multiprocessing.connection import wait
from multiprocessing.util import Finalize

from beehive_conformance.judging.harness import Harness, HarnessSetup, Judged
from beehive_conformance.programs.program import Program
from beehive_conformance.targets.target import TargetError

PROGRAMS_PER_TASK = 250
"""The number of programs in one task, about a tenth of a second of work."""
AHEAD = 3
"""The number of tasks submitted ahead for each process."""


class HarnessPool:
    """Harnesses in `processes` processes of their own; with one process, the harness is in this process.

    Results are in the order of the programs, and so do not depend on the number of processes.
    """

    def __init__(self, setup: HarnessSetup, processes: int = 1) -> None:
        self._harness: Harness | None = Harness(setup) if processes == 1 else None
        self._pool: ProcessPoolExecutor | None = None
        self._ahead = AHEAD * processes
        if processes > 1:
            # Spawned, not forked: a child must not inherit threads, nor a Go worker's pipes.
            context = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(processes, context, _open, (setup,))

    def __enter__(self) -> HarnessPool:
        return self

    def __exit__(self, *exception: object) -> None:
        if self._harness is not None:
            self._harness.close()
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def results(self, programs: Iterable[Program]) -> Iterator[tuple[Program, Judged]]:
        """Yield every program with its result, in order; raises TargetError."""
        if self._pool is None:
            assert self._harness is not None
            yield from self._harness.results(programs)
            return
        source = iter(programs)
        waiting: deque[tuple[list[Program], Future[list[Judged]]]] = deque()
        try:
            while True:
                while len(waiting) < self._ahead and (batch := list(islice(source, PROGRAMS_PER_TASK))):
                    with _no_interrupts():
                        waiting.append((batch, self._pool.submit(_judge, batch)))
                if not waiting:
                    return
                done, future = waiting.popleft()
                yield from zip(done, future.result(), strict=True)
        except BrokenProcessPool:
            raise TargetError("a process of the suite ended unexpectedly while it was judging") from None


@contextmanager
def _no_interrupts() -> Iterator[None]:
    # A process started now inherits the mask. Otherwise Ctrl-C could interrupt its imports, before it ignores Ctrl-C.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


_process_harness: Harness | None = None


def _open(setup: HarnessSetup) -> None:
    global _process_harness
    # Ctrl-C is sent to the whole process group; only the main process handles it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    # Automata live long and produce little garbage; the default thresholds make judging take a third longer.
    gc.set_threshold(100_000, 20, 100)
    _process_harness = Harness(setup)
    # Pool processes exit without running atexit handlers; finalizers are run.
    Finalize(_process_harness, _process_harness.close, exitpriority=10)


def _leave_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None, "a process of the pool was started by another"
    wait([parent.sentinel])
    os._exit(2)


def _judge(programs: list[Program]) -> list[Judged]:
    assert _process_harness is not None, "the pool opens a harness in each process first"
    return [judged for _, judged in _process_harness.results(programs)]
