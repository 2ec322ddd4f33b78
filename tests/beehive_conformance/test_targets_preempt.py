"""The target that preempts threads: races planted in the shell and the core are caught, the rest conforms."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from beehive import ChannelContext
from beehive.core import Channel
from beehive_conformance.program import Program
from beehive_conformance.targets.baton import BatonLock, Pool
from beehive_conformance.targets.preempt import PreemptedTarget, PreemptingBaton
from beehive_conformance.targets.threads import ThreadsTarget
from beehive_conformance.verdict import Judge, VerdictKind
from beehive_spec.answers import Answers

Drawn = Callable[[int], Program]


def unexplained(target: ThreadsTarget, capacity: int | None, programs: list[Program]) -> int:
    judge = Judge(Answers(capacity="unbounded" if capacity is None else capacity))
    kinds = [judge.judge(*each).kind for each in zip(programs, target.run(programs), strict=True)]
    target.close()
    return len(kinds) - kinds.count(VerdictKind.CONFORMS)


@pytest.mark.parametrize("capacity", [None, 1, 2])
def test_drawn_programs_conform_however_threads_are_preempted(drawn: Drawn, capacity: int | None) -> None:
    programs = [drawn(seed) for seed in range(100)]
    assert unexplained(PreemptedTarget(capacity, seed=7), capacity, programs) == 0


def test_a_program_gives_the_same_history_whatever_ran_before_it(drawn: Drawn) -> None:
    programs = [drawn(seed) for seed in range(50)]
    target = PreemptedTarget()
    forward = list(target.run(programs))
    assert list(target.run(reversed(programs))) == forward[::-1]
    target.close()


class Watched(PreemptingBaton):
    """Counts how often a thread found the lock held by another."""

    found_held = 0

    def take(self, lock: BatonLock) -> None:
        self.found_held += lock.is_held
        super().take(lock)


def test_threads_stop_between_lines_and_wait_for_the_lock_of_another() -> None:
    pool = Pool()
    baton = Watched(pool, "0")
    bus = ChannelContext(runtime=baton)

    def call(number: int) -> None:
        for _ in range(20):
            bus.add_module(str(number))
            bus.clean_up(str(number))

    for number in range(4):
        baton.spawn(lambda number=number: call(number))  # type: ignore[misc]
    baton.settle()
    assert baton.found_held > 0
    assert bus.snapshot() == ({}, {}, {})
    pool.close()


def test_a_check_then_act_race_is_caught_though_undisturbed_threads_do_not_show_it(
    drawn: Drawn, monkeypatch: pytest.MonkeyPatch
) -> None:
    def receive(self: Any, module: str) -> Any:
        # Whether there is a message is seen at one moment, and what follows from it is done at another.
        call = self._core.receiving(module)
        call.begin()
        if not call.done:
            parker = self._shell.runtime.parker()
            call.wake = parker.unpark
            parker.park(None)
        return call.result()

    monkeypatch.setattr(ChannelContext, "receive", receive)
    programs = [drawn(seed) for seed in range(300)]
    assert unexplained(ThreadsTarget(), None, programs) == 0
    assert unexplained(PreemptedTarget(), None, programs) > 0


def test_a_parking_without_its_undo_is_caught(drawn: Drawn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("beehive.core.sending._Delivery._withdraw", lambda delivery: None)
    assert unexplained(PreemptedTarget(1), 1, [drawn(seed) for seed in range(150)]) > 0


def test_taking_without_the_lock_where_senders_may_wait_is_caught(
    drawn: Drawn, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = Channel.__init__

    def hasty(self: Channel, *arguments: Any) -> None:
        original(self, *arguments)
        self.take_unlocked = self._messages.popleft

    monkeypatch.setattr(Channel, "__init__", hasty)
    assert unexplained(PreemptedTarget(1), 1, [drawn(seed) for seed in range(150)]) > 0
