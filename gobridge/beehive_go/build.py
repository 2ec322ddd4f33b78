"""Builds the Go worker around one version of the real module, once, into the user's cache folder."""

from __future__ import annotations

import contextlib
import hashlib
import importlib.metadata
import importlib.util
import io
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from beehive_go import cache, toolchain
from beehive_go.errors import BuildError
from beehive_go.toolchain import Go

SOURCES = Path(__file__).with_name("gosrc")

_DECLARATIONS = """
int BeehiveStart(int progress);
void *BeehiveReply(const void *request, size_t size, size_t *reply_size);
void BeehiveFree(void *reply);
"""
_ABI = "beehive_abi.py"
_NO_CFFI = "cffi is not installed: install the extra [go]"


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
            return [str(self.folder / "worker"), "-progress", str(progress)]
        backend = importlib.util.find_spec("_cffi_backend")
        if backend is None or backend.origin is None:
            raise BuildError(_NO_CFFI)
        # Without the site's packages a worker starts in a third of the time, and every death costs a start.
        return [
            *(sys.executable, "-I", "-S", str(Path(__file__).with_name("worker.py"))),
            *(str(self.folder / "library.so"), str(self.folder / _ABI), str(Path(backend.origin).parent)),
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


def versions() -> tuple[str, ...]:
    """Return the versions of beehive that can be built, the newest last."""
    names = (path.stem for path in SOURCES.joinpath("versions").glob("*.mod"))
    return tuple(sorted(names, key=_numbers))


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version))


NEWEST = versions()[-1]


def tags(version: str, *, faults: bool = False) -> str:
    """Return the build tags, separated by commas, with which a version is built."""
    # Up to v1.8 the context is in another package.
    old = _numbers(version) < (1, 9)
    return ",".join(["beehive_context"] * old + ["faults"] * faults)


def state(version: str = NEWEST) -> BuildState:
    """Say what is left to do before the worker for a version can be started; builds and installs nothing."""
    if version not in versions():
        return BuildState(BuildStage.MISSING, _unknown(version))
    if importlib.util.find_spec("_cffi_backend") is None:
        return BuildState(BuildStage.MISSING, _NO_CFFI)
    go = toolchain.find_go()
    if isinstance(go, str):
        if built := _built_before(version, faults=False, library=None):
            return BuildState(BuildStage.BUILT, f"built with {built.go}; now {go}")
        if why := toolchain.why_no_download():
            return BuildState(BuildStage.MISSING, f"{go}, and {why}")
        return BuildState(BuildStage.NEEDS_DOWNLOAD, f"{go}; needs a download of {toolchain.download_text()}")
    try:
        compiler = toolchain.c_compiler(go.path)
    except BuildError as error:
        return BuildState(BuildStage.MISSING, str(error))
    wanted = _Wanted(version, False, compiler is not None)
    if not cache.damage(wanted.folder(go)):
        return BuildState(BuildStage.BUILT, f"built with {go.version}")
    how = f"and {compiler}" if compiler else "as an executable, because there is no C compiler"
    return BuildState(BuildStage.CAN_BE_BUILT, f"can be built with {go.version} at {go.path} {how}")


def build(
    version: str = NEWEST,
    *,
    faults: bool = False,
    library: bool | None = None,
    wheel: bool = False,
    tell: Callable[[str], None] | None = None,
) -> Built:
    """Return the worker for a version of beehive; build it if that has not been done, or if it is damaged.

    `faults` plants the faults that tests ask for. `library` chooses between the shared library and an
    executable; by default the library, if there is a C compiler. `wheel` takes Go from its wheel even if there
    is one on the path. `tell` receives one line for each slow step and for each repair; by default, these lines go to
    standard error. Raises BuildError, or its subclass NoGo if there is no Go.
    """
    tell = tell or _tell
    if version not in versions():
        raise BuildError(_unknown(version))
    go = "Go is wanted from its wheel" if wheel else toolchain.find_go()
    if isinstance(go, str):
        if not wheel and (built := _built_before(version, faults=faults, library=library)):
            return built
        go = toolchain.install_go(go, tell)
    compiler = toolchain.c_compiler(go.path)
    if library is None:
        library = compiler is not None
    if library and compiler is None:
        raise BuildError("a shared library needs a C compiler, and none was found (cc, gcc or clang)")
    wanted = _Wanted(version, faults, library)
    folder = wanted.folder(go)
    if cache.damage(folder):
        _make(wanted, go, compiler if library else None, tell)
    return Built(version=version, go=go.version, folder=folder, with_library=library)


def _unknown(version: str) -> str:
    return f"beehive {version} cannot be built: known are {', '.join(versions())}"


class _Wanted(NamedTuple):
    """What is to be built, whichever Go builds it."""

    version: str
    faults: bool
    library: bool

    @property
    def tags(self) -> str:
        return tags(self.version, faults=self.faults)

    @property
    def package(self) -> str:
        return "cmd/library" if self.library else "cmd/worker"

    @property
    def key(self) -> str:
        """A digest that changes when the same Go would build another worker."""
        digest = hashlib.sha256(repr((*self, _DECLARATIONS, _cffi_version())).encode())
        for path in self.sources():
            digest.update(repr((path.relative_to(SOURCES).as_posix(), path.read_bytes())).encode())
        return digest.hexdigest()[:12]

    def sources(self) -> Iterator[Path]:
        """Yield the files that are compiled, and those that pin the versions of the modules."""
        chosen = self.tags.split(",")
        for path in sorted(SOURCES.rglob("*.go")):
            folder = path.parent.relative_to(SOURCES).as_posix()
            is_command = folder.startswith("cmd/") and folder != self.package
            if not is_command and not path.name.endswith("_test.go") and _is_chosen(path, chosen):
                yield path
        for suffix in (".mod", ".sum"):
            yield SOURCES / "versions" / f"{self.version}{suffix}"

    def folder(self, go: Go) -> Path:
        name = hashlib.sha256(f"{self.key} {go.version}".encode()).hexdigest()[:12]
        return _folder() / f"{self.version}-{name}"


_CONSTRAINT = re.compile(r"//go:build (!?)(\w+)\n")


def _is_chosen(path: Path, tags: list[str]) -> bool:
    """Return whether the build tags choose a file; a constraint here is a single tag on the first line."""
    constraint = _CONSTRAINT.match(path.read_text(encoding="utf-8"))
    return constraint is None or (constraint[2] in tags) is not bool(constraint[1])


def _folder() -> Path:
    return cache.cache_folder() / "go"


def _tell(text: str) -> None:
    print(f"beehive-go: {text}", file=sys.stderr, flush=True)


def _built_before(version: str, *, faults: bool, library: bool | None) -> Built | None:
    """Return what was built by a Go that is no longer installed."""
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
                tell(f"{folder} is damaged ({why}): building it again")
            cache.make(folder, fill)


def _cffi_version() -> str:
    try:
        return importlib.metadata.version("cffi")
    except importlib.metadata.PackageNotFoundError:
        return "none"


def _build(work: Path, wanted: _Wanted, go: Go, compiler: str | None) -> None:
    options = ["-modfile", f"versions/{wanted.version}.mod", "-trimpath", "-buildvcs=false"]
    # Without the flag the linker refuses the names that cases/locks.go takes from the runtime.
    options += ["-ldflags", "-checklinkname=0 -s -w"]
    options += ["-tags", wanted.tags]
    if compiler is None:
        options += ["-o", str(work / "worker")]
        settings = {"CGO_ENABLED": "0"}
    else:
        options += ["-buildmode=c-shared", "-o", str(work / "library.so")]
        settings = {"CGO_ENABLED": "1", "CC": compiler}
        _write_abi(work)
    settings |= {"GOFLAGS": "", "GOWORK": "off", "GOTOOLCHAIN": "local"}
    if toolchain.why_downloads_are_forbidden():
        settings["GOPROXY"] = "off"
    command = [go.path, "build", *options, f"./{wanted.package}"]
    try:
        toolchain.output(command, cwd=SOURCES, settings=settings)
    except BuildError as error:
        raise BuildError(f"beehive {wanted.version} cannot be built: {error}") from error


def _write_abi(work: Path) -> None:
    try:
        from cffi import FFI
    except ImportError as error:
        raise BuildError(_NO_CFFI) from error
    declared = FFI()
    declared.cdef(_DECLARATIONS)
    declared.set_source(Path(_ABI).stem, None)
    # cffi reports on standard output, which belongs to the suite's report.
    with contextlib.redirect_stdout(io.StringIO()):
        declared.emit_python_code(str(work / _ABI))
