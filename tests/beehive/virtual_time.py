"""Runs a coroutine in an event loop whose clock jumps to the next timer as soon as every task waits."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, TypeVar

from beehive_conformance.targets.reference.virtual_loop import VirtualLoop

R = TypeVar("R")


class _Clock:
    seconds = 0.0

    def now(self) -> float:
        return self.seconds

    def idle(self, next_timer: float | None) -> None:
        assert next_timer is not None, "every task waits, and for no timer: a deadlock"
        self.seconds += next_timer


def run(main: Coroutine[Any, Any, R]) -> R:
    """Run a coroutine to its end; `asyncio.sleep` in it takes no time, and time passes only when all wait."""
    clock = _Clock()
    loop = VirtualLoop(clock.now, clock.idle, lambda: None)
    try:
        return loop.run_until_complete(main)
    finally:
        loop.close()
