"""An operation that is added to the vocabulary alone fails the type check at every place that decides for each."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from sources import FOLDERS, ROOT

SUITE = "conformance/beehive_conformance"
PLACES = {
    f"{SUITE}/programs/operation_table.py",
    f"{SUITE}/generation/symbolic_state.py",
    f"{SUITE}/generation/weights.py",
    f"{SUITE}/shrinking/simplify.py",
    f"{SUITE}/targets/reference/aio.py",
    f"{SUITE}/targets/reference/core.py",
    f"{SUITE}/targets/reference/threads.py",
}
"""The files to edit; for what types cannot say, there are tests.

Weights, repeated operations: test_random_programs. Tags and rules of the spec: test_operation_table.
"""
UNION = "Operation: TypeAlias = (\n"
PING = """class Ping(_Operation, frozen=True, tag="ping"):
    module: ModuleName


"""


@pytest.mark.slow
def test_the_type_check_names_every_place_that_must_know_a_new_operation(tmp_path: Path) -> None:
    for folder in FOLDERS.values():
        shutil.copytree(ROOT / folder, tmp_path / folder)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    vocabulary = tmp_path / "spec" / "beehive_spec" / "vocabulary.py"
    text = vocabulary.read_text(encoding="utf-8")
    assert text.count(UNION) == 1
    vocabulary.write_text(text.replace(UNION, f"{PING}{UNION}    Ping |\n"), encoding="utf-8")
    checked = subprocess.run(
        [sys.executable, "-m", "mypy", "--cache-dir", str(tmp_path / "cache")],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    errors = re.findall(r"^(\S+):\d+: error: (.*)$", checked.stdout, re.MULTILINE)
    assert errors
    assert {file for file, _ in errors} == PLACES, checked.stdout + checked.stderr
    assert all("assert_never" in error and "Ping" in error for _, error in errors), checked.stdout
