"""Parkers: how threads wait for an eventfd or a lock, and what wakes them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType

import pytest
from beehive import ChannelContext, Closed, Message, Parker, Runtime, ThreadRuntime
from beehive import runtime as runtime_module
from beehive.runtime import EventParker, Lock, LockParker, new_lock

PARKERS = pytest.mark.parametrize("make", [LockParker, EventParker])


@PARKERS
def test_a_parker_remembers_that_it_was_unparked(make: Callable[[], Parker]) -> None:
    parker = make()
    parker.unpark()
    assert parker.park(None)


@PARKERS
def test_a_parker_that_is_not_unparked_times_out(make: Callable[[], Parker]) -> None:
    parker = make()
    assert not parker.park(0)
    assert not parker.park(1e-9)


@PARKERS
def test_a_timeout_longer_than_the_system_can_wait_is_accepted(make: Callable[[], Parker]) -> None:
    parker = make()
    parker.unpark()
    assert parker.park(1e300)


@PARKERS
def test_a_parked_thread_is_woken_by_another(make: Callable[[], Parker]) -> None:
    parker = make()
    woken: list[bool] = []
    thread = threading.Thread(target=lambda: woken.append(parker.park(60)))
    thread.start()
    parker.unpark()
    thread.join()
    assert woken == [True]


def test_a_thread_reuses_its_eventfd_unless_it_may_still_be_written_to() -> None:
    runtime = ThreadRuntime()
    first = runtime.parker()
    other = runtime.parker()
    assert other is not first, "the first one is in use"
    first.unpark()
    assert first.park(None)
    assert runtime.parker() is first
    assert not first.park(0)
    assert runtime.parker() is not first


def test_threads_do_not_share_eventfds() -> None:
    runtime = ThreadRuntime()
    parker = runtime.parker()
    parker.unpark()
    parker.park(None)
    others: list[Parker] = []
    thread = threading.Thread(target=lambda: others.append(runtime.parker()))
    thread.start()
    thread.join()
    assert others[0] is not parker


def test_a_discarded_parker_closes_its_eventfd() -> None:
    parker = EventParker()
    number = parker._file
    del parker
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(number)


@pytest.mark.parametrize("case", ["no eventfd", "too many files", "numbers too large"])
def test_without_an_eventfd_a_thread_waits_for_a_lock(monkeypatch: pytest.MonkeyPatch, case: str) -> None:
    def refuse(value: int) -> int:
        raise OSError(24, "Too many open files")

    match case:
        case "no eventfd":
            monkeypatch.delattr(os, "eventfd")
        case "too many files":
            monkeypatch.setattr(os, "eventfd", refuse)
        case _:
            monkeypatch.setattr(runtime_module, "FILE_LIMIT", 0)
    runtime_module._this_thread.idle = None
    assert isinstance(ThreadRuntime().parker(), LockParker)


def test_a_forked_child_does_not_share_the_eventfds_of_its_parent() -> None:
    code = """
import os
from beehive import ThreadRuntime
runtime = ThreadRuntime()
parker = runtime.parker()
parker.unpark()
parker.park(None)
child = os.fork()
if child == 0:
    os._exit(runtime.parker() is parker)
assert runtime.parker() is parker
raise SystemExit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


class Locks(ThreadRuntime):
    """A runtime whose threads wait for locks."""

    def parker(self) -> Parker:
        return LockParker()


class Watching(ThreadRuntime):
    """Records whether the lock of the bus was held whenever a call was woken."""

    def __init__(self) -> None:
        self.held = new_lock()
        self.seen: list[bool] = []

    def lock(self) -> Lock:
        return self.held

    def parker(self) -> Parker:
        return _WatchedParker(self)


class _WatchedParker(LockParker):
    __slots__ = ()

    def __init__(self, runtime: Watching) -> None:
        super().__init__()
        release = self.unpark

        def unpark() -> None:
            runtime.seen.append(runtime.held._is_owned())
            release()

        self.unpark = unpark


@pytest.mark.parametrize(
    "end",
    [
        lambda bus: bus.send("m", Message("x")),
        lambda bus: bus.send("m", Message("x"), timeout=1),
        lambda bus: bus.send_nowait("m", Message("x")),
        lambda bus: bus.send_to_group("all", Message("x")),
        lambda bus: bus.clean_up("m"),
        lambda bus: bus.close(),
    ],
    ids=["send", "send in time", "send_nowait", "send_to_group", "clean_up", "close"],
)
def test_no_call_is_woken_while_the_lock_is_held(end: Callable[[ChannelContext], object]) -> None:
    runtime = Watching()
    bus = ChannelContext(runtime=runtime)
    bus.module("m", groups="all")

    def receive() -> None:
        with suppress(Closed):
            bus.receive("m")

    thread = threading.Thread(target=receive)
    thread.start()
    while not bus.snapshot().channels["m"].receiving:
        os.sched_yield()
    end(bus)
    thread.join()
    assert runtime.seen == [False]


class Signalled(Exception):
    """Raised by a handler."""


@contextmanager
def signalled(bus: ChannelContext, handle: Callable[[], object]) -> Iterator[None]:
    """Let a handler run in this thread, once, while a receive waits for a message of the module m."""
    handled = threading.Event()

    def handler(number: int, frame: FrameType | None) -> None:
        if not handled.is_set():
            handled.set()
            handle()

    def watch() -> None:
        while not bus.snapshot().channels["m"].receiving:
            os.sched_yield()
        # Repeatedly: a signal that arrives just before a thread waits does not end the wait.
        while not handled.is_set():
            os.kill(os.getpid(), signal.SIGUSR1)
            os.sched_yield()

    before = signal.signal(signal.SIGUSR1, handler)
    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield
    finally:
        thread.join()
        signal.signal(signal.SIGUSR1, before)


@pytest.mark.parametrize("timeout", [None, 60])
@pytest.mark.parametrize("runtime", [ThreadRuntime(), Locks()], ids=["eventfd", "lock"])
def test_a_signal_handler_that_raises_ends_a_wait(runtime: Runtime, timeout: float | None) -> None:
    def interrupt() -> None:
        raise Signalled

    bus = ChannelContext(runtime=runtime)
    bus.add_module("m")
    with signalled(bus, interrupt), pytest.raises(Signalled):
        bus.receive("m", timeout)
    assert bus.snapshot().channels["m"] == (0, 0, 0)


@pytest.mark.parametrize("timeout", [None, 60])
@pytest.mark.parametrize("runtime", [ThreadRuntime(), Locks()], ids=["eventfd", "lock"])
def test_a_signal_handler_that_returns_does_not_end_a_wait(runtime: Runtime, timeout: float | None) -> None:
    bus = ChannelContext(runtime=runtime)
    bus.add_module("m")
    handled = threading.Event()

    def send() -> None:
        handled.wait()
        bus.send("m", Message("later"))

    sender = threading.Thread(target=send)
    sender.start()
    with signalled(bus, handled.set):
        assert bus.receive("m", timeout).content == "later"
    sender.join()
