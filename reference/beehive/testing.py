"""Testing tools for code that uses the bus: a virtual clock, and a bus that records what was sent."""

from __future__ import annotations

import heapq
import itertools
import math
import threading
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from beehive.arguments import check_name
from beehive.context import ChannelContext
from beehive.core.channel import CLOSED_PUT, Channel
from beehive.errors import BadTimeout, WrongType
from beehive.message import AnyMessage
from beehive.runtime import Lock, new_lock
from beehive.timeouts import in_seconds

if TYPE_CHECKING:
    from beehive.aio.virtual_loop import VirtualLoop

R = TypeVar("R")

PATIENCE = 10.0
"""Seconds of real time to wait for threads that are busy, and for threads that the clock does not know."""


class VirtualClock:
    """A runtime for `ChannelContext` whose time passes only while every thread and task waits.

    Start threads that use the bus with `spawn`, and run tasks with `run`. The test's own thread moves the time
    with `advance`. If it waits on the bus itself, the time jumps from one timeout to the next until the wait is
    over. Timeouts of hours therefore end at once, and always in the same order.

    >>> clock = VirtualClock()
    >>> bus = ChannelContext(runtime=clock)
    >>> edged = bus.module("edged")
    >>> edged.receive(timeout=3600)
    Traceback (most recent call last):
    beehive.errors.Timeout: no message for the module 'edged' within 3600 s; nothing was taken
    >>> clock.now()
    3600.0
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._driver = threading.get_ident()
        self._now = 0.0
        self._busy = 0
        self._timers: list[tuple[float, int, _Parker]] = []
        self._numbers = itertools.count()
        self._crashes: list[BaseException] = []

    def now(self) -> float:
        """Return the virtual time in seconds, which starts at 0."""
        return self._now

    def lock(self) -> Lock:
        """Return a `threading.RLock`."""
        return new_lock()

    def parker(self) -> _Parker:
        """Return a parker for the calling thread."""
        return _Parker(self)

    def spawn(self, run: Callable[[], None], name: str = "") -> None:
        """Call `run` in a new thread that this clock waits for; `settle` raises the exception of a failed thread."""
        with self._changed:
            self._busy += 1

        def work() -> None:
            _this_thread.clock = self
            try:
                run()
            except BaseException as error:
                self._crashes.append(error)
            finally:
                with self._changed:
                    self._busy -= 1
                    self._changed.notify_all()

        threading.Thread(target=work, name=name or None, daemon=True).start()

    def settle(self) -> None:
        """Wait until every thread of the clock has ended or waits on the bus.

        Raises the exception of a thread that failed, and RuntimeError if a thread has neither ended nor waits on
        the bus after 10 seconds of real time.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: self._busy == 0, PATIENCE):
                raise RuntimeError(
                    f"{self._busy} threads of this clock are busy: they have not ended and do not wait on the bus"
                )
        if self._crashes:
            raise self._crashes.pop(0)

    def advance(self, time: float | timedelta) -> None:
        """Let `time`, in seconds or as a timedelta, pass.

        Timeouts expire in order; after each, all threads settle before the next one expires. Raises BadTimeout if the
        time is negative, NaN or infinite, and what `settle` raises.
        """
        if time is None:
            raise WrongType("the time is None; it must be seconds or a timedelta")
        seconds = in_seconds(time)
        if seconds is None or math.isinf(self._now + seconds):
            raise BadTimeout(f"the time is {time!r}; it must be finite")
        end = self._now + seconds
        self.settle()
        while (due := self.next_timeout()) is not None and due <= end:
            self._fire()
            self.settle()
        self._now = end

    def run(self, main: Coroutine[Any, Any, R]) -> R:
        """Run a coroutine in an event loop on this clock, and return its result.

        `asyncio.sleep` and all timeouts in the loop use virtual time, which passes while all tasks wait and every
        thread of the clock has ended or waits on the bus. It may pass while other threads work. Raises what the
        coroutine raises, and RuntimeError if all tasks and threads wait and nothing can wake them.
        """
        # Imported lazily: asyncio is slow to import, and tests of threads do not need it.
        import asyncio

        from beehive.aio.virtual_loop import VirtualLoop

        with asyncio.Runner(loop_factory=lambda: VirtualLoop(self.now, self._let_time_pass)) as runner:
            return runner.run(main)

    def next_timeout(self) -> float | None:
        """Return the virtual time at which the next timeout of a thread is over, or None if there is none."""
        with self._changed:
            while self._timers and self._timers[0][2].is_over():
                heapq.heappop(self._timers)
            return self._timers[0][0] if self._timers else None

    def _let_time_pass(self, loop: VirtualLoop, timeout: float | None) -> None:
        # Threads come first: their work may be what the tasks wait for.
        self.settle()
        if loop.poll():
            return
        due = self.next_timeout()
        steps = [step for step in (timeout, None if due is None else due - self._now) if step is not None]
        if steps:
            self.advance(min(steps))
        elif not loop.poll(PATIENCE):
            raise RuntimeError("all tasks and threads wait, and nothing can wake them")

    def _fire(self) -> None:
        with self._changed:
            self._now, _, parker = heapq.heappop(self._timers)
            parker.is_expired = True
            self._release(parker)

    def _release(self, parker: _Parker) -> None:
        if parker.is_waiting:
            # Busy from now on, not from when it runs, or time could pass in between.
            self._busy += 1
            self._changed.notify_all()

    def _unpark(self, parker: _Parker) -> None:
        with self._changed:
            if not parker.is_over():
                parker.is_woken = True
                self._release(parker)

    def _park(self, parker: _Parker, seconds: float | None) -> bool:
        with self._changed:
            if parker.is_over():
                return parker.is_woken
            if seconds is not None:
                heapq.heappush(self._timers, (self._now + seconds, next(self._numbers), parker))
            if _this_thread.clock is self:
                parker.is_waiting = True
                self._busy -= 1
                self._changed.notify_all()
                self._changed.wait_for(parker.is_over)
                return parker.is_woken
        if threading.get_ident() != self._driver:
            raise RuntimeError("this thread is unknown to the virtual clock; start it with clock.spawn")
        self.settle()
        while not parker.is_over():
            if self.next_timeout() is None:
                raise RuntimeError("the test waits on the bus, and nothing can wake it")
            self._fire()
            self.settle()
        return parker.is_woken


class _ThreadState(threading.local):
    clock: VirtualClock | None = None


_this_thread = _ThreadState()


class _Parker:
    """Lets one thread wait once."""

    __slots__ = ("is_waiting", "is_woken", "is_expired", "_clock")

    def __init__(self, clock: VirtualClock) -> None:
        self.is_waiting = False
        self.is_woken = False
        self.is_expired = False
        self._clock = clock

    def is_over(self) -> bool:
        """Return whether the wait has ended, or need not begin."""
        return self.is_woken or self.is_expired

    def park(self, seconds: float | None) -> bool:
        """Wait for `unpark`, at most `seconds` or forever if None, and return whether it came in time."""
        return self._clock._park(self, seconds)

    def unpark(self) -> None:
        """Wake the parked thread. Called at most once; never waits."""
        self._clock._unpark(self)


class RecordingContext(ChannelContext):
    """A bus that records every message that is put into a channel.

    >>> bus = RecordingContext()
    >>> bus.add_module("edged")
    >>> from beehive import Message
    >>> bus.send("edged", Message("start"))
    >>> bus.recorded("edged")[0].content
    'start'
    """

    def __init__(self, *, capacity: int | None = None, clock: VirtualClock | None = None) -> None:
        """Create a bus on `clock`, or on a new clock if it is None; for `capacity` see ChannelContext."""
        self.clock = VirtualClock() if clock is None else clock
        """The clock of the bus."""
        super().__init__(capacity=capacity, runtime=self.clock)
        self._recorded: dict[str, list[AnyMessage]] = {}
        self._core.make_channel = lambda name, capacity: _Recorder(
            name, capacity, self._recorded.setdefault(name, [])
        )

    def recorded(self, module: str) -> tuple[AnyMessage, ...]:
        """Return the messages that were put into the channel of a module, in order, whether received or not.

        The result is empty if the module was never on the bus.
        """
        check_name(module, "module")
        with self._shell.lock:
            return tuple(self._recorded.get(module, ()))


class _Recorder(Channel):
    __slots__ = ("_record",)

    def __init__(self, name: str, capacity: int | None, record: list[AnyMessage]) -> None:
        super().__init__(name, capacity)
        self._record = record
        # No fast path for putting: `offer` records the message.
        self._open_put = self.fast_put = CLOSED_PUT

    def offer(self, message: AnyMessage) -> bool:
        is_put = super().offer(message)
        if is_put:
            self._record.append(message)
        return is_put

    def _admit(self) -> None:
        before = len(self._messages)
        super()._admit()
        self._record.extend(itertools.islice(self._messages, before, None))
