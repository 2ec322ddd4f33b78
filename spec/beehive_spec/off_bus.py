"""What the model remembers beside the bus: registered modules, and when the first message was made."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from beehive_spec.vocabulary import ModuleName

Registry = tuple[tuple[ModuleName, str], ...]
"""Names with implementations, sorted."""


class OffBusState(Struct, frozen=True, cache_hash=True, gc=False):
    """The two maps of the core, what modules.yaml enables (None: it was not read), and an age in milliseconds.

    `age` is how long ago the first message was made; None if there is none.
    """

    modules: Registry = ()
    disabled: Registry = ()
    enabled: tuple[ModuleName, ...] | None = None
    age: int | None = None


NO_OFF_BUS = OffBusState()
"""Shared by all states of programs in which nothing happens beside the bus."""


def older(off_bus: OffBusState, ms: int) -> OffBusState:
    """Return what is remembered `ms` milliseconds later."""
    return off_bus if off_bus.age is None else replace(off_bus, age=off_bus.age + ms)
