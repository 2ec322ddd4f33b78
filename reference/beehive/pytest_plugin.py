"""Fixtures for pytest, enabled by `pytest_plugins = ["beehive.pytest_plugin"]` in a conftest.py."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from beehive import aio
from beehive.testing import RecordingContext, VirtualClock


@pytest.fixture
def clock() -> VirtualClock:
    """A virtual clock, whose time passes only when the test lets it."""
    return VirtualClock()


@pytest.fixture
def bus(clock: VirtualClock) -> Iterator[RecordingContext]:
    """A recording bus on the virtual clock, closed at the end of the test.

    The test fails if a thread of the clock has failed.
    """
    context = RecordingContext(clock=clock)
    yield context
    context.close()
    clock.settle()


@pytest.fixture
def aio_bus(bus: RecordingContext) -> aio.ChannelContext:
    """A view of the same bus for tasks in `clock.run(...)`."""
    return aio.ChannelContext.view_of(bus)
