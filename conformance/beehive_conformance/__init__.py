"""The conformance suite: judges any implementation of beehive against the spec.

Import these names to judge a bus from Python code. Operations and outcomes are in `beehive_spec.vocabulary`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from beehive_spec.answers import Answers

    from beehive_conformance.checking.checker import Difference
    from beehive_conformance.checking.judge import Judge, Verdict, VerdictKind
    from beehive_conformance.deviations import OVERLAYS
    from beehive_conformance.deviations.overlay import Affects, Overlay, OverlayName
    from beehive_conformance.errors import InputError
    from beehive_conformance.programs.capability import Capability
    from beehive_conformance.programs.program import Program, ProgramId
    from beehive_conformance.programs.program_file import read_program
    from beehive_conformance.targets.sessions import run_sessions
    from beehive_conformance.targets.target import Event, NotAvailable, Ran, Session, Target, TargetError
    from beehive_conformance.testing import assert_conforms, conformance_machine

__all__ = [
    # targets
    "Target",
    "Session",
    "Event",
    "Capability",
    "Ran",
    "run_sessions",
    # programs
    "Program",
    "ProgramId",
    "read_program",
    # judging
    "Answers",
    "Judge",
    "Verdict",
    "VerdictKind",
    "Difference",
    "OVERLAYS",
    "Overlay",
    "OverlayName",
    "Affects",
    # tests
    "assert_conforms",
    "conformance_machine",
    # errors
    "InputError",
    "NotAvailable",
    "TargetError",
]

_MODULES = {
    "beehive_spec.answers": ("Answers",),
    "beehive_conformance.checking.checker": ("Difference",),
    "beehive_conformance.checking.judge": ("Judge", "Verdict", "VerdictKind"),
    "beehive_conformance.deviations": ("OVERLAYS",),
    "beehive_conformance.deviations.overlay": ("Affects", "Overlay", "OverlayName"),
    "beehive_conformance.errors": ("InputError",),
    "beehive_conformance.programs.capability": ("Capability",),
    "beehive_conformance.programs.program": ("Program", "ProgramId"),
    "beehive_conformance.programs.program_file": ("read_program",),
    "beehive_conformance.targets.sessions": ("run_sessions",),
    "beehive_conformance.targets.target": ("Event", "NotAvailable", "Ran", "Session", "Target", "TargetError"),
    "beehive_conformance.testing": ("assert_conforms", "conformance_machine"),
}
"""The modules that define the names, imported when a name is first used.

Importing everything at once takes several hundred milliseconds, and the command must be able to report a missing
library.
"""


def __getattr__(name: str) -> Any:
    for module, names in _MODULES.items():
        if name in names:
            return getattr(import_module(module), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
