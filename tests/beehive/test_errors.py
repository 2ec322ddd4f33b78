"""The errors: one root, fitting bases, and helpful texts."""

from __future__ import annotations

import asyncio
import gc
import os
import pickle
import threading
import weakref
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import beehive
import pytest
from beehive import (
    AlreadyRegistered,
    BadMessage,
    BadModulesFile,
    BadTimeout,
    BeehiveError,
    ChannelContext,
    Closed,
    DuplicateRequest,
    Message,
    ModuleClosed,
    ModuleExists,
    NotAModule,
    NotRegistered,
    Timeout,
    UnknownGroup,
    UnknownModule,
    WouldBlock,
    WrongType,
    aio,
)

ERRORS = [
    (UnknownModule("edged"), LookupError, "add_module('edged')"),
    (UnknownGroup("hub"), LookupError, "add_module_group(module, 'hub')"),
    (ModuleExists("edged"), ValueError, "clean_up('edged')"),
    (AlreadyRegistered("edged"), ValueError, "'edged'"),
    (NotAModule("x"), TypeError, "x"),
    (
        NotRegistered(("x",), ("a", "b"), "modules.yaml"),
        LookupError,
        "modules.yaml enables unregistered modules: 'x'",
    ),
    (BadMessage("x"), ValueError, "x"),
    (BadModulesFile("x"), ValueError, "x"),
    (DuplicateRequest("7"), ValueError, "'7'"),
    (BadTimeout("x"), ValueError, "x"),
    (Timeout("x"), TimeoutError, "x"),
    (WouldBlock("x"), Timeout, "x"),
    (WrongType("x"), TypeError, "x"),
    (Closed(), BeehiveError, "create a new ChannelContext"),
    (ModuleClosed("edged"), Closed, "'edged'"),
]


@pytest.mark.parametrize(("error", "base", "says"), ERRORS, ids=lambda value: type(value).__name__)
def test_an_error_has_its_built_in_base_a_helpful_text_and_can_be_pickled(
    error: BeehiveError, base: type[Exception], says: str
) -> None:
    assert isinstance(error, BeehiveError)
    assert isinstance(error, base)
    assert says in str(error)
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again)) == (type(error), str(error))


def test_every_public_error_is_tested_here() -> None:
    public = {getattr(beehive, name) for name in beehive.__all__}
    errors = {each for each in public if isinstance(each, type) and issubclass(each, Exception)}
    assert errors - {type(error) for error, _, _ in ERRORS} == {BeehiveError}


@pytest.fixture
def no_collection() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def full_bus() -> ChannelContext:
    bus = ChannelContext()
    for name, capacity in (("full", 1), ("empty", 1), ("any", None)):
        bus.module(name, groups="all", capacity=capacity)
    bus.send("full", Message("x"))
    return bus


CALLS: list[tuple[type[BeehiveError], Callable[[Any], Any]]] = [
    *((error, lambda bus, t=t: bus.receive("empty", t)) for error, t in ((WouldBlock, 0), (Timeout, 0.0001))),
    *((error, lambda bus, t=t: bus.receive("any", t)) for error, t in ((WouldBlock, 0), (Timeout, 0.0001))),
    *(
        (error, lambda bus, t=t: bus.send("full", Message("y"), t))
        for error, t in ((WouldBlock, 0), (Timeout, 0.0001))
    ),
    (Timeout, lambda bus: bus.send_to_group("all", Message("y"), 0.0001)),
    (Timeout, lambda bus: bus.send_sync("any", Message("y"), 0.0001)),
    (WouldBlock, lambda bus: bus.send_sync("full", Message("y"), 0)),
    (Timeout, lambda bus: bus.send_to_group_sync("all", Message("y"), 0.0001)),
    (WouldBlock, lambda bus: bus.receive_nowait("empty")),
    (WouldBlock, lambda bus: bus.send_nowait("full", Message("y"))),
    (UnknownModule, lambda bus: bus.receive("x")),
    (UnknownModule, lambda bus: bus.send("x", Message("y"))),
    (UnknownModule, lambda bus: bus.clean_up("x")),
    (UnknownGroup, lambda bus: bus.send_to_group("x", Message("y"))),
    (ModuleExists, lambda bus: bus.add_module("any")),
    (BadTimeout, lambda bus: bus.receive("any", -1)),
    (WrongType, lambda bus: bus.receive("any", "1")),
    (WrongType, lambda bus: bus.send("any", None)),
    (Closed, lambda bus: (bus.close(), bus.receive("any"))[1]),
]


def gone(bus: Any, error: type[BeehiveError], call: Callable[[Any], Any]) -> bool:
    """Make a call that fails, and return whether its error has gone once nothing refers to it."""
    caught: weakref.ref[BeehiveError] | None = None
    try:
        call(bus)
    except error as each:
        caught = weakref.ref(each)
    assert caught is not None
    return caught() is None


@pytest.mark.usefixtures("no_collection")
@pytest.mark.parametrize(("error", "call"), CALLS)
def test_an_error_is_in_no_cycle(error: type[BeehiveError], call: Callable[[Any], Any]) -> None:
    assert gone(full_bus(), error, call)


@pytest.mark.usefixtures("no_collection")
@pytest.mark.parametrize(("error", "call"), CALLS)
def test_an_error_of_a_task_is_in_no_cycle(error: type[BeehiveError], call: Callable[[Any], Any]) -> None:
    async def failed() -> bool:
        bus = aio.ChannelContext.view_of(full_bus())
        caught: weakref.ref[BeehiveError] | None = None
        try:
            done = call(bus)
            if isinstance(done, Coroutine):
                await done
        except error as each:
            caught = weakref.ref(each)
        assert caught is not None
        # asyncio's own handle of a timer that has expired is dropped in the next round.
        await asyncio.sleep(0)
        return caught() is None

    assert asyncio.run(failed())


@pytest.mark.usefixtures("no_collection")
def test_an_error_that_ended_a_waiting_call_is_in_no_cycle() -> None:
    bus = full_bus()
    is_gone: list[bool] = []
    thread = threading.Thread(target=lambda: is_gone.append(gone(bus, ModuleClosed, lambda _: bus.receive("empty"))))
    thread.start()
    while not bus.snapshot().channels["empty"].receiving:
        pass
    bus.clean_up("empty")
    thread.join()
    assert is_gone == [True]


@pytest.mark.usefixtures("no_collection")
@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="this system does not list open files")
def test_a_thread_that_polls_keeps_no_files_open() -> None:
    bus = full_bus()
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(50):
        with pytest.raises(Timeout):
            bus.receive("empty", 0.0001)
    assert len(os.listdir("/proc/self/fd")) <= before + 1
