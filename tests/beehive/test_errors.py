"""The errors: one root, fitting bases, and helpful texts."""

from __future__ import annotations

import pickle

import beehive
import pytest
from beehive import (
    AlreadyRegistered,
    BadMessage,
    BadModulesFile,
    BadTimeout,
    BeehiveError,
    Closed,
    DuplicateRequest,
    ModuleClosed,
    ModuleExists,
    NotAModule,
    NotRegistered,
    Timeout,
    UnknownGroup,
    UnknownModule,
    WouldBlock,
    WrongType,
)

ERRORS = [
    (UnknownModule("edged"), LookupError, "add_module('edged')"),
    (UnknownGroup("hub"), LookupError, "add_module_group(module, 'hub')"),
    (ModuleExists("edged"), ValueError, "clean_up('edged')"),
    (AlreadyRegistered("edged"), ValueError, "'edged'"),
    (NotAModule("x"), TypeError, "x"),
    (
        NotRegistered(("x",), ("a", "b"), "modules.yaml"),
        LookupError,
        "modules.yaml enables unregistered modules: 'x'",
    ),
    (BadMessage("x"), ValueError, "x"),
    (BadModulesFile("x"), ValueError, "x"),
    (DuplicateRequest("7"), ValueError, "'7'"),
    (BadTimeout("x"), ValueError, "x"),
    (Timeout("x"), TimeoutError, "x"),
    (WouldBlock("x"), Timeout, "x"),
    (WrongType("x"), TypeError, "x"),
    (Closed(), BeehiveError, "create a new ChannelContext"),
    (ModuleClosed("edged"), Closed, "'edged'"),
]


@pytest.mark.parametrize(("error", "base", "says"), ERRORS, ids=lambda value: type(value).__name__)
def test_an_error_has_its_built_in_base_a_helpful_text_and_can_be_pickled(
    error: BeehiveError, base: type[Exception], says: str
) -> None:
    assert isinstance(error, BeehiveError)
    assert isinstance(error, base)
    assert says in str(error)
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again)) == (type(error), str(error))


def test_every_public_error_is_tested_here() -> None:
    public = {getattr(beehive, name) for name in beehive.__all__}
    errors = {each for each in public if isinstance(each, type) and issubclass(each, Exception)}
    assert errors - {type(error) for error, _, _ in ERRORS} == {BeehiveError}
