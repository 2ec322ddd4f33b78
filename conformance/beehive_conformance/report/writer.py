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
    if path.exists() and not path.is_file():
        try:
            with _opened(path) as file:
                yield file
        except BrokenPipeError:
            raise
        except OSError as error:
            raise InputError(f"{path}: cannot be written: {error.strerror}") from None
        return
    path = path.resolve()
    try:
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror}") from None
    try:
        with open(descriptor, "wb") as file:
            yield file
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(name, 0o666 & ~umask)
        os.replace(name, path)
    except BaseException as error:
        Path(name).unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise InputError(f"{path}: cannot be written: {error.strerror}") from None
        raise


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("wb")
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror}") from None
