"""Registration, starting and shutting down; and the example application."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from beehive import (
    AlreadyRegistered,
    BeehiveError,
    ChannelContext,
    Message,
    ModuleExists,
    ModuleHandle,
    NotAModule,
    NotRegistered,
    UnknownModule,
    aio,
)
from beehive.host.module import Module, TaskModule
from beehive.host.modules_file import ModulesFile
from beehive.host.registration import ModuleCore

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "edge_core"
FOREVER = 30.0
"""Seconds after which a test fails; nothing takes that long unless it is broken."""


class Doubler:
    """A module in a thread that replies with twice the content."""

    def __init__(self, name: str, groups: Sequence[str] = ("all",)) -> None:
        self.name = name
        self.groups = groups

    def start(self, bus: ChannelContext, handle: ModuleHandle) -> None:
        for message in handle:
            handle.reply(message, message.content * 2)


class TaskDoubler:
    """A module in a task that replies with twice the content."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.groups: Sequence[str] = ("all",)

    async def start(self, bus: aio.ChannelContext, handle: aio.ModuleHandle) -> None:
        async for message in handle:
            handle.reply(message, message.content * 2)


class Doing:
    """A module in a thread that runs a given function."""

    groups: Sequence[str] = ()

    def __init__(self, name: str, work: Callable[[ChannelContext, ModuleHandle], None]) -> None:
        self.name = name
        self._work = work

    def start(self, bus: ChannelContext, handle: ModuleHandle) -> None:
        return self._work(bus, handle)


def test_the_modules_of_the_tests_follow_the_protocols() -> None:
    module: Module = Doubler("a")
    task: TaskModule = TaskDoubler("a")
    assert isinstance(module, Module)
    assert isinstance(task, TaskModule)


def test_enabled_and_disabled_modules_are_listed_separately() -> None:
    core = ModuleCore(["a"])
    a, b = Doubler("a"), Doubler("b")
    assert (core.register(a), core.register(b)) == (True, False)
    assert (dict(core.modules), dict(core.disabled)) == ({"a": a}, {"b": b})


def test_a_name_registers_once_enabled_or_not() -> None:
    core = ModuleCore(["a"])
    for name in ("a", "b"):
        core.register(Doubler(name))
        with pytest.raises(AlreadyRegistered, match=f"'{name}' is already registered"):
            core.register(Doubler(name))
    assert (list(core.modules), list(core.disabled)) == (["a"], ["b"])


def test_an_enabled_module_that_is_not_registered_is_reported_and_nothing_is_started() -> None:
    core = ModuleCore(ModulesFile("modules.yaml", ("a", "x", "y")))
    core.register(Doubler("a"))
    core.register(Doubler("b"))
    with pytest.raises(
        NotRegistered, match=r"modules.yaml enables unregistered modules: 'x', 'y'; registered modules: 'a', 'b'"
    ):
        core.start()
    assert core.bus.snapshot() == ({}, {}, {})
    for name in "xy":
        core.register(Doubler(name))
    core.start()
    assert core.shutdown(FOREVER).stopped == ("a", "x", "y")


def test_thread_and_task_modules_respond_to_each_other_and_shut_down() -> None:
    core = ModuleCore(["thread", "task"])
    for module in (Doubler("thread"), TaskDoubler("task"), Doubler("disabled")):
        core.register(module)
    core.start()
    assert set(core.bus.snapshot().channels) == {"thread", "task"}
    assert set(core.bus.snapshot().type_channels["all"]) == {"thread", "task"}
    for name in ("thread", "task"):
        assert core.bus.send_sync(name, Message(21), FOREVER).content == 42
    report = core.shutdown(FOREVER)
    assert report.is_clean
    assert (report.stopped, report.running, report.left) == (("thread", "task"), (), {})


def test_a_module_whose_start_raises_is_removed_and_the_others_keep_running(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(bus: ChannelContext, handle: ModuleHandle) -> None:
        raise RuntimeError("no device")

    class FailingTask(TaskDoubler):
        async def start(self, bus: aio.ChannelContext, handle: aio.ModuleHandle) -> None:
            raise RuntimeError("no network")

    core = ModuleCore(["bad", "good", "worse", "fine"])
    for module in (Doing("bad", fail), Doubler("good"), FailingTask("worse"), TaskDoubler("fine")):
        core.register(module)
    core.start()
    for name in ("good", "fine"):
        assert core.bus.send_sync(name, Message(1), FOREVER).content == 2
    report = core.shutdown(FOREVER)
    assert set(report.stopped) == {"good", "fine"}
    assert {name: str(error) for name, error in report.failed.items()} == {"bad": "no device", "worse": "no network"}
    assert not report.is_clean
    assert sorted(each.levelno for each in caplog.records) == [logging.ERROR] * 2
    with pytest.raises(BeehiveError):
        core.bus.send("bad", Message(1))


def test_a_module_that_does_not_stop_is_named_and_its_unread_messages_are_returned() -> None:
    release = threading.Event()
    busy = threading.Event()

    def work(bus: ChannelContext, handle: ModuleHandle) -> None:
        busy.set()
        release.wait()

    core = ModuleCore(["stubborn", "good"])
    core.register(Doing("stubborn", work))
    core.register(Doubler("good"))
    core.start()
    busy.wait()
    message = Message("unread")
    core.bus.send("stubborn", message)
    report = core.shutdown(0)
    assert "stubborn" in report.running
    assert report.left == {"stubborn": (message,)}
    assert not report.is_clean
    release.set()
    assert core.wait(FOREVER)


def test_a_task_that_does_not_stop_is_cancelled() -> None:
    cancelled = threading.Event()
    busy = threading.Event()

    class Stubborn(TaskDoubler):
        async def start(self, bus: aio.ChannelContext, handle: aio.ModuleHandle) -> None:
            busy.set()
            try:
                await asyncio.get_running_loop().create_future()
            except asyncio.CancelledError:
                cancelled.set()
                raise

    core = ModuleCore(["stubborn"])
    core.register(Stubborn("stubborn"))
    core.start()
    busy.wait()
    assert core.shutdown(0).running == ("stubborn",)
    assert cancelled.wait(FOREVER)
    assert core.wait(FOREVER)


def test_a_module_that_ends_by_itself_is_removed_from_the_bus() -> None:
    core = ModuleCore(["short"])
    core.register(Doing("short", lambda bus, handle: None))
    core.start()
    assert core.wait(FOREVER)
    with pytest.raises(UnknownModule):
        core.bus.send("short", Message(1))
    assert core.shutdown().stopped == ("short",)


def test_running_ends_by_itself_when_every_module_has_ended_and_restores_the_signal_handlers() -> None:
    before = signal.getsignal(signal.SIGTERM)
    core = ModuleCore(["short"])
    core.register(Doing("short", lambda bus, handle: None))
    assert core.run().stopped == ("short",)
    assert signal.getsignal(signal.SIGTERM) is before


def test_running_ends_with_a_signal() -> None:
    core = ModuleCore(["signals", "good"])
    core.register(Doing("signals", lambda bus, handle: os.kill(os.getpid(), signal.SIGTERM)))
    core.register(Doubler("good"))
    assert set(core.run(FOREVER).stopped) == {"signals", "good"}


def test_a_started_core_accepts_no_modules_and_cannot_be_started_again() -> None:
    core = ModuleCore([])
    core.start()
    with pytest.raises(BeehiveError, match="register 'late' before start"):
        core.register(Doubler("late"))
    with pytest.raises(BeehiveError, match="already been started"):
        core.start()
    assert core.shutdown().is_clean


class Odd:
    """An object with the attributes that a test gives it."""

    def __init__(self, **parts: Any) -> None:
        self.__dict__.update(parts)


@pytest.mark.parametrize(
    ("odd", "says"),
    [
        (Odd(), "its name is None; it must be a string"),
        (Odd(name=7, groups=(), start=print), "its name is 7; it must be a string"),
        (Odd(name="odd", start=print), "its groups are None; they must be strings"),
        (Odd(name="odd", groups=(1,), start=print), r"its groups are \(1,\); they must be strings"),
        (Odd(name="odd", groups=()), r"it has no method start\(bus, handle\)"),
    ],
)
def test_an_object_that_is_not_a_module_is_refused_and_not_registered(odd: Any, says: str) -> None:
    core = ModuleCore(["odd"])
    with pytest.raises(NotAModule, match=says):
        core.register(odd)
    assert (dict(core.modules), dict(core.disabled)) == ({}, {})


def test_a_name_that_is_taken_on_the_bus_starts_nothing_and_start_can_be_repeated() -> None:
    core = ModuleCore(["first", "taken"])
    core.register(Doubler("first"))
    core.register(Doubler("taken"))
    core.bus.add_module("taken")
    with pytest.raises(ModuleExists):
        core.start()
    assert set(core.bus.snapshot().channels) == {"taken"}
    core.bus.clean_up("taken")
    core.start()
    assert set(core.shutdown(FOREVER).stopped) == {"first", "taken"}


def test_a_module_that_is_enabled_twice_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="the module 'a' is enabled twice"):
        ModuleCore(["a", "b", "a"])
    assert ModuleCore("hub").register(Doubler("hub")), "one text is one name"


def test_a_wait_that_times_out_leaves_nothing_behind() -> None:
    core = ModuleCore(["good"])
    core.register(Doubler("good"))
    core.start()
    for _ in range(3):
        assert not core.wait(0)
    assert core._waiters == []
    assert core.shutdown(FOREVER).is_clean


# The example application, through entry points.


def python_m_beehive(folder: Path, *arguments: str, entry_points: str | None = None) -> subprocess.Popen[str]:
    """Start the command in an environment in which the example application is installed."""
    installed = folder / "edge_core_example-1.0.dist-info"
    installed.mkdir()
    installed.joinpath("METADATA").write_text("Metadata-Version: 2.1\nName: edge-core-example\nVersion: 1.0\n")
    text = EXAMPLE.joinpath("pyproject.toml").read_text(encoding="utf-8")
    section = text.split('[project.entry-points."beehive.modules"]\n')[1].split("\n\n")[0].replace('"', "")
    installed.joinpath("entry_points.txt").write_text(f"[beehive.modules]\n{entry_points or section}\n")
    path = os.pathsep.join([str(folder), str(EXAMPLE), str(ROOT / "reference")])
    return subprocess.Popen(
        [sys.executable, "-m", "beehive", *arguments],
        env={**os.environ, "PYTHONPATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_the_example_runs_responds_to_the_cloud_and_stops_after_a_signal(tmp_path: Path) -> None:
    process = python_m_beehive(tmp_path, str(EXAMPLE / "modules.yaml"))
    assert process.stdout is not None
    lines = [json.loads(process.stdout.readline()) for _ in range(4)]
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate()
    contents = {line["header"].get("parent_msg_id"): line["content"] for line in lines}
    assert contents["1"] == {"desired": {"level": 3, "power": "on"}}
    assert contents["2"] == {"level": 3, "power": "on"}
    assert "no module 'simulator' is on the bus" in contents["3"]["error"]
    assert contents[None] == {"changed": ["level", "power"]}
    assert (process.returncode, errors) == (0, "")


@pytest.mark.parametrize(
    ("yaml", "entry_points", "says"),
    [
        ("modules: {enabled: [twin, nobody]}", None, "enables unregistered modules: 'nobody'; registered modules: "),
        ("modules: {enabled: [twin, twin]}", None, "modules.yaml:1: the module 'twin' is already enabled in line 1"),
        ("", None, "the file is empty"),
        ("modules: {enabled: []}", "x = no_such_module:X", "the entry point 'x' (no_such_module:X) cannot be loaded"),
        ("modules: {enabled: []}", "x = builtins:object", "(builtins:object) does not return a module: "),
        ("modules: {enabled: []}", "x = edge_core:Hub\ny = edge_core:Hub", "a module 'hub' is already registered"),
    ],
)
def test_bad_input_is_one_clear_error(tmp_path: Path, yaml: str, entry_points: str | None, says: str) -> None:
    tmp_path.joinpath("modules.yaml").write_text(yaml)
    process = python_m_beehive(tmp_path, str(tmp_path / "modules.yaml"), entry_points=entry_points)
    output, errors = process.communicate()
    assert (process.returncode, output) == (2, "")
    assert says in errors
    assert "Traceback" not in errors


@pytest.mark.parametrize(
    ("start", "says"),
    [
        (lambda: coroutine(), "returned a coroutine; it must be declared as `async def`"),
        (lambda: generator(), "returned a generator; it must not contain `yield`"),
    ],
    ids=["coroutine", "generator"],
)
def test_a_start_method_whose_body_does_not_run_is_a_failure(start: Callable[[], Any], says: str) -> None:
    core = ModuleCore(["a", "b"])
    core.register(Doing("a", lambda bus, handle: start()))
    core.register(Doubler("b"))
    core.start()
    assert core.bus.send_sync("b", Message(21), FOREVER).content == 42
    report = core.shutdown(FOREVER)
    assert (report.stopped, report.is_clean) == (("b",), False)
    assert isinstance(report.failed["a"], NotAModule)
    assert says in str(report.failed["a"])


async def coroutine() -> None:
    raise AssertionError("not meant to run")


def generator() -> Iterator[None]:
    yield
