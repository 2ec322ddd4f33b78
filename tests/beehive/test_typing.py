"""The bus from the point of view of a user's type checker."""

from __future__ import annotations

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


def test_pyright_finds_them_too() -> None:
    pyright = shutil.which("pyright") or shutil.which("basedpyright")
    if pyright is None:
        pytest.skip("neither pyright nor basedpyright is installed")
    done = subprocess.run([pyright, "--level", "error", CODE], cwd=ROOT, capture_output=True, text=True, check=False)
    # Comments for mypy switch pyright off in these lines as well.
    assert done.returncode == 0, done.stdout
