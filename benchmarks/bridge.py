"""How many steps per second the real Go beehive performs in batches, and what a death costs.

Usage: python benchmarks/bridge.py [seconds for each figure]
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable, Iterator

import msgspec
from beehive_go.bridge import Bridge, Histories
from beehive_go.build import build
from beehive_go.process import WorkerProcess
from beehive_go.protocol import BATCH_SILENCE_S, RequestKind, packed_array, request
from beehive_spec.vocabulary import History
from calibration import calibration, seconds

MODULES = 3
ROUNDS = 4


def synthetic() -> tuple[list[dict[str, object]], int]:
    """A program that uses every map and every kind of waiting, and its number of steps."""
    steps: list[dict[str, object]] = []
    for i in range(MODULES):
        steps.append({"op": "add_module", "module": f"m{i}"})
        steps.append({"op": "add_module_group", "module": f"m{i}", "group": "g"})
    for i in range(ROUNDS):
        steps += [
            {"op": "send", "module": "m0", "id": f"s{i}"},
            {"op": "receive", "module": "m0", "client": "c"},
            {"op": "receive", "module": "m1", "client": "d"},
            {"op": "send", "module": "m1", "id": f"t{i}"},
            {"op": "send_sync", "module": "m2", "id": f"q{i}", "timeout": 50, "client": "e"},
            {"op": "receive", "module": "m2"},
            {"op": "inspect_fields"},
            {"op": "send_resp", "parent": f"q{i}"},
            {"op": "receive", "module": "nobody"},
            {"op": "advance", "ms": 10},
        ]
    return steps, len(steps)


def rate(bridge: Bridge, programs: list[bytes], per_program: int, budget: float, decode: bool) -> float:
    """Return steps per second: the median over runs of all programs."""
    decoder = msgspec.msgpack.Decoder(list[History])

    def run() -> None:
        for result in bridge.run(programs):
            assert isinstance(result, Histories)
            if decode:
                decoder.decode(result.packed)

    return per_program * len(programs) / statistics.median(repeated(run, budget))


def repeated(run: Callable[[], object], budget: float) -> Iterator[float]:
    """Yield the seconds that each run took, until the budget is spent."""
    end = time.perf_counter() + budget
    yield seconds(run)
    while time.perf_counter() < end:
        yield seconds(run)


def fastest(run: Callable[[], object], times: int = 5) -> float:
    """Return the seconds of the fastest of several runs; most of the work is done by another process."""
    return min(seconds(run) for _ in range(times))


def main() -> None:
    """Print one line for each figure."""
    budget = float(sys.argv[1]) if len(sys.argv) > 1 else 3.0
    loop, text = calibration()
    print(f"calibration: loop over tuples and dicts {loop:.1f} ms, text of a uuid4 {text:.2f} us")
    steps, size = synthetic()
    programs = [msgspec.msgpack.encode({"steps": steps})] * 1000
    deadly = msgspec.msgpack.encode({"steps": [{"op": "send", "module": "fault:panic", "id": "1"}]})
    for library in (True, False):
        built = build(library=library)
        what = "library" if library else "executable"
        with Bridge(built) as bridge:
            for decode in (False, True):
                figure = rate(bridge, programs, size, budget, decode)
                print(f"{what}: {figure:,.0f} steps/s{', histories decoded' if decode else ''}")

        def start() -> None:
            process = WorkerProcess(built)  # noqa: B023 called in this round only
            process.send(request(RequestKind.BATCH, packed_array(())))
            process.receive(BATCH_SILENCE_S)
            process.close()

        print(f"{what}: a worker starts, replies and ends in {fastest(start, 10) * 1e3:.1f} ms")
        with Bridge(build(library=library, faults=True)) as bridge:
            clean = fastest(lambda: list(bridge.run(programs[:100])))
            with_death = fastest(lambda: list(bridge.run([*programs[:50], deadly, *programs[:50]])))
        print(f"{what}: a death in the middle of a batch costs {(with_death - clean) * 1e3:.0f} ms")


if __name__ == "__main__":
    main()
