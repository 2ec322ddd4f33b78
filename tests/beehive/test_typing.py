"""The types that a user's type checker sees."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CODE = ROOT / "tests" / "typing" / "user_code.py"


def test_mypy_in_strict_mode_finds_the_types_that_users_expect() -> None:
    command = [sys.executable, "-m", "mypy", "--strict", "--warn-unused-ignores", str(CODE)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_pyright_in_strict_mode_finds_the_same_types_and_the_same_mistakes() -> None:
    scripts = Path(sys.executable).parent
    pyright = shutil.which("basedpyright", path=scripts) or shutil.which("basedpyright") or shutil.which("pyright")
    if pyright is None:
        pytest.skip("neither basedpyright nor pyright is installed")
    command = [pyright, "--outputjson", "--level", "error", "--pythonpath", sys.executable, "-p", str(CODE.parent)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    complaints = json.loads(done.stdout)["generalDiagnostics"]
    lines = CODE.read_text(encoding="utf-8").splitlines()
    mistakes = {number for number, line in enumerate(lines) if "# type: ignore" in line}
    assert {each["range"]["start"]["line"] for each in complaints} == mistakes, complaints
