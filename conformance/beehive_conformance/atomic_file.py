"""Writes a report: to a file, which appears only when it is complete, or to a stream as it comes."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from beehive_conformance.errors import InputError


@contextmanager
def complete_file(path: Path) -> Iterator[BinaryIO]:
    """Open a file that takes its place only if nothing fails; raises InputError if it cannot be written.

    A link stays a link. A device or a pipe is written to as it is, since nothing can take its place.
    """
    try:
        with path.open("wb") if path.exists() and not path.is_file() else _replacing(path.resolve()) as file:
            yield file
    except BrokenPipeError:
        # Whoever read from a pipe has gone; the command line knows what to do then.
        raise
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror}") from None


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
