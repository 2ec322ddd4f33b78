"""What the README shows can be done as it stands there."""

import re
import shlex
import subprocess
import sys

import pytest
from beehive_conformance.commands import command_line
from beehive_conformance.deviations import OVERLAYS
from beehive_conformance.targets.registry import find
from sources import ROOT

TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
SHELL = [line for kind, block in BLOCKS if kind == "sh" for line in block.splitlines()]
COMMANDS = [line for line in SHELL if line.startswith("beehive-conformance ")]
PYTHON = [block for kind, block in BLOCKS if kind == "python"]


def test_the_first_lines_say_whose_the_name_on_the_index_is() -> None:
    first = " ".join(TEXT.split("```")[0].split())
    assert "`beehive-reference`" in first
    assert "The name `beehive` on PyPI is a stranger's" in first


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_runs_as_it_stands_there(
    command: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    _, *arguments = shlex.split(command)
    versions = [name for name in arguments if name.partition(":")[0] == "go"]
    if any(ready.missing or ready.download for ready in (find(name).readiness() for name in versions)):
        pytest.skip("there is no Go here")
    if arguments[0] in ("run", "compare"):
        arguments += ["--quick", "--examples", "100", "--processes", "1"]
    assert command_line(arguments) == 0
    captured = capsys.readouterr()
    assert captured.out
    assert captured.err == ""


@pytest.mark.parametrize("target", [line.split()[1] for line in SHELL if line.startswith("make ")])
def test_a_make_target_is_there(target: str) -> None:
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)


def test_the_example_in_python_runs() -> None:
    (code,) = PYTHON
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "edged is running\n", "")


def test_every_file_that_it_links_is_there() -> None:
    for name in re.findall(r"\]\(([^)#]+)\)", TEXT):
        assert (ROOT / name).exists(), name


def test_the_report_shows_deviations_that_are_known() -> None:
    titles = re.findall(r"^\d+\. (.+?)(?:  affects .*)?$", TEXT, re.MULTILINE)
    assert titles
    assert set(titles) <= {overlay.title for overlay in OVERLAYS.values()}
