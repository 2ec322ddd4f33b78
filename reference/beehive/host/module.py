"""Modules that a host runs, in threads or in tasks."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Coroutine, Generator, Iterable, Sequence
from typing import Protocol, TypeAlias, runtime_checkable

from beehive import aio
from beehive.context import ChannelContext
from beehive.errors import NotAModule
from beehive.handle import ModuleHandle


@runtime_checkable
class Module(Protocol):
    """A module that runs in its own thread."""

    @property
    def name(self) -> str:
        """The name that other modules send to."""

    @property
    def groups(self) -> Sequence[str]:
        """The names of the groups that the module belongs to."""

    def start(self, bus: ChannelContext, handle: ModuleHandle) -> None:
        """Run the module; return when a call of the bus raises Closed, or earlier."""


@runtime_checkable
class TaskModule(Protocol):
    """A module that runs as a task, in one event loop with all other task modules."""

    @property
    def name(self) -> str:
        """The name that other modules send to."""

    @property
    def groups(self) -> Sequence[str]:
        """The names of the groups that the module belongs to."""

    async def start(self, bus: aio.ChannelContext, handle: aio.ModuleHandle) -> None:
        """Run the module; return when a call of the bus raises Closed, or earlier."""


AnyModule: TypeAlias = Module | TaskModule


def check_that_it_ran(module: AnyModule, returned: object) -> None:
    """Raise NotAModule if `start` returned a coroutine or a generator, whose body has not run."""
    match returned:
        case Coroutine():
            what, right = "a coroutine", "it must be declared as `async def`, also behind decorators"
        case Generator() | AsyncGenerator():
            what, right = "a generator", "it must not contain `yield`"
        case _:
            return
    if isinstance(returned, (Coroutine, Generator)):
        # Or the interpreter would warn that it was never awaited.
        returned.close()
    raise NotAModule(f"{module!r} did not run: its method start returned {what}; {right}")


def check_module(module: AnyModule) -> None:
    """Raise NotAModule if an object lacks a name, groups or a start method."""
    what = f"{module!r} is not a module"
    name, groups = getattr(module, "name", None), getattr(module, "groups", None)
    if not isinstance(name, str):
        raise NotAModule(f"{what}: its name is {name!r}; it must be a string")
    if not isinstance(groups, Iterable) or not all(isinstance(group, str) for group in groups):
        raise NotAModule(f"{what}: its groups are {groups!r}; they must be strings, () for none")
    if not callable(getattr(module, "start", None)):
        raise NotAModule(f"{what}: it has no method start(bus, handle)")
