"""One meaning for each name: no public name at the top level of a module is defined in a second one."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from sources import Module, modules

SHARED = {
    "main": "the entry point of each command",
    "ChannelContext": "the bus for threads and the bus for asyncio offer the same names",
    "ModuleHandle": "the bus for threads and the bus for asyncio offer the same names",
    "Channel": "the reference and the model do not know each other",
    "Message": "the reference and the model do not know each other",
}
"""Names that several modules define, each with the reason."""


def definitions(module: Module) -> Iterator[str]:
    """Yield the public names that a module defines at its top level, apart from type variables."""
    for node in module.tree.body:
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                names = [name]
            case ast.Assign(value=ast.Call(func=ast.Name(id="TypeVar" | "ParamSpec"))):
                names = []
            case ast.Assign(targets=targets):
                names = [each.id for target in targets for each in ast.walk(target) if isinstance(each, ast.Name)]
            case ast.AnnAssign(target=ast.Name(id=name)):
                names = [name]
            case _:
                names = []
        yield from (name for name in names if not name.startswith("_"))


def defined_twice() -> dict[str, list[str]]:
    """Return the names that several modules define, each with these modules."""
    found: dict[str, list[str]] = {}
    for name, module in modules().items():
        for defined in sorted(set(definitions(module))):
            found.setdefault(defined, []).append(name)
    return {name: where for name, where in sorted(found.items()) if len(where) > 1}


def test_no_public_name_is_defined_in_two_modules() -> None:
    assert {name: where for name, where in defined_twice().items() if name not in SHARED} == {}


def test_every_name_that_may_be_shared_is_shared() -> None:
    assert SHARED.keys() - defined_twice().keys() == set()
