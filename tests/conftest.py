"""Copies of the Go module for tests that judge checkouts."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

OPERATORS = Path(__file__).parent / "beehive_go" / "operators" / "main.go"


@pytest.fixture(scope="session")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of the newest version of the Go module, which no test may change."""
    from beehive_go.build import BuildStage, state
    from beehive_go.compiling import prepare
    from beehive_go.source import NEWEST_RELEASE
    from beehive_go.toolchain import Go, find_go

    go = find_go()
    if not isinstance(go, Go) or state().stage is BuildStage.MISSING:
        pytest.skip("there is no Go, or no module")
    sources = tmp_path_factory.mktemp("released") / "gosrc"
    prepare(sources, NEWEST_RELEASE, go, None)
    return sources / "module"


@pytest.fixture
def copied(released: Path, tmp_path: Path) -> Path:
    """A copy of the newest version of the Go module, for one test."""
    return Path(shutil.copytree(released, tmp_path / "copied"))


@pytest.fixture(scope="session")
def change() -> Callable[..., None]:
    """Return a function that changes a copy through its syntax tree, as `OPERATORS` describes."""
    from beehive_go.toolchain import Go, find_go, go_settings

    go = find_go()
    assert isinstance(go, Go)
    settings = go_settings()

    def changed(folder: Path, *changes: str) -> None:
        command = [go.path, "run", str(OPERATORS), str(folder), *changes]
        subprocess.run(command, env={**os.environ, **settings}, check=True)

    return changed


@pytest.fixture(scope="session")
def fourth_layout(released: Path, change: Callable[..., None], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy with another package, type, constructor and maps than any version has, which no test may change."""
    folder = Path(shutil.copytree(released, tmp_path_factory.mktemp("fourth") / "layout"))
    context = "pkg/core/channel"
    change(
        folder,
        f"{context}=pkg/wires/line",
        f"{context}.Context=Switchboard",
        f"{context}.NewChannelContext=Install",
        f"{context}.channels=inboxes",
        f"{context}.typeChannels=rooms",
        f"{context}.anonChannels=replies",
        "pkg/core/model=pkg/letter",
    )
    return folder
