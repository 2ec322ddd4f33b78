"""Errors that the user can fix."""

from __future__ import annotations


class InputError(Exception):
    """The input cannot be used; the text is one line: file, place, value, and what would be valid."""
