"""The virtual clock, the recording bus and the fixtures for users' tests."""

from __future__ import annotations

import asyncio
import threading
from datetime import timedelta
from pathlib import Path

import beehive
import pytest
from beehive import BadTimeout, Message, Timeout, WouldBlock, aio
from beehive.aio.virtual_loop import VirtualLoop
from beehive.host.registration import ModuleCore
from beehive.testing import RecordingContext, VirtualClock

A, B = Message("a"), Message("b")

pytest_plugins = ["pytester"]


def contents(bus: RecordingContext, module: str) -> list[object]:
    return [message.content for message in bus.recorded(module)]


def test_a_thread_that_waits_times_out_when_the_clock_is_advanced() -> None:
    bus = RecordingContext()
    edged = bus.module("edged")
    ended: list[float] = []

    def wait(seconds: float) -> None:
        with pytest.raises(Timeout):
            edged.receive(timeout=seconds)
        ended.append(bus.clock.now())

    for seconds in (60, 3600, 30):
        bus.clock.spawn(lambda seconds=seconds: wait(seconds))  # type: ignore[misc]
    bus.clock.advance(59)
    assert ended == [30]
    bus.clock.advance(timedelta(hours=2))
    assert ended == [30, 60, 3600]
    assert bus.clock.now() == 59 + 7200


def test_the_test_itself_waits_on_the_bus_without_waiting() -> None:
    bus = RecordingContext()
    bus.add_module("m")
    with pytest.raises(Timeout, match=r"no response .* within 60 s"):
        bus.send_sync("m", A, timeout=60)
    assert bus.clock.now() == 60


def test_a_module_in_a_thread_responds_to_the_test() -> None:
    bus = RecordingContext()
    doubler = bus.module("doubler")

    def serve() -> None:
        for message in doubler:
            doubler.reply(message, message.content * 2)

    bus.clock.spawn(serve)
    assert bus.send_sync("doubler", Message(21), timeout=5).content == 42
    assert bus.clock.now() == 0
    bus.close()
    bus.clock.settle()


def test_a_response_that_is_late_by_the_clock_is_a_timeout() -> None:
    bus = RecordingContext()
    slow, alarm = bus.module("slow"), bus.module("alarm")

    def serve() -> None:
        message = slow.receive()
        with pytest.raises(Timeout):
            alarm.receive(timeout=10)
        assert slow.reply(message, "late") is False

    bus.clock.spawn(serve)
    with pytest.raises(Timeout):
        bus.send_sync("slow", A, timeout=9)
    bus.clock.advance(1)


def test_a_wait_that_nothing_can_end_is_an_error() -> None:
    bus = RecordingContext()
    bus.add_module("m")
    with pytest.raises(RuntimeError, match="nothing can wake it"):
        bus.receive("m")
    assert bus.snapshot().channels["m"].receiving == 0


def test_a_wait_in_a_thread_unknown_to_the_clock_is_an_error() -> None:
    bus = RecordingContext()
    bus.add_module("m")
    errors: list[str] = []

    def wait() -> None:
        try:
            bus.receive("m")
        except RuntimeError as error:
            errors.append(str(error))

    stranger = threading.Thread(target=wait)
    stranger.start()
    stranger.join()
    assert "clock.spawn" in errors[0]


def test_the_exception_of_a_failed_thread_is_raised_in_the_test() -> None:
    clock = VirtualClock()

    def die() -> None:
        raise KeyError("a bug")

    clock.spawn(die)
    with pytest.raises(KeyError, match="a bug"):
        clock.settle()
    clock.settle()


@pytest.mark.parametrize("time", [-1, float("nan"), float("inf"), timedelta(seconds=-1)])
def test_an_invalid_time_is_refused(time: float | timedelta) -> None:
    with pytest.raises(BadTimeout):
        VirtualClock().advance(time)


def test_exactly_the_messages_that_were_put_are_recorded() -> None:
    bus = RecordingContext(capacity=2)
    m = bus.module("m", groups="all")
    bus.send("m", A)
    bus.send_to_group("all", B)
    with pytest.raises(WouldBlock):
        bus.send_nowait("m", Message("refused"))
    bus.clock.spawn(lambda: bus.send("m", Message("waited")))
    bus.clock.settle()
    assert contents(bus, "m") == ["a", "b"]
    assert [m.receive().content, m.receive().content, m.receive().content] == ["a", "b", "waited"]
    with pytest.raises(Timeout):
        bus.send_sync("m", Message("asked"), timeout=1)
    bus.send_resp(A.reply("to nobody"))
    m.close()
    assert contents(bus, "m") == ["a", "b", "waited", "asked"]
    assert bus.recorded("m")[-1].sync
    assert bus.recorded("unknown") == ()


def test_a_message_given_to_a_waiting_task_is_recorded() -> None:
    bus = RecordingContext()
    view = aio.ChannelContext.view_of(bus)

    async def main() -> None:
        bus.add_module("m")
        await view.send("m", A)
        assert await view.receive("m") is A

    bus.clock.run(main())
    assert contents(bus, "m") == ["a"]


def test_modules_of_a_core_run_on_the_virtual_clock() -> None:
    clock = VirtualClock()

    class Ticker:
        name = "ticker"
        groups = ()

        def start(self, bus: object, handle: object) -> None:
            for _ in range(3):
                with pytest.raises(Timeout):
                    handle.receive(timeout=60)  # type: ignore[attr-defined]
                ticks.append(clock.now())

    ticks: list[float] = []
    core = ModuleCore(["ticker"], runtime=clock)
    core.register(Ticker())
    core.start()
    clock.advance(timedelta(minutes=2))
    assert ticks == [60, 120]
    assert core.shutdown(1).stopped == ("ticker",)


# Tasks.


def test_sleeping_tasks_take_no_time_and_wake_in_the_order_of_their_times() -> None:
    clock = VirtualClock()
    woken: list[float] = []

    async def sleep(seconds: float) -> None:
        await asyncio.sleep(seconds)
        woken.append(clock.now())

    async def main() -> str:
        await asyncio.gather(*(sleep(seconds) for seconds in (86400.0 * 400, 3600, 0.25)))
        return "done"

    assert clock.run(main()) == "done"
    assert woken == [0.25, 3600, pytest.approx(86400.0 * 400)]


def test_threads_and_tasks_share_the_virtual_time() -> None:
    bus = RecordingContext()
    view = aio.ChannelContext.view_of(bus)
    edged = bus.module("edged")
    bus.add_module("hub")
    seen: list[tuple[str, float]] = []

    def watch() -> None:
        for _ in range(2):
            try:
                edged.receive(timeout=60)
            except Timeout:
                bus.send("hub", Message("silent"))

    async def main() -> None:
        bus.clock.spawn(watch)
        for _ in range(2):
            message = await view.receive("hub", timeout=3600)
            seen.append((message.content, bus.clock.now()))
        try:
            await view.receive("hub", timeout=30)
        except Timeout:
            seen.append(("nothing", bus.clock.now()))

    bus.clock.run(main())
    assert seen == [("silent", 60), ("silent", 120), ("nothing", 150)]


def test_tasks_that_nothing_can_wake_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("beehive.testing.PATIENCE", 0)
    bus = RecordingContext()
    bus.add_module("edged")
    with pytest.raises(RuntimeError, match="all tasks and threads wait"):
        bus.clock.run(aio.ChannelContext.view_of(bus).receive("edged"))


def test_a_task_can_wait_for_a_thread_unknown_to_the_clock() -> None:
    async def main() -> int:
        return await asyncio.to_thread(lambda: 7)

    assert VirtualClock().run(main()) == 7


def test_the_end_of_the_threads_of_a_loop_has_no_limit_of_virtual_time() -> None:
    async def main() -> None:
        await asyncio.to_thread(lambda: None)
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        await loop.shutdown_default_executor(300)

    clock = VirtualClock()
    before = clock.now()
    clock.run(main())
    assert clock.now() == before


def test_the_exception_of_the_coroutine_is_raised() -> None:
    async def main() -> None:
        raise ValueError("mine")

    with pytest.raises(ValueError, match="mine"):
        VirtualClock().run(main())


def test_the_loop_jumps_to_its_timers_in_order_and_never_waits() -> None:
    seconds = 0.0
    fired = []

    def idle(loop: VirtualLoop, next_timer: float | None) -> None:
        nonlocal seconds
        if next_timer is None:
            loop.stop()
        else:
            seconds += next_timer

    loop = VirtualLoop(lambda: seconds, idle)
    for delay in (3600, 1, 0, 1):
        loop.call_later(delay, lambda delay=delay: fired.append((delay, seconds)))  # type: ignore[misc]
    loop.call_later(2, fired.append, "cancelled").cancel()
    loop.run_forever()
    assert fired == [(0, 0), (1, 1), (1, 1), (3600, 3600)]
    assert loop.run_until_complete(asyncio.sleep(0.1 + 0.2, "done")) == "done"
    loop.close()


def test_the_fixtures_provide_a_bus_and_its_clock(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    # The bus may have been imported from a relative path, and pytester runs in another folder.
    monkeypatch.setenv("PYTHONPATH", str(Path(beehive.__file__).resolve().parents[1]))
    pytester.makeconftest('pytest_plugins = ["beehive.pytest_plugin"]')
    pytester.makepyfile(
        """
        import pytest
        from beehive import Message, Timeout

        def test_a_watchdog_complains_after_a_minute(bus, clock):
            edged, hub = bus.module("edged"), bus.module("hub")

            def watch():
                try:
                    edged.receive(timeout=60)
                except Timeout:
                    bus.send("hub", Message("edged is silent"))

            clock.spawn(watch)
            clock.advance(59)
            assert bus.recorded("hub") == ()
            clock.advance(1)
            assert [message.content for message in bus.recorded("hub")] == ["edged is silent"]

        def test_a_failed_thread_fails_its_test(bus, clock):
            clock.spawn(lambda: 1 / 0)
        """
    )
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider")
    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines(["*ZeroDivisionError*"])
