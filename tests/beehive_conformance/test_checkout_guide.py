"""The page about judging a change: its commands print what the page shows, for the change that it describes."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from beehive_go.versions import STAGING

PAGE = Path(__file__).resolve().parents[2].joinpath("docs", "guide", "checkouts.md").read_text(encoding="utf-8")
COMMANDS = [line for block in re.findall(r"^```sh\n(.*?)^```$", PAGE, re.M | re.S) for line in block.splitlines()]
SHOWN, MISSING = re.findall(r"^```text\n(.*?)^```$", PAGE, re.M | re.S)
CHANGE = "pkg/core/channel.AddModuleGroup+if group == module { return }"


def environment(home: Path) -> dict[str, str]:
    """The environment with another home folder, but the caches of this one."""
    folders = {"GOPATH": "go", "GOCACHE": ".cache/go-build", "XDG_CACHE_HOME": ".cache"}
    kept = {name: os.environ.get(name, str(Path.home() / folder)) for name, folder in folders.items()}
    programs = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    return {**os.environ, **kept, "HOME": str(home), "PATH": programs}


def git(folder: Path, *command: str) -> str:
    who = ("-c", "user.name=a", "-c", "user.email=a@example.com")
    return subprocess.run(("git", *who, *command), cwd=folder, stdout=-1, text=True, check=True).stdout.strip()


@pytest.fixture
def home(copied: Path, change: Callable[..., None], tmp_path: Path) -> Path:
    """A home folder with a checkout of KubeEdge, in which the change is not committed."""
    kubeedge = tmp_path / "home" / "kubeedge"
    shutil.copytree(copied, kubeedge / STAGING)
    (kubeedge / "go.mod").write_text("module github.com/kubeedge/kubeedge\n")
    git(kubeedge, "init", "--quiet")
    git(kubeedge, "add", "--all")
    git(kubeedge, "commit", "--quiet", "--message", "before")
    change(kubeedge / STAGING, CHANGE)
    return kubeedge.parent


@pytest.mark.slow
def test_the_commands_print_what_the_page_shows(home: Path) -> None:
    compare, export, replay = COMMANDS[:3]
    out: list[str] = []
    for command in (export, replay, replay.replace("go:~/kubeedge", "go:~/kubeedge@HEAD")):
        program, *arguments = command.replace("--quick", "--quick --examples 20").split()
        assert program == "beehive-conformance"
        done = subprocess.run(
            [sys.executable, "-m", "beehive_conformance", *arguments],
            cwd=home,
            env=environment(home),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == (0 if "@HEAD" in command and "replay" in command else 1), done.stdout + done.stderr
        out.append(done.stdout)
    assert export.startswith(compare)
    # The clause may be worded otherwise one day.
    heading, smallest = SHOWN[: SHOWN.index("GROUP-1:")], SHOWN[SHOWN.index("   1 add_module edged") :]
    assert heading in out[0]
    assert smallest in out[0]
    assert smallest in out[1]
    assert smallest not in out[2]


@pytest.mark.slow
def test_a_missing_method_is_reported_as_the_page_shows(copied: Path, change: Callable[..., None]) -> None:
    from beehive_go.build import build
    from beehive_go.errors import BuildError
    from beehive_go.source import checkout

    change(copied, "pkg/core/channel.Cleanup=TidyUp")
    with pytest.raises(BuildError) as raised:
        build(checkout(str(copied)))
    assert f"{raised.value}\n" == MISSING


@pytest.mark.slow
def test_bisecting_finds_the_commit_that_introduced_the_fault(home: Path) -> None:
    kubeedge = home / "kubeedge"
    git(kubeedge, "stash", "--quiet")
    git(kubeedge, "tag", "v1.0")
    context = kubeedge / STAGING / "pkg" / "core" / "channel"
    for number in range(2, 9):
        if number == 5:
            git(kubeedge, "stash", "pop", "--quiet")
        # Commit 3 does not compile.
        package = "no package" if number == 3 else "package channel"
        (context / "comment.go").write_text(f"{package}\n\n// Commit {number} changes a comment.\n")
        git(kubeedge, "add", "--all")
        git(kubeedge, "commit", "--quiet", "--message", f"commit {number}")
    fault = git(kubeedge, "rev-parse", "HEAD~3")
    for command in COMMANDS[3:]:
        settings = {**environment(home), "GIT_CONFIG_GLOBAL": os.devnull}
        done = subprocess.run(
            ["sh", "-c", command], cwd=kubeedge, env=settings, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
    assert f"{fault} is the first bad commit" in done.stdout
