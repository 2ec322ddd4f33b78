"""Checks that the bus loses and duplicates no message under real threads and tasks.

Usage: python benchmarks/reference_stress.py [--trips 1000000] [--churn 200000] [--timeouts 100000] [--seed 0]

The interpreter switches threads every 10 us. The exit code is 1 if a message was lost or duplicated, and the output
says which. The seed determines the operations, but not how the threads interleave.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import logging
import random
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from typing import NamedTuple, TypeAlias

from beehive import ChannelContext, Closed, Message, ModuleHandle, Timeout, UnknownModule, aio

SWITCH_INTERVAL = 1e-5
"""Seconds after which the interpreter switches threads; a 500th of its default."""
REQUESTERS = 4
RESPONDERS = 3
PATIENCE = 60.0
"""Seconds after which a response counts as lost."""
Number: TypeAlias = tuple[int, int]
"""The sender of a message, and its number among the messages of the sender."""


class Accounts(NamedTuple):
    """What happened to the messages. Many threads append to the lists, which is safe in Python."""

    put: list[Number]
    unsure: list[Number]
    """Messages whose send was cancelled; each was put once or not at all."""
    received: list[Number]
    left: list[list[Message[Number]]]
    """The lists that clean-ups returned; messages may be added to them while anything runs."""

    def problems(self) -> list[str]:
        """Return descriptions of lost, duplicated and unexpected messages."""
        arrived = Counter(self.received) + Counter(message.content for left in self.left for message in left)
        duplicated = [number for number, times in arrived.items() if times > 1]
        lost = [number for number in self.put if number not in arrived]
        strange = arrived.keys() - set(self.put) - set(self.unsure)
        found = {"duplicated": duplicated, "lost": lost, "never sent": sorted(strange)}
        return [f"{len(numbers)} {what}, such as {numbers[:3]}" for what, numbers in found.items() if numbers]


class Late(logging.Filter):
    """Counts the warnings about messages that were given back after a clean-up, and hides them."""

    count = 0

    def filter(self, _record: logging.LogRecord) -> bool:
        """Count a record and drop it."""
        self.count += 1
        return False


def together(jobs: Iterable[Callable[[], None]]) -> None:
    """Run each job in its own thread, and raise the exception of the first one that failed."""
    died: list[BaseException] = []

    def noted(job: Callable[[], None]) -> None:
        try:
            job()
        except BaseException as error:
            died.append(error)

    threads = [threading.Thread(target=noted, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if died:
        raise died[0]


def round_trips(trips: int) -> list[str]:
    """Send requests between threads; each must get its own response once, and in order."""
    bus = ChannelContext()
    problems: list[str] = []
    handles = [bus.module(f"responder {number}") for number in range(RESPONDERS)]

    def respond(handle: ModuleHandle) -> None:
        last: dict[int, int] = {}
        for message in handle:
            sender, number = message.content
            if last.get(sender, -1) >= number:
                problems.append(f"{message.content} out of order after {last[sender]}")
            last[sender] = number
            if not handle.reply(message, message.content):
                problems.append(f"the response to {message.content} was refused")

    def ask(sender: int) -> None:
        for number in range(trips // REQUESTERS):
            content = (sender, number)
            try:
                response = bus.send_sync(handles[(sender + number) % RESPONDERS].name, Message(content), PATIENCE)
            except Timeout:
                problems.append(f"the response to {content} is lost")
            else:
                if response.content != content:
                    problems.append(f"{content} got the response to {response.content}")

    servers = [threading.Thread(target=respond, args=(handle,)) for handle in handles]
    for server in servers:
        server.start()
    together([lambda sender=sender: ask(sender) for sender in range(REQUESTERS)])  # type: ignore[misc]
    bus.close()
    for server in servers:
        server.join()
    return problems


def churn(messages: int, seed: int) -> list[str]:
    """Send and receive in threads and tasks, with cancellations and timeouts, while modules come and go."""
    bus = ChannelContext()
    view = aio.ChannelContext.view_of(bus)
    accounts = Accounts([], [], [], [])
    names = ("a", "b", "c")
    late = Late()
    logging.getLogger("beehive").addFilter(late)
    done = threading.Event()
    for name in names:
        bus.add_module(name, capacity=None if name == "a" else 4)

    def send(sender: int) -> None:
        draw = random.Random(f"{seed} {sender}")
        for number in range(messages // REQUESTERS):
            try:
                bus.send(draw.choice(names), Message((sender, number)), draw.choice((None, 0, 0.0001)))
            except (Timeout, UnknownModule, Closed):
                continue
            accounts.put.append((sender, number))

    def receive(receiver: int) -> None:
        draw = random.Random(f"{seed} receiver {receiver}")
        while not done.is_set():
            try:
                message = bus.receive(draw.choice(names), draw.choice((0.001, 0, 0.0001)))
            except (Timeout, UnknownModule, Closed):
                continue
            accounts.received.append(message.content)

    def come_and_go() -> None:
        draw = random.Random(f"{seed} modules")
        while not done.is_set():
            name = draw.choice(names)
            accounts.left.append(bus.clean_up(name))
            bus.add_module(name, capacity=draw.choice((None, 1, 4)))
            done.wait(0.0005)

    async def send_one(number: Number, name: str) -> None:
        try:
            await view.send(name, Message(number))
        except asyncio.CancelledError:
            accounts.unsure.append(number)
            raise
        except (UnknownModule, Closed):
            return
        accounts.put.append(number)

    async def receive_one(name: str) -> None:
        try:
            message = await view.receive(name)
        except (UnknownModule, Closed):
            return
        accounts.received.append(message.content)

    async def tasks() -> None:
        draw = random.Random(f"{seed} tasks")
        running: set[asyncio.Task[None]] = set()
        for number in range(messages // REQUESTERS):
            name = draw.choice(names)
            for work in (send_one((-1, number), name), receive_one(draw.choice(names))):
                task = asyncio.ensure_future(work)
                running.add(task)
                task.add_done_callback(running.discard)
            if len(running) > 20:
                for task in draw.sample(sorted(running, key=id), 10):
                    task.cancel()
            await asyncio.sleep(0)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    receivers = [threading.Thread(target=receive, args=(number,)) for number in range(RESPONDERS)]
    others = [*receivers, threading.Thread(target=come_and_go)]
    for thread in others:
        thread.start()
    senders: list[Callable[[], None]] = [lambda sender=sender: send(sender) for sender in range(REQUESTERS)]  # type: ignore[misc]
    together([*senders, lambda: asyncio.run(tasks())])
    done.set()
    for thread in others:
        thread.join()
    waiting = [state for state in bus.snapshot().channels.values() if state.receiving or state.sending]
    accounts.left.extend(bus.close().values())
    returned = sum(len(left) for left in accounts.left)
    print(
        f"   {len(accounts.put)} put, {len(accounts.received)} received, {returned} returned by clean-ups,"
        f" {late.count} of them given back later; {len(accounts.unsure)} sends cancelled"
    )
    return accounts.problems() + [f"calls still wait: {state}" for state in waiting]


def timeouts(times: int) -> list[str]:
    """Check that calls that time out leave nothing behind, on the bus or in memory."""
    bus = ChannelContext()
    bus.module("full", groups="all", capacity=1)
    bus.add_module("empty")
    bus.send("full", Message(None))
    empty = bus.snapshot()

    def time_out(number: int) -> None:
        calls: tuple[Callable[[], object], ...] = (
            lambda: bus.receive("empty", 1e-6),
            lambda: bus.send("full", Message(None), 1e-6),
            lambda: bus.send_sync("full", Message(None), 1e-6),
            lambda: bus.send_to_group_sync("all", Message(None), 1e-6),
        )
        try:
            calls[number % len(calls)]()
        except Timeout:
            return
        raise AssertionError("the call did not time out")

    def blocks() -> int:
        gc.collect()
        return sys.getallocatedblocks()

    for number in range(1000):
        time_out(number)
    before = blocks()
    for number in range(times):
        time_out(number)
    grown = blocks() - before
    problems = [] if bus.snapshot() == empty else [f"the fields have changed: {bus.snapshot()}"]
    return problems + ([f"memory has grown by {grown} blocks"] if grown > 100 else [])


def main() -> int:
    """Run the checks, and return the exit code."""
    parser = argparse.ArgumentParser(description="Check that the bus loses and duplicates no message.")
    parser.add_argument("--trips", type=int, default=1_000_000, help="synchronous round trips (default %(default)s)")
    parser.add_argument("--churn", type=int, default=200_000, help="messages among clean-ups (default %(default)s)")
    parser.add_argument("--timeouts", type=int, default=100_000, help="calls that time out (default %(default)s)")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    sys.setswitchinterval(SWITCH_INTERVAL)
    failed = False
    parts: tuple[tuple[str, int, Callable[[], list[str]]], ...] = (
        ("synchronous round trips", options.trips, lambda: round_trips(options.trips)),
        ("messages among cancellations and clean-ups", options.churn, lambda: churn(options.churn, options.seed)),
        ("timeouts", options.timeouts, lambda: timeouts(options.timeouts)),
    )
    for name, count, part in parts:
        begun = time.perf_counter()
        problems = part()
        failed = failed or bool(problems)
        print(
            f"{count} {name}: {'; '.join(problems[:5]) or 'all accounted for'} ({time.perf_counter() - begun:.0f} s)"
        )
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
