"""What is built where, and what is said when it cannot be."""

from __future__ import annotations

import os
import re
import shutil
import stat
from pathlib import Path

import pytest
from beehive_go import build as build_module
from beehive_go.build import SOURCES, BuildError, build, c_compiler, cache_folder, missing, versions

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
    monkeypatch.setattr(build_module, "_install_wheel", _no_wheel)
    (tmp_path / "bin").mkdir()
    return tmp_path / "bin"


def _no_wheel(work: Path) -> None:
    raise BuildError("no wheel here")


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
    with pytest.raises(BuildError, match="no wheel here"):
        build()


def test_a_failed_build_says_why_and_leaves_nothing(bare: Path) -> None:
    executable(
        bare / "go",
        'case "$1 $2" in "env GOVERSION") echo go1.30.1;; env*) ;; *) echo dial: refused >&2; exit 1;; esac',
    )
    with pytest.raises(BuildError, match=r"v1\.13\.0 cannot be built: go build says 'dial: refused'"):
        build(library=False)
    assert list(cache_folder().joinpath("go").iterdir()) == []


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


def test_what_two_build_at_once_is_kept_once(bare: Path) -> None:
    folder = cache_folder() / "it"

    def fill_while_another_does(work: Path) -> None:
        build_module._into(folder, lambda other: other.joinpath("file").write_text("theirs") and None)
        work.joinpath("file").write_text("ours")

    build_module._into(folder, fill_while_another_does)
    assert folder.joinpath("file").read_text() == "theirs"
    assert list(cache_folder().iterdir()) == [folder]


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
