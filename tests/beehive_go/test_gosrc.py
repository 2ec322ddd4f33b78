"""The Go sources pass gofmt, go vet and their own tests."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest
from beehive_go.build import SOURCES, BuildStage, state, tags, versions

go = shutil.which("go")
if go is None or state().stage is BuildStage.MISSING:
    pytest.skip("there is no Go on the path", allow_module_level=True)


def run(*command: str) -> str:
    settings = {"GOFLAGS": "-buildvcs=false", "GOWORK": "off", "GOTOOLCHAIN": "local"}
    done = subprocess.run(
        command, cwd=SOURCES, env={**os.environ, **settings}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_sources_are_formatted() -> None:
    assert run("gofmt", "-l", ".") == ""


@pytest.mark.parametrize("version", versions())
@pytest.mark.parametrize("faults", [False, True])
def test_vet_has_no_complaint(version: str, faults: bool) -> None:
    run("go", "vet", f"-tags={tags(version, faults=faults)}", f"-modfile=versions/{version}.mod", "./...")


@pytest.mark.parametrize("version", versions())
def test_the_tests_in_go_pass(version: str) -> None:
    options = [f"-tags={tags(version)}", f"-modfile=versions/{version}.mod", "-ldflags=-checklinkname=0"]
    run("go", "test", *options, "./...")
