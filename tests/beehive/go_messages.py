"""KubeEdge's own Go code as a partner for messages, where there is Go; what it wrote is kept in golden/."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import IO

import pytest
from beehive_go import build

GOLDEN = Path(__file__).with_name("golden")


class GoMessages:
    """A Go program that reads a message on each line and writes it again."""

    def __init__(self, program: Path) -> None:
        pipe = subprocess.PIPE
        self._process = subprocess.Popen([program], stdin=pipe, stdout=pipe)

    def __call__(self, line: str) -> str:
        """Return what Go makes of one line."""
        to, back = self._process.stdin, self._process.stdout
        assert to is not None
        assert back is not None
        return _exchanged(to, back, line)

    def close(self) -> None:
        """End the program."""
        self._process.communicate()


def _exchanged(to: IO[bytes], back: IO[bytes], line: str) -> str:
    to.write(line.encode("utf-8", "surrogatepass") + b"\n")
    to.flush()
    return back.readline().decode().removesuffix("\n")


def built(folder: Path) -> Path:
    """Build the program in a folder, with the newest version of the module, or skip with the reason."""
    go = shutil.which("go")
    if go is None:
        pytest.skip("there is no Go on the path")
    for suffix in ("mod", "sum"):
        source = build.SOURCES / "versions" / f"{build.NEWEST}.{suffix}"
        folder.joinpath(f"go.{suffix}").write_bytes(source.read_bytes())
    folder.joinpath("main.go").write_bytes(GOLDEN.joinpath("main.go").read_bytes())
    done = _run([go, "build", "-mod=mod", "-buildvcs=false", "-o", "messages", "."], folder)
    if done.returncode:
        pytest.skip(f"the module cannot be had here: {done.stderr.splitlines()[-1]}")
    return folder / "messages"


def _run(command: Sequence[str], folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["env", "GOWORK=off", "GOTOOLCHAIN=local", *command], cwd=folder, capture_output=True, text=True, check=False
    )
