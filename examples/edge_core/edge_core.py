"""A small edge core: a hub to the cloud, a device twin, and a metadata store.

The hub is a task because it does network I/O; the other modules are threads. Modules know each other only by name.
"""

from __future__ import annotations

import os
import sqlite3
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TextIO

import beehive
from beehive import aio

COMMANDS = Path(__file__).with_name("commands.jsonl")


class Hub:
    """Passes commands from the cloud to modules and their responses back, one JSON text per line."""

    name = "hub"
    groups: Sequence[str] = ("cloud",)

    def __init__(self, commands: Path | None = None, to_cloud: TextIO = sys.stdout) -> None:
        self._commands = commands or Path(os.environ.get("EDGE_COMMANDS", COMMANDS))
        self._to_cloud = to_cloud

    async def start(self, bus: aio.ChannelContext, handle: aio.ModuleHandle) -> None:
        for line in self._commands.read_text(encoding="utf-8").splitlines():
            command = beehive.from_json(line)
            try:
                response = await bus.send_sync(command.route.destination, command, timeout=5)
            except (beehive.UnknownModule, beehive.Timeout) as error:
                response = command.reply({"error": str(error)}, source=self.name)
            self._upload(response)
        async for event in handle:
            self._upload(event)

    def _upload(self, message: beehive.AnyMessage) -> None:
        print(beehive.to_json(message), file=self._to_cloud, flush=True)


class DeviceTwin:
    """Keeps the desired state of devices, and reports changes of it to the cloud."""

    name = "twin"
    groups: Sequence[str] = ("edge",)

    def start(self, bus: beehive.ChannelContext, handle: beehive.ModuleHandle) -> None:
        desired: dict[str, Any] = {}
        for message in handle:
            match message.route.operation:
                case "update":
                    desired.update(message.content)
                    record = beehive.Message.make(dict(desired), operation="insert", resource=message.route.resource)
                    bus.send_sync("metastore", record, timeout=5)
                    handle.reply(message, {"desired": desired})
                    event = beehive.Message.make({"changed": sorted(message.content)}, source=self.name)
                    bus.send_to_group("cloud", event)
                case "query":
                    handle.reply(message, {"desired": desired})
                case other:
                    handle.reply(message, {"error": f"unknown operation {other!r}"})


class MetaStore:
    """Stores records in a database, by resource."""

    name = "metastore"
    groups: Sequence[str] = ("edge",)

    def __init__(self, database: str = ":memory:") -> None:
        self._database = database

    def start(self, bus: beehive.ChannelContext, handle: beehive.ModuleHandle) -> None:
        # An SQLite connection may be used only in the thread that created it.
        connection = sqlite3.connect(self._database)
        connection.execute("CREATE TABLE IF NOT EXISTS meta (resource TEXT PRIMARY KEY, record TEXT)")
        try:
            for message in handle:
                resource = message.route.resource
                if message.route.operation == "insert":
                    connection.execute("REPLACE INTO meta VALUES (?, ?)", (resource, beehive.to_json(message)))
                    connection.commit()
                    handle.reply(message, None)
                else:
                    found = connection.execute("SELECT record FROM meta WHERE resource = ?", (resource,)).fetchone()
                    handle.reply(message, beehive.from_json(found[0]).content if found else None)
        finally:
            connection.close()


class Simulator:
    """A simulated device, which modules.yaml does not enable."""

    name = "simulator"
    groups: Sequence[str] = ()

    def start(self, bus: beehive.ChannelContext, handle: beehive.ModuleHandle) -> None:
        for message in handle:
            handle.reply(message, "simulated")
