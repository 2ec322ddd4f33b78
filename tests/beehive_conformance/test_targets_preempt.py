"""The target that preempts threads: planted races are caught, and the bus conforms."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from beehive import ChannelContext, Message, ModuleClosed, UnknownModule
from beehive.core import Channel, Receiving
from beehive.message import AnyMessage
from beehive_conformance.checking.judge import Judge, VerdictKind
from beehive_conformance.programs.program import Program
from beehive_conformance.targets.reference.baton import BatonLock, Pool
from beehive_conformance.targets.reference.preempt import PreemptedTarget, PreemptingBaton
from beehive_conformance.targets.reference.threads import ThreadsTarget
from beehive_spec.answers import Answers
from beehive_spec.vocabulary import AddModule, MessageId, ModuleName, Receive, Send, Together

Drawn = Callable[[int], Program]


def unexplained(target: ThreadsTarget, capacity: int | None, programs: list[Program]) -> int:
    judge = Judge(Answers(capacity="unbounded" if capacity is None else capacity))
    kinds = [judge.judge(*each).kind for each in target.run(programs)]
    target.close()
    return len(kinds) - kinds.count(VerdictKind.CONFORMS)


@pytest.mark.parametrize("capacity", [None, 1, 2])
def test_random_programs_conform_however_threads_are_preempted(drawn: Drawn, capacity: int | None) -> None:
    programs = [drawn(seed) for seed in range(100)]
    assert unexplained(PreemptedTarget(capacity, seed=7), capacity, programs) == 0


def test_a_history_does_not_depend_on_earlier_programs(drawn: Drawn) -> None:
    programs = [drawn(seed) for seed in range(50)]
    target = PreemptedTarget()
    forward = list(target.run(programs))
    assert list(target.run(reversed(programs))) == forward[::-1]
    target.close()


class Watched(PreemptingBaton):
    """Counts how often a thread found the lock held."""

    found_held = 0

    def take(self, lock: BatonLock) -> None:
        self.found_held += lock.is_held
        super().take(lock)


def test_threads_are_preempted_between_lines_and_wait_for_locks() -> None:
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


def schedules(target: Callable[[int], ThreadsTarget], program: Program) -> int:
    """Run a program with many seeds, and return in how many runs it is unexplained."""
    return sum(unexplained(target(seed), None, [program]) for seed in range(150))


def unpreempted(seed: int) -> ThreadsTarget:
    return ThreadsTarget(None, seed)


def preempted(seed: int) -> ThreadsTarget:
    return PreemptedTarget(None, seed)


MEETINGS = Program(
    (
        AddModule(module=ModuleName("m")),
        *(
            Together(
                operations=(
                    Send(module=ModuleName("m"), id=MessageId(f"a{number}")),
                    Receive(module=ModuleName("m")),
                    Receive(module=ModuleName("m")),
                    Send(module=ModuleName("m"), id=MessageId(f"b{number}")),
                )
            )
            for number in range(12)
        ),
    )
)
"""Steps in which as many messages are sent as received."""


def test_senders_and_receivers_that_meet_conform_in_every_order() -> None:
    assert schedules(preempted, MEETINGS) == 0


def test_a_check_then_act_race_is_caught_only_with_preemption(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def queue_up(self: Channel, receiving: Receiving) -> None:
        # Messages that were put since the last check are missed.
        self.receivers[receiving] = None
        self.fast_put = self.fast_take = None

    monkeypatch.setattr(Channel, "queue_up", queue_up)
    assert schedules(unpreempted, MEETINGS) == 0
    assert schedules(preempted, MEETINGS) > 0


@pytest.mark.slow
def test_a_fast_put_that_does_not_serve_receivers_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Channel, "settle", lambda channel, message: True)
    assert schedules(unpreempted, MEETINGS) == 0
    assert schedules(preempted, MEETINGS) > 0


def unaccounted(seed: int) -> Counter[str]:
    """Send, receive, clean up and add modules in one order, and return duplicated (1) and lost (-1) messages."""
    pool = Pool()
    baton = PreemptingBaton(pool, str(seed))
    bus = ChannelContext(runtime=baton)
    bus.add_module("m")
    accounts: Counter[str] = Counter()

    def send(sender: str) -> None:
        for number in range(6):
            with suppress(UnknownModule, ModuleClosed):
                bus.send("m", Message(f"{sender}{number}"))
                accounts[f"{sender}{number}"] -= 1

    def receive() -> None:
        for _ in range(6):
            with suppress(UnknownModule, ModuleClosed):
                accounts[bus.receive("m").content] += 1

    def clean_up_and_add() -> None:
        for _ in range(6):
            left = bus.clean_up("m")
            bus.add_module("m")
            accounts.update(message.content for message in left)

    for work in (lambda: send("a"), lambda: send("b"), receive, receive, clean_up_and_add):
        baton.spawn(work)
    baton.settle()
    accounts.update(message.content for message in bus.clean_up("m"))
    baton.settle()
    pool.close()
    return Counter({content: times for content, times in accounts.items() if times})


def test_every_message_is_accounted_for_while_its_module_comes_and_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    for seed in range(100):
        assert not unaccounted(seed), f"seed {seed}"

    def settle(self: Channel, message: AnyMessage) -> bool:
        # Without checking whether the channel is closed.
        self._serve()
        return True

    monkeypatch.setattr(Channel, "settle", settle)
    assert any(unaccounted(seed) for seed in range(100)), "a planted loss is not caught"


def test_a_wait_without_its_undo_is_caught(drawn: Drawn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("beehive.core.sending._Delivery._withdraw", lambda delivery: None)
    assert unexplained(PreemptedTarget(1), 1, [drawn(seed) for seed in range(150)]) > 0


def test_a_fast_take_from_a_channel_with_waiting_senders_is_caught(
    drawn: Drawn, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = Channel.__init__

    def hasty(self: Channel, *arguments: Any) -> None:
        original(self, *arguments)
        self.fast_take = self._messages.popleft

    monkeypatch.setattr(Channel, "__init__", hasty)
    assert unexplained(PreemptedTarget(1), 1, [drawn(seed) for seed in range(150)]) > 0
