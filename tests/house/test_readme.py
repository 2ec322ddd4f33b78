"""What the README shows can be done as it stands there."""

import re
import shlex
import subprocess
import sys

import pytest
from beehive_conformance.commands import command_line
from beehive_conformance.targets.registry import readiness
from beehive_conformance.targets.spec import TargetSpec
from readme_findings import programs, with_table
from sources import ROOT

TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
SHELL = [line for kind, block in BLOCKS if kind == "sh" for line in block.splitlines()]
COMMANDS = [line for line in SHELL if line.startswith("beehive-conformance ")]
PYTHON = [block for kind, block in BLOCKS if kind == "python"]


def test_the_readme_says_that_the_name_on_the_index_is_unrelated() -> None:
    assert TEXT.startswith("# beehive-reference\n")
    assert "The PyPI package `beehive` is unrelated." in TEXT


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_runs_as_it_stands_there(
    command: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    line, _, comment = command.partition("#")
    _, *arguments = shlex.split(line)
    versions = [name for name in arguments if name.partition(":")[0] == "go"]
    if any(ready.missing or ready.download for ready in (readiness(TargetSpec.parse(name)) for name in versions)):
        pytest.skip("there is no Go here")
    if arguments[0] in ("run", "compare"):
        arguments += ["--quick", "--examples", "100", "--workers", "1"]
    assert command_line(arguments) == int(comment.removeprefix(" exit code ") or 0)
    captured = capsys.readouterr()
    assert captured.out
    assert captured.err == ""


@pytest.mark.parametrize("target", [line.split()[1] for line in SHELL if line.startswith("make ")])
def test_a_make_target_is_there(target: str) -> None:
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)


def test_the_example_in_python_runs() -> None:
    (code,) = PYTHON
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "switch on: done\n", "")


def test_every_file_that_it_links_is_there() -> None:
    links = [name for name in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", TEXT) if not name.startswith("https://")]
    assert links
    assert [name for name in links if not (ROOT / name).exists()] == []


def test_the_table_of_findings_is_what_the_records_say() -> None:
    assert with_table(TEXT) == TEXT, "run make readme"
    assert [path.name for path, text in programs() if path.read_text(encoding="utf-8") != text] == []


@pytest.mark.parametrize("command", re.findall(r"`(replay examples/[^`]+)`", TEXT))
def test_the_command_of_a_finding_shows_it(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    *arguments, target = shlex.split(command)
    ready = readiness(TargetSpec.parse(target))
    if ready.missing or ready.download:
        pytest.skip("there is no Go here")
    assert command_line([*arguments, target]) == 0
    assert ": deviates" in capsys.readouterr().out
