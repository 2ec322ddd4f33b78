"""What the suite knows about each target: its description, whether it is available, its baseline, how to open it."""

from __future__ import annotations

from typing import assert_never

from beehive_go.errors import printable
from beehive_go.versions import NEWEST, versions
from beehive_spec.answers import Answers

from beehive_conformance.deviations import OVERLAYS
from beehive_conformance.deviations.baselines import DEFAULT_ANSWERS, Baseline, baseline_without_file, baselines
from beehive_conformance.targets.spec import TargetKind, TargetSpec
from beehive_conformance.targets.target import Readiness, Target

NO_REGISTRATION = "no registration: each module decides itself whether it is enabled, and no modules.yaml is read"


def description(spec: TargetSpec) -> str:
    """Return what a target is, in one phrase."""
    match spec.kind:
        case TargetKind.CORE:
            return "the reference without threads, on virtual time"
        case TargetKind.THREADS:
            return "the reference's bus for threads, on real threads and virtual time"
        case TargetKind.THREADS_PREEMPT:
            return "the same, with threads preempted at random source lines"
        case TargetKind.AIO:
            return "the reference's bus for asyncio, on virtual time"
        case TargetKind.AIO_VIEW:
            return "one bus for threads and asyncio, on virtual time"
        case TargetKind.MODEL if spec.overlays:
            return f"the model with a fault: {', '.join(OVERLAYS[name].title for name in spec.overlays)}"
        case TargetKind.MODEL:
            return "the spec's model, as if it were an implementation"
        case TargetKind.GO if spec.checkout is not None:
            return f"KubeEdge's Go beehive as in {printable(str(spec.checkout.folder))}"
        case TargetKind.GO:
            default = ", named go" if spec.version == NEWEST else ""
            return f"KubeEdge's Go beehive {spec.version}{default}"
        case TargetKind.PYTHON:
            return f"the bus behind {spec.factory}"
        case _:
            assert_never(spec.kind)


def limitation(spec: TargetSpec) -> str:
    """Return which part of the spec a target does not have and why, or an empty string."""
    return NO_REGISTRATION if spec.kind is TargetKind.GO else ""


def unmeasured(spec: TargetSpec) -> str:
    """Return that a Go target without a recorded baseline is measured before it is judged, or an empty string."""
    if spec.kind is not TargetKind.GO or str(spec) in baselines():
        return ""
    return "without a baseline: measured before it is judged"


def readiness(spec: TargetSpec) -> Readiness:
    """Return whether a target is available here; builds, downloads and imports nothing of the target."""
    if spec.kind is not TargetKind.GO:
        return Readiness()
    from beehive_conformance.targets.go import worker_readiness

    return worker_readiness(spec.source)


def recorded_baseline(spec: TargetSpec) -> Baseline | None:
    """Return the recorded answers and records of a target, or None if its answers have to be measured.

    The project's own buses have the default answers and no records, and so has the model, except that one with
    overlays has answers under which they can be seen. Raises InputError if the file of a baseline is invalid.
    """
    recorded = baselines().get(str(spec))
    if recorded is not None or spec.is_external:
        return recorded
    return baseline_without_file(str(spec), spec.overlays)


def related_baseline(spec: TargetSpec) -> Baseline | None:
    """Return the baseline of the newest measured version of the same implementation, or None if there is none."""
    if spec.kind is not TargetKind.GO:
        return None
    names = (str(TargetSpec(TargetKind.GO, version)) for version in reversed(versions()))
    return next((baselines()[name] for name in names if name in baselines()), None)


def open_target(spec: TargetSpec, answers: Answers = DEFAULT_ANSWERS) -> Target:
    """Open a target; a model behaves according to `answers`. Raises InputError if a class is not a target.

    The imports are here because most commands open one target: they save the imports of the others.
    """
    match spec.kind:
        case TargetKind.CORE:
            from beehive_conformance.targets.reference.core import CoreTarget

            return CoreTarget()
        case TargetKind.THREADS:
            from beehive_conformance.targets.reference.threads import ThreadsTarget

            return ThreadsTarget()
        case TargetKind.THREADS_PREEMPT:
            from beehive_conformance.targets.reference.preempt import PreemptedTarget

            return PreemptedTarget()
        case TargetKind.AIO:
            from beehive_conformance.targets.reference.aio import AioTarget

            return AioTarget()
        case TargetKind.AIO_VIEW:
            from beehive_conformance.targets.reference.aio import AioViewTarget

            return AioViewTarget()
        case TargetKind.MODEL:
            from beehive_conformance.targets.model import ModelTarget

            return ModelTarget(answers, tuple(OVERLAYS[name] for name in spec.overlays))
        case TargetKind.GO:
            from beehive_conformance.targets.go import GoTarget

            return GoTarget(spec.source)
        case TargetKind.PYTHON:
            from beehive_conformance.targets.imported import ImportedTarget

            return ImportedTarget(spec.factory)
        case _:
            assert_never(spec.kind)
