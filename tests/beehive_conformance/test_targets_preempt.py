"""The target that preempts threads: planted races are caught, and the bus conforms."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from beehive import ChannelContext, Message, ModuleClosed, UnknownModule, WouldBlock
from beehive.core import Channel, Receiving
from beehive.core.channel import CLOSED_PUT, CLOSED_TAKE
from beehive.message import AnyMessage
from beehive.shell import Shell
from beehive_conformance.checking.judge import Judge, VerdictKind
from beehive_conformance.programs.program import Program
from beehive_conformance.targets.reference.baton import BatonLock, Pool
from beehive_conformance.targets.reference.preempt import PreemptedTarget, PreemptingBaton
from beehive_conformance.targets.reference.threads import ThreadsTarget
from beehive_spec.answers import Answers
from beehive_spec.vocabulary import AddModule, CleanUp, MessageId, ModuleName, Receive, Send, Together

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
        self.fast_put, self.fast_take = CLOSED_PUT, CLOSED_TAKE

    monkeypatch.setattr(Channel, "queue_up", queue_up)
    assert schedules(unpreempted, MEETINGS) == 0
    assert schedules(preempted, MEETINGS) > 0


def put_in_two_steps(self: Shell, module: str, message: AnyMessage) -> bool:
    channel = self.core.channels.get(module)
    if channel is None:
        return False
    put = channel.fast_put
    # Preempted in here.
    self.wake()
    return put(message) is None or self.do(channel.offer, message)


def take_in_two_steps(self: Shell, module: str) -> AnyMessage | None:
    channel = self.core.channels.get(module)
    if channel is None:
        return None
    take = channel.fast_take
    self.wake()
    try:
        return take()
    except IndexError:
        return None


@pytest.mark.slow
def test_a_put_on_a_path_that_was_closed_since_it_was_loaded_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Shell, "put", put_in_two_steps)
    assert schedules(unpreempted, MEETINGS) == 0
    assert schedules(preempted, MEETINGS) > 0


CLEAN_UP_MEETS_RECEIVE = Program(
    (
        AddModule(module=ModuleName("m")),
        *(Send(module=ModuleName("m"), id=MessageId(f"a{number}")) for number in range(6)),
        Together(
            operations=(
                Receive(module=ModuleName("m")),
                CleanUp(module=ModuleName("m")),
                Receive(module=ModuleName("m")),
                Send(module=ModuleName("m"), id=MessageId("b")),
            )
        ),
    )
)
"""What the receives get must be the first messages; the clean_up takes the others."""


def test_a_receive_that_meets_a_clean_up_gets_the_first_message_or_none(monkeypatch: pytest.MonkeyPatch) -> None:
    assert schedules(preempted, CLEAN_UP_MEETS_RECEIVE) == 0

    def close(self: Channel) -> list[AnyMessage]:
        self.closed = True
        self.fast_put, self.fast_take = CLOSED_PUT, CLOSED_TAKE
        while (message := self._take()) is not None:
            self.left.append(message)
        return self.left

    monkeypatch.setattr(Shell, "take", take_in_two_steps)
    monkeypatch.setattr(Channel, "close", close)
    assert schedules(unpreempted, CLEAN_UP_MEETS_RECEIVE) == 0
    assert schedules(preempted, CLEAN_UP_MEETS_RECEIVE) > 0, "a planted race is not caught"


def overtaken(seed: int) -> bool:
    """Return whether a message that was sent after another had been received from a group comes before it."""
    pool = Pool()
    baton = PreemptingBaton(pool, str(seed))
    bus = ChannelContext(runtime=baton)
    first, second, third = (bus.module(name, groups="all") for name in ("first", "second", "third"))
    # It waits, so the broadcast cannot use the fast path of every member.
    baton.spawn(lambda: third.receive() and None)
    baton.settle()

    def pass_on() -> None:
        for _ in range(20):
            with suppress(WouldBlock):
                first.receive_nowait()
                bus.send("second", Message("later"))
                return

    baton.spawn(lambda: bus.send_to_group("all", Message("to all")))
    baton.spawn(pass_on)
    baton.settle()
    pool.close()
    return bool(second.receive_nowait().content == "later")


def test_what_was_received_from_a_group_cannot_be_overtaken(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not any(overtaken(seed) for seed in range(150))
    monkeypatch.setattr(
        "beehive.core.sending._Delivery._try",
        lambda call: [channel.offer(call.message) for channel in call._channels] and call._end_if_complete(),
    )
    assert any(overtaken(seed) for seed in range(150)), "a planted race is not caught"


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

    monkeypatch.setattr(Shell, "put", put_in_two_steps)
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
