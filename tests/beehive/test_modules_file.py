"""modules.yaml: the names that it enables, and errors with line numbers."""

from __future__ import annotations

import builtins
from pathlib import Path
from typing import Any

import pytest
from beehive import BadModulesFile
from beehive.host.modules_file import read_modules_file


def test_the_enabled_names_are_read_in_order_even_if_yaml_reads_them_as_other_types(tmp_path: Path) -> None:
    path = tmp_path / "modules.yaml"
    path.write_text("modules:\n  enabled: [twin, no, 12:30, 'hub']  # a comment\n")
    assert read_modules_file(path) == (str(path), ("twin", "no", "12:30", "hub"))
    path.write_text("modules: {enabled: []}")
    assert read_modules_file(path).enabled == ()


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("", None, "the file is empty"),
        ("# nothing\n", None, "the file is empty"),
        ("modules: [", 1, "not YAML"),
        ("modules:\n  enabled: [a\n  b: c", 3, "not YAML"),
        ("modules: *unknown", 1, "not YAML"),
        ("a\x00b", None, "not YAML"),
        ("- a", 1, "expected a mapping with the key 'modules', got a list"),
        ("modules", 1, "expected a mapping with the key 'modules', got 'modules'"),
        ("{}", 1, "the key 'modules' is missing"),
        ("modules:\n", 1, "expected a mapping with the key 'enabled', got nothing"),
        ("modules:\n  enable: [a]", 2, "unknown key 'enable'; expected modules: {enabled:"),
        ("modules:\n  enabled: [a]\n  enabled: [b]", 2, "the key 'enabled' appears twice"),
        ("modules: {}", 1, "the key 'enabled' is missing"),
        ("modules:\n  enabled: a", 2, "expected a list of names, got 'a'"),
        ("modules:\n  enabled:\n  - a\n  - [b]", 4, "expected a name, got a list"),
        ("modules:\n  enabled:\n  - a\n  -\n", 4, "expected a name, got nothing"),
        ("modules:\n  enabled:\n  - a\n  - ''\n", 4, "expected a name, got nothing"),
        ("modules:\n  enabled:\n  - a\n  - b\n  - a", 5, "the module 'a' is already enabled in line 3"),
    ],
)
def test_an_error_names_file_and_line(tmp_path: Path, text: str, line: int | None, says: str) -> None:
    path = tmp_path / "modules.yaml"
    path.write_text(text)
    with pytest.raises(BadModulesFile) as raised:
        read_modules_file(path)
    place = str(path) if line is None else f"{path}:{line}"
    assert str(raised.value).startswith(f"{place}: ")
    assert says in str(raised.value)
    assert "modules: {enabled: [name, ...]}" in str(raised.value)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadModulesFile, match="No such file"):
        read_modules_file(tmp_path / "none.yaml")
    with pytest.raises(BadModulesFile, match="Is a directory"):
        read_modules_file(tmp_path)
    (tmp_path / "latin").write_bytes(b"modules: \xff")
    with pytest.raises(BadModulesFile, match="not UTF-8 at byte 9"):
        read_modules_file(tmp_path / "latin")


def test_without_pyyaml_the_error_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    original = builtins.__import__

    def missing(name: str, *arguments: Any, **named: Any) -> Any:
        if name == "yaml":
            raise ImportError(name)
        return original(name, *arguments, **named)

    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(ImportError, match=r"beehive-reference\[yaml\]"):
        read_modules_file(tmp_path)
