"""Why a worker cannot be had here."""

from __future__ import annotations


class BuildError(Exception):
    """The worker cannot be built here; the text is one sentence that says why."""


class NoGo(BuildError):
    """What a build needs is not here and cannot be had, which is no fault of the build."""
