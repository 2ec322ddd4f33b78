"""Programs in, histories out, whatever the programs do to their worker."""

from __future__ import annotations

import signal
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

pytest.importorskip("cffi", reason="the extra [go] is not installed")

from beehive_go.bridge import Bridge, Death, Histories, Reply
from beehive_go.build import Built, build, missing
from beehive_go.process import WorkerError, WorkerProcess

if (reason := missing()) is not None:
    pytest.skip(reason, allow_module_level=True)


@pytest.fixture(scope="session", params=[True, False], ids=["library", "program"])
def built(request: pytest.FixtureRequest) -> Built:
    return build(faults=True, library=request.param)


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
    """A program whose history differs for each time, so that a mix-up would be seen."""
    return program(sleep(ms), advance(ms + 1))


def history_after(ms: int) -> dict[str, Any]:
    returned = {"operation": 1, "outcome": {"outcome": "returned"}, "ms": ms}
    return {"steps": [[{}], [{"returned": [returned]}]]}


def unpacked(answers: Sequence[Reply]) -> list[Any]:
    """The histories as plain values, and a death as its kind and its steps."""
    result: list[Any] = []
    for answer in answers:
        match answer:
            case Histories():
                found = msgspec.msgpack.decode(answer.packed)
                assert len(found) == answer.count
                result += found
            case Death():
                result.append((answer.kind, msgspec.msgpack.decode(answer.steps)))
    return result


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
def test_a_death_belongs_to_its_program_alone(bridge: Bridge, name: str, kind: str, says: str) -> None:
    times = list(range(1, 21))
    programs = [returns_after(ms) for ms in times]
    programs[10] = program(sleep(0), advance(5), fault(name), sleep(1))
    expected: list[Any] = [history_after(ms) for ms in times]
    expected[10] = (kind, [[{"returned": [{"operation": 1, "outcome": {"outcome": "returned"}}]}], [{}]])
    answers = list(bridge.run(programs))
    assert unpacked(answers) == expected
    (death,) = (answer for answer in answers if isinstance(answer, Death))
    assert says in death.text
    assert not bridge.unconfirmed


def test_every_program_of_a_batch_may_die(bridge: Bridge) -> None:
    answers = list(bridge.run([program(fault("exit"))] * 20))
    assert unpacked(answers) == [("exit", [])] * 20


def test_a_program_that_hangs_is_ended(built: Built) -> None:
    with Bridge(built, batch=4, patience=1.0, patience_alone=1.0) as bridge:
        answers = list(bridge.run([returns_after(1), program(sleep(0), fault("hang")), returns_after(2)]))
        first, hung, last = unpacked(answers)
        assert first == history_after(1)
        assert hung[0] == "hung"
        assert len(hung[1]) == 1
        assert last == history_after(2)


def test_what_go_prints_does_not_get_among_the_answers(bridge: Bridge) -> None:
    answers = list(bridge.run([program(fault("print")), returns_after(1)]))
    assert unpacked(answers)[1] == history_after(1)


def test_a_goroutine_that_cannot_be_ended_costs_its_worker_and_no_history(bridge: Bridge) -> None:
    times = list(range(1, 21))
    programs = [returns_after(ms) for ms in times]
    programs[10] = program(fault("leak"))
    found = unpacked(list(bridge.run(programs)))
    del found[10]
    assert found == [history_after(ms) for ms in times if ms != 11]
    (leak,) = bridge.leaks
    assert "faults.Trigger" in leak


def test_a_death_after_the_last_step_is_no_death_of_the_program(bridge: Bridge) -> None:
    late = program({"op": "send", "module": "fault:late", "id": "1"}, advance(9))
    found = unpacked(list(bridge.run([returns_after(1), late, returns_after(2)])))
    assert (found[0], found[2]) == (history_after(1), history_after(2))
    assert len(found[1]["steps"]) == 2
    (leak,) = bridge.leaks
    assert leak.startswith("panic: panic: planted")


def test_a_death_that_comes_once_is_told_as_that(built: Built, monkeypatch: pytest.MonkeyPatch) -> None:
    with Bridge(built, batch=4) as bridge:
        # The first worker dies of the second program; to all others that program means no harm.
        harmless, deadly = returns_after(1), program(fault("panic"))
        run = bridge.run([harmless, deadly, harmless])
        monkeypatch.setattr("beehive_go.bridge._array", _packed_without(deadly, harmless))
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
    # The last program of the first run must not be looked for in the second, which is shorter.
    list(bridge.run([returns_after(1)] * 8))
    started[-1]._child.kill()
    assert unpacked(list(bridge.run([returns_after(2)]))) == [history_after(2)]
    assert len(started) == 2
    (told,) = bridge.unconfirmed
    assert told.startswith("while it ran nothing: memory: killed by signal 9")


@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGTERM])
def test_a_worker_that_is_killed_at_any_time_costs_no_history(
    bridge: Bridge, started: list[WorkerProcess], sent: signal.Signals
) -> None:
    times = list(range(1, 500))
    answers: list[Reply] = []
    for answer in bridge.run(map(returns_after, times)):
        answers.append(answer)
        if len(answers) in (1, 5, 20):
            started[-1]._child.send_signal(sent)
    assert unpacked(answers) == [history_after(ms) for ms in times]


@pytest.mark.parametrize("last_words", ["kill -9 $$", "exit 0", "echo 'panic: oh' >&2; exit 2"])
def test_workers_that_never_run_anything_are_no_fault_of_a_program(tmp_path: Path, last_words: str) -> None:
    worker = tmp_path / "worker"
    worker.write_text(f"#!/bin/sh\n{last_words}\n")
    worker.chmod(0o755)
    built = Built(version="v1.13.0", go="go1.25", folder=tmp_path, with_library=False)
    with Bridge(built) as bridge, pytest.raises(WorkerError, match="3 workers in a row ended before they ran"):
        list(bridge.run([returns_after(1)]))


def test_a_program_that_has_much_to_do_does_not_hang(built: Built) -> None:
    times = 400_000
    much = program({"op": "repeat", "times": times, "operation": sleep(0)})
    # Less than it takes, and a thousand times what lies between two signs of life.
    with Bridge(built, patience=1.0, patience_alone=1.0) as bridge:
        (history,) = unpacked(list(bridge.run([much])))
    assert [seen["times"] for seen in history["steps"][0]] == [times]


def _packed_without(deadly: bytes, harmless: bytes) -> Any:
    from beehive_go.bridge import _array

    calls = 0

    def packed(programs: Sequence[bytes]) -> bytes:
        nonlocal calls
        calls += 1
        return _array(programs if calls == 1 else [harmless if each == deadly else each for each in programs])

    return packed


def test_answers_that_nobody_took_are_not_given_to_the_next_run(bridge: Bridge) -> None:
    abandoned = bridge.run(map(returns_after, range(1, 50)))
    next(abandoned)
    del abandoned
    assert unpacked(list(bridge.run([returns_after(70)]))) == [history_after(70)]


def test_two_runs_at_once_do_not_mix(bridge: Bridge) -> None:
    first = bridge.run(map(returns_after, range(1, 30)))
    begun = next(first)
    assert unpacked(list(bridge.run([returns_after(70)]))) == [history_after(70)]
    assert unpacked([begun, *first]) == [history_after(ms) for ms in range(1, 30)]


def test_a_program_that_cannot_be_read_is_an_error_of_the_caller(bridge: Bridge) -> None:
    with pytest.raises(WorkerError, match='unknown op "fly"'):
        list(bridge.run([program({"op": "fly"})]))
    assert unpacked(list(bridge.run([returns_after(1)]))) == [history_after(1)]


def test_a_worker_that_cannot_start_is_no_death(built: Built, tmp_path: Any) -> None:
    if not built.with_library:
        pytest.skip("only the library is loaded by a program of ours")
    (tmp_path / "library.so").write_bytes(b"")
    (tmp_path / "beehive_abi.py").write_bytes(built.folder.joinpath("beehive_abi.py").read_bytes())
    broken = Built(version=built.version, go=built.go, folder=tmp_path, with_library=True)
    with Bridge(broken) as bridge, pytest.raises(WorkerError, match=r"library\.so"):
        list(bridge.run([returns_after(1)]))


def test_large_batches_pass_in_both_directions(built: Built) -> None:
    # More than the pipes hold, both ways at once, with a batch waiting behind another.
    look = {"op": "inspect_fields"}
    sleeps = [sleep(0)] * 3000
    with Bridge(built, batch=30) as bridge:
        found = unpacked(list(bridge.run([program(*sleeps, look)] * 90)))
    assert len(found) == 90
    assert all(len(history["steps"]) == 3001 for history in found)
