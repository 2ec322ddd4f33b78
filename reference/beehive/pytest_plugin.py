"""Fixtures for pytest, switched on with `pytest_plugins = ["beehive.pytest_plugin"]` in a conftest.py."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from beehive import aio
from beehive.testing import RecordingContext, VirtualClock


@pytest.fixture
def clock() -> VirtualClock:
    """A clock whose time passes only when the test lets it."""
    return VirtualClock()


@pytest.fixture
def bus(clock: VirtualClock) -> Iterator[RecordingContext]:
    """A bus on the virtual clock that remembers what was sent; closed at the end of the test.

    What a thread of the clock has died of fails the test.
    """
    context = RecordingContext(clock=clock)
    yield context
    context.close()
    clock.settle()


@pytest.fixture
def aio_bus(bus: RecordingContext) -> aio.ChannelContext:
    """The same bus for tasks, to be used in `clock.run(...)`."""
    return aio.ChannelContext.view_of(bus)
