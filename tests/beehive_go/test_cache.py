"""A folder in the cache is as it was built, or it is built again."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from beehive_go import cache
from beehive_go.build import BuildStage, state
from beehive_go.cache import MANIFEST, damage, describe, locked, make
from beehive_go.errors import BuildError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "v1"


def test_a_relative_cache_folder_is_ignored_for_go_as_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert cache.cache_folder() == tmp_path / ".cache" / "beehive-reference"
    assert cache.folders_for_go() == {"XDG_CACHE_HOME": ""}
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "absolute"))
    assert cache.cache_folder() == tmp_path / "absolute" / "beehive-reference"
    assert cache.folders_for_go() == {}


def test_without_home_go_uses_the_home_folder_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HOME", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    home = str(Path.home())
    assert cache.cache_folder() == Path(home, ".cache", "beehive-reference")
    assert cache.folders_for_go()["HOME"] == home


def test_without_any_folder_for_the_cache_the_environment_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "relative")
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    with pytest.raises(BuildError, match="expected an absolute path in HOME or XDG_CACHE_HOME"):
        cache.cache_folder()
    stage, text = state()
    assert stage is BuildStage.MISSING
    assert text.startswith(("there is no place for the build cache: ", "cffi is not installed"))


def fill(work: Path) -> None:
    (work / "library").write_bytes(b"machine code")
    (work / "names.py").write_text("ffi = None")
    describe(work, {"version": "v1"})


def made(folder: Path) -> list[str]:
    """Make a folder if it is absent or damaged, and return what was reported."""
    told: list[str] = []
    with locked(folder.parent, told.append):
        if damage(folder):
            make(folder, fill)
    return told


def rewrite(name: str, content: bytes) -> Callable[[Path], object]:
    return lambda folder: (folder / name).write_bytes(content)


def _replace_by_file(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.write_text("a file")


def _replace_by_link_to_nothing(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.symlink_to("nothing")


def _empty(folder: Path) -> None:
    for path in folder.iterdir():
        path.unlink()


@pytest.mark.parametrize(
    ("harm", "says"),
    [
        (rewrite("library", b"machine"), "library has 7 bytes instead of 12"),
        (rewrite("library", b""), "library has 0 bytes instead of 12"),
        (rewrite("library", b"machine c0de"), "library was changed after it was built"),
        (lambda folder: (folder / "library").unlink(), "library: No such file or directory"),
        (rewrite("names.py", b"\0" * 10), "names.py was changed after it was built"),
        (rewrite(MANIFEST, b""), "manifest.json cannot be read"),
        (rewrite(MANIFEST, b"[]"), "manifest.json cannot be read"),
        (rewrite(MANIFEST, b'{"files": {"library": 1}}'), "manifest.json cannot be read"),
        (_empty, "manifest.json: No such file or directory"),
        (shutil.rmtree, "manifest.json: No such file or directory"),
        (_replace_by_file, "it is not a folder"),
        (_replace_by_link_to_nothing, "manifest.json: No such file or directory"),
    ],
)
def test_a_damaged_folder_is_reported_and_made_again(folder: Path, harm: Callable[[Path], object], says: str) -> None:
    made(folder)
    assert damage(folder) == ""
    harm(folder)
    assert damage(folder) == says
    made(folder)
    assert damage(folder) == ""
    assert (folder / "library").read_bytes() == b"machine code"
    assert {path.name for path in folder.parent.iterdir()} == {".lock", "v1"}


def test_files_are_read_once_per_process(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made(folder)
    assert damage(folder) == ""
    monkeypatch.setattr(cache, "_digest", None)
    assert damage(folder) == ""


def test_remains_of_killed_builds_are_removed_by_the_next_build(folder: Path) -> None:
    folder.parent.mkdir()
    for name in (".building-a", ".building-a-before"):
        fill_in = folder.parent / name
        fill_in.mkdir()
        (fill_in / "half").write_text("of it")
    (folder.parent / ".building-file").write_text("")
    (folder.parent / "v0").mkdir()
    made(folder)
    assert {path.name for path in folder.parent.iterdir()} == {".lock", "v0", "v1"}


def test_builds_wait_for_each_other(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made(folder)
    unfinished = folder.parent / ".building-now"
    unfinished.mkdir()
    told: list[str] = []
    with open(folder.parent / ".lock") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        flock = fcntl.flock

        def flock_when_the_other_is_ready(lock: int, how: int) -> None:
            if not how & fcntl.LOCK_NB:
                assert unfinished.is_dir()
                assert told == [f"waiting for another build in {folder.parent}"]
                flock(other, fcntl.LOCK_UN)
            flock(lock, how)

        monkeypatch.setattr(fcntl, "flock", flock_when_the_other_is_ready)
        with locked(folder.parent, told.append):
            assert not unfinished.exists()


def test_without_locks_builds_work_but_remains_are_kept(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_locks(lock: int, how: int) -> None:
        raise OSError(37, os.strerror(37))

    monkeypatch.setattr(fcntl, "flock", no_locks)
    folder.parent.mkdir()
    (folder.parent / ".building-now").mkdir()
    made(folder)
    assert damage(folder) == ""
    assert (folder.parent / ".building-now").is_dir()


def test_a_folder_that_cannot_be_replaced_has_to_be_deleted(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made(folder)
    (folder / "library").write_bytes(b"")

    def refuse(path: Path, target: Path) -> Path:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(BuildError, match=rf"^{folder} cannot be replaced \(Permission denied\): delete it$"):
        made(folder)
    assert {path.name for path in folder.parent.iterdir()} == {".lock", "v1"}


def test_a_failed_build_keeps_the_folder_that_was_there(folder: Path) -> None:
    made(folder)

    def fail(work: Path) -> None:
        raise BuildError("no compiler")

    with pytest.raises(BuildError, match="no compiler"):
        make(folder, fail)
    assert damage(folder) == ""
    assert {path.name for path in folder.parent.iterdir()} == {".lock", "v1"}
