"""Builds the Go worker around one version of the real module, once, into the user's cache folder."""

from __future__ import annotations

import contextlib
import hashlib
import importlib.metadata
import importlib.util
import io
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from beehive_go import cache, toolchain
from beehive_go.errors import BuildError
from beehive_go.toolchain import Go

SOURCES = Path(__file__).with_name("gosrc")
NEWEST = "v1.13.0"

_DECLARATIONS = """
int BeehiveStart(int progress);
void *BeehiveReply(const void *request, size_t size, size_t *answer_size);
void BeehiveFree(void *answer);
"""
_ABI = "beehive_abi.py"


@dataclass(frozen=True, slots=True)
class Built:
    """A worker that is ready to be started: a folder with a library, or with a program of its own."""

    version: str
    go: str
    folder: Path
    with_library: bool

    def command(self, progress: int) -> list[str]:
        """Return the command that starts the worker, which notes what it runs in the file `progress`."""
        if not self.with_library:
            return [str(self.folder / "worker"), "-progress", str(progress)]
        backend = importlib.util.find_spec("_cffi_backend")
        if backend is None or backend.origin is None:
            raise BuildError("cffi is not installed: install the extra [go]")
        # Without the site's packages a worker starts in a third of the time, and starts are what deaths cost.
        return [
            *(sys.executable, "-I", "-S", str(Path(__file__).with_name("worker.py"))),
            *(str(self.folder / "library.so"), str(self.folder / _ABI), str(Path(backend.origin).parent)),
            str(progress),
        ]


class BuildStage(StrEnum):
    """How far a worker is from being started."""

    BUILT = "built"
    CAN_BE_BUILT = "can be built"
    NEEDS_DOWNLOAD = "needs a download"
    """Go itself is downloaded first; whether the network is there is not known."""
    MISSING = "missing"


class BuildState(NamedTuple):
    """How far a worker is from being started, and in one phrase what there is or what is missing."""

    readiness: BuildStage
    text: str


def versions() -> tuple[str, ...]:
    """Return the versions of beehive that can be built, the newest last."""
    names = (path.stem for path in SOURCES.joinpath("versions").glob("*.mod"))
    return tuple(sorted(names, key=_numbers))


def tags(version: str, *, faults: bool = False) -> str:
    """Return the build tags, separated by commas, with which a version is built."""
    # Up to v1.8 the context lives in another package.
    old = _numbers(version) < (1, 9)
    return ",".join(["beehive_context"] * old + ["faults"] * faults)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version))


def state(version: str = NEWEST) -> BuildState:
    """Say whether the worker for a version can be had here; builds and installs nothing."""
    if importlib.util.find_spec("_cffi_backend") is None:
        return BuildState(BuildStage.MISSING, "cffi is not installed: install the extra [go]")
    go = toolchain.find_go()
    if isinstance(go, str):
        if built := _built_before(version, faults=False, library=None):
            return BuildState(BuildStage.BUILT, f"built with {built.go}; now {go}")
        if why := toolchain.no_download():
            return BuildState(BuildStage.MISSING, f"{go}, and {why}")
        return BuildState(BuildStage.NEEDS_DOWNLOAD, f"{go}; needs a download of {toolchain.download()}")
    try:
        compiler = toolchain.c_compiler(go.path)
    except BuildError as error:
        return BuildState(BuildStage.MISSING, str(error))
    wanted = _Wanted(version, False, compiler is not None)
    if not cache.damage(wanted.folder(go)):
        return BuildState(BuildStage.BUILT, f"built with {go.version}")
    how = f"and {compiler}" if compiler else "as a program of its own, for there is no C compiler"
    return BuildState(BuildStage.CAN_BE_BUILT, f"can be built with {go.version} at {go.path} {how}")


def missing() -> str | None:
    """Say in one sentence what is missing for the newest version, or return None; builds and installs nothing."""
    found = state()
    return found.text if found.readiness is BuildStage.MISSING else None


def build(
    version: str = NEWEST,
    *,
    faults: bool = False,
    library: bool | None = None,
    wheel: bool = False,
    tell: Callable[[str], None] | None = None,
) -> Built:
    """Return the worker for a version of beehive, building it if that has not been done, or if it is damaged.

    `faults` plants the faults that tests ask for. `library` chooses between the shared library and a program
    of its own; by default the library, if there is a C compiler. `wheel` takes Go from its wheel even if
    there is one on the path. `tell` is told, in one line each, of what takes long or is not as it should be;
    by default that goes to standard error. Raises BuildError, and of its kind NoGo where no Go can be had.
    """
    tell = tell or _tell
    if version not in versions():
        raise BuildError(f"beehive {version} cannot be built: known are {', '.join(versions())}")
    go = "Go is wanted from its wheel" if wheel else toolchain.find_go()
    if isinstance(go, str):
        if not wheel and (built := _built_before(version, faults=faults, library=library)):
            return built
        go = toolchain.install_go(go, tell)
    compiler = toolchain.c_compiler(go.path)
    if library is None:
        library = compiler is not None
    if library and compiler is None:
        raise BuildError("a shared library needs a C compiler (cc, gcc or clang), and there is none")
    wanted = _Wanted(version, faults, library)
    folder = wanted.folder(go)
    if cache.damage(folder):
        _make(wanted, go, compiler if library else None, tell)
    return Built(version=version, go=go.version, folder=folder, with_library=library)


class _Wanted(NamedTuple):
    """What is to be built, whatever the Go that does it."""

    version: str
    faults: bool
    library: bool

    @property
    def key(self) -> str:
        """What changes when another worker would come out of the same Go."""
        return _key(self.version, str(self.faults), str(self.library), _cffi_version())

    def folder(self, go: Go) -> Path:
        name = hashlib.sha256(f"{self.key} {go.version}".encode()).hexdigest()[:12]
        return _folder() / f"{self.version}-{name}"


def _folder() -> Path:
    return cache.cache_folder() / "go"


def _tell(text: str) -> None:
    print(f"beehive-go: {text}", file=sys.stderr, flush=True)


def _built_before(version: str, *, faults: bool, library: bool | None) -> Built | None:
    """Return what a Go has built that is not here any more."""
    for with_library in (True, False) if library is None else (library,):
        key = _Wanted(version, faults, with_library).key
        for folder in sorted(_folder().glob(f"{version}-*")):
            match cache.about(folder):
                case {"key": found, "go": str(go)} if found == key and not cache.damage(folder):
                    return Built(version=version, go=go, folder=folder, with_library=with_library)
                case _:
                    pass
    return None


def _make(wanted: _Wanted, go: Go, compiler: str | None, tell: Callable[[str], None]) -> None:
    folder = wanted.folder(go)

    def fill(work: Path) -> None:
        _build(work, wanted, go, compiler)
        cache.describe(work, {"version": wanted.version, "go": go.version, "key": wanted.key})

    with cache.locked(folder.parent, tell):
        # Another process may have built it while this one waited.
        if why := cache.damage(folder):
            if folder.exists():
                tell(f"{folder} is damaged ({why}): it is built again")
            cache.make(folder, fill)


def _key(*parts: str) -> str:
    digest = hashlib.sha256(repr(parts).encode())
    for path in sorted(SOURCES.rglob("*")):
        if path.is_file() and not path.name.endswith("_test.go"):
            digest.update(repr((path.relative_to(SOURCES).as_posix(), path.read_bytes())).encode())
    return digest.hexdigest()[:12]


def _cffi_version() -> str:
    try:
        return importlib.metadata.version("cffi")
    except importlib.metadata.PackageNotFoundError:
        return "none"


def _build(work: Path, wanted: _Wanted, go: Go, compiler: str | None) -> None:
    version = wanted.version
    options = ["-modfile", f"versions/{version}.mod", "-trimpath", "-buildvcs=false"]
    # Without the flag the linker refuses the names that cases/locks.go takes from the runtime.
    options += ["-ldflags", "-checklinkname=0 -s -w"]
    options += ["-tags", tags(version, faults=wanted.faults)]
    if compiler is None:
        target = ["-o", str(work / "worker"), "./cmd/worker"]
        settings = {"CGO_ENABLED": "0"}
    else:
        target = ["-buildmode=c-shared", "-o", str(work / "library.so"), "./cmd/library"]
        settings = {"CGO_ENABLED": "1", "CC": compiler}
        _write_abi(work)
    settings |= {"GOFLAGS": "", "GOWORK": "off", "GOTOOLCHAIN": "local"}
    if toolchain.forbidden():
        settings["GOPROXY"] = "off"
    try:
        toolchain.output([go.path, "build", *options, *target], cwd=SOURCES, settings=settings)
    except BuildError as error:
        raise BuildError(f"beehive {version} cannot be built: {error}") from error


def _write_abi(work: Path) -> None:
    try:
        from cffi import FFI
    except ImportError as error:
        raise BuildError("cffi is not installed: install the extra [go]") from error
    declared = FFI()
    declared.cdef(_DECLARATIONS)
    declared.set_source(Path(_ABI).stem, None)
    # It says what it does on standard output, which belongs to the report.
    with contextlib.redirect_stdout(io.StringIO()):
        declared.emit_python_code(str(work / _ABI))
