"""A class of a user is a target, and what is wrong with it is said in one line."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from beehive_conformance.commands import command_line
from beehive_conformance.programs.program import Program
from beehive_conformance.targets.imported import ImportedTarget
from beehive_conformance.targets.target import TargetError
from beehive_spec.vocabulary import AddModule, ModuleName

TINY = ["--quick", "--examples", "20", "--workers", "1"]
ADDS = Program((AddModule(module=ModuleName("a")),))
MODULE = """\
import sys

import msgspec
from beehive_conformance.programs.capability import Capability
from beehive_conformance.targets.reference.core import CoreTarget
from beehive_conformance.targets.target import TargetError

number = 7


class Good(CoreTarget):
    class Inner(CoreTarget):
        pass


class NeedsAnArgument:
    def __init__(self, size):
        pass


class Raises:
    def __init__(self):
        raise KeyError("boom")


class Unavailable:
    def __init__(self):
        raise TargetError("no bus here")


class Closes:
    def close(self):
        pass


class NoMethods(CoreTarget):
    run = close = None


class Strings(CoreTarget):
    capabilities = {"logs"}


class Unpaired(CoreTarget):
    def run(self, programs):
        return (history for _, history in super().run(programs))


class Nothing(CoreTarget):
    def run(self, programs):
        return [None]


class Fails(CoreTarget):
    def run(self, programs):
        raise ValueError("two\\nlines")


class FailsToClose(CoreTarget):
    def close(self):
        raise OSError("closed before")


class LeavesAtOnce(CoreTarget):
    def __init__(self):
        sys.exit(0)


class LeavesWhileItRuns(CoreTarget):
    def run(self, programs):
        sys.exit(0)


class LeavesWhenClosed(CoreTarget):
    def close(self):
        sys.exit(0)


class LeavesWhenAsked(CoreTarget):
    @property
    def capabilities(self):
        sys.exit(0)


class Fundamental(CoreTarget):
    def run(self, programs):
        raise BaseException("rock bottom")


class WithoutText(Exception):
    def __str__(self):
        raise ValueError


class FailsWithoutText(CoreTarget):
    def run(self, programs):
        raise WithoutText


class Talks(CoreTarget):
    def __init__(self):
        super().__init__()
        print("made")

    def run(self, programs):
        for ran in super().run(programs):
            print("ran")
            yield ran


def changed(change):
    class Changed(CoreTarget):
        def run(self, programs):
            for program, history in super().run(programs):
                yield program, msgspec.structs.replace(history, **change(history))

    return Changed


def returning(**change):
    def in_the_first_step(history):
        ((seen,), *others) = history.steps
        returned = tuple(msgspec.structs.replace(each, **change) for each in seen.returned)
        return {"steps": ((msgspec.structs.replace(seen, returned=returned),), *others)}

    return changed(in_the_first_step)


WithoutOutcome = returning(outcome=None)
Fractional = returning(ms=0.5)
Late = returning(ms=10**30)
Stranger = returning(operation=7)
Dead = changed(lambda history: {"died": "dead"})
Double = changed(lambda history: {"steps": history.steps * 2})
Silent = changed(lambda history: {"steps": ()})
Hollow = changed(lambda history: {"steps": ((),) * len(history.steps)})
Never = changed(
    lambda history: {"steps": tuple((msgspec.structs.replace(each, times=0),) for (each,) in history.steps)}
)
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Make a folder with modules of a user the current one, and forget them afterwards."""
    tmp_path.joinpath("users_bus.py").write_text(MODULE)
    tmp_path.joinpath("broken_bus.py").write_text("import users_bus\n\nusers_bus.nothing\n")
    tmp_path.joinpath("leaving_bus.py").write_text("raise SystemExit(3)\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [each for each in sys.path if each])
    yield tmp_path
    for name in ("users_bus", "broken_bus", "leaving_bus"):
        sys.modules.pop(name, None)


@pytest.mark.parametrize("factory", ["users_bus:Good", "users_bus:Good.Inner"])
def test_a_class_of_the_current_folder_is_judged(factory: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line(["run", f"python:{factory}", *TINY, "--baseline", "core"]) == 0
    assert capsys.readouterr().out.startswith(f"python:{factory} conforms (")


def test_a_class_is_judged_in_several_processes(capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line(["run", "python:users_bus:Good", *TINY, "--workers", "2", "--baseline", "core"]) == 0
    assert capsys.readouterr().out.startswith("python:users_bus:Good conforms (")


@pytest.mark.parametrize(
    ("factory", "error"),
    [
        ("no_bus:Good", "no_bus cannot be imported: ModuleNotFoundError: No module named 'no_bus'"),
        (
            "users_bus.inner:Good",
            "users_bus.inner cannot be imported: ModuleNotFoundError: No module named 'users_bus",
        ),
        ("broken_bus:Good", "broken_bus cannot be imported: AttributeError: module 'users_bus' has no attribute"),
        ("leaving_bus:Good", "leaving_bus cannot be imported: SystemExit: 3 ("),
        ("users_bus:Better", "users_bus has no Better"),
        ("users_bus:Good.Outer", "users_bus has no Good.Outer"),
        ("users_bus:number", "number is 7; expected a class or a function"),
        ("users_bus:NeedsAnArgument", "calling it without arguments raised TypeError: "),
        ("users_bus:Raises", "calling it without arguments raised KeyError: 'boom' ("),
        ("users_bus:Unavailable", "no bus here"),
        ("users_bus:Closes", "is not a target: it has no name, no capabilities, no run"),
        ("users_bus:NoMethods", "is not a target: it has no run, no close"),
        ("users_bus:LeavesAtOnce", "calling it without arguments raised SystemExit: 0 ("),
        ("users_bus:LeavesWhenAsked", "reading its capabilities raised SystemExit: 0 ("),
        ("users_bus:Strings", "its capabilities are {'logs'}; expected a frozenset of Capability"),
    ],
)
def test_what_is_no_target_is_an_error_of_one_line(
    factory: str, error: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command_line(["run", f"python:{factory}", *TINY]) == 2
    captured = capsys.readouterr()
    line = captured.err or captured.out.splitlines()[0]
    assert len(captured.err.splitlines()) <= 1
    assert f"python:{factory}" in line
    assert error in line


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("Unpaired", r"users_bus:Unpaired: run yielded History\(.*, expected \(Program, History\)"),
        ("Nothing", r"users_bus:Nothing: run yielded None, expected \(Program, History\)"),
        ("LeavesWhileItRuns", r"users_bus:LeavesWhileItRuns: run raised SystemExit: 0 \(.*users_bus\.py, line \d+\)"),
        ("Fundamental", r"users_bus:Fundamental: run raised BaseException: rock bottom \("),
        ("FailsWithoutText", r"users_bus:FailsWithoutText: run raised WithoutText: an error without a text \("),
        ("Fails", r"users_bus:Fails: run raised ValueError: two lines \(.*users_bus\.py, line \d+\)"),
    ],
)
def test_a_target_that_does_not_run_as_a_target_cannot_be_judged(name: str, error: str) -> None:
    with pytest.raises(TargetError, match=error):
        list(ImportedTarget(f"users_bus:{name}").run([ADDS]))
    assert command_line(["run", f"python:users_bus:{name}", *TINY]) == 2


def test_a_target_that_cannot_be_closed_is_an_error() -> None:
    with pytest.raises(TargetError, match=r"close raised OSError: closed before \(.*users_bus\.py, line \d+\)"):
        ImportedTarget("users_bus:FailsToClose").close()


def test_a_target_that_leaves_when_it_is_closed_does_not_end_the_suite() -> None:
    with pytest.raises(TargetError, match=r"LeavesWhenClosed: close raised SystemExit: 0 \("):
        ImportedTarget("users_bus:LeavesWhenClosed").close()


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("WithoutOutcome", r"Expected `object`, got `None`.*"),
        ("Fractional", r"Expected `int`, got `float`.*"),
        ("Late", r".*ints.*"),
        ("Stranger", "operation 7 returned in step 1, expected one of 1 to 1"),
        ("Dead", r"Expected `object \| null`, got `str`.*"),
        ("Double", "2 steps were seen, the program has 1"),
        ("Silent", "0 of 1 steps were seen, and `died` is not set"),
        ("Hollow", "step 1 has 0 values of Seen, expected one"),
        ("Never", "step 1 was seen 0 times, expected 1 or more"),
    ],
)
def test_a_history_that_is_none_is_an_error_of_the_target(name: str, problem: str) -> None:
    with pytest.raises(
        TargetError, match=f"^python:users_bus:{name}: run yielded no history of program .*: {problem}$"
    ):
        list(ImportedTarget(f"users_bus:{name}").run([ADDS]))


def test_what_a_target_prints_does_not_get_into_the_report(capsys: pytest.CaptureFixture[str]) -> None:
    command = ["run", "python:users_bus:Talks", "--only", "RECV-4", "--workers", "1", "--json", "--baseline", "core"]
    assert command_line(command) == 0
    captured = capsys.readouterr()
    assert {line[:1] for line in captured.out.splitlines()} == {"{"}
    assert set(captured.err.splitlines()) == {"made", "ran"}
