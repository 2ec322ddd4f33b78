"""What is judged, as the files that Go compiles: a released version, a checkout, or a revision of a checkout."""

from __future__ import annotations

import errno
import hashlib
import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TypeAlias

from beehive_go import git
from beehive_go.errors import SourceError, printable
from beehive_go.versions import MODULE, NEWEST, STAGING

Files: TypeAlias = Mapping[str, bytes]
"""The contents of files by their paths, which are relative to the root of the module."""

_COMPILED = frozenset((".go", ".s", ".S", ".c", ".cc", ".cpp", ".cxx", ".h", ".hh", ".hpp", ".hxx", ".syso"))
_PINS = ("go.mod", "go.sum")
_NOT_THERE = (errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG)
"""Error numbers that mean that nothing has this path; a path with a revision may be longer than a name can be."""
_SHOWN = 8
"""The number of digits of a digest or a revision that names have."""


@dataclass(frozen=True, slots=True)
class Release:
    """A version that a module proxy serves."""

    version: str

    def __str__(self) -> str:
        return self.version

    @property
    def identity(self) -> str:
        """What distinguishes its files from all others."""
        return self.version


@dataclass(frozen=True, slots=True)
class Checkout:
    """The module in a folder, or in a revision of a git repository, as it was when this value was made.

    `given` is the path as it was written, with escapes for what cannot be printed. `folder` is absolute, and `prefix`
    leads from it to the module. `revision` is the id of a commit, or empty. `digest` is taken over the files that Go
    compiles, so it is the same for a copy and for a revision that changes only tests.
    """

    given: str = field(compare=False)
    folder: Path
    prefix: str
    revision: str
    digest: str

    def __str__(self) -> str:
        return f"{self.given}@{self.revision[:_SHOWN]}" if self.revision else f"{self.given}{self.version}"

    @property
    def version(self) -> str:
        """What a worker says about its version; it is the same for equal files."""
        return f"#{self.digest[:_SHOWN]}"

    @property
    def identity(self) -> str:
        """What distinguishes its files from all others."""
        return self.digest

    def files(self) -> Files:
        """Return its files; raises SourceError if they cannot be read or are no longer those of this value."""
        files = _read(self.folder, self.prefix, self.revision)
        if _digest(files) != self.digest:
            raise SourceError(f"{self.given} was changed after the command began; run it again")
        return files


ModuleSource: TypeAlias = Release | Checkout
NEWEST_RELEASE = Release(NEWEST)
"""What is judged if nothing is named."""


def checkout(given: str) -> Checkout:
    """Return the checkout of this name: PATH, PATH@REVISION, or PATH#DIGEST as in a report.

    The longest path that exists is taken, before a revision or a digest. Raises SourceError with one sentence if
    there is no such module, revision or content. Writes nothing to the repository.
    """
    if _is_there(given):
        return _found(given, given, "", "")
    for mark in reversed(list(re.finditer("[@#]", given))):
        path, rest = given[: mark.start()], given[mark.end() :]
        if path and rest and _is_there(path):
            return _found(given, path, *((rest, "") if mark[0] == "@" else ("", rest)))
    raise SourceError(f"{printable(given)}: there is no such folder")


def _is_there(path: str) -> bool:
    try:
        _folder(path).stat()
    except OSError as error:
        if error.errno in _NOT_THERE:
            return False
        raise SourceError(f"{path} cannot be read: {error.strerror}") from None
    return True


def _folder(path: str) -> Path:
    try:
        return Path(path).expanduser()
    except RuntimeError:
        raise SourceError(f"{path}: there is no user {Path(path).parts[0].removeprefix('~')}") from None


def _found(given: str, path: str, wanted_revision: str, wanted_digest: str) -> Checkout:
    folder = _folder(path).resolve()
    given, path = printable(given), printable(path)
    if not folder.is_dir():
        raise SourceError(f"{path} is a file; expected the folder of a checkout")
    revision = git.commit(folder, path, wanted_revision) if wanted_revision else ""
    read: Callable[[str], bytes | None] = _reader(folder, revision)
    prefix = _prefix(given, path, folder, revision, read)
    digest = _digest(_read(folder, prefix, revision))
    if not digest.startswith(wanted_digest):
        raise SourceError(
            f"{given}: the content of {path} is now #{digest[:_SHOWN]}; it was changed after it was named"
        )
    return Checkout(path, folder, prefix, revision, digest)


def _reader(folder: Path, revision: str) -> Callable[[str], bytes | None]:
    """Return a function that returns the content of a file, or None."""
    if revision:
        start = git.prefix(folder)
        return lambda name: git.content(folder, revision, f"{start}{name}")

    def read(name: str) -> bytes | None:
        try:
            return folder.joinpath(name).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise _unreadable(error) from error

    return read


def _prefix(given: str, path: str, folder: Path, revision: str, read: Callable[[str], bytes | None]) -> str:
    """Return where the module is below the folder."""
    top = read("go.mod")
    if _module_path(top) == MODULE:
        return ""
    if _module_path(read(f"{STAGING}/go.mod")) == MODULE:
        return STAGING
    wanted = f"expected {MODULE}, or kubeedge with it below {STAGING}"
    if top is not None:
        raise SourceError(f"{given} is the module {_module_path(top) or 'without a name'}; {wanted}")
    if not revision and git.is_bare(folder):
        raise SourceError(f"{path} is a bare repository; name a revision, as in {path}@main")
    raise SourceError(f"{given} is no Go module: it has no go.mod; {wanted}")


def _module_path(go_mod: bytes | None) -> str:
    found = re.search(rb'^\s*module\s+"?([^\s"]+)', go_mod or b"", re.MULTILINE)
    return found[1].decode(errors="replace") if found else ""


def _read(folder: Path, prefix: str, revision: str) -> Files:
    if revision:
        tree = git.Tree(folder, revision, f"{git.prefix(folder)}{prefix}")
        return _of_module(_own(tree.names), lambda names: _committed(tree, names))
    root = folder / prefix
    try:
        return _of_module(_names(root), lambda names: _present(root, names))
    except OSError as error:
        raise _unreadable(error) from error


def _unreadable(error: OSError) -> SourceError:
    return SourceError(f"{printable(str(error.filename))} cannot be read: {error.strerror}")


def folder_files(folder: Path) -> Files:
    """Return the files of the module in a folder; raises SourceError."""
    return _read(folder, "", "")


def _of_module(names: Iterable[str], read: Callable[[list[str]], Files]) -> Files:
    """Return the files that Go compiles or embeds, of those that may be built."""
    names = list(names)
    files = read([name for name in names if _is_compiled(name)])
    embedding = _embedding(files)
    return {**files, **read([name for name in names if _is_embedded(name, embedding)])}


def _names(root: Path) -> Iterable[str]:
    """Yield the files of the module in a folder that may be built."""

    def fail(error: OSError) -> None:
        raise error

    for parent, folders, found in os.walk(root, onerror=fail):
        here = Path(parent)
        folders[:] = [name for name in folders if _may_be_built(f"{name}/") and not (here / name / "go.mod").exists()]
        yield from ((here / name).relative_to(root).as_posix() for name in found if _may_be_built(name))


def _present(root: Path, names: list[str]) -> Files:
    files: dict[str, bytes] = {}
    for name in names:
        path = root / name
        if path.is_file():
            files[name] = path.read_bytes()
        elif path.is_symlink() and not path.exists():
            _refuse_link(name, "a file that does not exist")
    return files


def _own(everything: Iterable[str]) -> Iterable[str]:
    """Yield the files of the module at the root that may be built, without those of other modules below it."""
    everything = list(everything)
    nested = {str(PurePosixPath(name).parent) for name in everything if name.endswith("/go.mod")}
    for name in everything:
        if _may_be_built(name) and not any(str(parent) in nested for parent in PurePosixPath(name).parents):
            yield name


def _committed(tree: git.Tree, names: list[str]) -> Files:
    files: dict[str, bytes] = {}
    for name, (kind, content) in tree.read(names):
        match kind:
            case "blob":
                files[name] = content
            case "tree":
                # A folder: Go does not follow links to folders.
                pass
            case "symlink":
                _refuse_link(name, "a place outside of the repository")
            case "missing":
                raise SourceError(f"{printable(name)} is not in the repository, which is not complete")
            case _:
                _refuse_link(name, "a file that is not in the revision")
    return files


def _refuse_link(name: str, target: str) -> None:
    """Refuse a link of which the content cannot be read, unless Go ignores it for its name."""
    if not PurePosixPath(name).name.startswith((".", "_")):
        raise SourceError(f"{printable(name)} is a link to {target}; expected a file, or a link to one")


def _may_be_built(name: str) -> bool:
    """Return whether Go looks at a file when it builds the module without tests, and without its vendor folder."""
    *folders, file = name.split("/")
    ignored = any(part.startswith((".", "_")) or part in ("testdata", "vendor") for part in folders)
    return not ignored and not file.endswith("_test.go")


def _is_compiled(name: str) -> bool:
    return name in _PINS or PurePosixPath(name).suffix in _COMPILED


def _embedding(files: Files) -> frozenset[str]:
    """Return the folders with Go files that embed other files."""
    return frozenset(
        str(PurePosixPath(name).parent) for name, content in files.items() if re.search(rb"(?m)^//go:embed ", content)
    )


def _is_embedded(name: str, embedding: frozenset[str]) -> bool:
    return not _is_compiled(name) and any(str(parent) in embedding for parent in PurePosixPath(name).parents)


def _digest(files: Files) -> str:
    digest = hashlib.sha256()
    for name in sorted(files):
        digest.update(repr((name, files[name])).encode())
    return digest.hexdigest()


def write(files: Files, folder: Path) -> None:
    """Write files into a folder, which is made."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
