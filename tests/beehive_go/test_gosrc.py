"""The Go sources pass gofmt, go vet and their own tests."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from beehive_go.build import BuildStage, state
from beehive_go.compiling import SOURCES, pinned_versions, prepare
from beehive_go.source import Release
from beehive_go.toolchain import Go, find_go, go_settings
from beehive_go.versions import NEWEST

found = find_go()
if not isinstance(found, Go) or state().stage is BuildStage.MISSING:
    pytest.skip("there is no Go", allow_module_level=True)
go: Go = found


def run(folder: Path, *command: str) -> str:
    settings = {**os.environ, **go_settings(), "CGO_ENABLED": "1"}
    done = subprocess.run(command, cwd=folder, env=settings, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_sources_are_formatted() -> None:
    gofmt = shutil.which("gofmt") or str(Path(go.path).with_name("gofmt"))
    assert run(SOURCES, gofmt, "-l", ".") == ""


@pytest.mark.parametrize(
    "version",
    [pytest.param(version, marks=[pytest.mark.slow] * (version != NEWEST)) for version in sorted(pinned_versions())],
)
def test_vet_has_no_complaint_and_the_tests_in_go_pass(version: str, tmp_path: Path) -> None:
    sources = tmp_path / "gosrc"
    layout = prepare(sources, Release(version), go, None)
    for tags in (layout.tags(faults=False), layout.tags(faults=True), "no_klog"):
        run(sources, go.path, "vet", "-mod=mod", "-trimpath", "-tags", tags, "./...")
    run(
        sources, go.path, "test", "-mod=mod", "-tags", layout.tags(faults=False), "-ldflags=-checklinkname=0", "./..."
    )
