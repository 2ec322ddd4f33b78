"""Every program gets its result, even if one ends or hangs its worker."""

from __future__ import annotations

import signal
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

pytest.importorskip("cffi", reason="the extra [go] is not installed")

from beehive_go.bridge import Bridge, Death, Histories, Result
from beehive_go.build import BuildStage, Built, build, state
from beehive_go.errors import WorkerError
from beehive_go.process import WorkerProcess
from beehive_go.source import checkout

if state().stage is BuildStage.MISSING:
    pytest.skip(state().text, allow_module_level=True)


@pytest.fixture(
    scope="session", params=["library", "program", pytest.param("process per case", marks=pytest.mark.slow)]
)
def built(request: pytest.FixtureRequest) -> Built:
    if request.param == "process per case":
        return build(checkout(str(request.getfixturevalue("fourth_layout"))), faults=True)
    return build(faults=True, library=request.param == "library")


@pytest.fixture
def shared(built: Built) -> Built:
    """A worker whose process runs many cases, so that what a case leaves behind matters."""
    if built.version.startswith("/"):
        pytest.skip("a process that runs one case leaves nothing behind")
    return built


@pytest.fixture
def bridge(built: Built) -> Iterator[Bridge]:
    with Bridge(built, batch=8) as bridge:
        yield bridge


def program(*steps: dict[str, Any]) -> bytes:
    return msgspec.msgpack.encode({"steps": steps})


def sleep(ms: int) -> dict[str, Any]:
    return {"op": "sleep", "ms": ms}


def advance(ms: int) -> dict[str, Any]:
    return {"op": "advance", "ms": ms}


def fault(name: str) -> dict[str, Any]:
    return {"op": "send", "module": f"fault:{name}", "id": "1"}


def returns_after(ms: int) -> bytes:
    """A program whose history depends on `ms`, so that histories cannot be mixed up unnoticed."""
    return program(sleep(ms), advance(ms + 1))


def history_after(ms: int) -> dict[str, Any]:
    returned = {"operation": 1, "outcome": {"outcome": "returned"}, "ms": ms}
    return {"steps": [[{}], [{"returned": [returned]}]]}


def unpacked(results: Sequence[Result]) -> list[Any]:
    """Histories as plain values, and each death as its kind and its steps."""
    values: list[Any] = []
    for result in results:
        match result:
            case Histories():
                found = msgspec.msgpack.decode(result.packed)
                assert len(found) == result.count
                values += found
            case Death():
                values.append((result.kind, msgspec.msgpack.decode(result.steps)))
    return values


def test_histories_come_in_the_order_of_the_programs(bridge: Bridge) -> None:
    times = range(1, 50)
    assert unpacked(list(bridge.run(map(returns_after, times)))) == [history_after(ms) for ms in times]


def test_no_programs_have_no_histories(bridge: Bridge) -> None:
    assert list(bridge.run([])) == []


def test_programs_are_taken_at_most_two_batches_ahead(bridge: Bridge) -> None:
    taken: list[int] = []

    def source() -> Iterator[bytes]:
        for ms in range(1, 100):
            taken.append(ms)
            yield returns_after(ms)

    next(bridge.run(source()))
    assert len(taken) == 16


@pytest.mark.parametrize(
    ("name", "kind", "says"),
    [
        ("exit", "exit", "exit status 3"),
        ("panic", "panic", "panic: planted"),
        ("fatal", "fatal", "stack overflow"),
        ("locks", "fatal", "fatal error: sync: unlock of unlocked mutex"),
        ("kill", "memory", "killed by signal 9"),
        ("memory", "memory", "out of memory"),
    ],
)
def test_a_death_affects_only_its_own_program(bridge: Bridge, name: str, kind: str, says: str) -> None:
    times = list(range(1, 21))
    programs = [returns_after(ms) for ms in times]
    programs[10] = program(sleep(0), advance(5), fault(name), sleep(1))
    expected: list[Any] = [history_after(ms) for ms in times]
    expected[10] = (kind, [[{"returned": [{"operation": 1, "outcome": {"outcome": "returned"}}]}], [{}]])
    results = list(bridge.run(programs))
    assert unpacked(results) == expected
    (death,) = (result for result in results if isinstance(result, Death))
    assert says in death.text
    assert not bridge.unconfirmed


def test_every_program_of_a_batch_may_die(bridge: Bridge) -> None:
    results = list(bridge.run([program(fault("exit"))] * 20))
    assert unpacked(results) == [("exit", [])] * 20


@pytest.mark.slow
def test_a_program_that_hangs_is_ended(built: Built) -> None:
    with Bridge(built, batch=4, silence_s=1.0, alone_silence_s=1.0) as bridge:
        results = list(bridge.run([returns_after(1), program(sleep(0), fault("hang")), returns_after(2)]))
        first, hung, last = unpacked(results)
        assert first == history_after(1)
        assert hung[0] == "hung"
        assert len(hung[1]) == 1
        assert last == history_after(2)


def test_output_of_go_is_kept_apart_from_the_replies(bridge: Bridge) -> None:
    results = list(bridge.run([program(fault("print")), returns_after(1)]))
    assert unpacked(results)[1] == history_after(1)


@pytest.mark.usefixtures("shared")
def test_a_goroutine_that_cannot_be_ended_costs_a_worker_but_no_history(bridge: Bridge) -> None:
    times = list(range(1, 21))
    programs = [returns_after(ms) for ms in times]
    programs[10] = program(fault("leak"))
    found = unpacked(list(bridge.run(programs)))
    del found[10]
    assert found == [history_after(ms) for ms in times if ms != 11]
    (leak,) = bridge.leaks
    assert "faults.Trigger" in leak


@pytest.mark.usefixtures("shared")
def test_a_death_after_the_last_step_is_a_leak(bridge: Bridge) -> None:
    late = program({"op": "send", "module": "fault:late", "id": "1"}, advance(9))
    found = unpacked(list(bridge.run([returns_after(1), late, returns_after(2)])))
    assert (found[0], found[2]) == (history_after(1), history_after(2))
    assert len(found[1]["steps"]) == 2
    (leak,) = bridge.leaks
    assert leak.startswith("panic: panic: planted")


def test_a_death_that_is_not_repeated_is_reported_as_seen_once(built: Built, monkeypatch: pytest.MonkeyPatch) -> None:
    with Bridge(built, batch=4) as bridge:
        # Only the first worker receives the deadly program.
        harmless, deadly = returns_after(1), program(fault("panic"))
        run = bridge.run([harmless, deadly, harmless])
        monkeypatch.setattr("beehive_go.bridge.packed_array", _packed_without(deadly, harmless))
        first, death, last = list(run)
        assert isinstance(first, Histories)
        assert isinstance(last, Histories)
        assert isinstance(death, Death)
        assert death.kind == "panic"
        assert death.text.startswith("seen once, and not again in 3 runs alone")
        assert len(bridge.unconfirmed) == 1


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[WorkerProcess]:
    """Every worker that a bridge starts, the newest last."""
    processes: list[WorkerProcess] = []
    start = Bridge._start

    def noted(bridge: Bridge) -> WorkerProcess:
        processes.append(start(bridge))
        return processes[-1]

    monkeypatch.setattr(Bridge, "_start", noted)
    return processes


def test_a_worker_that_is_killed_while_it_waits_is_replaced(bridge: Bridge, started: list[WorkerProcess]) -> None:
    # The notes of the first run must not be applied to the second, which is shorter.
    list(bridge.run([returns_after(1)] * 8))
    started[-1]._child.kill()
    assert unpacked(list(bridge.run([returns_after(2)]))) == [history_after(2)]
    assert len(started) == 2
    (text,) = bridge.unconfirmed
    assert text.startswith("while it ran nothing: memory: killed by signal 9")


@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGTERM])
def test_a_worker_that_is_killed_at_any_time_costs_no_history(
    bridge: Bridge, started: list[WorkerProcess], sent: signal.Signals
) -> None:
    times = list(range(1, 500))
    results: list[Result] = []
    for result in bridge.run(map(returns_after, times)):
        results.append(result)
        if len(results) in (1, 5, 20):
            started[-1]._child.send_signal(sent)
    assert unpacked(results) == [history_after(ms) for ms in times]


@pytest.mark.parametrize("last_words", ["kill -9 $$", "exit 0", "echo 'panic: oh' >&2; exit 2"])
def test_workers_that_never_run_anything_are_an_error(tmp_path: Path, last_words: str) -> None:
    worker = tmp_path / "worker"
    worker.write_text(f"#!/bin/sh\n{last_words}\n")
    worker.chmod(0o755)
    built = Built(version="v1.13.0", go="go1.25", folder=tmp_path, with_library=False)
    with Bridge(built) as bridge, pytest.raises(WorkerError, match="3 workers in a row ended before they ran"):
        list(bridge.run([returns_after(1)]))


def test_a_program_that_takes_long_does_not_hang(built: Built) -> None:
    times = 400_000
    much = program({"op": "repeat", "times": times, "operation": sleep(0)})
    # Less than the program takes, and a thousand times the interval between two signs of life.
    with Bridge(built, silence_s=1.0, alone_silence_s=1.0) as bridge:
        (history,) = unpacked(list(bridge.run([much])))
    assert [seen["times"] for seen in history["steps"][0]] == [times]


def _packed_without(deadly: bytes, harmless: bytes) -> Any:
    from beehive_go.protocol import packed_array

    calls = 0

    def packed(programs: Sequence[bytes]) -> bytes:
        nonlocal calls
        calls += 1
        return packed_array(programs if calls == 1 else [harmless if each == deadly else each for each in programs])

    return packed


def test_replies_of_an_abandoned_run_are_not_given_to_the_next(bridge: Bridge) -> None:
    abandoned = bridge.run(map(returns_after, range(1, 50)))
    next(abandoned)
    del abandoned
    assert unpacked(list(bridge.run([returns_after(70)]))) == [history_after(70)]


def test_concurrent_runs_do_not_mix(bridge: Bridge) -> None:
    first = bridge.run(map(returns_after, range(1, 30)))
    begun = next(first)
    assert unpacked(list(bridge.run([returns_after(70)]))) == [history_after(70)]
    assert unpacked([begun, *first]) == [history_after(ms) for ms in range(1, 30)]


def test_an_unreadable_program_is_an_error(bridge: Bridge) -> None:
    with pytest.raises(WorkerError, match='unknown op "fly"'):
        list(bridge.run([program({"op": "fly"})]))
    assert unpacked(list(bridge.run([returns_after(1)]))) == [history_after(1)]


def test_a_worker_that_cannot_start_is_an_error(built: Built, tmp_path: Any) -> None:
    if not built.with_library:
        pytest.skip("only the library has a host process of ours")
    (tmp_path / "library.so").write_bytes(b"")
    (tmp_path / "beehive_abi.py").write_bytes(built.folder.joinpath("beehive_abi.py").read_bytes())
    broken = Built(version=built.version, go=built.go, folder=tmp_path, with_library=True)
    with Bridge(broken) as bridge, pytest.raises(WorkerError, match=r"library\.so"):
        list(bridge.run([returns_after(1)]))


@pytest.mark.slow
def test_large_batches_pass_in_both_directions(built: Built) -> None:
    # More than the pipes hold in both directions at once, while a second batch waits.
    look = {"op": "inspect_fields"}
    sleeps = [sleep(0)] * 3000
    with Bridge(built, batch=30) as bridge:
        found = unpacked(list(bridge.run([program(*sleeps, look)] * 90)))
    assert len(found) == 90
    assert all(len(history["steps"]) == 3001 for history in found)
