"""Ctrl-C before any line of a waiting call: no message is lost or duplicated, and the call stops waiting."""

from __future__ import annotations

import linecache
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import beehive
import pytest
from beehive import ChannelContext, Closed, Message, Parker, Timeout

A, B = Message("a"), Message("b")
FOLDER = str(Path(beehive.__file__).parent)


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    """Give the thread its trace function back, or whatever runs after these tests is not in the coverage."""
    before = sys.gettrace()
    yield
    sys.settrace(before)


class Interrupter:
    """Raises KeyboardInterrupt before one of the lines of the bus, counted from 1."""

    def __init__(self, at: int) -> None:
        self.left = at
        self.place = "nowhere"
        self._inside: set[tuple[FrameType, int]] = set()

    @contextmanager
    def watching(self) -> Iterator[None]:
        sys.settrace(self._called)
        try:
            yield
        finally:
            sys.settrace(None)

    def _called(self, frame: FrameType, event: str, argument: Any) -> Callable[..., Any] | None:
        return self._line if frame.f_code.co_filename.startswith(FOLDER) else None

    def _line(self, frame: FrameType, event: str, argument: Any) -> Callable[..., Any] | None:
        if event == "line" and not self._is_way_out(frame):
            self.left -= 1
            if self.left == 0:
                self.place = f"{Path(frame.f_code.co_filename).name}:{frame.f_lineno}"
                sys.settrace(None)
                raise KeyboardInterrupt
        return self._line

    def _is_way_out(self, frame: FrameType) -> bool:
        # The interpreter handles no signals at a `try`, nor at a `with` line that is traced again at its end.
        if linecache.getline(frame.f_code.co_filename, frame.f_lineno).strip() == "try:":
            return True
        if not linecache.getline(frame.f_code.co_filename, frame.f_lineno).lstrip().startswith("with "):
            return False
        if (frame, frame.f_lineno) in self._inside:
            self._inside.discard((frame, frame.f_lineno))
            return True
        self._inside.add((frame, frame.f_lineno))
        return False


class StagedRuntime:
    """A runtime for one thread: while it is parked, `meanwhile` runs and is not interrupted."""

    def __init__(self) -> None:
        self.meanwhile: Callable[[], object] = lambda: None
        self.interrupter = Interrupter(0)

    def lock(self) -> _Lock:
        return _Lock()

    def parker(self) -> Parker:
        return _Parker(self)

    def spawn(self, run: Callable[[], None], name: str) -> None:
        raise NotImplementedError


class _Lock:
    """A lock that raises instead of deadlocking the only thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        assert self._lock.acquire(blocking=False), "the lock is held already"

    def __exit__(self, *exception: object) -> None:
        self._lock.release()

    def _is_owned(self) -> bool:
        return self._lock.locked()


class _Parker:
    def __init__(self, runtime: StagedRuntime) -> None:
        self._runtime = runtime
        self._woken = False

    def park(self, seconds: float | None) -> bool:
        sys.settrace(None)
        self._runtime.meanwhile()
        sys.settrace(self._runtime.interrupter._called)
        return self._woken

    def unpark(self) -> None:
        self._woken = True


def interrupted_everywhere(
    call: Callable[[ChannelContext, StagedRuntime], Any], least: int = 6
) -> Iterator[tuple[str, ChannelContext, Any]]:
    """Repeat a call on fresh buses, interrupted one line later each time, until it finishes."""
    for at in range(1, 400):
        runtime = StagedRuntime()
        runtime.interrupter = Interrupter(at)
        bus = ChannelContext(capacity=1, runtime=runtime)
        bus.add_module("m")
        try:
            yielded = call(bus, runtime)
        except KeyboardInterrupt:
            yielded = None
        yield runtime.interrupter.place, bus, yielded
        if runtime.interrupter.left > 0:
            break
    else:
        pytest.fail("the call has no end")
    assert at >= least, "there is hardly a place to interrupt the call at"


def watched(runtime: StagedRuntime, call: Callable[[], Any]) -> Any:
    with runtime.interrupter.watching():
        return call()


@pytest.mark.parametrize("comes", [False, True], ids=["nothing comes", "a message comes"])
def test_an_interrupted_receive_takes_nothing(comes: bool) -> None:
    def receive(bus: ChannelContext, runtime: StagedRuntime) -> Any:
        if comes:
            runtime.meanwhile = lambda: bus.send("m", A)
        try:
            return watched(runtime, lambda: bus.receive("m", 1))
        except Timeout:
            return None

    for place, bus, got in interrupted_everywhere(receive):
        assert bus.snapshot().channels["m"][1:] == (0, 0), f"interrupted at {place}: a place was kept"
        if bus.snapshot().channels["m"].queued == 0 and got is None:
            bus.send("m", A)
            continue
        left = bus.clean_up("m")
        assert (got, left) in [(A, []), (None, [A])], f"interrupted at {place}"


def test_an_interrupted_send_puts_its_message_once_or_never() -> None:
    def send(bus: ChannelContext, runtime: StagedRuntime) -> list[Any]:
        bus.send("m", A)
        received: list[Any] = []
        runtime.meanwhile = lambda: received.append(bus.receive("m"))
        watched(runtime, lambda: bus.send("m", B, 1))
        return received

    for place, bus, _ in interrupted_everywhere(send):
        assert bus.snapshot().channels["m"][1:] == (0, 0), f"interrupted at {place}: a place was kept"
        assert bus.clean_up("m") in [[A], [B], []], f"interrupted at {place}"


@pytest.mark.parametrize("is_awaited", [False, True], ids=["no receiver", "a receiver"])
def test_after_an_interrupted_send_no_receiver_waits_while_a_message_is_there(is_awaited: bool) -> None:
    receivers: list[Any] = []

    def send(bus: ChannelContext, runtime: StagedRuntime) -> None:
        bus.clean_up("m")
        bus.add_module("m", capacity=None)
        receivers.append(bus._core.receiving("m"))
        if is_awaited:
            receivers[-1].begin()
        watched(runtime, lambda: bus.send("m", A))

    for place, bus, _ in interrupted_everywhere(send, least=3):
        queued, receiving, _ = bus.snapshot().channels["m"]
        assert not (queued and receiving), f"interrupted at {place}: no receiver was woken"
        assert queued + receivers[-1].done <= 1, f"interrupted at {place}"


def test_an_interrupted_request_is_not_outstanding() -> None:
    def ask(bus: ChannelContext, runtime: StagedRuntime) -> Any:
        runtime.meanwhile = lambda: bus.send_resp(bus.receive("m").reply("yes"))
        return watched(runtime, lambda: bus.send_sync("m", A, 1))

    for place, bus, _ in interrupted_everywhere(ask):
        assert bus.snapshot().anon_channels == {}, f"interrupted at {place}"
        assert len(bus.clean_up("m")) <= 1, f"interrupted at {place}"


def test_an_interrupted_request_to_a_group_is_not_outstanding() -> None:
    def ask(bus: ChannelContext, runtime: StagedRuntime) -> Any:
        bus.add_module_group("m", "all")
        bus.send("m", B)
        runtime.meanwhile = lambda: bus.send_resp(A.reply("yes"))
        return watched(runtime, lambda: bus.send_to_group_sync("all", A, 1))

    for place, bus, _ in interrupted_everywhere(ask):
        assert bus.snapshot().anon_channels == {}, f"interrupted at {place}"
        assert bus.clean_up("m") == [B], f"interrupted at {place}"


def test_an_interrupted_receive_on_a_closed_bus_does_not_stay_queued() -> None:
    def receive(bus: ChannelContext, runtime: StagedRuntime) -> Any:
        runtime.meanwhile = bus.close
        with pytest.raises(Closed):
            watched(runtime, lambda: bus.receive("m", 1))

    for place, bus, _ in interrupted_everywhere(receive):
        bus.close()
        assert bus.snapshot() == ({}, {}, {}), f"interrupted at {place}"
