"""The bus for asyncio: what calls wait for, and that cancellation loses and duplicates nothing."""

from __future__ import annotations

import asyncio
import gc
import logging
import math
import random
import threading
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any, TypeVar

import pytest
from beehive import (
    BadTimeout,
    Closed,
    Message,
    ModuleClosed,
    ModuleExists,
    Timeout,
    UnknownModule,
    WouldBlock,
    aio,
)
from beehive import ChannelContext as ThreadContext
from beehive.testing import VirtualClock

A, B, C = (Message(name) for name in "abc")
R = TypeVar("R")


def run(main: Coroutine[Any, Any, R]) -> R:
    return VirtualClock().run(main)


def bus_with(*modules: str, capacity: int | None = None) -> aio.ChannelContext:
    bus = aio.ChannelContext(capacity=capacity)
    for module in modules:
        bus.add_module(module)
    return bus


async def started(*calls: Coroutine[Any, Any, Any]) -> list[asyncio.Task[Any]]:
    """Start calls one after another and let each run until it waits."""
    tasks = []
    for call in calls:
        tasks.append(asyncio.ensure_future(call))
        await asyncio.sleep(0)
    return tasks


async def cancelled(task: asyncio.Task[Any]) -> None:
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


def test_a_receive_returns_the_message_that_comes_while_it_waits() -> None:
    async def main() -> None:
        bus = bus_with("m")
        (receiver,) = await started(bus.receive("m"))
        await bus.send("m", A)
        assert await receiver is A

    run(main())


def test_a_send_waits_for_room() -> None:
    async def main() -> None:
        bus = bus_with("m", capacity=1)
        await bus.send("m", A)
        (sender,) = await started(bus.send("m", B))
        assert not sender.done()
        assert await bus.receive("m") is A
        await sender
        assert bus.receive_nowait("m") is B

    run(main())


def test_a_call_that_must_not_wait_raises_would_block() -> None:
    bus = bus_with("m", capacity=1)
    with pytest.raises(WouldBlock):
        bus.receive_nowait("m")
    bus.send_nowait("m", A)
    with pytest.raises(WouldBlock):
        bus.send_nowait("m", B)


@pytest.mark.parametrize(("timeout", "seconds"), [(2, 2), (0.5, 0.5), (timedelta(minutes=1), 60), (0, 0)])
def test_a_wait_ends_when_its_time_is_over_and_nothing_was_taken(timeout: float | timedelta, seconds: float) -> None:
    async def main() -> None:
        bus = bus_with("m")
        with pytest.raises(Timeout, match="no message for the module 'm'"):
            await bus.receive("m", timeout)
        assert asyncio.get_running_loop().time() == pytest.approx(seconds)
        await bus.send("m", A)
        assert await bus.receive("m") is A

    run(main())


@pytest.mark.parametrize("timeout", [-1, math.nan, timedelta(seconds=-1)])
def test_a_timeout_that_is_not_a_duration_is_a_value_error(timeout: float | timedelta) -> None:
    with pytest.raises(BadTimeout, match="it must be None"):
        run(bus_with("m").receive("m", timeout))


def test_a_request_returns_its_response_and_a_reply_has_the_module_as_its_source() -> None:
    async def main() -> None:
        bus = aio.ChannelContext()
        edged = bus.module("edged", groups="edge")
        (asking,) = await started(bus.send_sync("edged", A, 5))
        question = await edged.receive()
        assert question.sync
        assert edged.reply(question, "yes")
        response = await asking
        assert (response.content, response.route.source) == ("yes", "edged")
        assert bus.snapshot().anon_channels == {}

    run(main())


def test_a_request_to_a_group_returns_when_all_have_responded() -> None:
    async def main() -> None:
        bus = bus_with("m", "n")
        for module in ("m", "n"):
            bus.add_module_group(module, "all")
        (asking,) = await started(bus.send_to_group_sync("all", A))
        for module in ("m", "n"):
            assert not asking.done()
            assert bus.send_resp((await bus.receive(module)).reply(None))
        assert await asking is None

    run(main())


def test_a_member_cleaned_up_during_a_broadcast_is_skipped_with_a_warning(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def main() -> None:
        bus = bus_with("m", capacity=1)
        bus.add_module_group("m", "all")
        await bus.send_to_group("all", A)
        (broadcast,) = await started(bus.send_to_group("all", B))
        bus.clean_up("m")
        await broadcast

    run(main())
    assert [(each.levelno, "'m'" in each.getMessage()) for each in caplog.records] == [(logging.WARNING, True)]


# Cancellation.


def test_a_cancelled_receive_no_longer_waits() -> None:
    async def main() -> None:
        bus = bus_with("m")
        (receiver,) = await started(bus.receive("m"))
        await cancelled(receiver)
        assert bus.snapshot().channels["m"] == (0, 0, 0)
        await bus.send("m", A)
        assert bus.receive_nowait("m") is A

    run(main())


def test_a_receive_cancelled_after_it_was_given_a_message_gives_it_back() -> None:
    async def main() -> None:
        bus = bus_with("m")
        (receiver,) = await started(bus.receive("m"))
        await bus.send("m", A)
        await bus.send("m", B)
        await cancelled(receiver)
        assert [bus.receive_nowait("m"), bus.receive_nowait("m")] == [A, B]

    run(main())


def test_a_message_given_back_goes_to_the_next_receiver() -> None:
    async def main() -> None:
        bus = bus_with("m")
        first, second = await started(bus.receive("m"), bus.receive("m"))
        await bus.send("m", A)
        await cancelled(first)
        assert await second is A

    run(main())


@pytest.mark.parametrize("end", ["clean_up", "close"])
def test_a_message_given_back_after_a_clean_up_is_added_to_what_it_returned_with_a_warning(
    caplog: pytest.LogCaptureFixture, end: str
) -> None:
    async def main() -> None:
        bus = bus_with("m")
        (receiver,) = await started(bus.receive("m"))
        await bus.send("m", A)
        left = bus.clean_up("m") if end == "clean_up" else bus.close()["m"]
        assert left == []
        await cancelled(receiver)
        assert left == [A]

    run(main())
    assert [(each.levelno, A.id in each.getMessage()) for each in caplog.records] == [(logging.WARNING, True)]


@pytest.mark.parametrize("handed_over", [False, True])
def test_a_cancelled_send_puts_its_message_once_or_never(handed_over: bool) -> None:
    async def main() -> None:
        bus = bus_with("m", capacity=1)
        await bus.send("m", A)
        (sender,) = await started(bus.send("m", B))
        if handed_over:
            await bus.receive("m")
        await cancelled(sender)
        assert bus.receive_nowait("m") is (B if handed_over else A)
        assert bus.snapshot().channels["m"] == (0, 0, 0)

    run(main())


def test_a_cancelled_request_is_no_longer_outstanding() -> None:
    async def main() -> None:
        bus = bus_with("m")
        (asking,) = await started(bus.send_sync("m", A))
        await cancelled(asking)
        assert bus.snapshot().anon_channels == {}
        assert not bus.send_resp(A.reply(None))

    run(main())


@pytest.mark.parametrize("limit", [asyncio.timeout, None])
def test_a_message_sent_at_the_instant_of_the_timeout_is_not_lost(
    limit: Callable[[float], asyncio.Timeout] | None,
) -> None:
    """The timeout, of the bus or of asyncio, is due at the instant at which the message is sent."""

    async def receive(bus: aio.ChannelContext) -> Message[Any] | None:
        try:
            if limit is None:
                return await bus.receive("m", 1)
            async with limit(1):
                return await bus.receive("m")
        except TimeoutError:
            return None

    async def main(sender_first: bool) -> None:
        bus = bus_with("m")
        loop = asyncio.get_running_loop()
        if sender_first:
            loop.call_at(1, bus.send_nowait, "m", A)
        (receiver,) = await started(receive(bus))
        if not sender_first:
            loop.call_at(1, bus.send_nowait, "m", A)
        got = await receiver
        assert loop.time() == 1
        await asyncio.sleep(1)
        left = bus.clean_up("m")
        assert (got, left) in [(A, []), (None, [A])]

    for sender_first in (False, True):
        run(main(sender_first))


@pytest.mark.parametrize("seed", range(60))
def test_random_cancellations_lose_and_duplicate_nothing(seed: int) -> None:
    draw = random.Random(seed)
    sent: list[int] = []
    unsure: list[int] = []
    received: list[int] = []

    async def send(bus: aio.ChannelContext, number: int) -> None:
        try:
            await bus.send("m", Message(number), draw.choice([None, 0.001, 0.002]))
        except asyncio.CancelledError:
            unsure.append(number)
        except Timeout:
            return
        else:
            sent.append(number)

    async def receive(bus: aio.ChannelContext) -> None:
        received.append((await bus.receive("m", draw.choice([None, 0.001, 0.002]))).content)

    async def main() -> None:
        bus = bus_with("m", capacity=draw.choice([None, 1, 3]))
        tasks: list[asyncio.Task[None]] = []
        for number in range(200):
            tasks.append(asyncio.ensure_future(send(bus, number) if draw.random() < 0.5 else receive(bus)))
            if draw.random() < 0.3:
                draw.choice(tasks).cancel()
            if draw.random() < 0.7:
                await asyncio.sleep(draw.choice([0, 0, 0.001]))
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert bus.snapshot().channels["m"][1:] == (0, 0)
        accounted = received + [message.content for message in bus.clean_up("m")]
        assert len(set(accounted)) == len(accounted), "a message was doubled"
        assert set(sent) <= set(accounted) <= {*sent, *unsure}, "a message was lost, or came from nowhere"

    run(main())


# Context managers and handles.


def test_exiting_the_bus_wakes_waiting_calls_and_warns_of_queued_messages(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        async with aio.ChannelContext() as bus:
            bus.add_module("m")
            bus.add_module("left")
            await bus.send("left", A)
            (receiver,) = await started(bus.receive("m"))
        with pytest.raises(Closed, match="the bus has been closed"):
            await receiver
        with pytest.raises(Closed):
            await bus.send("m", A)

    run(main())
    assert [each.levelno for each in caplog.records] == [logging.WARNING]
    assert "'left'" in caplog.text


def test_a_module_iterates_over_its_messages_until_it_is_cleaned_up() -> None:
    async def main() -> None:
        bus = aio.ChannelContext()
        edged = bus.module("edged", groups=["edge"])
        await bus.send("edged", A)
        await bus.send_to_group("edge", B)
        asyncio.get_running_loop().call_later(1, bus.clean_up, "edged")
        assert [message async for message in edged] == [A, B]

    run(main())


def test_exiting_a_handle_cleans_its_module_up() -> None:
    async def main() -> None:
        bus = aio.ChannelContext()
        async with bus.module("edged", "edge") as edged:
            assert set(bus.snapshot().type_channels) == {"edge"}
            await bus.send("edged", A)
            assert edged.receive_nowait() is A
            await bus.send("edged", B)
            assert repr(edged) == "<aio.ModuleHandle 'edged'>"
        assert bus.snapshot() == ({}, {}, {})
        assert edged.close() == [B]
        with pytest.raises(ModuleClosed):
            await edged.receive()
        with pytest.raises(UnknownModule):
            bus.clean_up("edged")

    run(main())


def test_a_handle_to_an_existing_module_is_refused() -> None:
    bus = aio.ChannelContext()
    bus.module("edged")
    with pytest.raises(ModuleExists):
        bus.module("edged", groups=["edge"])
    assert bus.snapshot().type_channels == {}


def test_a_response_that_is_not_taken_is_logged_as_an_error(caplog: pytest.LogCaptureFixture) -> None:
    assert bus_with().send_resp(A.reply(None)) is False
    assert [(each.name, each.levelno) for each in caplog.records] == [("beehive", logging.ERROR)]


# Threads and tasks on one bus.


def test_a_thread_and_a_task_share_one_bus() -> None:
    bus = ThreadContext(capacity=1)
    numbers, doubled = bus.module("numbers"), bus.module("doubled")

    def double() -> None:
        for message in numbers:
            bus.send("doubled", message.reply(message.content * 2))

    async def main() -> list[int]:
        view = aio.ChannelContext.view_of(bus)

        async def send() -> None:
            for number in range(300):
                await view.send("numbers", Message(number))

        sending = asyncio.ensure_future(send())
        results = [(await view.receive("doubled")).content for _ in range(300)]
        await sending
        return results

    thread = threading.Thread(target=double)
    thread.start()
    assert asyncio.run(main()) == [2 * number for number in range(300)]
    numbers.close()
    doubled.close()
    thread.join()


def test_sending_to_a_task_whose_loop_was_closed_too_early_raises_nothing() -> None:
    bus = ThreadContext()
    bus.add_module("m")
    view = aio.ChannelContext.view_of(bus)

    async def main() -> None:
        await started(view.receive("m"))

    loop = asyncio.new_event_loop()
    loop.run_until_complete(main())
    (left,) = asyncio.all_tasks(loop)
    loop.close()
    sender = threading.Thread(target=bus.send, args=("m", A))
    sender.start()
    sender.join()
    left.get_coro().close()  # type: ignore[union-attr]  # what the garbage collector does
    left._log_destroy_pending = False  # type: ignore[attr-defined]  # the warning is asyncio's own
    assert bus.receive_nowait("m") is A


def test_a_message_for_a_task_whose_loop_was_closed_goes_to_the_next_receiver() -> None:
    bus = ThreadContext()
    view = aio.ChannelContext.view_of(bus)
    bus.add_module("m")
    loop = asyncio.new_event_loop()
    task = loop.create_task(view.receive("m"))
    loop.run_until_complete(asyncio.sleep(0))
    loop.close()
    bus.send("m", Message("first"))
    bus.send("m", Message("second"))
    assert [bus.receive("m", 0).content for _ in range(2)] == ["first", "second"]
    # What the task does when it is destroyed changes nothing.
    task._log_destroy_pending = False  # type: ignore[attr-defined]  # asyncio offers no other way to say so
    del task
    gc.collect()
    assert bus.snapshot().channels["m"].queued == 0
