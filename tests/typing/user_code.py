"""Code that uses the bus, for type checkers; never run."""

from __future__ import annotations

from typing import Any, assert_type

import beehive
from beehive import aio
from beehive.host import AnyModule, Module, ModuleCore, TaskModule
from beehive.testing import RecordingContext


def messages() -> None:
    text = beehive.Message("a")
    assert_type(text, beehive.Message[str])
    assert_type(text.content, str)
    assert_type(text.reply(7), beehive.Message[int])
    assert_type(text.as_sync(), beehive.Message[str])
    assert_type(beehive.Message.make([1], operation="update"), beehive.Message[list[int]])
    assert_type(beehive.from_json(beehive.to_json(text)), beehive.Message[Any])
    assert_type(
        beehive.Message.make(1, time_of_day=lambda: 0).reply("x", time_of_day=beehive.now_ms), beehive.Message[str]
    )
    assert_type(text.header.timestamp, int)


def threads() -> None:
    with beehive.ChannelContext(capacity=3) as bus:
        assert_type(bus, beehive.ChannelContext)
        assert_type(bus.receive("m", 1.5), beehive.Message[Any])
        assert_type(bus.send("m", beehive.Message(1)), None)
        assert_type(bus.send_sync("m", beehive.Message(1), None), beehive.Message[Any])
        assert_type(bus.send_resp(beehive.Message(1)), bool)
        assert_type(bus.clean_up("m"), list[beehive.Message[Any]])
        with bus.module("m", groups="g", capacity=None) as handle:
            assert_type(handle, beehive.ModuleHandle)
            for message in handle:
                assert_type(message, beehive.Message[Any])


async def tasks() -> None:
    async with aio.ChannelContext() as bus:
        assert_type(bus, aio.ChannelContext)
        assert_type(await bus.receive("m"), beehive.Message[Any])
        assert_type(await bus.send_sync("m", beehive.Message(1)), beehive.Message[Any])
        assert_type(bus.receive_nowait("m"), beehive.Message[Any])
        async with bus.module("m") as handle:
            async for message in handle:
                assert_type(message, beehive.Message[Any])
    assert_type(aio.ChannelContext.view_of(beehive.ChannelContext()), aio.ChannelContext)


class ThreadModule:
    name = "a"
    groups = ("g",)

    def start(self, bus: beehive.ChannelContext, handle: beehive.ModuleHandle) -> None: ...


class AsyncModule:
    name = "b"
    groups = ()

    async def start(self, bus: aio.ChannelContext, handle: aio.ModuleHandle) -> None: ...


def registration() -> None:
    thread: Module = ThreadModule()
    task: TaskModule = AsyncModule()
    modules: list[AnyModule] = [thread, task]
    core = ModuleCore(["a", "b"])
    assert_type([core.register(each) for each in modules], list[bool])
    assert_type(core.shutdown(1).left["a"], tuple[beehive.Message[Any], ...])


def testing(bus: RecordingContext) -> None:
    assert_type(bus.recorded("m"), tuple[beehive.Message[Any], ...])
    as_context: beehive.ChannelContext = bus
    as_context.send("m", beehive.Message(1))


def mistakes(bus: beehive.ChannelContext, view: aio.ChannelContext) -> None:
    bus.send("m", "no message")  # type: ignore[arg-type]
    bus.receive("m", timeout="soon")  # type: ignore[arg-type]
    bus.add_module("m", capacity="large")  # type: ignore[arg-type]
    beehive.Message(1).content = 2  # type: ignore[misc]
    module: Module = AsyncModule()  # type: ignore[assignment]
    content = view.receive("m").content  # type: ignore[attr-defined]
    del module, content
