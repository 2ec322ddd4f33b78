"""What each package offers."""

import importlib
import inspect
import subprocess
import sys
import types
import typing
from collections.abc import Iterator

import beehive
import beehive_conformance
import pytest
from sources import FOLDERS, ROOT, modules


def test_the_reference_offers_what_it_says() -> None:
    assert len(set(beehive.__all__)) == len(beehive.__all__)
    assert all(hasattr(beehive, name) for name in beehive.__all__)
    assert "ChannelContext" in beehive.__all__


def test_every_error_of_the_reference_has_one_root() -> None:
    offered = [getattr(beehive, name) for name in beehive.__all__]
    errors = [each for each in offered if isinstance(each, type) and issubclass(each, Exception)]
    assert errors
    assert all(issubclass(each, beehive.BeehiveError) for each in errors)


SUITE = {name: getattr(beehive_conformance, name) for name in beehive_conformance.__all__}


def mentioned(annotation: object) -> Iterator[object]:
    """Yield every class and every NewType of the suite in an annotation."""
    if isinstance(annotation, types.GenericAlias) or typing.get_args(annotation):
        for part in typing.get_args(annotation):
            yield from mentioned(part)
    elif isinstance(annotation, list):
        for part in annotation:
            yield from mentioned(part)
    elif getattr(annotation, "__module__", "").startswith("beehive_conformance."):
        yield annotation


def annotations(offered: object) -> Iterator[object]:
    """Yield the annotations of a function, or of the fields and public methods of a class."""
    if inspect.isfunction(offered):
        yield from typing.get_type_hints(offered).values()
    elif inspect.isclass(offered):
        yield from typing.get_type_hints(offered).values()
        for name, member in vars(offered).items():
            function = member.fget if isinstance(member, property) else member
            if inspect.isfunction(function) and (name == "__init__" or not name.startswith("_")):
                yield from typing.get_type_hints(function).values()


def test_the_suite_offers_what_it_says() -> None:
    assert len(SUITE) == len(beehive_conformance.__all__)
    assert dir(beehive_conformance) == sorted(SUITE)
    with pytest.raises(AttributeError, match="no attribute 'Harness'"):
        getattr(beehive_conformance, "Harness")  # noqa: B009  # the checker of types knows that it is not there


@pytest.mark.parametrize("name", beehive_conformance.__all__)
def test_the_suite_offers_every_type_of_its_own_that_a_name_of_it_mentions(name: str) -> None:
    needed = {each for annotation in annotations(SUITE[name]) for each in mentioned(annotation)}
    assert {str(each) for each in needed if each not in SUITE.values()} == set()


def test_what_a_protocol_mentions_is_found() -> None:
    found = {each for annotation in annotations(SUITE["Target"]) for each in mentioned(annotation)}
    assert {SUITE["Capability"], SUITE["Program"]} <= found


def test_the_checker_of_types_sees_the_same_names_of_the_suite() -> None:
    (block,) = (each for each in modules()["beehive_conformance"].tree.body if type(each).__name__ == "If")
    seen = {alias.name for node in block.body for alias in node.names}  # type: ignore[attr-defined]  # imports only
    assert seen == set(SUITE)


def test_the_suite_is_imported_with_the_standard_library_alone() -> None:
    code = "import sys, beehive_conformance; print(*{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run(
        [sys.executable, "-S", "-c", code],
        cwd=ROOT,
        env={"PYTHONPATH": FOLDERS["beehive_conformance"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert set(done.stdout.split()) - set(sys.stdlib_module_names) == {"__main__", "beehive_conformance"}, done.stderr


@pytest.mark.parametrize("package", sorted(FOLDERS))
def test_a_package_says_in_one_plain_sentence_what_it_is(package: str) -> None:
    text = importlib.import_module(package).__doc__ or ""
    assert text.strip().splitlines()[0].endswith(".")


@pytest.mark.parametrize("name", sorted(modules()))
def test_every_module_begins_with_a_docstring(name: str) -> None:
    first = modules()[name].tree.body[0]
    assert type(first).__name__ == "Expr", f"{modules()[name].path} has no docstring"
