"""Real threads on virtual time: a runtime in which a baton is passed and exactly one thread runs."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable

from beehive_spec.vocabulary import Milliseconds

from beehive_conformance.targets.reference.clock import Clock


class Leave(BaseException):
    """Raised in a thread that still waits when its session ends, so that it unwinds."""


class _Worker:
    """A thread of the operating system that does one job after another, each when it is given the baton."""

    __slots__ = ("gate", "baton", "job", "_pool")

    def __init__(self, pool: Pool) -> None:
        self.gate = threading.Lock()
        self.gate.acquire()
        self.baton: Baton | None = None
        self.job: Callable[[], None] | None = None
        self._pool = pool
        threading.Thread(target=self._work, name="client", daemon=True).start()

    def _work(self) -> None:
        _here.worker = self
        while True:
            self.gate.acquire()
            baton, job = self.baton, self.job
            if baton is None or job is None:
                return
            try:
                job()
            except Leave:
                pass
            except BaseException as crash:
                baton.crashed(crash)
            self.baton = self.job = None
            self._pool.idle.append(self)
            baton.pass_on()


class _Here(threading.local):
    worker: _Worker | None = None


_here = _Here()


class Pool:
    """Threads that are used again from one session to the next, because starting one is slow."""

    __slots__ = ("idle",)

    def __init__(self) -> None:
        self.idle: list[_Worker] = []

    def take(self) -> _Worker:
        """Return a thread that has nothing to do, a new one if need be."""
        return self.idle.pop() if self.idle else _Worker(self)

    def close(self) -> None:
        """End the threads that have nothing to do."""
        while self.idle:
            self.idle.pop().gate.release()


class Baton:
    """The runtime of one session: whoever has the baton runs, everybody else waits for it.

    The driver, who made the baton, has it first; `settle` passes it to the threads that can run, one after
    another in an order drawn from the seed, and has it back when none is left. A thread that parks passes it
    on. So a run depends on nothing but the seed. Time passes only in `advance`.
    """

    def __init__(self, pool: Pool, seed: int | str) -> None:
        self._pool = pool
        self._draw = random.Random(seed)
        self._driver = threading.Lock()
        self._driver.acquire()
        self._runnable: list[_Worker] = []
        self._parked: dict[BatonParker, _Worker] = {}
        self._crash: BaseException | None = None
        self._lock_holders: list[_Worker | None] = []
        self.clock = Clock[BatonParker]()
        """The time of the session."""

    # What the bus asks of a runtime.

    def now(self) -> float:
        """Return the virtual time in seconds."""
        return self.clock.now()

    def lock(self) -> BatonLock:
        """Return a lock for which threads wait without the baton."""
        return BatonLock(self)

    def parker(self) -> BatonParker:
        """Return a place for the calling thread to wait at."""
        return BatonParker(self)

    def spawn(self, run: Callable[[], None], name: str = "") -> None:  # noqa: ARG002  # the runtime's signature
        """Let a thread of the pool run something as soon as it is given the baton."""
        worker = self._pool.take()
        worker.baton, worker.job = self, run
        self._runnable.append(worker)

    # What the driver does.

    def settle(self) -> None:
        """Let threads run until all are parked or done; raises what a thread has died of."""
        if self._runnable:
            self.pass_on()
            try:
                self._driver.acquire()
            except BaseException:
                # The baton is under way: without having it back, nothing can be ended in order.
                self._driver.acquire()
                raise
        if self._crash is not None:
            crash, self._crash = self._crash, None
            raise crash

    def advance(self, ms: Milliseconds) -> None:
        """Let time pass; at each instant on the way fire one timer after another, settling after each."""
        for parker in self.clock.advance(ms):
            if parker in self._parked:
                self.resume(parker)
                self.settle()

    def leave(self) -> None:
        """Raise Leave in every thread that is parked, until none is."""
        self.settle()
        while self._parked:
            for parker in list(self._parked):
                parker.leaving = True
                self.resume(parker)
            self.settle()

    # What parkers and workers do.

    def pass_on(self) -> None:
        """Give the baton to a thread that can run, or else to the driver; then the caller has it no more."""
        if not self._runnable:
            self._driver.release()
            return
        last = len(self._runnable) - 1
        if last:
            # The order of the runnable is of no account: whoever is drawn is replaced by the last.
            drawn = self._draw.randrange(last + 1)
            self._runnable[drawn], self._runnable[last] = self._runnable[last], self._runnable[drawn]
        self._runnable.pop().gate.release()

    def park(self, parker: BatonParker, seconds: float | None) -> None:
        """Wait at a parker until it is resumed; raises Leave if the session ends meanwhile."""
        worker = _here.worker
        if worker is None:
            raise RuntimeError("only a thread that the baton has spawned can park; the driver never waits")
        if worker in self._lock_holders:
            raise RuntimeError("a thread parks while it holds a lock of the bus")
        self._parked[parker] = worker
        if seconds is not None:
            self.clock.set_timer(seconds, parker)
        self._wait(worker)
        if parker.leaving:
            raise Leave

    def preempt(self) -> None:
        """Let any thread that can run do so, the calling one included; the driver is never preempted."""
        worker = _here.worker
        if worker is not None:
            self._runnable.append(worker)
            self._wait(worker)

    def take(self, lock: BatonLock) -> None:
        """Wait until nobody holds a lock, and hold it; raises RuntimeError if that can never be."""
        worker = _here.worker
        while lock.is_held:
            if worker is None or lock.holder is worker:
                raise RuntimeError("a thread takes a lock of the bus that is held already")
            lock.waiting.append(worker)
            self._wait(worker)
        lock.is_held, lock.holder = True, worker
        self._lock_holders.append(worker)

    def give(self, lock: BatonLock) -> None:
        """Hold a lock no more; whoever waits for it can run again and takes it in the order drawn."""
        self._lock_holders.remove(lock.holder)
        lock.is_held, lock.holder = False, None
        self._runnable.extend(lock.waiting)
        lock.waiting.clear()

    def _wait(self, worker: _Worker) -> None:
        self.pass_on()
        worker.gate.acquire()

    def resume(self, parker: BatonParker) -> None:
        """Let the thread that is parked here run again, if it has not been resumed already."""
        worker = self._parked.pop(parker, None)
        if worker is not None:
            self._runnable.append(worker)

    def crashed(self, crash: BaseException) -> None:
        """Note what a thread has died of; the first one counts."""
        self._crash = self._crash or crash


class BatonParker:
    """A place where one thread waits once: the first of `unpark` and the timer resumes it."""

    __slots__ = ("leaving", "_baton", "_unparked")

    def __init__(self, baton: Baton) -> None:
        self.leaving = False
        self._baton = baton
        self._unparked = False

    def park(self, seconds: float | None) -> bool:
        """Wait to be woken, `seconds` at most or for ever if None; return whether that is what happened."""
        if not self._unparked:
            self._baton.park(self, seconds)
        return self._unparked

    def unpark(self) -> None:
        """Let the thread run on when its turn comes; remembered if it does not wait yet."""
        self._unparked = True
        self._baton.resume(self)


class BatonLock:
    """A lock whose holder never parks, which is checked; who waits for it has not got the baton."""

    __slots__ = ("is_held", "holder", "waiting", "_baton")

    def __init__(self, baton: Baton) -> None:
        self.is_held = False
        self.holder: _Worker | None = None
        self.waiting: list[_Worker] = []
        self._baton = baton

    def acquire(self) -> None:
        """Wait for the lock and hold it."""
        self._baton.take(self)

    def release(self) -> None:
        """Hold the lock no more."""
        self._baton.give(self)

    def __enter__(self) -> None:
        self._baton.take(self)

    def __exit__(self, *exception: object) -> None:
        self._baton.give(self)
