"""The few questions that git is asked about a repository; none of them writes to it."""

from __future__ import annotations

import io
import os
import subprocess
import tarfile
from collections.abc import Mapping
from pathlib import Path

from beehive_go.errors import SourceError

_REDIRECTING = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR", "GIT_PREFIX")
"""Variables that git sets for hooks and that would lead to another repository than the one of the folder."""


def commit(folder: Path, shown: str, revision: str) -> str:
    """Return the id of the commit that a revision names; `shown` is what the folder is called in an error."""
    repository = _ask(folder, "rev-parse", "--git-dir")
    if repository.returncode != 0:
        why = _last_line(repository.stderr).removeprefix("fatal: ")
        raise SourceError(f"{shown} has no revision {revision}: {why}")
    found = _ask(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    if found.returncode == 0:
        return found.stdout.decode().strip()
    shallow = _ask(folder, "rev-parse", "--is-shallow-repository").stdout.strip() == b"true"
    hint = "; the repository is a shallow clone, which `git fetch --unshallow` completes" if shallow else ""
    raise SourceError(f"{shown} has no revision {revision}{hint}")


def is_bare(folder: Path) -> bool:
    """Return whether a folder is a bare repository."""
    return _ask(folder, "rev-parse", "--is-bare-repository").stdout.strip() == b"true"


def prefix(folder: Path) -> str:
    """Return the path of a folder from the root of its repository, with a slash at its end, or an empty string."""
    return _ask(folder, "rev-parse", "--show-prefix").stdout.decode().strip()


def content(folder: Path, revision: str, name: str) -> bytes | None:
    """Return the content of a file in a revision, by its path from the root of the repository, or None."""
    found = _ask(folder, "cat-file", "blob", f"{revision}:{name}")
    return found.stdout if found.returncode == 0 else None


def archive(folder: Path, revision: str, path: str) -> Mapping[str, bytes]:
    """Return the contents of the files below a path in a revision, by their paths from there."""
    # In a folder below the root, git archives only what is below that folder.
    top = _ask(folder, "rev-parse", "--show-toplevel").stdout.decode().strip() or str(folder)
    tree = f"{revision}:{path.rstrip('/')}" if path else revision
    packed = _ask(Path(top), "archive", "--format=tar", tree)
    if packed.returncode != 0:
        raise SourceError(f"{revision} cannot be read: {_last_line(packed.stderr)}")
    files: dict[str, bytes] = {}
    with tarfile.open(fileobj=io.BytesIO(packed.stdout)) as tar:
        for member in tar:
            if member.isfile() and (file := tar.extractfile(member)) is not None:
                files[member.name] = file.read()
    return files


def _ask(folder: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    environment = {name: value for name, value in os.environ.items() if name not in _REDIRECTING}
    environment |= {"GIT_NO_LAZY_FETCH": "1", "GIT_TERMINAL_PROMPT": "0"}
    try:
        return subprocess.run(
            ("git", "--no-optional-locks", "-C", str(folder), *arguments),
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
    except OSError as error:
        raise SourceError(f"git cannot be started: {error.strerror}") from error


def _last_line(text: bytes) -> str:
    lines = text.decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else "git failed"
