"""Reading modules.yaml, which lists the enabled modules."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from beehive.errors import BadModulesFile

_EXPECTED = "expected modules: {enabled: [name, ...]}"


class ModulesFile(NamedTuple):
    """The contents of a modules.yaml, and its path."""

    path: str
    enabled: tuple[str, ...]


def read_modules_file(path: str | Path) -> ModulesFile:
    """Read the names of the enabled modules from a modules.yaml.

    Raises BadModulesFile if the file cannot be read, is not YAML, has another structure, or names a module twice,
    and ImportError if PyYAML, the extra `[yaml]`, is not installed.
    """
    try:
        import yaml
    except ImportError as error:
        raise ImportError("reading modules.yaml needs PyYAML: install beehive-reference[yaml]") from error
    try:
        text = Path(path).read_text(encoding="utf-8")
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except OSError as error:
        raise BadModulesFile(f"{path}: {error.strerror or error}; {_EXPECTED}") from error
    except UnicodeDecodeError as error:
        raise BadModulesFile(f"{path}: not UTF-8 at byte {error.start}") from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark is not None else 1
        raise BadModulesFile(f"{path}:{line}: not YAML: {error.problem}; {_EXPECTED}") from error
    except (yaml.YAMLError, RecursionError) as error:
        raise BadModulesFile(f"{path}: not YAML: {' '.join(str(error).split())[:200]}; {_EXPECTED}") from error
    if root is None:
        raise BadModulesFile(f"{path}: the file is empty; {_EXPECTED}")
    reader = _Reader(str(path))
    modules = reader.only_value(reader.only_value(root, "modules"), "enabled")
    return ModulesFile(str(path), reader.names(modules))


class _Reader:
    """Reads a tree of YAML nodes, which have line numbers."""

    def __init__(self, path: str) -> None:
        self._path = path

    def only_value(self, node: Any, key: str) -> Any:
        if node.id != "mapping":
            self._refuse(node, f"expected a mapping with the key {key!r}, got {_shown(node)}")
        for name, _ in node.value:
            if name.value != key or name.id != "scalar":
                self._refuse(name, f"unknown key {_shown(name)}")
        if len(node.value) != 1:
            self._refuse(node, f"the key {key!r} {'appears twice' if node.value else 'is missing'}")
        return node.value[0][1]

    def names(self, node: Any) -> tuple[str, ...]:
        if node.id != "sequence":
            self._refuse(node, f"expected a list of names, got {_shown(node)}")
        found: dict[str, int] = {}
        for each in node.value:
            # A name is the text as written, even if YAML would read it as a number or a date.
            if each.id != "scalar" or not each.value or each.tag.endswith(":null"):
                self._refuse(each, f"expected a name, got {_shown(each)}")
            if each.value in found:
                self._refuse(each, f"the module {each.value!r} is already enabled in line {found[each.value]}")
            found[each.value] = each.start_mark.line + 1
        return tuple(found)

    def _refuse(self, node: Any, problem: str) -> NoReturn:
        raise BadModulesFile(f"{self._path}:{node.start_mark.line + 1}: {problem}; {_EXPECTED}")


def _shown(node: Any) -> str:
    if node.id == "scalar":
        return repr(node.value) if node.value else "nothing"
    return {"mapping": "a mapping", "sequence": "a list"}[node.id]
