"""Errors of a worker that are not faults of the implementation in it."""

from __future__ import annotations


class BuildError(Exception):
    """The worker cannot be built; the text is one sentence that says why."""


class NoGo(BuildError):
    """Go is not available and cannot be installed; the build itself has not failed."""


class WorkerError(Exception):
    """The worker failed, which says nothing about the implementation in it."""
