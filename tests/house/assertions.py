"""Which tests may pass without having checked anything, as far as their syntax tells."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterable, Iterator
from typing import NamedTuple

CHECKING = frozenset({"fail", "raises", "run_state_machine_as_test", "fnmatch_lines"})
"""Functions and methods of other libraries that check something, beside those whose name begins with `assert_`."""
KEEPING = frozenset({"enumerate", "reversed", "sorted", "list", "tuple", "set", "frozenset", "dict", "iter", "cycle"})
"""Functions whose result has elements if their argument has."""
VIEWS = frozenset({"items", "keys", "values"})
"""Methods whose result has elements if their object has."""
MAPPING = frozenset({"run"})
"""Methods whose result has as many elements as their argument."""
FRUITFUL = frozenset({"load_scenarios", "clauses", "questions", "modules", "random_programs", "exhaustive_programs"})
"""Functions of the project whose result always has elements; tests of their own pin that."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


class Doubt(NamedTuple):
    """A line of a test that may check nothing, and why."""

    test: str
    line: int
    why: str


def doubts(tree: ast.Module) -> Iterator[Doubt]:
    """Yield what may check nothing in the tests of a module."""
    reader = _Reader(tree)
    for test in _tests(tree):
        yield from reader.doubts(test)


def _tests(node: ast.Module | ast.ClassDef) -> Iterator[Function]:
    for each in node.body:
        if isinstance(each, Function) and each.name.startswith("test"):
            yield each
        elif isinstance(each, ast.ClassDef) and each.name.startswith("Test"):
            yield from _tests(each)


class _Reader:
    """What one module defines and imports, as far as its tests lean on it."""

    def __init__(self, tree: ast.Module) -> None:
        self._shared = _functions(tree)
        self._helpers = self._shared
        self._known = _imported_with_elements(tree)
        self._checking: dict[Function, bool] = {}
        for each in tree.body:
            self._note(each, self._known)

    def doubts(self, test: Function) -> Iterator[Doubt]:
        known = set(self._known)
        self._helpers = {**self._shared, **_functions(test)}
        if not self._checks(test.body, known):
            yield Doubt(test.name, test.lineno, "no assertion is certain to be reached")
        for node in ast.walk(test):
            if isinstance(node, ast.Assert) and (why := self._doubtful(node.test, known)):
                yield Doubt(test.name, node.lineno, why)

    def _checks(self, body: Iterable[ast.stmt], known: set[str]) -> bool:
        """Whether some assertion in a body is reached; `known` is what has elements, and grows on the way."""
        found = False
        for each in body:
            self._note(each, known)
            found = self._checks_in(each, known) or found
        return found

    def _checks_in(self, node: ast.stmt, known: set[str]) -> bool:
        match node:
            case ast.Assert():
                return True
            case ast.With(items=items, body=body) | ast.AsyncWith(items=items, body=body):
                return any(self._is_check(each.context_expr) for each in items) or self._checks(body, known)
            case ast.For(iter=iterable, body=body) | ast.AsyncFor(iter=iterable, body=body):
                return self._is_check(iterable) or (self._has_elements(iterable, known) and self._checks(body, known))
            case ast.If(body=body, orelse=orelse):
                return self._checks(body, set(known)) and self._checks(orelse, set(known))
            case ast.Try(body=body, finalbody=final):
                return self._checks(body, known) or self._checks(final, known)
            case ast.Match(cases=cases):
                return all(self._checks(each.body, set(known)) for each in cases)
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef() | ast.While():
                return False
            case _:
                return self._is_check(node)

    def _is_check(self, node: ast.AST) -> bool:
        """Whether a call in this expression, outside lambdas and comprehensions, checks something."""
        match node:
            case ast.Lambda() | ast.GeneratorExp() | ast.ListComp() | ast.SetComp() | ast.DictComp():
                return False
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if _is_checking(name):
                return True
            case ast.Call(keywords=keywords) if any(ast.unparse(each) == "check=True" for each in keywords):
                return True
            case ast.Call(func=ast.Name(id=name)) if name in self._helpers and self._helper_checks(name):
                return True
            case ast.Call(func=function, args=arguments):
                named = [each for each in arguments if isinstance(each, ast.Name) and each.id in self._helpers]
                return (
                    any(self._helper_checks(each.id) for each in named)
                    or any(self._is_check(each) for each in arguments)
                    or self._is_check(function)
                )
            case _:
                return any(self._is_check(each) for each in ast.iter_child_nodes(node))

    def _helper_checks(self, name: str) -> bool:
        helper = self._helpers[name]
        if helper not in self._checking:
            self._checking[helper] = False  # a helper that calls itself proves nothing by that
            self._checking[helper] = self._checks(helper.body, set(self._known))
        return self._checking[helper]

    def _note(self, node: ast.stmt, known: set[str]) -> None:
        """Note what a statement shows to have elements."""
        match node:
            case ast.Assign(targets=targets, value=value):
                names = {ast.unparse(each) for each in targets}
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                names = {ast.unparse(target)}
            case ast.Assert(test=test):
                known |= _shown(test)
                return
            case _:
                return
        if self._has_elements(value, known):
            known |= names
        else:
            known -= names

    def _has_elements(self, node: ast.expr, known: set[str]) -> bool:
        if ast.unparse(node) in known:
            return True
        match node:
            case ast.Tuple(elts=elements) | ast.List(elts=elements) | ast.Set(elts=elements):
                return any(
                    not isinstance(each, ast.Starred) or self._has_elements(each.value, known) for each in elements
                )
            case ast.Dict(keys=keys):
                return bool(keys)
            case ast.Constant(value=value):
                return bool(value)
            case ast.NamedExpr(value=value):
                return self._has_elements(value, known)
            case ast.ListComp(generators=loops) | ast.SetComp(generators=loops) | ast.GeneratorExp(generators=loops):
                return all(not each.ifs and self._has_elements(each.iter, known) for each in loops)
            case ast.BinOp(left=left, op=ast.Add() | ast.BitOr(), right=right):
                return self._has_elements(left, known) or self._has_elements(right, known)
            case ast.BinOp(left=left, op=ast.Mult()):
                return self._has_elements(left, known)
            case ast.Call(func=ast.Name(id="range"), args=arguments):
                return _is_long(arguments) or (len(arguments) == 1 and self._has_elements(arguments[0], known))
            case ast.Call(func=ast.Name(id=name)) if name in FRUITFUL:
                return True
            case ast.Call(func=ast.Name(id=name), args=[first, *_]) if name in KEEPING:
                return self._has_elements(first, known)
            case ast.Call(func=ast.Name(id="map"), args=[_, *rest]):
                return all(self._has_elements(each, known) for each in rest)
            case ast.Call(func=ast.Name(id="zip"), args=arguments, keywords=keywords):
                are = [self._has_elements(each, known) for each in arguments]
                return any(are) if any(each.arg == "strict" for each in keywords) else all(are)
            case ast.Call(func=ast.Name(id="product"), args=arguments):
                return all(self._has_elements(each, known) for each in arguments)
            case ast.Call(func=ast.Name(id="chain"), args=arguments):
                return any(self._has_elements(each, known) for each in arguments)
            case ast.Call(func=ast.Attribute(value=value, attr=name)) if name in VIEWS:
                return self._has_elements(value, known)
            case ast.Call(func=ast.Attribute(attr=name), args=[argument]) if name in MAPPING:
                return self._has_elements(argument, known)
            case _:
                return False

    def _doubtful(self, test: ast.expr, known: set[str]) -> str:
        """Say why an assertion may hold of nothing, or always."""
        match test:
            case ast.Call(func=ast.Name(id="all"), args=[each]) if not self._is_entered(each, known):
                return "all(...) of what may be empty"
            case ast.UnaryOp(ast.Not(), ast.Call(func=ast.Name(id="any"), args=[each])):
                return "" if self._is_entered(each, known) else "not any(...) of what may be empty"
            case ast.Compare(ast.SetComp() as each, [ast.LtE()]) if not self._has_elements(each, known):
                return "a subset that may be empty"
            case ast.Compare(ast.Call(func=ast.Name(id="len")), [ast.GtE()], [ast.Constant(value=0)]):
                return "a condition that always holds"
            case ast.Compare(left, [ast.Eq() | ast.Is() | ast.LtE() | ast.GtE()], [right]):
                is_same = ast.dump(left) == ast.dump(right) and not isinstance(left, ast.Call)
                return "a value compared with itself" if is_same else ""
            case ast.Constant() | ast.Tuple(elts=[_, *_]) | ast.JoinedStr() | ast.Lambda():
                return "a condition that always holds"
            case ast.BoolOp(op=ast.And(), values=values):
                return next(filter(None, (self._doubtful(each, known) for each in values)), "")
            case _:
                return ""

    def _is_entered(self, node: ast.expr, known: set[str]) -> bool:
        """Whether a loop over this has at least one round, its conditions apart."""
        if isinstance(node, ast.GeneratorExp | ast.ListComp | ast.SetComp):
            return all(self._has_elements(each.iter, known) for each in node.generators)
        return self._has_elements(node, known)


def _functions(node: ast.Module | Function) -> dict[str, Function]:
    return {each.name: each for each in ast.walk(node) if isinstance(each, Function) and each is not node}


def _shown(test: ast.expr) -> set[str]:
    """What an assertion shows to have elements, as written: of `x`, `len(x) > 3`, `len(x) == 2`, `x == [1]`."""
    match test:
        case ast.BoolOp(op=ast.And(), values=values):
            return set().union(*map(_shown, values))
        case ast.Compare(left=left, ops=[op, *_], comparators=[right, *_]):
            match left, op, right:
                case (
                    ast.Call(func=ast.Name(id="len"), args=[measured]),
                    ast.Gt() | ast.GtE() | ast.Eq(),
                    _,
                ) if not (isinstance(right, ast.Constant) and right.value == 0 and not isinstance(op, ast.Gt)):
                    return {ast.unparse(measured)}
                case ast.Constant(), ast.Lt(), ast.Call(func=ast.Name(id="len"), args=[measured]):
                    return {ast.unparse(measured)}
                case _, ast.Eq(), ast.List(elts=[_, *_]) | ast.Tuple(elts=[_, *_]) | ast.Set(elts=[_, *_]):
                    return {ast.unparse(left)}
                case _, ast.In(), _:
                    return {ast.unparse(right)}
                case _:
                    return set()
        case ast.UnaryOp() | ast.Compare() | ast.Constant():
            return set()
        case _:
            return {ast.unparse(test)}


def _is_checking(name: str) -> bool:
    return name in CHECKING or name.startswith("assert_")


def _is_long(arguments: list[ast.expr]) -> bool:
    try:
        return len(range(*(ast.literal_eval(each) for each in arguments))) > 0
    except (ValueError, TypeError):
        return False


def _imported_with_elements(tree: ast.Module) -> set[str]:
    """The imported names that have elements: constants and enumerations."""
    found = set()
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.module and node.module.partition(".")[0].startswith("beehive"):
            module = importlib.import_module(node.module)
            for alias in node.names:
                value = getattr(module, alias.name, None)
                if isinstance(value, Iterable) and not isinstance(value, str) and len(list(value)) > 0:
                    found.add(alias.asname or alias.name)
    return found
