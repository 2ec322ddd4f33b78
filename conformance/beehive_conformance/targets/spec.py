"""The specification of a target as one value; this is the only module that parses target names."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from beehive_go.errors import SourceError
from beehive_go.source import Checkout, ModuleSource, Release, checkout
from beehive_go.versions import NEWEST, is_version, versions

from beehive_conformance.deviations import OVERLAYS, OverlayName
from beehive_conformance.errors import InputError


class TargetKind(StrEnum):
    """The kinds of targets; the value is how the name of such a target begins."""

    CORE = "core"
    THREADS = "threads"
    THREADS_PREEMPT = "threads-preempt"
    AIO = "aio"
    AIO_VIEW = "aio-view"
    MODEL = "model"
    GO = "go"
    PYTHON = "python"


_NAMED_BY_KIND = frozenset(TargetKind) - {TargetKind.GO, TargetKind.PYTHON}
"""The kinds whose name needs nothing after it."""


@dataclass(frozen=True, slots=True)
class TargetSpec:
    """What is judged. `str` gives the name that the command line and reports use; `parse` reads it back.

    A Go target has a `version` of Go's beehive, such as `v1.13.0`, or a `checkout` of it. `factory` is a callable
    without arguments that returns a target, as `package.module:Class`. `overlays` are the deviations of a model.
    """

    kind: TargetKind
    version: str = ""
    checkout: Checkout | None = None
    factory: str = ""
    overlays: tuple[OverlayName, ...] = ()

    def __str__(self) -> str:
        match self.kind:
            case TargetKind.GO:
                return f"{self.kind}:{self.source}"
            case TargetKind.PYTHON:
                return f"{self.kind}:{self.factory}"
            case _:
                return "+".join((self.kind, *self.overlays))

    @property
    def source(self) -> ModuleSource:
        """What a Go target is built from."""
        return self.checkout or Release(self.version)

    @property
    def is_external(self) -> bool:
        """Whether this project neither made the implementation nor controls its scheduling.

        Two external implementations are compared as two versions of one thing. What they show may differ from run to
        run.
        """
        return self.kind in (TargetKind.GO, TargetKind.PYTHON)

    @classmethod
    def parse(cls, text: str) -> TargetSpec:
        """Return the target of this name; raises InputError that names the known ones.

        `reference` is `core`, and `go` is the newest version of Go's beehive with a measured baseline. A checkout is
        read, so the value stands for its content at this moment.
        """
        kind, _, rest = text.partition(":")
        if text == "reference":
            return cls(TargetKind.CORE)
        if text in _NAMED_BY_KIND:
            return cls(TargetKind(text))
        if kind == TargetKind.PYTHON:
            return cls(TargetKind.PYTHON, factory=_factory(text, rest))
        if text == TargetKind.GO:
            return cls(TargetKind.GO, NEWEST)
        if kind == TargetKind.GO and (os.sep in rest or rest.startswith(os.curdir)):
            return cls(TargetKind.GO, checkout=_checkout(rest))
        if kind == TargetKind.GO and is_version(rest):
            return cls(TargetKind.GO, rest)
        name, plus, overlays = text.partition("+")
        if name == TargetKind.MODEL and plus:
            return cls(TargetKind.MODEL, overlays=tuple(_overlays(text, overlays)))
        known = ", ".join(map(str, known_specs()))
        raise InputError(
            f"{text!r}: unknown target; known are {known}, model+OVERLAY, "
            "python:package.module:Class, reference, go, go:PATH, go:PATH@REVISION with a / in the path"
        )


def known_specs() -> Iterator[TargetSpec]:
    """Yield every target that can be listed: all but models with overlays, checkouts and classes of users."""
    for kind in TargetKind:
        if kind in _NAMED_BY_KIND:
            yield TargetSpec(kind)
    for version in reversed(versions()):
        yield TargetSpec(TargetKind.GO, version)


def _checkout(given: str) -> Checkout:
    try:
        return checkout(given)
    except SourceError as error:
        raise InputError(f"{TargetKind.GO}:{error}") from error


def _factory(text: str, factory: str) -> str:
    module, _, attribute = factory.partition(":")
    if not all(part.isidentifier() for name in (module, attribute) for part in name.split(".")):
        raise InputError(f"{text!r}: expected python:package.module:Class")
    return factory


def _overlays(text: str, names: str) -> Iterator[OverlayName]:
    for name in names.split("+"):
        if name not in OVERLAYS:
            raise InputError(f"{text!r}: unknown overlay {name!r}; known are {', '.join(OVERLAYS)}")
        yield OverlayName(name)
