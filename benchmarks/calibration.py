"""Calibration, so that figures from different machines can be compared."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable


def calibration() -> tuple[float, float]:
    """Return the milliseconds of a fixed loop over tuples and dicts, and the microseconds of formatting a uuid4."""

    def loop() -> int:
        counts: dict[tuple[int, str], int] = {}
        for i in range(100_000):
            key = (i % 997, "key")
            counts[key] = counts.get(key, 0) + 1
        return len(counts)

    def texts() -> None:
        for _ in range(10_000):
            str(uuid.uuid4())

    return fastest(loop) * 1e3, fastest(texts) / 10_000 * 1e6


def fastest(work: Callable[[], object], times: int = 5) -> float:
    """Return the processor time of the fastest of several runs, in seconds."""
    return min(cpu_seconds(work) for _ in range(times))


def seconds(work: Callable[[], object]) -> float:
    """Return the wall-clock time of a run, in seconds."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def cpu_seconds(work: Callable[[], object]) -> float:
    """Return the processor time of a run in seconds; unlike wall-clock time it does not depend on other processes."""
    begun = time.process_time()
    work()
    return time.process_time() - begun
