"""The two wheels: each has its files and its data, no file is in both, and each works where nothing else is."""

import importlib
import re
import subprocess
import sys
import sysconfig
import tomllib
import zipfile
from email.parser import Parser
from pathlib import Path

import beehive
import pytest
from beehive_conformance.__main__ import NEEDED
from sources import FOLDERS, ROOT, tracked

DATA = {".md", ".yaml", ".go", ".mod", ".sum", ".typed", ".json", ".html", ".css"}
SUITE_FOLDERS = ("spec/beehive_spec", "conformance/beehive_conformance", "gobridge/beehive_go")


def _unpacked(project: Path, folder: Path) -> Path:
    """Build the wheel of a project and return the folder into which it was unpacked."""
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=project, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "unpacked")
    return folder / "unpacked"


@pytest.fixture(scope="module")
def bus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The unpacked wheel of beehive-reference."""
    return _unpacked(ROOT, tmp_path_factory.mktemp("bus"))


@pytest.fixture(scope="module")
def suite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The unpacked wheel of beehive-conformance."""
    return _unpacked(ROOT / "conformance", tmp_path_factory.mktemp("suite"))


def _files(wheel: Path) -> set[str]:
    return {str(path.relative_to(wheel)) for path in wheel.rglob("*") if path.is_file()}


def _sources(*folders: str) -> set[str]:
    """Return the tracked files of some packages, as they are named in a wheel."""
    return {
        str(path.relative_to((ROOT / folder).parent))
        for path in tracked()
        for folder in folders
        if path.is_relative_to(ROOT / folder) and (path.suffix in DATA or path.suffix == ".py")
    }


def _metadata(wheel: Path) -> Path:
    (found,) = wheel.glob("*.dist-info")
    return found


def _run(code: str, *places: str | Path) -> subprocess.CompletedProcess[str]:
    """Run code with only these places on the path besides the standard library: the repository is not found."""
    prepared = f"import sys; sys.path[:0] = {[str(place) for place in places]!r}; {code}"
    command = [sys.executable, "-I", "-S", "-c", prepared]
    return subprocess.run(command, cwd=places[0], capture_output=True, text=True, check=False)


def test_the_wheel_of_the_bus_has_every_file_of_the_bus_and_no_other(bus: Path) -> None:
    packaged = {name for name in _files(bus) if ".dist-info/" not in name}
    assert packaged == _sources("reference/beehive")
    assert "beehive/py.typed" in packaged


def test_the_wheel_of_the_suite_has_every_file_of_its_packages_and_no_other(suite: Path) -> None:
    packaged = {name for name in _files(suite) if ".dist-info/" not in name}
    assert packaged == _sources(*SUITE_FOLDERS)
    assert {"beehive_spec/py.typed", "beehive_conformance/py.typed", "beehive_go/gosrc/go.mod"} <= packaged


@pytest.mark.parametrize("package", sorted(FOLDERS))
def test_the_tests_judge_the_sources_and_no_installed_copy(package: str) -> None:
    found = importlib.import_module(package).__file__
    assert found is not None
    assert Path(found).parent == ROOT / FOLDERS[package] / package


def test_no_file_is_in_both_wheels(bus: Path, suite: Path) -> None:
    assert _files(bus) & _files(suite) == set()


def test_both_wheels_have_the_version_of_the_bus_and_the_suite_needs_exactly_that_bus(bus: Path, suite: Path) -> None:
    of_bus, of_suite = (Parser().parsestr((_metadata(each) / "METADATA").read_text("utf-8")) for each in (bus, suite))
    assert of_bus["Version"] == of_suite["Version"] == beehive.__version__
    assert f"beehive-reference=={beehive.__version__}" in of_suite.get_all("Requires-Dist", [])


def test_both_wheels_have_the_licence_of_the_repository(bus: Path, suite: Path) -> None:
    licence = (ROOT / "LICENSE").read_bytes()
    assert [(_metadata(each) / "licenses" / "LICENSE").read_bytes() for each in (bus, suite)] == [licence] * 2


def test_both_projects_have_the_same_authors_urls_and_pythons() -> None:
    bus, suite = (
        tomllib.loads((ROOT / name).read_text("utf-8"))["project"]
        for name in ("pyproject.toml", "conformance/pyproject.toml")
    )
    for key in ("authors", "license", "requires-python", "urls"):
        assert bus[key] == suite[key]


def test_the_bus_works_without_any_dependency(bus: Path) -> None:
    code = "import beehive; b = beehive.ChannelContext(); b.add_module('edged'); print(list(b.snapshot().channels))"
    done = _run(code, bus)
    assert (done.returncode, done.stdout, done.stderr) == (0, "['edged']\n", "")


def test_the_command_names_the_missing_dependencies_in_one_line(suite: Path) -> None:
    done = _run("from beehive_conformance.__main__ import main; main()", suite)
    assert done.returncode == 2
    assert done.stderr == (
        "beehive-conformance: click, msgspec, PyYAML, rich, hypothesis, Jinja2 missing: "
        "install beehive-conformance with its dependencies\n"
    )


def test_the_command_looks_for_every_dependency_of_the_suite() -> None:
    project = tomllib.loads((ROOT / "conformance" / "pyproject.toml").read_text("utf-8"))["project"]
    names = {re.split(r"[<>=~]", each)[0].lower() for each in project["dependencies"]}
    assert {name.lower() for name in NEEDED.values()} == names - {"beehive-reference"}


def test_the_command_says_its_version(bus: Path, suite: Path) -> None:
    code = "from beehive_conformance.commands import command_line; sys.exit(command_line(['--version']))"
    done = _run(code, suite, bus, sysconfig.get_path("purelib"))
    assert (done.returncode, done.stdout) == (0, f"beehive-conformance {beehive.__version__}\n")


def test_the_suite_finds_its_data_in_its_wheel(bus: Path, suite: Path) -> None:
    code = (
        "from beehive_conformance.commands import command_line; "
        "sys.exit(command_line(['run', 'core', '--quick', '--examples', '5', '--workers', '1']))"
    )
    done = _run(code, suite, bus, sysconfig.get_path("purelib"))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("core conforms")
