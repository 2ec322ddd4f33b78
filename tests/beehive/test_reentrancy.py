"""Calls that interrupt a call of the same thread, as finalizers and signal handlers do: nothing hangs or is lost."""

from __future__ import annotations

import gc
import logging
import signal
import threading
import weakref
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from beehive import (
    ChannelContext,
    Closed,
    Message,
    ModuleHandle,
    Timeout,
    UnknownGroup,
    UnknownModule,
    WouldBlock,
    aio,
)
from beehive.core import Parked
from places import AtPlace

REQUEST = Message("request")
REFUSALS = (WouldBlock, Closed, UnknownModule, UnknownGroup)


class World:
    """A bus whose channels are in every state, and an account of every message.

    `one` has room for one message, `full` is full and has a sender waiting, `free` is unbounded, `awaited` has a
    receiver waiting. A request is outstanding.
    """

    def __init__(self) -> None:
        self.bus = ChannelContext()
        self.free: ModuleHandle = self.bus.module("free", groups="all")
        self.bus.module("one", groups="all", capacity=1)
        self.bus.module("full", capacity=1)
        self.bus.module("awaited", groups="all")
        self.accounts: Counter[str] = Counter()
        self._counted: dict[int, Any] = {}
        for module in ("free", "full"):
            self.send(module, f"first of {module}")
        core = self.bus._core
        self.receiver = self._begun(core.receiving("awaited"))
        self.sender = self._begun(core.sending("full", Message("waits")))
        self.request = self._begun(core.request("free", REQUEST))
        self.accounts["request"] -= 1
        self.is_undone = False

    def _begun(self, call: Parked[Any]) -> Parked[Any]:
        call.begin()
        assert not call.done
        return call

    def send(self, module: str, content: str) -> None:
        """Send a message, which is then expected once."""
        self.bus.send(module, Message(content), 0)
        self.accounts[content] -= 1

    def got(self, given: Any) -> None:
        """Note the messages that a call has returned."""
        match given:
            case Message():
                self.accounts[given.content] += 1
            case list() if id(given) not in self._counted:
                # A handle returns the list that the clean-up has returned.
                self._counted[id(given)] = given
                self.accounts.update(each.content for each in given)
            case dict():
                for messages in given.values():
                    self.got(messages)

    def missing(self) -> dict[str, int]:
        """Close the bus, and return what is missing (-1) or was received too often (1), apart from group messages."""
        self.got(self.bus.close())
        for call in (self.receiver, self.sender, self.request):
            assert call.done, "a call still waits on a closed bus"
        if not self.sender._is_failed:
            self.accounts["waits"] -= 1
        if not self.receiver._is_failed and not self.is_undone:
            self.got(self.receiver.result())
        return {content: times for content, times in self.accounts.items() if times and content != "to all"}


def sent(world: World, module: str, content: str) -> None:
    world.bus.send_nowait(module, Message(content))
    world.accounts[content] -= 1


def sent_forever(world: World, module: str, content: str) -> None:
    world.bus.send(module, Message(content))
    world.accounts[content] -= 1


def received(world: World, module: str) -> None:
    world.got(world.bus.receive_nowait(module))


def asked(world: World) -> None:
    with pytest.raises(Timeout) as caught:
        world.bus.send_sync("one", Message("asked"), 0)
    world.accounts["asked"] -= "no response" in str(caught.value)


def asked_in_vain(world: World) -> None:
    with pytest.raises(Timeout):
        world.bus.send_to_group_sync("all", Message("to all"), 0)


def viewed(world: World) -> None:
    sending = aio.ChannelContext.view_of(world.bus).send("one", Message("of a task"), 0)
    with pytest.raises(StopIteration):
        sending.send(None)
    world.accounts["of a task"] -= 1


def undone(world: World) -> None:
    world.is_undone = True
    world.bus._shell.undo(world.receiver)


OUTER: dict[str, Callable[[World], object]] = {
    "send to one with room": lambda world: world.send("one", "outer"),
    "send to a receiver": lambda world: world.send("awaited", "outer"),
    "send to free": lambda world: world.send("free", "outer"),
    "send_nowait": lambda world: (
        world.bus.send_nowait("awaited", Message("outer")),
        world.accounts.update({"outer": -1}),
    ),
    "send to a group": lambda world: world.bus.send_to_group("all", Message("to all"), 0),
    "send of a task": viewed,
    "receive from full": lambda world: received(world, "full"),
    "receive from free": lambda world: received(world, "free"),
    "request": asked,
    "request to a group": asked_in_vain,
    "respond": lambda world: world.bus.send_resp(REQUEST.reply("outer")),
    "clean up free": lambda world: world.got(world.bus.clean_up("free")),
    "clean up full": lambda world: world.got(world.bus.clean_up("full")),
    "clean up awaited": lambda world: world.got(world.bus.clean_up("awaited")),
    "close": lambda world: world.got(world.bus.close()),
    "close a handle": lambda world: world.got(world.free.close()),
    "add a module": lambda world: world.bus.add_module("new"),
    "add to a group": lambda world: world.bus.add_module_group("full", "some"),
    "undo": lambda world: world.bus._shell.undo(world.sender),
    "look": lambda world: world.bus.snapshot(),
}
INNER: dict[str, Callable[[World], object]] = {
    "send to one": lambda world: world.send("one", "inner"),
    "send to full": lambda world: world.send("full", "inner"),
    "send to free": lambda world: world.send("free", "inner"),
    "send to a receiver": lambda world: world.send("awaited", "inner"),
    "send forever": lambda world: sent_forever(world, "free", "inner"),
    "send to a group": lambda world: world.bus.send_to_group("all", Message("to all"), 0),
    "receive from one": lambda world: received(world, "one"),
    "receive from full": lambda world: received(world, "full"),
    "receive from free": lambda world: received(world, "free"),
    "respond": lambda world: world.bus.send_resp(REQUEST.reply("inner")),
    "clean up free": lambda world: world.bus.clean_up("free"),
    "clean up awaited": lambda world: world.bus.clean_up("awaited"),
    "close a handle": lambda world: world.free.close(),
    "close": lambda world: world.bus.close(),
    "undo": undone,
}
"""Each calls the bus once, and may be refused."""


def interrupted(outer: str, inner: str, number: int, refusals: Counter[type[Exception]]) -> tuple[World, AtPlace]:
    """Run a call, interrupted by another one at one place."""
    world = World()
    kept: list[Any] = []

    def act() -> None:
        try:
            kept.append(INNER[inner](world))
        except REFUSALS as error:
            refusals[type(error)] += 1

    at = AtPlace(number, act)
    try:
        with at.watching():
            OUTER[outer](world)
    except REFUSALS:
        # For example because the call within has closed the bus.
        assert at.where != "nowhere"
    # Not within the call: its lists are complete once the call that it has interrupted has returned.
    for each in kept:
        if not isinstance(each, (Message, tuple)):
            world.got(each)
    return world, at


@pytest.mark.parametrize("outer", OUTER)
def test_a_call_within_another_at_any_place_neither_hangs_nor_loses_a_message(outer: str) -> None:
    fewest = 10**6
    refusals: Counter[type[Exception]] = Counter()
    for inner in INNER:
        number = 0
        while True:
            number += 1
            world, at = interrupted(outer, inner, number, refusals)
            shell = world.bus._shell
            assert not shell.is_within(), f"{inner} at {at.where}: the lock is still held"
            assert not shell.core.later, f"{inner} at {at.where}: something was left for later"
            missing = world.missing()
            assert not missing, f"{inner} at {at.where}: {missing}"
            if at.where == "nowhere":
                break
        fewest = min(fewest, number - 1)
    assert fewest >= 4, "there is hardly a place to interrupt the call at"


class Unowned:
    """A lock that its holder can acquire again without being told so."""

    def __init__(self) -> None:
        self._lock = threading.RLock()

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *exception: object) -> None:
        self._lock.release()

    def _is_owned(self) -> bool:
        return False


def test_a_lock_that_lets_calls_into_a_transition_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("beehive.runtime.new_lock", Unowned)
    with pytest.raises((AssertionError, KeyError, IndexError, AttributeError, RuntimeError, StopIteration)):
        test_a_call_within_another_at_any_place_neither_hangs_nor_loses_a_message("close")


class Cycle:
    """An object that only the garbage collector frees."""

    def __init__(self) -> None:
        self.itself = self


class LastWord(Cycle):
    """Sends a message when it is freed."""

    def __init__(self, send: Callable[[], object]) -> None:
        super().__init__()
        self._send = send

    def __del__(self) -> None:
        self._send()


@contextmanager
def by_signal(send: Callable[[], object]) -> Iterator[Callable[[], object]]:
    before = signal.signal(signal.SIGTERM, lambda number, frame: send())
    try:
        yield lambda: signal.raise_signal(signal.SIGTERM)
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def by_finalizer(send: Callable[[], object]) -> Iterator[Callable[[], object]]:
    LastWord(send)
    yield gc.collect


@contextmanager
def by_weakref(send: Callable[[], object]) -> Iterator[Callable[[], object]]:
    cycle = Cycle()
    watching = weakref.ref(cycle, lambda dead: send())
    del cycle
    yield lambda: (gc.collect(), watching)


@pytest.mark.parametrize("way", [by_signal, by_finalizer, by_weakref])
@pytest.mark.parametrize("number", [3, 6, 9, 12, 15])
def test_a_message_of_a_signal_handler_or_a_finalizer_arrives_once(way: Any, number: int) -> None:
    bus = ChannelContext()
    edged = bus.module("edged", capacity=10)
    gc.disable()
    try:
        with way(lambda: bus.send("edged", Message("within"))) as trigger:
            at = AtPlace(number, trigger)
            with at.watching():
                bus.send("edged", Message("outer"))
    finally:
        gc.enable()
    assert at.where != "nowhere"
    assert Counter(message.content for message in edged.close()) == {"within": 1, "outer": 1}


def test_a_log_handler_may_use_the_bus() -> None:
    bus = ChannelContext()
    logs = bus.module("logs", capacity=2)

    class Sending(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            bus.send("logs", Message(record.getMessage()))

    handler = Sending()
    logging.getLogger("beehive").addHandler(handler)
    try:
        assert not bus.send_resp(Message("x").reply("stray"))
    finally:
        logging.getLogger("beehive").removeHandler(handler)
    assert "no call is waiting for the response" in logs.receive_nowait().content


def test_a_response_that_is_refused_at_the_end_of_a_transition_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    world = World()
    shell = world.bus._shell
    taken: list[bool] = []

    def respond_twice() -> None:
        taken.extend(world.bus.send_resp(REQUEST.reply(number)) for number in range(2))

    shell.do(respond_twice)
    assert taken == [True, True]
    assert world.request.result().content == 0
    assert "no call is waiting for the response" in caplog.text


def test_what_would_have_to_wait_within_a_call_raises_would_block_and_changes_nothing() -> None:
    world = World()
    bus = world.bus
    calls: list[Callable[[], object]] = [
        lambda: bus.send("full", Message("x")),
        lambda: bus.send_nowait("full", Message("x")),
        lambda: bus.receive("awaited"),
        lambda: bus.receive("full"),
        lambda: bus.receive_nowait("full"),
        lambda: bus.send_sync("free", Message("x")),
        lambda: bus.send_to_group_sync("all", Message("x")),
        lambda: bus.add_module("new"),
        lambda: bus.add_module_group("free", "new"),
        lambda: bus.module("new"),
        bus.snapshot,
    ]
    before = bus.snapshot()
    refused: list[Callable[[], object]] = []

    def call_all() -> None:
        for call in calls:
            with pytest.raises(WouldBlock):
                call()
            refused.append(call)

    bus._shell.do(call_all)
    assert refused == calls
    assert bus.snapshot() == before
