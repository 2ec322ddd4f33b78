"""The bus for threads: what calls wait for, and how waiting ends."""

from __future__ import annotations

import logging
import math
import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from beehive import (
    BadTimeout,
    ChannelContext,
    Closed,
    Message,
    ModuleClosed,
    ModuleExists,
    Parker,
    Runtime,
    Timeout,
    WouldBlock,
)
from beehive.message import AnyMessage
from beehive.runtime import Lock, new_lock

A, B = Message("a"), Message("b")


class Script:
    """A runtime for one thread: when a call parks, the next line of the script runs instead.

    A line stands for what other threads do meanwhile; whether the call has been woken by then decides what
    parking returns, as if the time were over otherwise.
    """

    def __init__(self, *lines: Callable[[], object]) -> None:
        self.lines = list(lines)
        self.limits: list[float | None] = []

    def lock(self) -> Lock:
        return new_lock()

    def parker(self) -> Parker:
        return _ScriptParker(self)

    def spawn(self, run: Callable[[], None], name: str) -> None:
        raise NotImplementedError


class _ScriptParker:
    def __init__(self, script: Script) -> None:
        self._script = script
        self._woken = False

    def park(self, seconds: float | None) -> bool:
        self._script.limits.append(seconds)
        self._script.lines.pop(0)()
        return self._woken

    def unpark(self) -> None:
        self._woken = True


def interrupt() -> None:
    raise KeyboardInterrupt


def bus_with(script: Runtime, capacity: int | None = None) -> ChannelContext:
    bus = ChannelContext(capacity=capacity, runtime=script)
    bus.add_module("m")
    return bus


def test_a_receive_returns_the_message_that_comes_while_it_waits() -> None:
    script = Script(lambda: bus.send("m", A))
    bus = bus_with(script)
    assert bus.receive("m", 3) is A
    assert script.limits == [3]


def test_a_send_waits_for_room() -> None:
    script = Script(lambda: bus.receive("m"))
    bus = bus_with(script, capacity=1)
    bus.send("m", A)
    bus.send("m", B)
    assert bus.receive_nowait("m") is B


def test_a_call_that_must_not_wait_raises_would_block() -> None:
    bus = bus_with(Script(), capacity=1)
    with pytest.raises(WouldBlock):
        bus.receive_nowait("m")
    bus.send_nowait("m", A)
    with pytest.raises(WouldBlock):
        bus.send_nowait("m", B)


@pytest.mark.parametrize(
    ("timeout", "limit"),
    [(2, 2), (0.5, 0.5), (timedelta(minutes=1), 60), (None, None), (math.inf, None)],
)
def test_timeouts_are_seconds_or_a_timedelta_and_none_is_forever(
    timeout: float | timedelta | None, limit: float | None
) -> None:
    script = Script(lambda: bus.send("m", A))
    bus = bus_with(script)
    bus.receive("m", timeout)
    assert script.limits == [limit]


@pytest.mark.parametrize("timeout", [-1, -0.1, math.nan, -math.inf, timedelta(seconds=-1)])
def test_a_timeout_that_is_not_a_duration_is_a_value_error(timeout: float | timedelta) -> None:
    with pytest.raises(BadTimeout, match="it must be None"):
        bus_with(Script()).receive("m", timeout)


def test_a_receive_that_times_out_has_taken_nothing() -> None:
    bus = bus_with(Script(lambda: None))
    with pytest.raises(Timeout, match="within 1 s"):
        bus.receive("m", 1)
    bus.send("m", A)
    assert bus.receive("m") is A


class TooLate(Script):
    """The script runs after the time is over, and before the caller returns."""

    def parker(self) -> Parker:
        return _TooLateParker(self)


class _TooLateParker(_ScriptParker):
    def park(self, seconds: float | None) -> bool:
        super().park(seconds)
        return False


def test_a_message_that_arrived_in_time_is_returned() -> None:
    bus = bus_with(TooLate(lambda: bus.send("m", A)))
    assert bus.receive("m", 1) is A


def test_a_response_that_arrived_in_time_is_returned() -> None:
    bus = bus_with(TooLate(lambda: taken.append(bus.send_resp(bus.receive("m").reply("yes")))))
    taken: list[bool] = []
    assert bus.send_sync("m", A, 1).content == "yes"
    assert taken == [True]


def test_an_interrupted_receive_no_longer_waits() -> None:
    bus = bus_with(Script(interrupt))
    with pytest.raises(KeyboardInterrupt):
        bus.receive("m")
    bus.send("m", A)
    assert bus.receive_nowait("m") is A


def test_a_receive_interrupted_after_it_was_given_a_message_gives_it_back() -> None:
    def hand_over() -> None:
        bus.send("m", A)
        bus.send("m", B)
        interrupt()

    bus = bus_with(Script(hand_over))
    with pytest.raises(KeyboardInterrupt):
        bus.receive("m")
    assert [bus.receive_nowait("m"), bus.receive_nowait("m")] == [A, B]


def test_a_message_given_back_after_a_clean_up_is_added_to_what_it_returned_with_a_warning(
    caplog: pytest.LogCaptureFixture,
) -> None:
    left: list[list[AnyMessage]] = []

    def hand_over() -> None:
        bus.send("m", A)
        left.append(bus.clean_up("m"))
        assert left == [[]]
        interrupt()

    bus = bus_with(Script(hand_over))
    with pytest.raises(KeyboardInterrupt):
        bus.receive("m")
    assert left == [[A]]
    assert [(each.levelno, A.id in each.getMessage()) for each in caplog.records] == [(logging.WARNING, True)]


@pytest.mark.parametrize("handed_over", [False, True])
def test_an_interrupted_send_puts_its_message_once_or_never(handed_over: bool) -> None:
    def meanwhile() -> None:
        if handed_over:
            bus.receive("m")
        interrupt()

    bus = bus_with(Script(meanwhile), capacity=1)
    bus.send("m", A)
    with pytest.raises(KeyboardInterrupt):
        bus.send("m", B)
    assert bus.receive_nowait("m") is (B if handed_over else A)
    assert bus.snapshot().channels["m"] == (0, 0, 0)


def test_an_interrupted_request_is_no_longer_outstanding() -> None:
    bus = bus_with(Script(interrupt))
    with pytest.raises(KeyboardInterrupt):
        bus.send_sync("m", A)
    assert bus.snapshot().anon_channels == {}


def test_a_request_to_a_group_returns_when_all_have_responded() -> None:
    def respond() -> None:
        for module in ("m", "n"):
            assert bus.send_resp(bus.receive(module).reply(None))

    bus = bus_with(Script(respond))
    bus.add_module("n")
    for module in ("m", "n"):
        bus.add_module_group(module, "all")
    bus.send_to_group_sync("all", A, timedelta(seconds=5))
    assert bus.snapshot().anon_channels == {}


def test_a_member_cleaned_up_during_a_broadcast_is_skipped_with_a_warning(
    caplog: pytest.LogCaptureFixture,
) -> None:
    bus = bus_with(Script(lambda: bus.clean_up("m")), capacity=1)
    bus.add_module_group("m", "all")
    bus.send_to_group("all", A)
    bus.send_to_group("all", B)
    assert [(each.levelno, "'m'" in each.getMessage()) for each in caplog.records] == [(logging.WARNING, True)]


def test_a_response_that_is_not_taken_is_logged_as_an_error(caplog: pytest.LogCaptureFixture) -> None:
    assert bus_with(Script()).send_resp(A.reply(None)) is False
    assert [(each.name, each.levelno) for each in caplog.records] == [("beehive", logging.ERROR)]
    assert A.id in caplog.text


def test_exiting_the_bus_wakes_waiting_calls_and_warns_of_queued_messages(caplog: pytest.LogCaptureFixture) -> None:
    with ChannelContext() as bus:
        bus.add_module("m")
        bus.add_module("left")
        bus.send("left", A)
        ended: list[type[Exception]] = []

        def wait() -> None:
            try:
                bus.receive("m")
            except Closed as error:
                ended.append(type(error))

        waiter = threading.Thread(target=wait)
        waiter.start()
    waiter.join()
    assert ended == [Closed]
    assert [each.levelno for each in caplog.records] == [logging.WARNING]
    assert "'left'" in caplog.text


def test_a_module_iterates_over_its_messages_until_it_is_cleaned_up() -> None:
    bus = ChannelContext(runtime=Script(lambda: bus.clean_up("edged")))
    edged = bus.module("edged", groups=["edge"])
    bus.send("edged", A)
    bus.send_to_group("edge", B)
    assert list(edged) == [A, B]


def test_exiting_a_handle_cleans_its_module_up_and_warns_of_queued_messages(caplog: pytest.LogCaptureFixture) -> None:
    bus = ChannelContext()
    with bus.module("edged", "edge") as edged:
        assert set(bus.snapshot().type_channels) == {"edge"}
        bus.send("edged", A)
        assert edged.receive_nowait() is A
        bus.send("edged", B)
    assert bus.snapshot() == ({}, {}, {})
    assert edged.close() == [B]
    assert [(each.levelno, "'edged'" in each.getMessage()) for each in caplog.records] == [(logging.WARNING, True)]


def test_a_handle_does_not_refer_to_a_later_module_of_the_same_name() -> None:
    bus = ChannelContext()
    old = bus.module("edged")
    bus.send("edged", A)
    assert old.close() == [A]
    new = bus.module("edged")
    bus.send("edged", B)
    assert old.close() == [A], "closing again is harmless"
    with pytest.raises(ModuleClosed):
        old.receive()
    assert new.receive() is B
    assert repr(new) == "<ModuleHandle 'edged'>"


def test_a_handle_to_an_existing_module_is_refused() -> None:
    bus = ChannelContext()
    bus.module("edged")
    with pytest.raises(ModuleExists):
        bus.module("edged", groups=["edge"])
    assert bus.snapshot().type_channels == {}


def test_a_reply_has_the_module_as_its_source() -> None:
    bus = ChannelContext(runtime=Script(lambda: taken.append(edged.reply(edged.receive(), "yes"))))
    taken: list[bool] = []
    edged = bus.module("edged")
    response = bus.send_sync("edged", A)
    assert (response.content, response.route.source, taken) == ("yes", "edged", [True])


def test_many_threads_lose_and_duplicate_nothing() -> None:
    bus = ChannelContext(capacity=3)
    sinks: list[list[object]] = [[], [], []]
    modules = bus.module("m")

    def send(sender: int) -> None:
        for count in range(500):
            bus.send("m", Message((sender, count)))

    def receive(sink: list[object]) -> None:
        sink.extend(message.content for message in modules)

    senders = [threading.Thread(target=send, args=(each,)) for each in range(3)]
    receivers = [threading.Thread(target=receive, args=(sink,)) for sink in sinks]
    for thread in (*receivers, *senders):
        thread.start()
    for thread in senders:
        thread.join()
    left = [message.content for message in modules.close()]
    for thread in receivers:
        thread.join()
    got = sorted([*left, *(each for sink in sinks for each in sink)])
    assert got == [(sender, count) for sender in range(3) for count in range(500)]


def test_requests_of_many_threads_get_their_own_responses() -> None:
    bus = ChannelContext()
    doubler = bus.module("doubler")

    def serve() -> None:
        for request in doubler:
            assert doubler.reply(request, request.content * 2)

    server = threading.Thread(target=serve)
    server.start()
    responses: dict[int, list[int]] = {}

    def ask(first: int) -> None:
        responses[first] = [bus.send_sync("doubler", Message(first + each)).content for each in range(100)]

    askers = [threading.Thread(target=ask, args=(first,)) for first in (0, 1000, 2000)]
    for thread in askers:
        thread.start()
    for thread in askers:
        thread.join()
    doubler.close()
    server.join()
    assert responses == {first: [2 * (first + each) for each in range(100)] for first in (0, 1000, 2000)}


def test_a_module_may_have_its_own_capacity() -> None:
    bus = ChannelContext(capacity=1)
    bus.add_module("wide", capacity=2)
    wider = bus.module("wider", capacity=None)
    for module, room in (("wide", 2), ("wider", 9)):
        for _ in range(room):
            bus.send_nowait(module, A)
    with pytest.raises(WouldBlock):
        bus.send_nowait("wide", B)
    assert len(wider.close()) == 9
