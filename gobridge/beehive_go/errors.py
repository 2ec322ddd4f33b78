"""What can go wrong with a worker that is no fault of the implementation in it."""

from __future__ import annotations


class BuildError(Exception):
    """The worker cannot be built; the text is one sentence that says why."""


class NoGo(BuildError):
    """There is no Go and none can be installed, so the build itself has not failed."""


class WorkerError(Exception):
    """The worker failed, which says nothing about the implementation in it."""
