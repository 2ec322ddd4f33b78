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


@pytest.fixture
def home(copied: Path, rename: Callable[..., None], tmp_path: Path) -> Path:
    """A home folder with a checkout of KubeEdge, in which the change is not committed."""
    kubeedge = tmp_path / "home" / "kubeedge"
    shutil.copytree(copied, kubeedge / STAGING)
    (kubeedge / "go.mod").write_text("module github.com/kubeedge/kubeedge\n")
    for command in (("init", "--quiet"), ("add", "--all"), ("commit", "--quiet", "--message", "before")):
        who = ("-c", "user.name=a", "-c", "user.email=a@example.com")
        subprocess.run(("git", *who, *command), cwd=kubeedge, check=True)
    rename(kubeedge / STAGING, CHANGE)
    return kubeedge.parent


@pytest.mark.slow
def test_the_commands_print_what_the_page_shows(home: Path) -> None:
    compare, export, replay = COMMANDS
    folders = {"GOPATH": "go", "GOCACHE": ".cache/go-build", "XDG_CACHE_HOME": ".cache"}
    settings = {name: os.environ.get(name, str(Path.home() / folder)) for name, folder in folders.items()}
    out: list[str] = []
    for command in (export, replay, replay.replace("go:~/kubeedge", "go:~/kubeedge@HEAD")):
        program, *arguments = command.split()
        assert program == "beehive-conformance"
        done = subprocess.run(
            [sys.executable, "-m", "beehive_conformance", *arguments],
            cwd=home,
            env={**os.environ, **settings, "HOME": str(home)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == (0 if "@HEAD" in command and "replay" in command else 1), done.stdout + done.stderr
        out.append(done.stdout)
    assert export.startswith(compare)
    # The headline and what is unchanged may be worded otherwise one day; the finding is what the page is about.
    assert SHOWN in out[0]
    smallest = SHOWN[SHOWN.index("   1 add_module edged") :]
    assert smallest in out[1]
    assert smallest not in out[2]


@pytest.mark.slow
def test_a_missing_method_is_reported_as_the_page_shows(copied: Path, rename: Callable[..., None]) -> None:
    from beehive_go.build import build
    from beehive_go.errors import BuildError
    from beehive_go.source import checkout

    rename(copied, "pkg/core/channel.Cleanup=TidyUp")
    with pytest.raises(BuildError) as raised:
        build(checkout(str(copied)))
    assert f"{raised.value}\n" == MISSING
