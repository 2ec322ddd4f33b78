"""The user's cache folder: each build is whole or absent, and is checked against its manifest before it is used."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from beehive_go.errors import BuildError

MANIFEST = "manifest.json"
_LOCK = ".lock"
_UNFINISHED = ".building-"

_compared: dict[Path, tuple[tuple[str, int, int], ...]] = {}
"""Folders that matched their manifest: the name, size and time of each file."""


def cache_folder() -> Path:
    """Return the user's folder for builds.

    A relative XDG_CACHE_HOME is ignored, as the specification of this variable requires. Raises BuildError if there
    is no home folder either.
    """
    root = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(root) if os.path.isabs(root) else _home() / ".cache") / "beehive-reference"


def folders_for_go() -> dict[str, str]:
    """Return the environment variables by which Go keeps its caches in these places; raises as `cache_folder`."""
    folders = {} if os.environ.get("HOME") else {"HOME": str(_home())}
    relative = not os.path.isabs(os.environ.get("XDG_CACHE_HOME", ""))
    return folders | ({"XDG_CACHE_HOME": ""} if relative else {})


def _home() -> Path:
    try:
        home = Path.home()
    except RuntimeError:
        home = Path()
    if not home.is_absolute():
        raise BuildError("there is no place for the build cache: expected an absolute path in HOME or XDG_CACHE_HOME")
    return home


@contextlib.contextmanager
def locked(parent: Path, tell: Callable[[str], None]) -> Iterator[None]:
    """Keep other processes from building in a folder, and remove what killed builds left there.

    Waits for other builds, and reports this to `tell`. Raises BuildError if the folder cannot be written.
    """
    try:
        parent.mkdir(parents=True, exist_ok=True)
        lock = os.open(parent / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise BuildError(f"{parent} cannot be written: {error.strerror}") from error
    try:
        if _lock(lock, f"waiting for another build in {parent}", tell):
            # A build in progress would hold the lock.
            for path in parent.glob(f"{_UNFINISHED}*"):
                _remove(path)
        yield
    finally:
        os.close(lock)


def _lock(lock: int, text: str, tell: Callable[[str], None]) -> bool:
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            tell(text)
            fcntl.flock(lock, fcntl.LOCK_EX)
    except OSError:
        # Not every file system has locks. Without them two processes may build the same, and one build stays.
        return False
    return True


def make(folder: Path, fill: Callable[[Path], None]) -> None:
    """Fill a folder so that other processes see it whole or not at all; an existing one is replaced.

    Raises BuildError if the folder cannot be written, and whatever `fill` raises.
    """
    try:
        work = Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=folder.parent))
    except OSError as error:
        raise BuildError(f"{folder.parent} cannot be written: {error.strerror}") from error
    before = work.with_name(f"{work.name}-before")
    try:
        fill(work)
        try:
            if os.path.lexists(folder):
                folder.rename(before)
            work.rename(folder)
        except OSError as error:
            raise BuildError(f"{folder} cannot be replaced ({error.strerror}): delete it") from error
    finally:
        _remove(work)
        _remove(before)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)


def describe(folder: Path, about: Mapping[str, object]) -> None:
    """Write the manifest of a folder: `about` it, and the size and digest of each file."""
    files = {path.name: [path.stat().st_size, _digest(path)] for path in sorted(folder.iterdir())}
    text = json.dumps({"about": dict(about), "files": files}, indent=1)
    folder.joinpath(MANIFEST).write_text(text, encoding="utf-8")


def damage(folder: Path) -> str:
    """Return in a few words how a folder differs from its manifest, or an empty string.

    Files are read once per process, and again if their size or time has changed.
    """
    manifest = _manifest(folder)
    if isinstance(manifest, str):
        return manifest
    found: list[tuple[str, int, int]] = []
    for name, (size, _) in manifest.items():
        try:
            status = folder.joinpath(name).stat()
        except OSError as error:
            return f"{name}: {error.strerror}"
        if status.st_size != size:
            return f"{name} has {status.st_size} bytes instead of {size}"
        found.append((name, size, status.st_mtime_ns))
    if _compared.get(folder) != tuple(found):
        for name, (_, digest) in manifest.items():
            try:
                if _digest(folder / name) != digest:
                    return f"{name} was changed after it was built"
            except OSError as error:
                return f"{name}: {error.strerror}"
        _compared[folder] = tuple(found)
    return ""


def about(folder: Path) -> object:
    """Return what the manifest says about a folder, or None."""
    try:
        manifest = json.loads(folder.joinpath(MANIFEST).read_bytes())
    except (OSError, ValueError):
        return None
    return manifest.get("about") if isinstance(manifest, dict) else None


def _manifest(folder: Path) -> dict[str, tuple[int, str]] | str:
    try:
        files = json.loads(folder.joinpath(MANIFEST).read_bytes())["files"]
        return {str(name): (int(size), str(digest)) for name, (size, digest) in files.items()}
    except NotADirectoryError:
        return "it is not a folder"
    except OSError as error:
        return f"{MANIFEST}: {error.strerror}"
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
        return f"{MANIFEST} cannot be read"


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
