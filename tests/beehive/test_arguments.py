"""Every public call refuses at once, and before it changes anything, what has the wrong type."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from beehive import (
    BadTimeout,
    BeehiveError,
    ChannelContext,
    Header,
    Message,
    ModuleHandle,
    WrongType,
    aio,
    from_json,
    to_json,
)
from beehive.host import ModuleCore
from beehive.testing import RecordingContext, VirtualClock

NAMES: list[Any] = [None, 3, b"m", ["m"], object(), Message("m")]
MESSAGES: list[Any] = [None, "x", {}, Message, object()]
WRONG: dict[str, list[Any]] = {
    "module": NAMES,
    "name": NAMES,
    "group": NAMES,
    "groups": [None, 3, b"g", [None], ["g", 3]],
    "message": MESSAGES,
    "response": MESSAGES,
    "request": MESSAGES,
    "timeout": ["1", True, False, [], object(), timedelta, Decimal(1), 1j],
    "capacity": ["3", 1.5, True, []],
    "bus": [None, "bus", object()],
    "runtime": [],
    "content": [],
}
"""Wrong arguments by the name of the parameter; any object may be a content, and runtimes are not checked."""
RIGHT: dict[str, Callable[[ChannelContext], Any]] = {
    "module": lambda bus: "m",
    "name": lambda bus: "another",
    "group": lambda bus: "g",
    "groups": lambda bus: (),
    "message": lambda bus: Message("x"),
    "response": lambda bus: Message("x"),
    "request": lambda bus: Message("x"),
    "timeout": lambda bus: 0,
    "capacity": lambda bus: None,
    "bus": lambda bus: bus,
    "runtime": lambda bus: None,
    "content": lambda bus: None,
}
COLOURS: list[tuple[type[Any], Callable[[ChannelContext], Any]]] = [
    (ChannelContext, lambda bus: bus),
    (ModuleHandle, lambda bus: bus.module("handled")),
    (aio.ChannelContext, lambda bus: aio.ChannelContext()),
    (aio.ChannelContext, aio.ChannelContext.view_of),
    (aio.ModuleHandle, lambda bus: aio.ChannelContext.view_of(bus).module("handled")),
    (RecordingContext, lambda bus: RecordingContext()),
]


def parameters(call: Callable[..., Any]) -> list[str]:
    return [name for name in inspect.signature(call).parameters if name not in ("self", "cls")]


def methods_of(kind: type[Any]) -> list[str]:
    return [name for name in dir(kind) if not name.startswith("_") and callable(getattr(kind, name))]


def wrong_calls() -> Iterator[Any]:
    for number, (kind, _) in enumerate(COLOURS):
        for method in methods_of(kind):
            for parameter in parameters(getattr(kind, method)):
                for at, _wrong in enumerate(WRONG[parameter]):
                    name = f"{kind.__module__}.{kind.__name__}-{number}.{method}-{parameter}-{at}"
                    yield pytest.param(number, method, parameter, at, id=name)


def called(bus: Any, method: str, arguments: dict[str, Any]) -> Any:
    done = getattr(bus, method)(**arguments)
    if not inspect.iscoroutine(done):
        return done

    async def run() -> Any:
        return await done

    return asyncio.run(run())


def opened(number: int) -> tuple[ChannelContext, Any]:
    """Return a bus with a module and a group, and what the calls are made on."""
    under = ChannelContext()
    subject = COLOURS[number][1](under)
    shared = subject if isinstance(subject, (RecordingContext, aio.ChannelContext)) else under
    if "m" not in shared.snapshot().channels:
        shared.add_module("m")
        shared.add_module_group("m", "g")
    return shared, subject


@pytest.mark.parametrize(("number", "method", "parameter", "at"), list(wrong_calls()))
def test_a_wrong_argument_is_refused_and_changes_nothing(number: int, method: str, parameter: str, at: int) -> None:
    shared, subject = opened(number)
    before = shared.snapshot()
    arguments = {name: RIGHT[name](shared) for name in parameters(getattr(subject, method))}
    arguments[parameter] = WRONG[parameter][at]
    with pytest.raises(WrongType, match=r"must be|send beehive\.Message|pass a beehive\.ChannelContext") as caught:
        called(subject, method, arguments)
    assert isinstance(caught.value, TypeError)
    assert isinstance(caught.value, BeehiveError)
    assert shared.snapshot() == before


def test_every_kind_of_argument_is_passed_to_some_call() -> None:
    passed = {each.values[2] for each in wrong_calls()}
    assert passed == {name for name, wrong in WRONG.items() if wrong}
    assert len(list(wrong_calls())) > 300


@pytest.mark.parametrize(
    "timeout", [-1, -0.001, float("nan"), float("-inf"), timedelta(seconds=-1), pytest.param(-(10**400), id="huge")]
)
@pytest.mark.parametrize("number", range(len(COLOURS)), ids=[kind.__module__ for kind, _ in COLOURS])
def test_a_negative_timeout_and_nan_are_refused_by_every_call_that_takes_one(number: int, timeout: Any) -> None:
    kind = COLOURS[number][0]
    methods = [name for name in methods_of(kind) if "timeout" in parameters(getattr(kind, name))]
    assert methods
    for method in methods:
        shared, subject = opened(number)
        before = shared.snapshot()
        arguments = {name: RIGHT[name](shared) for name in parameters(getattr(subject, method))}
        with pytest.raises(BadTimeout, match="the timeout is"):
            called(subject, method, arguments | {"timeout": timeout})
        assert shared.snapshot() == before


def test_an_id_that_is_no_string_is_refused_where_it_is_used() -> None:
    _, bus = opened(0)
    wrong = Message("x", Header([], []))  # type: ignore[arg-type]  # what a caller without a type checker can do
    for call in (lambda: bus.send_sync("m", wrong), lambda: bus.send_to_group_sync("g", wrong)):
        with pytest.raises(WrongType, match="the id of the message is"):
            call()
    with pytest.raises(WrongType, match="the parent id of the message is"):
        bus.send_resp(wrong)


@pytest.mark.parametrize("capacity", WRONG["capacity"])
def test_a_bus_refuses_a_wrong_capacity(capacity: Any) -> None:
    for make in (ChannelContext, aio.ChannelContext, RecordingContext):
        with pytest.raises(WrongType, match="the capacity is"):
            make(capacity=capacity)


@pytest.mark.parametrize("timeout", WRONG["timeout"])
def test_a_core_and_a_clock_refuse_a_wrong_timeout(timeout: Any) -> None:
    for call in (ModuleCore(()).wait, ModuleCore(()).shutdown, ModuleCore(()).run, VirtualClock().advance):
        with pytest.raises(WrongType, match="must be"):
            call(timeout)


@pytest.mark.parametrize("enabled", [None, 3, [None], ["a", 3], b"a"])
def test_a_core_refuses_what_are_no_names(enabled: Any) -> None:
    with pytest.raises(WrongType, match="must be"):
        ModuleCore(enabled)


@pytest.mark.parametrize("wrong", MESSAGES)
def test_to_json_refuses_what_is_no_message(wrong: Any) -> None:
    with pytest.raises(WrongType, match=r"send beehive\.Message"):
        to_json(wrong)


@pytest.mark.parametrize("wrong", [None, 3, ["{}"], object(), Message("x")])
def test_from_json_refuses_what_is_no_text(wrong: Any) -> None:
    with pytest.raises(WrongType, match="must be str or bytes"):
        from_json(wrong)


def test_an_object_whose_repr_fails_or_is_long_is_refused_with_a_short_text() -> None:
    class Broken:
        def __repr__(self) -> str:
            raise ZeroDivisionError

    bus = ChannelContext()
    for wrong in (Broken(), "x" * 10_000):
        with pytest.raises(WrongType) as caught:
            bus.send("m", wrong)  # type: ignore[arg-type]  # what a caller without a type checker can do
        assert len(str(caught.value)) < 200
