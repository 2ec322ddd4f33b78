"""Importing the bus imports only what a bus for threads needs."""

from __future__ import annotations

import os
import subprocess
import sys

UNMEASURED = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")}
"""Without what makes a process measure its own coverage, which imports modules of its own."""


def test_importing_the_bus_imports_neither_asyncio_nor_json_nor_yaml() -> None:
    code = "import sys, beehive; print(sorted({'asyncio', 'json', 'base64', 'inspect', 'yaml'} & set(sys.modules)))"
    bare = "import sys, queue, threading, logging, dataclasses; print(sorted({'inspect'} & set(sys.modules)))"
    found = [
        subprocess.run(
            [sys.executable, "-c", each], capture_output=True, text=True, check=True, env=UNMEASURED
        ).stdout
        for each in (code, bare)
    ]
    assert found[0] == found[1]


def test_the_json_of_messages_is_there_when_it_is_asked_for() -> None:
    code = "import beehive; print(beehive.from_json(beehive.to_json(beehive.Message('x'))).content)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "x\n"
