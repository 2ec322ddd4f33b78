"""The page about judging a bus: its files, saved under their names, do what the page says."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parents[2].joinpath("docs", "guide", "suite.md").read_text(encoding="utf-8")
FILES = dict(re.findall(r'^```\w+ title="([\w.]+)"\n(.*?)^```$', PAGE, re.MULTILINE | re.DOTALL))
COMMANDS = re.findall(r"^```sh\n(.*?)\n```$", PAGE, re.MULTILINE | re.DOTALL)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Save the files of the page in a folder."""
    for name, text in FILES.items():
        tmp_path.joinpath(name).write_text(text, encoding="utf-8")
    return tmp_path


def test_every_block_of_the_page_is_a_file_or_a_command() -> None:
    assert len(FILES) + len(COMMANDS) == PAGE.count("\n```") // 2
    assert set(FILES) == {
        "queue_bus.py",
        "queue_target.py",
        "receiver_of_a_module_that_leaves.yaml",
        "test_queue_bus.py",
    }


@pytest.mark.slow
@pytest.mark.parametrize("block", COMMANDS)
def test_the_commands_of_a_block_of_the_page_end_as_expected(block: str, folder: Path) -> None:
    ended = [ran(command, folder) for command in block.splitlines()]
    assert {(done.returncode, done.stderr) for done in ended} == {(0, "")}, [done.stdout for done in ended]


def ran(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    program, *arguments = command.split()
    assert program == "beehive-conformance"
    return subprocess.run(
        [sys.executable, "-m", "beehive_conformance", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_tests_of_the_page_pass(folder: Path) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", folder, folder]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert "2 passed" in done.stdout, done.stdout


def test_the_length_of_the_bus_is_as_the_page_says() -> None:
    (lines,) = re.findall(r"a bus of (\d+) lines", PAGE)
    assert len(FILES["queue_bus.py"].splitlines()) == int(lines)


@pytest.mark.slow
def test_a_fault_of_the_bus_fails_its_tests(folder: Path) -> None:
    bus = folder / "queue_bus.py"
    faulty = bus.read_text().replace('raise BusError("closed")', "return (0, False)")
    assert faulty != bus.read_text()
    bus.write_text(faulty)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", folder, folder]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert "2 failed" in done.stdout, done.stdout
    assert "step 3 showed: 2 message of 0" in done.stdout
