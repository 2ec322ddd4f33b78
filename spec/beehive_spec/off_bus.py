"""The part of the state that is not on the bus: registered modules, and when the first message was made."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from beehive_spec.vocabulary import ModuleName

PER_SECOND = 1_000
"""Milliseconds in one second."""

Registry = tuple[tuple[ModuleName, str], ...]
"""Names with implementations, sorted."""


class OffBusState(Struct, frozen=True, cache_hash=True, gc=False):
    """The two maps of the core, and what is known about modules.yaml and the time.

    `enabled` are the modules that modules.yaml enables, or None before the file is read. `age` is the number of
    milliseconds since the first message was made, or None if no message was made. `phase` are the least and the
    greatest number of milliseconds that may have passed of its second when the first message was made, as far as the
    timestamps so far tell: in whole seconds, all timestamps are cut at the same moments.
    """

    modules: Registry = ()
    disabled: Registry = ()
    enabled: tuple[ModuleName, ...] | None = None
    age: int | None = None
    phase: tuple[int, int] = (0, PER_SECOND - 1)


NO_OFF_BUS = OffBusState()
"""Shared by all states of programs without off-bus operations."""


def older(off_bus: OffBusState, ms: int) -> OffBusState:
    """Return the off-bus state `ms` milliseconds later."""
    return off_bus if off_bus.age is None else replace(off_bus, age=off_bus.age + ms)


def without(registry: Registry, module: ModuleName) -> Registry:
    """Return the registry without a module."""
    return tuple([pair for pair in registry if pair[0] != module])


def is_registered(off_bus: OffBusState, module: ModuleName) -> bool:
    """Return whether a module is in one of the two maps of the core."""
    return any(module == name for name, _ in (*off_bus.modules, *off_bus.disabled))


def unregistered(off_bus: OffBusState, module: ModuleName) -> OffBusState:
    """Return the maps of the core without a module."""
    modules, disabled = without(off_bus.modules, module), without(off_bus.disabled, module)
    return replace(off_bus, modules=modules, disabled=disabled)
