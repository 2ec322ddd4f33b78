"""The targets that the command line knows by name, and whether they can be had here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

from beehive_go.build import NEWEST, versions
from beehive_spec.answers import Answers

from beehive_conformance.deviations import OVERLAYS, OverlayName
from beehive_conformance.errors import InputError
from beehive_conformance.targets.target import Readiness, Target

NO_REGISTRATION = "no registration: modules say themselves whether they are enabled, and no modules.yaml is read"


class Entry(NamedTuple):
    """A target that can be opened.

    `missing` says why it cannot be had here, or returns None, and `readiness` what would be done first; they
    build nothing. `is_measured` tells that what it shows may differ from run to run, so that reports keep it
    apart. `is_implementation` is what two versions of Go are, as against the reference and the model. `lacks`
    says what of the spec it does not have, and why.
    """

    name: str
    description: str
    open: Callable[[], Target]
    missing: Callable[[], str | None]
    is_measured: bool = False
    is_implementation: bool = False
    lacks: str = ""
    readiness: Callable[[], Readiness] = Readiness


def find(name: str, answers: Answers | None = None) -> Entry:
    """Return the target of this name; raises InputError naming the known ones.

    `answers` are those of a model; other targets have their own.
    """
    aliases = {"reference": "core", "go": f"go:{NEWEST}"}
    name = aliases.get(name, name)
    family, found, overlay = name.partition("+")
    if family == "model":
        if found and overlay not in OVERLAYS:
            known = ", ".join(OVERLAYS) or "none"
            raise InputError(f"{name!r}: there is no deviation {overlay!r}; known are {known}")
        return _model(OverlayName(overlay), Answers() if answers is None else answers)
    for entry in entries():
        if entry.name == name:
            return entry
    known = ", ".join(entry.name for entry in entries())
    raise InputError(f"{name!r}: there is no such target; known are {known}, model+NAME and {', '.join(aliases)}")


def entries() -> Iterator[Entry]:
    """Yield every target, without the models that have a deviation laid over them."""
    yield Entry("core", "the reference without threads, on virtual time", _core, _nothing)
    yield Entry("threads", "the reference's bus for threads, on real threads and virtual time", _threads, _nothing)
    yield Entry("threads-preempt", "the same, with threads preempted at drawn source lines", _preempt, _nothing)
    yield Entry("aio", "the reference's bus for asyncio, on virtual time", _aio, _nothing)
    yield Entry("aio-view", "one bus for threads and asyncio, on virtual time", _aio_view, _nothing)
    yield _model(OverlayName(""), Answers())
    for version in reversed(versions()):
        text = f"KubeEdge's Go beehive {version}" + (", the newest" if version == NEWEST else "")
        yield Entry(
            f"go:{version}",
            text,
            partial(_go, version),
            partial(_no_go, version),
            is_measured=True,
            is_implementation=True,
            lacks=NO_REGISTRATION,
            readiness=partial(_go_readiness, version),
        )


def _core() -> Target:
    from beehive_conformance.targets.reference.core import CoreTarget

    return CoreTarget()


def _threads() -> Target:
    from beehive_conformance.targets.reference.threads import ThreadsTarget

    return ThreadsTarget()


def _preempt() -> Target:
    from beehive_conformance.targets.reference.preempt import PreemptedTarget

    return PreemptedTarget()


def _aio() -> Target:
    from beehive_conformance.targets.reference.aio import AioTarget

    return AioTarget()


def _aio_view() -> Target:
    from beehive_conformance.targets.reference.aio import AioViewTarget

    return AioViewTarget()


def _model(overlay: OverlayName, answers: Answers) -> Entry:
    def open_model() -> Target:
        from beehive_conformance.targets.model import ModelTarget

        return ModelTarget(answers, (OVERLAYS[overlay],) if overlay else ())

    if not overlay:
        return Entry("model", "the spec's model, as if it were an implementation", open_model, _nothing)
    title = OVERLAYS[overlay].title
    return Entry(f"model+{overlay}", f"the model with a fault: {title}", open_model, _nothing)


def _go(version: str) -> Target:
    from beehive_conformance.targets.go import GoTarget

    return GoTarget(version)


def _no_go(version: str) -> str | None:
    return _go_readiness(version).missing or None


def _go_readiness(version: str) -> Readiness:
    from beehive_conformance.targets.go import readiness

    return readiness(version)


def _nothing() -> str | None:
    return None
