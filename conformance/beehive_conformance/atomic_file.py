"""Writes files that appear only when they are complete."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from beehive_conformance.errors import InputError


@contextmanager
def complete_file(path: Path) -> Iterator[BinaryIO]:
    """Open a file for writing; it replaces `path` only if no error is raised.

    A symbolic link is kept and its target replaced. A device or a pipe is written to directly. Raises InputError if
    the file cannot be written, or if it is a pipe that nothing reads from.
    """
    try:
        with _existing(path) if path.exists() and not path.is_file() else _replacing(path.resolve()) as file:
            yield file
    except BrokenPipeError:
        # The reader of a pipe is gone; the entry point handles this.
        raise
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror}") from None


def _existing(path: Path) -> BinaryIO:
    # Without O_NONBLOCK, opening a pipe waits for a reader, which may never come; with it, that is an error.
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
    except OSError as error:
        if error.errno == errno.ENXIO and path.is_fifo():
            raise InputError(f"{path} is not a regular file, and nothing reads from the pipe") from None
        raise
    os.set_blocking(descriptor, True)
    return open(descriptor, "wb")


@contextmanager
def _replacing(path: Path) -> Iterator[BinaryIO]:
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with open(descriptor, "wb") as file:
            yield file
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(name, 0o666 & ~umask)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
