"""What each package offers."""

import importlib

import beehive
import pytest
from sources import FOLDERS, modules


def test_the_reference_offers_what_it_says() -> None:
    assert len(set(beehive.__all__)) == len(beehive.__all__)
    assert all(hasattr(beehive, name) for name in beehive.__all__)
    assert "ChannelContext" in beehive.__all__


def test_every_error_of_the_reference_has_one_root() -> None:
    offered = [getattr(beehive, name) for name in beehive.__all__]
    errors = [each for each in offered if isinstance(each, type) and issubclass(each, Exception)]
    assert errors
    assert all(issubclass(each, beehive.BeehiveError) for each in errors)


@pytest.mark.parametrize("package", sorted(FOLDERS))
def test_a_package_says_in_one_plain_sentence_what_it_is(package: str) -> None:
    text = importlib.import_module(package).__doc__ or ""
    assert text.strip().splitlines()[0].endswith(".")


@pytest.mark.parametrize("name", sorted(modules()))
def test_every_module_begins_with_a_docstring(name: str) -> None:
    first = modules()[name].tree.body[0]
    assert type(first).__name__ == "Expr", f"{modules()[name].path} has no docstring"
