"""The module under judgment: its path and its released versions."""

from __future__ import annotations

import re

MODULE = "github.com/kubeedge/beehive"
"""The import path of the module."""
STAGING = f"staging/src/{MODULE}"
"""Where a checkout of kubeedge has the module."""
NEWEST = "v1.13.0"
"""The version that is judged if none is named: the newest one with a measured baseline."""
_VERSIONS = (
    "v0.0.0-20201125122335-cd19bca6e436",
    "v1.7.0",
    "v1.8.0",
    "v1.9.0",
    "v1.10.0",
    "v1.11.0",
    "v1.12.0",
    "v1.13.0",
    "v1.23.0",
)

_VERSION = re.compile(r"v\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+incompatible)?")


def versions() -> tuple[str, ...]:
    """Return the versions that are listed, the newest last; others can be named as well.

    A module proxy may refuse some of them.
    """
    return _VERSIONS


def is_version(text: str) -> bool:
    """Return whether a text has the form of a version of a Go module."""
    return _VERSION.fullmatch(text) is not None
