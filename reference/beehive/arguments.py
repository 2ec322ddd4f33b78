"""Checks of arguments: what has the wrong type is refused before anything changes."""

from __future__ import annotations

from collections.abc import Iterable

from beehive.errors import WrongType
from beehive.message import AnyMessage, Message

_LONGEST = 60
"""How many characters of a wrong argument an error shows."""


def check_message(message: AnyMessage) -> None:
    """Raise WrongType unless the argument is a Message."""
    if not isinstance(message, Message):
        raise WrongType(f"{described(message)} is not a message; send beehive.Message(content)")


def check_name(name: str, kind: str) -> None:
    """Raise WrongType unless the name of a module or group, which is its `kind`, is a string."""
    if not isinstance(name, str):
        raise WrongType(f"the name of the {kind} is {described(name)}; it must be a string")


def check_id(value: str, what: str) -> None:
    """Raise WrongType unless an id in a header is a string."""
    if not isinstance(value, str):
        raise WrongType(f"the {what} of the message is {described(value)}; it must be a string")


def given_names(given: str | Iterable[str], kind: str) -> tuple[str, ...]:
    """Return the names of modules or groups, given as one name or several; raises WrongType if one is no string."""
    # A str is an iterable of strings, too, but a name per character is never meant.
    if isinstance(given, str):
        return (given,)
    if not isinstance(given, Iterable):
        raise WrongType(f"the {kind}s are {described(given)}; they must be a string or an iterable of strings")
    found = tuple(given)
    for name in found:
        check_name(name, kind)
    return found


def described(value: object) -> str:
    """Return a short text for a value that has the wrong type."""
    try:
        text = repr(value)
    except Exception:
        text = "an object"
    text = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
    return f"{text} (of type {type(value).__name__})"
