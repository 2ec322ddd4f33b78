"""The bus compared with the standard library's queues, and with janus, culsans and pykka if they are installed.

Usage: python benchmarks/reference.py [rounds]      (default 15)

Runs are interleaved (A B A B), pinned to one processor and measured in processor time. Each line shows the shortest
time of both sides and the median ratio of neighbouring runs.
"""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
import os
import queue
import statistics
import sys
import threading
import time
import uuid
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple, TypeAlias

from beehive import ChannelContext, Header, Message, aio

Work: TypeAlias = Callable[[int], object]
"""Does something the given number of times."""
MESSAGE = Message("x")
MEMBERS = 10


class Comparison(NamedTuple):
    """The same work on the bus and on a peer; `goal` is the least ratio of the peer's time to that of the bus."""

    name: str
    number: int
    bus: Work
    peer_name: str
    peer: Work
    goal: float | None = None


# One producer to one consumer, two threads.


def one_to_one(put: Callable[[Any], object], get: Callable[[], object]) -> Work:
    def work(count: int) -> None:
        def produce() -> None:
            for _ in range(count):
                put(MESSAGE)

        thread = threading.Thread(target=produce)
        thread.start()
        for _ in range(count):
            get()
        thread.join()

    return work


def one_to_one_on_the_bus(count: int) -> None:
    bus = ChannelContext()
    bus.add_module("m")

    def produce() -> None:
        send = bus.send
        for _ in range(count):
            send("m", MESSAGE)

    thread = threading.Thread(target=produce)
    thread.start()
    receive = bus.receive
    for _ in range(count):
        receive("m")
    thread.join()


# Send and receive in one thread.


def alone(put: Callable[[Any], object], get: Callable[[], object]) -> Work:
    def work(count: int) -> None:
        for _ in range(count):
            put(MESSAGE)
            get()

    return work


def alone_on_the_bus(count: int) -> None:
    bus = ChannelContext()
    bus.add_module("m")
    send, receive = bus.send, bus.receive
    for _ in range(count):
        send("m", MESSAGE)
        receive("m")


# Broadcast to ten modules.


def broadcast_on_the_bus(count: int) -> None:
    bus = ChannelContext()
    for number in range(MEMBERS):
        bus.module(str(number), groups="all")
    send = bus.send_to_group
    for _ in range(count):
        send("all", MESSAGE)


def broadcast_by_queues(count: int) -> None:
    queues: list[queue.Queue[Any]] = [queue.Queue() for _ in range(MEMBERS)]
    for _ in range(count):
        for each in queues:
            each.put(MESSAGE)


# Round trips between two threads.


def round_trips_on_the_bus(count: int) -> None:
    bus = ChannelContext()
    server = bus.module("server")

    def serve() -> None:
        for message in server:
            server.send_resp(Message(None, Header("", message.id)))

    thread = threading.Thread(target=serve)
    thread.start()
    for _ in range(count):
        bus.send_sync("server", MESSAGE)
    bus.close()
    thread.join()


def round_trips_by_queues(make: Callable[[], Any]) -> Work:
    def work(count: int) -> None:
        requests, responses = make(), make()

        def serve() -> None:
            while (message := requests.get()) is not None:
                responses.put(message)

        thread = threading.Thread(target=serve)
        thread.start()
        for _ in range(count):
            requests.put(MESSAGE)
            responses.get()
        requests.put(None)
        thread.join()

    return work


def round_trips_of_pykka(count: int) -> None:
    pykka = importlib.import_module("pykka")

    class Server(pykka.ThreadingActor):  # type: ignore[misc, name-defined]  # known at run time only
        def on_receive(self, message: object) -> object:
            return message

    server = Server.start()
    for _ in range(count):
        server.ask(MESSAGE)
    server.stop()


# Tasks.


def in_a_loop(work: Callable[[int], Awaitable[object]]) -> Work:
    async def run(count: int) -> None:
        await work(count)

    return lambda count: asyncio.run(run(count))


async def tasks_on_the_bus(count: int) -> None:
    bus = aio.ChannelContext(capacity=100)
    bus.add_module("m")

    async def produce() -> None:
        for _ in range(count):
            await bus.send("m", MESSAGE)

    producing = asyncio.ensure_future(produce())
    for _ in range(count):
        await bus.receive("m")
    await producing


async def tasks_by_queue(count: int) -> None:
    between: asyncio.Queue[Any] = asyncio.Queue(100)

    async def produce() -> None:
        for _ in range(count):
            await between.put(MESSAGE)

    producing = asyncio.ensure_future(produce())
    for _ in range(count):
        await between.get()
    await producing


# A thread to a task.


def repeat(call: Callable[[], object], count: int) -> None:
    for _ in range(count):
        call()


async def thread_to_task_on_the_bus(count: int) -> None:
    bus = ChannelContext()
    bus.add_module("m")
    view = aio.ChannelContext.view_of(bus)
    thread = threading.Thread(target=repeat, args=(lambda: bus.send("m", MESSAGE), count))
    thread.start()
    for _ in range(count):
        await view.receive("m")
    thread.join()


def thread_to_task_by(library: str) -> Callable[[int], Awaitable[object]]:
    async def work(count: int) -> None:
        between = importlib.import_module(library).Queue()
        thread = threading.Thread(target=repeat, args=(lambda: between.sync_q.put(MESSAGE), count))
        thread.start()
        for _ in range(count):
            await between.async_q.get()
        thread.join()
        between.close()
        await between.wait_closed()

    return work


# Messages.


def new_messages(count: int) -> None:
    for _ in range(count):
        Message("x")


def new_uuid_texts(count: int) -> None:
    for _ in range(count):
        str(uuid.uuid4())


def comparisons() -> list[Comparison]:
    """Return the comparisons that are possible with the installed libraries."""
    plain: queue.Queue[Any] = queue.Queue()
    simple: queue.SimpleQueue[Any] = queue.SimpleQueue()
    found = [
        Comparison(
            "one producer to one consumer",
            30_000,
            one_to_one_on_the_bus,
            "queue.Queue",
            one_to_one(plain.put, plain.get),
            3,
        ),
        Comparison(
            "one producer to one consumer",
            30_000,
            one_to_one_on_the_bus,
            "SimpleQueue",
            one_to_one(simple.put, simple.get),
        ),
        Comparison("send and receive alone", 30_000, alone_on_the_bus, "queue.Queue", alone(plain.put, plain.get), 4),
        Comparison("send and receive alone", 30_000, alone_on_the_bus, "SimpleQueue", alone(simple.put, simple.get)),
        Comparison("broadcast to ten", 3_000, broadcast_on_the_bus, "10 queue.Queue", broadcast_by_queues, 5),
        Comparison(
            "synchronous round trip",
            3_000,
            round_trips_on_the_bus,
            "2 queue.Queue",
            round_trips_by_queues(queue.Queue),
            1.2,
        ),
        Comparison(
            "synchronous round trip",
            3_000,
            round_trips_on_the_bus,
            "2 SimpleQueue",
            round_trips_by_queues(queue.SimpleQueue),
        ),
        Comparison("a new message", 30_000, new_messages, "a uuid4 text", new_uuid_texts, 1),
        Comparison(
            "task to task, 100 at most",
            10_000,
            in_a_loop(tasks_on_the_bus),
            "asyncio.Queue",
            in_a_loop(tasks_by_queue),
        ),
    ]
    for library in ("janus", "culsans"):
        if importlib.util.find_spec(library):
            peer = in_a_loop(thread_to_task_by(library))
            found.append(Comparison("thread to task", 3_000, in_a_loop(thread_to_task_on_the_bus), library, peer))
    if importlib.util.find_spec("pykka"):
        found.append(
            Comparison("synchronous round trip", 2_000, round_trips_on_the_bus, "pykka ask", round_trips_of_pykka)
        )
    return found


def taken(work: Work, count: int) -> float:
    """Return the microseconds per repetition."""
    # Processor time, so that other processes do not count.
    begun = time.process_time()
    work(count)
    return (time.process_time() - begun) / count * 1e6


def main() -> None:
    """Measure, and print one line per comparison."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    print(f"{'':30} {'bus us':>8} {'peer us':>8} {'times':>6} {'goal':>5}  peer")
    for each in comparisons():
        pairs = [(taken(each.bus, each.number), taken(each.peer, each.number)) for _ in range(rounds + 1)][1:]
        bus, peer = (min(times) for times in zip(*pairs, strict=True))
        times = statistics.median(theirs / ours for ours, theirs in pairs)
        goal = "" if each.goal is None else f"{each.goal:g}"
        print(f"{each.name:30} {bus:8.2f} {peer:8.2f} {times:6.2f} {goal:>5}  {each.peer_name}")


if __name__ == "__main__":
    main()
