"""A user's own target, imported by name: `python:package.module:Class`."""

from __future__ import annotations

import importlib
import reprlib
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import redirect_stdout
from pathlib import Path
from typing import TypeGuard, TypeVar

from beehive_spec.vocabulary import History

from beehive_conformance.errors import InputError
from beehive_conformance.programs.capability import Capability
from beehive_conformance.programs.program import Program
from beehive_conformance.targets.target import Ran, Target, TargetError
from beehive_conformance.targets.well_formed import malformed

MEMBERS = tuple(name for name in vars(Target) if not name.startswith("_"))
"""The members that every target has."""
METHODS = ("run", "close")
PASSED_ON = (TargetError, InputError, KeyboardInterrupt)
"""Errors whose text is for the user already, and the user's Ctrl-C. Any other, SystemExit too, is the target's."""
LONGEST_ERROR_TEXT = 300
"""Characters of the text of an error that are reported."""

T = TypeVar("T")


class ImportedTarget:
    """A target of a user, whose errors are reported in one line that names it.

    What the target prints goes to standard error, because standard output is for the report.
    """

    def __init__(self, factory: str) -> None:
        """Import `package.module:Class` and call it without arguments; raises InputError if it gives no target.

        As with `python -m`, modules of the current folder can be imported.
        """
        self._name = f"python:{factory}"
        with redirect_stdout(sys.stderr):
            made = _made(self._name, _callable(self._name, *factory.split(":")))
            self._target, self._capabilities = _target(self._name, made)

    @property
    def name(self) -> str:
        """The target's name on the command line."""
        return self._name

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What the target can show, as it said when it was opened."""
        return self._capabilities

    def run(self, programs: Iterable[Program]) -> Iterator[Ran]:
        """Run each program on a fresh bus and yield it with its history, in order.

        Raises TargetError if the target raises, or if it yields anything but pairs of a program and its history.
        """
        ran = self._called("run", lambda: iter(self._target.run(programs)))
        end = object()
        while (each := self._called("run", lambda: next(ran, end))) is not end:
            match each:
                case (Program() as program, History() as history):
                    if problem := malformed(program, history):
                        raise TargetError(f"{self.name}: run yielded no history of program {program.id}: {problem}")
                    yield program, history
                case _:
                    raise TargetError(f"{self.name}: run yielded {_shortened(each)}, expected (Program, History)")

    def close(self) -> None:
        """Free what the target holds; raises TargetError if the target raises."""
        self._called("close", self._target.close)

    def _called(self, method: str, call: Callable[[], T]) -> T:
        try:
            with redirect_stdout(sys.stderr):
                return call()
        except PASSED_ON:
            raise
        except BaseException as error:
            raise TargetError(f"{self.name}: {method} raised {_error_text(error)}") from error


def _callable(name: str, module_name: str, attribute: str) -> Callable[[], object]:
    here = str(Path.cwd())
    if here not in sys.path and "" not in sys.path:
        sys.path.insert(0, here)
    try:
        found: object = importlib.import_module(module_name)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        raise InputError(f"{name}: {module_name} cannot be imported: {_error_text(error)}") from error
    for part in attribute.split("."):
        if not hasattr(found, part):
            raise InputError(f"{name}: {module_name} has no {attribute}")
        found = getattr(found, part)
    if not callable(found):
        raise InputError(f"{name}: {attribute} is {_shortened(found)}; expected a class or a function")
    return found


def _made(name: str, make: Callable[[], object]) -> object:
    try:
        return make()
    except PASSED_ON:
        raise
    except BaseException as error:
        raise InputError(f"{name}: calling it without arguments raised {_error_text(error)}") from error


def _target(name: str, made: object) -> tuple[Target, frozenset[Capability]]:
    """Return what was made as a target, with its capabilities, which may be computed."""
    try:
        if not _is_target(made):
            raise InputError(f"{name}: {_shortened(made)} is not a target: it has no {', no '.join(_lacking(made))}")
        capabilities: object = made.capabilities
    except PASSED_ON:
        raise
    except BaseException as error:
        raise InputError(f"{name}: reading its capabilities raised {_error_text(error)}") from error
    if not isinstance(capabilities, frozenset) or not all(isinstance(each, Capability) for each in capabilities):
        raise InputError(
            f"{name}: its capabilities are {_shortened(capabilities)}; expected a frozenset of Capability"
        )
    return made, capabilities


def _is_target(made: object) -> TypeGuard[Target]:
    return not list(_lacking(made))


def _lacking(made: object) -> Iterator[str]:
    for member in MEMBERS:
        if not hasattr(made, member) or (member in METHODS and not callable(getattr(made, member))):
            yield member


def _shortened(value: object) -> str:
    return reprlib.repr(value)


def _error_text(error: BaseException) -> str:
    """Return the kind and the text of an error of the user's code, and the place that raised it."""
    try:
        said = " ".join(str(error).split())
    except Exception:
        said = "an error without a text"
    text = f"{type(error).__name__}: {said[:LONGEST_ERROR_TEXT]}"
    outside = [each for each in traceback.extract_tb(error.__traceback__) if not _is_ours(each.filename)]
    return f"{text} ({outside[-1].filename}, line {outside[-1].lineno})" if outside else text


def _is_ours(file: str) -> bool:
    return file in (__file__, importlib.__file__) or file.startswith("<frozen ")
