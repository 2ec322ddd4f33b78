"""Reads files whose size is bounded; what may never end, such as a pipe or a device, is not read."""

from __future__ import annotations

from pathlib import Path
from stat import S_ISDIR, S_ISREG

from beehive_conformance.errors import InputError


def check_regular(path: Path) -> None:
    """Raise InputError if there is something at `path` that is not a regular file, or that cannot be looked at."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return
    except (OSError, ValueError) as error:
        raise InputError(f"{_name(path)}: cannot be read: {_reason(error)}") from None
    if S_ISDIR(mode):
        raise InputError(f"{_name(path)} is a directory; give a file")
    if not S_ISREG(mode):
        raise InputError(f"{_name(path)} is not a regular file")


def content_of(path: Path, largest: int) -> bytes:
    """Return the content of a regular file of at most `largest` bytes.

    Raises InputError if it is not a regular file, is larger, or cannot be read.
    """
    # Opening a pipe waits for its writer, so the kind of the file is looked at first.
    check_regular(path)
    try:
        with path.open("rb") as file:
            content = file.read(largest + 1)
    except (OSError, ValueError) as error:
        raise InputError(f"{_name(path)}: cannot be read: {_reason(error)}") from None
    if len(content) > largest:
        raise InputError(f"{_name(path)}: is larger than {largest} bytes")
    return content


def _name(path: Path) -> str:
    return str(path) if str(path).isprintable() else ascii(str(path))


def _reason(error: OSError | ValueError) -> str:
    return (error.strerror or str(error)) if isinstance(error, OSError) else str(error)
