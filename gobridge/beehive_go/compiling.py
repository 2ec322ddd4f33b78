"""Compiles the Go worker around a copy of the module, with the adapter that fits the layout of its context."""

from __future__ import annotations

import contextlib
import io
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, assert_never

from beehive_go import toolchain
from beehive_go.errors import BuildError, CommandError, NotServed
from beehive_go.source import Checkout, Files, ModuleSource, Release, folder_files, write
from beehive_go.toolchain import Go, go_settings
from beehive_go.versions import MODULE

SOURCES = Path(__file__).with_name("gosrc")

LIBRARY, EXECUTABLE, ABI = "library.so", "worker", "beehive_abi.py"
"""The files of a build: it has the first and the last, or the second."""
_DECLARATIONS = """
int BeehiveStart(int progress);
void *BeehiveReply(const void *request, size_t size, size_t *reply_size);
void BeehiveFree(void *reply);
"""
NO_CFFI = "cffi is not installed: install the extra [go]"
LINES_SHOWN = 5
"""The number of lines of Go's complaint that an error has."""
_SUMS = "pinned.sum"
_MODULE_FOLDER = "module"


def own_sources() -> Iterator[Path]:
    """Yield our files that are compiled, or that say how."""
    yield SOURCES / "go.mod"
    yield from (path for path in sorted(SOURCES.rglob("*.go")) if not path.name.endswith("_test.go"))


def pinned_versions() -> frozenset[str]:
    """Return the versions of beehive whose content is pinned by a checksum."""
    lines = (line.split() for line in SOURCES.joinpath(_SUMS).read_text(encoding="utf-8").splitlines())
    return frozenset(version for module, version, _ in lines if module == MODULE and not version.endswith("/go.mod"))


def pinned_sums(source: ModuleSource) -> bytes:
    """Return the pinned checksums for a source: of the other modules, and of a released version itself."""
    version = source.version if isinstance(source, Release) else ""
    lines = SOURCES.joinpath(_SUMS).read_text(encoding="utf-8").splitlines(keepends=True)
    kept = (
        line for line in lines if line.split()[:1] != [MODULE] or line.split()[1] in (version, f"{version}/go.mod")
    )
    return "".join(kept).encode()


def compile_worker(work: Path, source: ModuleSource, go: Go, compiler: str | None, *, faults: bool) -> None:
    """Fill a folder with a worker: a library if there is a C compiler, unless each case needs its own process.

    Raises BuildError with the first lines of what Go says, or with what the module lacks, and NotServed if a released
    version cannot be downloaded.
    """
    sources = work / "gosrc"
    try:
        layout = prepare(sources, source, go, compiler)
        _compile(work, sources, layout, go, compiler, faults)
    except CommandError as error:
        if _ENVIRONMENT.search(error.complaint):
            raise BuildError(f"Go cannot be used in this environment: {_first_lines(error)}") from error
        what = f"beehive {source}" if isinstance(source, Release) else "the checkout"
        raise BuildError(f"{what} cannot be built: {_first_lines(error)}") from error
    shutil.rmtree(sources)


def prepare(sources: Path, source: ModuleSource, go: Go, compiler: str | None) -> Layout:
    """Copy our sources and those of the module into a folder, with the adapter between them; return what was found.

    Nothing is compiled but what the adapter depends on. Raises as `compile_worker` does, and CommandError.
    """
    # Copied without their permissions, because an installed package may be read-only.
    own = (path for path in SOURCES.rglob("*") if path.is_file())
    write({path.relative_to(SOURCES).as_posix(): path.read_bytes() for path in own}, sources)
    module = sources / _MODULE_FOLDER
    write(_files(sources, source, go), module)
    _write_go_mod(sources, module, source, go)
    return _write_layout(sources, source, go, compiler)


def _files(sources: Path, source: ModuleSource, go: Go) -> Files:
    match source:
        case Checkout():
            return source.files()
        case Release(version=version):
            # In a module that requires it, Go checks the pinned checksum of what it downloads.
            own = SOURCES.joinpath("go.mod").read_text(encoding="utf-8")
            sources.joinpath("go.mod").write_text(f"{own}\nrequire {MODULE} {version}\n", encoding="utf-8")
            sources.joinpath("go.sum").write_bytes(pinned_sums(source))
            try:
                _run(go, sources, "mod", "download", f"{MODULE}@{version}")
            except CommandError as error:
                raise NotServed(f"beehive {version} cannot be downloaded: {_lines(error)[0]}") from error
            return folder_files(Path(_run(go, sources, "list", "-mod=mod", "-m", "-f", "{{.Dir}}", MODULE).strip()))
        case _:
            assert_never(source)


def _write_go_mod(sources: Path, module: Path, source: ModuleSource, go: Go) -> None:
    """Require the copied module, with our pins and its own."""
    lines = [
        SOURCES.joinpath("go.mod").read_text(encoding="utf-8"),
        f"require {MODULE} v0.0.0",
        f"replace {MODULE} => ./{module.name}",
        *_replacements(module, go),
    ]
    sources.joinpath("go.mod").write_text("\n".join(lines) + "\n", encoding="utf-8")
    sums = module / "go.sum"
    sources.joinpath("go.sum").write_bytes(pinned_sums(source) + (sums.read_bytes() if sums.exists() else b""))


def _replacements(module: Path, go: Go) -> Iterator[str]:
    """Yield the replacements of the module's own go.mod, which Go follows only in the main module."""
    for each in json.loads(_run(go, module, "mod", "edit", "-json")).get("Replace") or ():
        old, new = each["Old"], each["New"]
        if old["Path"] == MODULE:
            continue
        if "Version" not in new:
            raise BuildError(
                f"its go.mod replaces {old['Path']} by the folder {new['Path']}; expected a replacement by a version"
            )
        yield f"replace {old['Path']} {old.get('Version', '')} => {new['Path']} {new['Version']}"


class Layout(NamedTuple):
    """What was found about the module: how its context is made, and whether it logs by klog."""

    one_per_process: bool
    klog: bool

    def tags(self, *, faults: bool) -> str:
        """Return the build tags, separated by commas, with which our sources are compiled."""
        return ",".join(["faults"] * faults + ["no_klog"] * (not self.klog))


def _write_layout(sources: Path, source: ModuleSource, go: Go, compiler: str | None) -> Layout:
    """Write the adapter for the module into our sources."""
    adapt = ["-module", MODULE, "-sources", _MODULE_FOLDER, "-version", source.version, "-go", go.path]
    # The options are those of the build, so that nothing is compiled twice.
    build = ["-mod=mod", "-trimpath", *_shared(compiler)]
    command = ("run", "-mod=mod", "./cmd/adapt", *adapt, "-o", "layout/layout.go", "--", *build)
    return Layout(**json.loads(_run(go, sources, *command, compiler=compiler)))


def _compile(work: Path, sources: Path, layout: Layout, go: Go, compiler: str | None, faults: bool) -> None:
    if layout.one_per_process:
        compiler = None
    # Without the flag the linker refuses the names that cases/locks.go takes from the runtime.
    options = ["-mod=mod", "-trimpath", "-buildvcs=false", "-ldflags", "-checklinkname=0 -s -w"]
    options += ["-tags", layout.tags(faults=faults), *_shared(compiler)]
    if compiler is None:
        options += ["-o", str(work / EXECUTABLE), "./cmd/worker"]
    else:
        options += ["-o", str(work / LIBRARY), "./cmd/library"]
        _write_abi(work)
    _run(go, sources, "build", *options, compiler=compiler)


def _shared(compiler: str | None) -> list[str]:
    return [] if compiler is None else ["-buildmode=c-shared"]


def _run(go: Go, folder: Path, *command: str, compiler: str | None = None) -> str:
    cgo = {"CGO_ENABLED": "0"} if compiler is None else {"CGO_ENABLED": "1", "CC": compiler}
    return toolchain.output([go.path, *command], cwd=folder, settings=go_settings() | cgo)


_PLACE = re.compile(rf"(?:[^\s:(]*/gosrc/|^){_MODULE_FOLDER}/")
_NOISE = re.compile(
    r"(?:downloading|finding|added|upgraded|extracting|errors parsing) |# |exit status|server response:|\S+ requires$"
)

_ENVIRONMENT = re.compile(
    r"^(?:go: )?(?:build cache is |failed to initialize build cache|module cache not found|creating work dir: )",
    re.MULTILINE,
)
"""How complaints begin that are about the folders that Go writes to, and not about what it compiles."""


def _first_lines(error: CommandError) -> str:
    lines = _lines(error)
    left = len(lines) - LINES_SHOWN
    more = [f"and {left} more {'line' if left == 1 else 'lines'}"] if left > 0 else []
    return "\n  ".join(lines[:LINES_SHOWN] + more)


def _lines(error: CommandError) -> list[str]:
    """Return the lines of Go's complaint that say something, with paths from the root of the module."""
    lines = (_PLACE.sub("", line).strip().removeprefix("go: ") for line in error.complaint.splitlines())
    said = [line for line in lines if line and not _NOISE.match(line)]
    return [line.replace(f"module ./{_MODULE_FOLDER} ", "it ") for line in said] or [str(error)]


def _write_abi(work: Path) -> None:
    try:
        from cffi import FFI
    except ImportError as error:
        raise BuildError(NO_CFFI) from error
    declared = FFI()
    declared.cdef(_DECLARATIONS)
    declared.set_source(Path(ABI).stem, None)
    # cffi reports on standard output, which belongs to the suite's report.
    with contextlib.redirect_stdout(io.StringIO()):
        declared.emit_python_code(str(work / ABI))
