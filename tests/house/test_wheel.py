"""The wheel has its data, and works where nothing but the wheel and its dependencies is."""

import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest
from sources import ROOT, tracked

DATA = {".md", ".yaml", ".go", ".mod", ".sum", ".typed", ".json", ".html", ".css"}


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "unpacked")
    return folder / "unpacked"


def run(unpacked: Path, code: str, *, with_dependencies: bool) -> subprocess.CompletedProcess[str]:
    """Run code where the wheel is; without the site's own paths, so that the repository is not found."""
    places = [str(unpacked)] + ([sysconfig.get_path("purelib")] if with_dependencies else [])
    prepared = f"import sys; sys.path[:0] = {places!r}; {code}"
    return subprocess.run(
        [sys.executable, "-I", "-S", "-c", prepared], cwd=unpacked, capture_output=True, text=True, check=False
    )


def test_every_file_of_the_packages_is_in_the_wheel(unpacked: Path) -> None:
    folders = {ROOT / "reference", ROOT / "spec", ROOT / "conformance", ROOT / "gobridge"}
    inside = [
        path.relative_to(folder)
        for path in tracked()
        for folder in folders
        if path.is_relative_to(folder) and (path.suffix in DATA or path.suffix == ".py")
    ]
    assert len(inside) > 50
    assert [str(path) for path in inside if not (unpacked / path).is_file()] == []


def test_the_reference_works_without_any_dependency(unpacked: Path) -> None:
    code = "import beehive; b = beehive.ChannelContext(); b.add_module('edged'); print(list(b.snapshot().channels))"
    done = run(unpacked, code, with_dependencies=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "['edged']\n", "")


def test_the_command_says_which_extra_is_missing(unpacked: Path) -> None:
    code = "from beehive_conformance.__main__ import main; main()"
    done = run(unpacked, code, with_dependencies=False)
    assert done.returncode == 2
    assert "[conformance]" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_the_suite_finds_its_data_in_the_wheel(unpacked: Path) -> None:
    code = (
        "from beehive_conformance.commands import command_line; "
        "sys.exit(command_line(['run', 'core', '--quick', '--examples', '5', '--workers', '1']))"
    )
    done = run(unpacked, code, with_dependencies=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("core conforms")
