"""The few questions that git is asked about a repository; none of them writes to it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from beehive_go.errors import SourceError, printable

_REDIRECTING = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR", "GIT_PREFIX")
"""Variables that git sets for hooks and that would lead to another repository than the one of the folder."""


def commit(folder: Path, shown: str, revision: str) -> str:
    """Return the id of the commit that a revision names; `shown` is what the folder is called in an error."""
    repository = _ask(folder, "rev-parse", "--git-dir")
    if repository.returncode != 0:
        raise SourceError(f"{shown} has no revision {revision}: {_cause(repository.stderr)}")
    found = _ask(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    if found.returncode == 0:
        return found.stdout.decode().strip()
    shallow = _ask(folder, "rev-parse", "--is-shallow-repository").stdout.strip() == b"true"
    hint = "; the repository is a shallow clone, which `git fetch --unshallow` completes" if shallow else ""
    raise SourceError(f"{shown} has no revision {revision}{hint}")


def is_bare(folder: Path) -> bool:
    """Return whether a folder is a bare repository; without git, nothing is known to be one."""
    try:
        return _ask(folder, "rev-parse", "--is-bare-repository").stdout.strip() == b"true"
    except SourceError:
        return False


def prefix(folder: Path) -> str:
    """Return the path of a folder from the root of its repository, with a slash at its end, or an empty string."""
    return os.fsdecode(_ask(folder, "rev-parse", "--show-prefix").stdout.removesuffix(b"\n"))


class Object(NamedTuple):
    """What git says about a name: the type of the object, or why a link leads to none; and its content."""

    kind: str
    content: bytes


def content(folder: Path, revision: str, name: str) -> bytes | None:
    """Return the content of a file in a revision, by its path from the root of the repository, or None."""
    (found,) = _objects(folder, [f"{revision}:{name}"])
    return found.content if found.kind == "blob" else None


class Tree:
    """The files below a path in a revision, as they were committed: attributes and filters are not applied."""

    def __init__(self, folder: Path, revision: str, path: str) -> None:
        """List the files; raises SourceError if the path is not a folder of the revision."""
        self._folder = folder
        root = path.rstrip("/")
        listed = _ask(folder, "ls-tree", "-r", "-z", "--full-tree", f"{revision}:{root}")
        if listed.returncode != 0:
            raise SourceError(f"{revision} cannot be read: {_cause(listed.stderr)}")
        self._objects: dict[str, str] = {}
        """How git names the content of each file: by its hash, but a link by its path, so that git follows it."""
        for entry in listed.stdout.split(b"\0")[:-1]:
            about, _, encoded = entry.partition(b"\t")
            mode, kind, found = about.decode().split()
            name = os.fsdecode(encoded)
            if kind == "blob":
                at = f"{root}/{name}" if root else name
                self._objects[name] = f"{revision}:{at}" if mode == "120000" else found

    @property
    def names(self) -> Sequence[str]:
        """The paths of the files and links."""
        return tuple(self._objects)

    def read(self, names: Sequence[str]) -> Iterator[tuple[str, Object]]:
        """Yield what each of these paths leads to, by way of links within the repository."""
        return zip(names, _objects(self._folder, [self._objects[name] for name in names]), strict=True)


def _objects(folder: Path, wanted: Sequence[str]) -> Iterator[Object]:
    """Yield what git has under each name, in order."""
    if broken := next((name for name in wanted if "\n" in name), None):
        raise SourceError(f"{printable(broken)} cannot be read: expected a path without a line break")
    asked = os.fsencode("".join(f"{name}\n" for name in wanted))
    answer = _ask(folder, "cat-file", "--batch", "--follow-symlinks", asked=asked)
    if answer.returncode != 0:
        raise SourceError(f"{printable(str(folder))} cannot be read: {_cause(answer.stderr)}")
    rest = memoryview(answer.stdout)
    at = 0
    for _ in wanted:
        end = answer.stdout.index(b"\n", at)
        heading = answer.stdout[at:end].split()
        at = end + 1
        if heading[-1] in (b"missing", b"ambiguous"):
            yield Object("missing", b"")
            continue
        size = int(heading[-1])
        yield Object(heading[-2].decode(), bytes(rest[at : at + size]))
        at += size + 1


def _ask(folder: Path, *arguments: str, asked: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    environment = {name: value for name, value in os.environ.items() if name not in _REDIRECTING}
    environment |= {"GIT_NO_LAZY_FETCH": "1", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
    try:
        return subprocess.run(
            ("git", "--no-optional-locks", "-C", str(folder), *arguments),
            env=environment,
            input=asked,
            capture_output=True,
            check=False,
        )
    except OSError as error:
        raise SourceError(
            f"{printable(str(folder))} cannot be read as a repository: git cannot be started: {error.strerror}"
        ) from error


def _cause(complaint: bytes) -> str:
    """Return the line that says what is wrong; advice may follow it."""
    lines = complaint.decode(errors="replace").strip().splitlines() or ["git failed"]
    cause = next((line for line in lines if line.startswith("fatal: ")), lines[-1])
    return printable(cause.removeprefix("fatal: "))
