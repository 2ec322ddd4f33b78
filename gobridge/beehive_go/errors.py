"""Errors of a worker that are not faults of the implementation in it."""

from __future__ import annotations


class BuildError(Exception):
    """The worker cannot be built; the text is one sentence that says why."""


class CommandError(BuildError):
    """A command failed; the text has the last line of what it wrote to standard error, `complaint` has all of it."""

    def __init__(self, command: str, complaint: str) -> None:
        super().__init__(f"{command} failed: {complaint.splitlines()[-1].strip()}")
        self.complaint = complaint


class NoGo(BuildError):
    """Go is not available and cannot be installed; the build itself has not failed."""


class NotServed(BuildError):
    """No module proxy gives out the version; the build itself has not failed."""


class SourceError(BuildError):
    """There is no such module, revision or content to be judged."""


class WorkerError(Exception):
    """The worker failed, which says nothing about the implementation in it."""


def printable(text: str) -> str:
    """Return a path or a message as it is, or with quotes and escapes if it has characters that cannot be printed."""
    return text if text.isprintable() else ascii(text)
