"""A runtime for real threads on virtual time, in which only the thread with the baton runs."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable

from beehive_spec.vocabulary import Milliseconds

from beehive_conformance.targets.reference.clock import Clock


class Leave(BaseException):
    """Raised in a thread that still waits when its session ends, to unwind it."""


class _Worker:
    """A thread of the operating system that runs one job after another, each when it is given the baton."""

    __slots__ = ("gate", "baton", "job", "_pool")

    def __init__(self, pool: Pool) -> None:
        self.gate = threading.Lock()
        self.gate.acquire()
        self.baton: Baton | None = None
        self.job: Callable[[], None] | None = None
        self._pool = pool
        threading.Thread(target=self._work, name="client", daemon=True).start()

    def _work(self) -> None:
        _this_thread.worker = self
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


class _ThreadState(threading.local):
    worker: _Worker | None = None


_this_thread = _ThreadState()


class Pool:
    """Threads that are reused by later sessions, because starting a thread is slow."""

    __slots__ = ("idle",)

    def __init__(self) -> None:
        self.idle: list[_Worker] = []

    def take(self) -> _Worker:
        """Return an idle thread, or a new one if there is none."""
        return self.idle.pop() if self.idle else _Worker(self)

    def close(self) -> None:
        """End the idle threads."""
        while self.idle:
            self.idle.pop().gate.release()


class Baton:
    """The runtime of one session: only the thread that holds the baton runs.

    The driver, the thread that created the baton, holds it first. `settle` passes it to runnable threads, one after
    another in an order drawn from the seed, until none is left; a thread that parks passes it on. A run therefore
    depends only on the seed. Time passes only in `advance`.
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

    # The protocol beehive.Runtime.

    def now(self) -> float:
        """Return the virtual time in seconds."""
        return self.clock.now()

    def lock(self) -> BatonLock:
        """Return a lock; a thread that waits for it passes the baton on."""
        return BatonLock(self)

    def parker(self) -> BatonParker:
        """Return a parker for the calling thread."""
        return BatonParker(self)

    def spawn(self, run: Callable[[], None], name: str = "") -> None:  # noqa: ARG002  # the runtime's signature
        """Make a thread of the pool runnable, which calls `run` when it is given the baton."""
        worker = self._pool.take()
        worker.baton, worker.job = self, run
        self._runnable.append(worker)

    # For the driver.

    def settle(self) -> None:
        """Let threads run until all are parked or done, and raise the exception of one that failed."""
        if self._runnable:
            self.pass_on()
            try:
                self._driver.acquire()
            except BaseException:
                # Another thread has the baton; wait to get it back, or the session could not be ended in order.
                self._driver.acquire()
                raise
        if self._crash is not None:
            crash, self._crash = self._crash, None
            raise crash

    def advance(self, ms: Milliseconds) -> None:
        """Let `ms` milliseconds pass, ending one timer after another and settling after each."""
        for parker in self.clock.advance(ms):
            if parker in self._parked:
                self.resume(parker)
                self.settle()

    def leave(self) -> None:
        """Raise Leave in parked threads until no thread is parked."""
        self.settle()
        while self._parked:
            for parker in list(self._parked):
                parker.leaving = True
                self.resume(parker)
            self.settle()

    # For parkers, locks and workers.

    def pass_on(self) -> None:
        """Pass the baton from the caller to a runnable thread, or to the driver if there is none."""
        if not self._runnable:
            self._driver.release()
            return
        last = len(self._runnable) - 1
        if last:
            # Swap with the last, so that pop() is cheap; the order of the list does not matter.
            drawn = self._draw.randrange(last + 1)
            self._runnable[drawn], self._runnable[last] = self._runnable[last], self._runnable[drawn]
        self._runnable.pop().gate.release()

    def park(self, parker: BatonParker, seconds: float | None) -> None:
        """Wait until a parker is resumed; raises Leave if the session ends meanwhile."""
        worker = _this_thread.worker
        if worker is None:
            raise RuntimeError("only threads spawned by the baton can park, not the driver")
        if worker in self._lock_holders:
            raise RuntimeError("a thread parks while it holds a lock of the bus")
        self._parked[parker] = worker
        if seconds is not None:
            self.clock.set_timer(seconds, parker)
        self._wait(worker)
        if parker.leaving:
            raise Leave

    def preempt(self) -> None:
        """Let a random thread run next, possibly the calling one. The driver is never preempted."""
        worker = _this_thread.worker
        if worker is not None:
            self._runnable.append(worker)
            self._wait(worker)

    def take(self, lock: BatonLock) -> None:
        """Acquire a lock, waiting for it if necessary; raises RuntimeError on a deadlock."""
        worker = _this_thread.worker
        while lock.is_held:
            if worker is None or lock.holder is worker:
                raise RuntimeError(
                    "deadlock: the lock is held by the calling thread, or the driver wants a lock that is held"
                )
            lock.waiting.append(worker)
            self._wait(worker)
        lock.is_held, lock.holder = True, worker
        self._lock_holders.append(worker)

    def give(self, lock: BatonLock) -> None:
        """Release a lock, and make the threads that wait for it runnable; a random one of them takes it."""
        self._lock_holders.remove(lock.holder)
        lock.is_held, lock.holder = False, None
        self._runnable.extend(lock.waiting)
        lock.waiting.clear()

    def _wait(self, worker: _Worker) -> None:
        self.pass_on()
        worker.gate.acquire()

    def resume(self, parker: BatonParker) -> None:
        """Make the thread in a parker runnable, unless it has been resumed before."""
        worker = self._parked.pop(parker, None)
        if worker is not None:
            self._runnable.append(worker)

    def crashed(self, crash: BaseException) -> None:
        """Record the exception of a failed thread; only the first is kept."""
        self._crash = self._crash or crash


class BatonParker:
    """Lets one thread wait once, until `unpark` or its timer resumes it."""

    __slots__ = ("leaving", "_baton", "_unparked")

    def __init__(self, baton: Baton) -> None:
        self.leaving = False
        self._baton = baton
        self._unparked = False

    def park(self, seconds: float | None) -> bool:
        """Wait for `unpark`, at most `seconds` or forever if None, and return whether it came in time."""
        if not self._unparked:
            self._baton.park(self, seconds)
        return self._unparked

    def unpark(self) -> None:
        """Make the parked thread runnable; remembered if it does not wait yet."""
        self._unparked = True
        self._baton.resume(self)


class BatonLock:
    """A lock for the threads of a baton; it is an error to park while holding it."""

    __slots__ = ("is_held", "holder", "waiting", "_baton")

    def __init__(self, baton: Baton) -> None:
        self.is_held = False
        self.holder: _Worker | None = None
        self.waiting: list[_Worker] = []
        self._baton = baton

    def acquire(self) -> None:
        """Acquire the lock, waiting for it if necessary."""
        self._baton.take(self)

    def release(self) -> None:
        """Release the lock."""
        self._baton.give(self)

    def __enter__(self) -> None:
        self._baton.take(self)

    def __exit__(self, *exception: object) -> None:
        self._baton.give(self)

    def _is_owned(self) -> bool:
        return self.is_held and self.holder is _this_thread.worker
