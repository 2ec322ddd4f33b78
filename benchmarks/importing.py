"""The time that a process takes to import the bus, compared with the standard library modules that it imports.

Usage: python benchmarks/importing.py [rounds]      (default 40)

Runs are interleaved, pinned to one processor, and use compiled bytecode, as after installation. The goal is a ratio
of at most 1.5.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time

BUS = "import beehive"
PEER = "import queue, threading, logging, dataclasses"


def milliseconds(code: str, environment: dict[str, str]) -> float:
    """Return how long a process takes that only runs `code`."""
    begun = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], env=environment, check=True)
    return (time.perf_counter() - begun) * 1e3


def main() -> None:
    """Measure and print one line."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    with tempfile.TemporaryDirectory() as compiled:
        environment = {**os.environ, "PYTHONPYCACHEPREFIX": compiled}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        pairs = [(milliseconds(BUS, environment), milliseconds(PEER, environment)) for _ in range(rounds + 1)][1:]
    bus, peer = (min(times) for times in zip(*pairs, strict=True))
    print(f"{BUS}: {bus:.1f} ms, {PEER}: {peer:.1f} ms; {statistics.median(a / b for a, b in pairs):.2f} times")


if __name__ == "__main__":
    main()
