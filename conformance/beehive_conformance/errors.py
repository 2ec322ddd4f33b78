"""Errors that are the user's to mend."""

from __future__ import annotations


class InputError(Exception):
    """What was given cannot be used; the text is one line: file, place, value, and what would be right."""
