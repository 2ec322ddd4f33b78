"""Builds the Go worker around the real module, once for each content of it, into the user's cache folder."""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from beehive_go import cache, compiling, toolchain
from beehive_go.compiling import ABI, EXECUTABLE, LIBRARY, NO_CFFI
from beehive_go.errors import BuildError
from beehive_go.source import NEWEST_RELEASE, ModuleSource, Release
from beehive_go.toolchain import Go
from beehive_go.versions import MODULE, versions


@dataclass(frozen=True, slots=True)
class Built:
    """A worker that can be started: a folder with a shared library, or with an executable."""

    version: str
    go: str
    folder: Path
    with_library: bool

    def command(self, progress: int) -> list[str]:
        """Return the command that starts the worker with the file descriptor of its progress file."""
        if not self.with_library:
            return [str(self.folder / EXECUTABLE), "-progress", str(progress)]
        backend = importlib.util.find_spec("_cffi_backend")
        if backend is None or backend.origin is None:
            raise BuildError(NO_CFFI)
        # Without the site's packages a worker starts in a third of the time, and every death costs a start.
        return [
            *(sys.executable, "-I", "-S", str(Path(__file__).with_name("worker.py"))),
            *(str(self.folder / LIBRARY), str(self.folder / ABI), str(Path(backend.origin).parent)),
            str(progress),
        ]


class BuildStage(StrEnum):
    """What is left to do before a worker can be started."""

    BUILT = "built"
    CAN_BE_BUILT = "can be built"
    NEEDS_DOWNLOAD = "needs a download"
    """Go itself is downloaded first; whether the network allows it is unknown."""
    MISSING = "missing"
    """Something is missing, and is not downloaded either."""


class BuildState(NamedTuple):
    """The stage of a worker, and one phrase that says what is available or what is missing."""

    stage: BuildStage
    text: str


def state(source: ModuleSource = NEWEST_RELEASE) -> BuildState:
    """Say what is left to do before the worker for a source can be started; builds and installs nothing.

    Asks the module proxies whether they have a version that is not pinned.
    """
    if importlib.util.find_spec("_cffi_backend") is None:
        return BuildState(BuildStage.MISSING, NO_CFFI)
    try:
        cache.cache_folder()
    except BuildError as error:
        return BuildState(BuildStage.MISSING, str(error))
    go = toolchain.find_go()
    if isinstance(go, str):
        if built := _built_before(source, faults=False, library=None):
            return BuildState(BuildStage.BUILT, f"built with {built.go}; now {go}")
        if why := toolchain.why_no_download():
            return BuildState(BuildStage.MISSING, f"{go}, and {why}")
        return BuildState(BuildStage.NEEDS_DOWNLOAD, f"{go}; needs a download of {toolchain.download_text()}")
    try:
        compiler = toolchain.c_compiler(go.path)
    except BuildError as error:
        return BuildState(BuildStage.MISSING, str(error))
    wanted = _Wanted(source, False, compiler is not None)
    if not cache.damage(wanted.folder(go)):
        return BuildState(BuildStage.BUILT, f"built with {go.version}")
    if isinstance(source, Release) and (why := _refusal(go, source.version)):
        return BuildState(BuildStage.MISSING, why)
    how = f"and {compiler}" if compiler else "as an executable, because there is no C compiler"
    return BuildState(BuildStage.CAN_BE_BUILT, f"can be built with {go.version} at {go.path} {how}")


def _refusal(go: Go, version: str) -> str:
    """Return why the module proxies do not give out a version, or an empty string."""
    if version in compiling.pinned_versions():
        return ""
    # Asked about all at once, because each query may take a second.
    asked = tuple(f"{MODULE}@{each}" for each in sorted({*versions(), version} - compiling.pinned_versions()))
    proxies = os.environ.get("GOPROXY", "")
    try:
        why = toolchain.refusals(go, asked, proxies).get(f"{MODULE}@{version}", "")
    except BuildError as error:
        why = str(error)
    return why and f"no module proxy serves it: {why}"


def build(
    source: ModuleSource = NEWEST_RELEASE,
    *,
    faults: bool = False,
    library: bool | None = None,
    wheel: bool = False,
    tell: Callable[[str], None] | None = None,
) -> Built:
    """Return the worker for a source; build it if that has not been done, or if it is damaged.

    `faults` plants the faults that tests ask for. `library` chooses between the shared library and an
    executable; by default the library, if there is a C compiler. A module of which a process can make only one new
    context is always built as an executable. `wheel` takes Go from its wheel even if there is one on the path.
    `tell` receives one line for each slow step and for each repair; by default, these lines go to standard error.
    Raises BuildError, or its subclass NoGo if there is no Go.
    """
    tell = tell or _tell
    go = "Go is wanted from its wheel" if wheel else toolchain.find_go()
    if isinstance(go, str):
        if not wheel and (built := _built_before(source, faults=faults, library=library)):
            return built
        go = toolchain.install_go(go, tell)
    compiler = toolchain.c_compiler(go.path)
    if library is None:
        library = compiler is not None
    if library and compiler is None:
        raise BuildError("a shared library needs a C compiler, and none was found (cc, gcc or clang)")
    wanted = _Wanted(source, faults, library)
    folder = wanted.folder(go)
    if cache.damage(folder):
        _make(wanted, go, compiler if library else None, tell)
    return _built(wanted, go.version, folder)


def _built(wanted: _Wanted, go: str, folder: Path) -> Built:
    return Built(version=str(wanted.source), go=go, folder=folder, with_library=folder.joinpath(LIBRARY).exists())


class _Wanted(NamedTuple):
    """What is to be built, whichever Go builds it."""

    source: ModuleSource
    faults: bool
    library: bool

    @property
    def key(self) -> str:
        """A digest that changes when the same Go would build another worker."""
        about = (self.source.identity, self.faults, self.library, _cffi_version())
        digest = hashlib.sha256(repr(about).encode())
        digest.update(Path(compiling.__file__).read_bytes())
        for path in compiling.own_sources():
            digest.update(repr((path.relative_to(compiling.SOURCES).as_posix(), path.read_bytes())).encode())
        digest.update(compiling.pinned_sums(self.source))
        return digest.hexdigest()[:12]

    def folder(self, go: Go) -> Path:
        name = hashlib.sha256(f"{self.key} {go.version}".encode()).hexdigest()[:12]
        return _folder() / f"{self.slug}-{name}"

    @property
    def slug(self) -> str:
        """How the names of its folders begin."""
        return self.source.version if isinstance(self.source, Release) else "checkout"


def _folder() -> Path:
    return cache.cache_folder() / "go"


def _tell(text: str) -> None:
    print(f"beehive-go: {text}", file=sys.stderr, flush=True)


def _built_before(source: ModuleSource, *, faults: bool, library: bool | None) -> Built | None:
    """Return what was built by a Go that is no longer installed."""
    for with_library in (True, False) if library is None else (library,):
        wanted = _Wanted(source, faults, with_library)
        key = wanted.key
        for folder in sorted(_folder().glob(f"{wanted.slug}-*")):
            match cache.about(folder):
                case {"key": found, "go": str(go)} if found == key and not cache.damage(folder):
                    return _built(wanted, go, folder)
                case _:
                    pass
    return None


def _make(wanted: _Wanted, go: Go, compiler: str | None, tell: Callable[[str], None]) -> None:
    folder = wanted.folder(go)

    def fill(work: Path) -> None:
        compiling.compile_worker(work, wanted.source, go, compiler, faults=wanted.faults)
        cache.describe(work, {"source": str(wanted.source), "go": go.version, "key": wanted.key})

    with cache.locked(folder.parent, tell):
        # Another process may have built it while this one waited.
        if why := cache.damage(folder):
            if folder.exists():
                tell(f"{folder} is damaged ({why}): building it again")
            if sys.stderr.isatty():
                # For somebody who watches; in a log it would be the only line of a run without faults.
                tell(f"building the worker for beehive {wanted.source}")
            cache.make(folder, fill)


def _cffi_version() -> str:
    try:
        return importlib.metadata.version("cffi")
    except importlib.metadata.PackageNotFoundError:
        return "none"
