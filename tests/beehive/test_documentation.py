"""The examples in docstrings and in the guide run, and every public name has a docstring."""

from __future__ import annotations

import doctest
import importlib
import inspect
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import beehive
import pytest
from beehive_spec.answers import Answers

ROOT = Path(__file__).resolve().parents[2]
GUIDE = ROOT / "docs" / "guide"
MODULES = [
    name for _, name, _ in pkgutil.walk_packages(beehive.__path__, "beehive.") if not name.endswith("__main__")
]


@pytest.mark.parametrize("name", ["beehive", *MODULES])
def test_the_examples_in_docstrings_pass(name: str) -> None:
    result = doctest.testmod(importlib.import_module(name), optionflags=doctest.IGNORE_EXCEPTION_DETAIL)
    assert result.failed == 0


@pytest.mark.parametrize("name", MODULES)
def test_every_public_class_and_method_has_a_docstring(name: str) -> None:
    module = importlib.import_module(name)
    missing = [
        f"{cls.__name__}.{method}"
        for cls in vars(module).values()
        if inspect.isclass(cls) and cls.__module__ == name and not cls.__name__.startswith("_")
        for method, function in [("", cls), *inspect.getmembers(cls, inspect.isfunction)]
        if function.__module__ == name and not method.startswith("_") and not inspect.getdoc(function)
    ]
    assert missing == []


def blocks(page: str) -> str:
    text = GUIDE.joinpath(page).read_text(encoding="utf-8")
    return "\n".join(re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL))


@pytest.mark.parametrize("page", ["threads.md", "asyncio.md", "registration.md"])
def test_the_examples_of_a_page_run_in_order(page: str) -> None:
    done = subprocess.run([sys.executable, "-c", blocks(page)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_examples_about_testing_pass(tmp_path: Path) -> None:
    tmp_path.joinpath("conftest.py").write_text('pytest_plugins = ["beehive.pytest_plugin"]\n')
    tmp_path.joinpath("test_page.py").write_text(blocks("testing.md"))
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", tmp_path, tmp_path]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "4 passed" in done.stdout, done.stdout


def test_every_question_in_the_table_is_one_of_the_spec() -> None:
    text = GUIDE.joinpath("choices.md").read_text(encoding="utf-8")
    named = {
        name
        for line in re.findall(r"^\| (.*?) \|", text, re.MULTILINE)
        for group in re.findall(r"\(([`a-z_, ]+)\)", line)
        for name in re.findall(r"`([a-z_]+)`", group)
    }
    assert named
    assert named <= set(Answers._fields)


def test_every_linked_page_exists() -> None:
    linked = [
        (page.name, name)
        for page in GUIDE.glob("*.md")
        for name in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8"))
    ]
    assert linked
    pages = [(page, name) for page, name in linked if "://" not in name]
    assert pages
    assert [(page, name) for page, name in pages if not (GUIDE / name).exists()] == []
