"""How far the spec and the targets were checked; docs/validation.md has the circumstances of each figure."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Extent(StrEnum):
    """How much of what could happen a check has covered."""

    PROVED = "proved"
    """For programs of every length."""
    WHOLE = "explored whole"
    """Every program up to a length, over an alphabet of steps."""
    SAMPLED = "sampled"
    """Random programs, with recorded seeds."""
    UNCHECKED = "not checked"


class Check(NamedTuple):
    """One check: how much it covers, what was done, with what outcome, and the command that repeats it."""

    extent: Extent
    what: str
    outcome: str
    command: str = ""


NOTHING_PROVED = "nothing: no statement on this page is proved for programs of every length."
CHECKS: tuple[Check, ...] = (
    Check(
        Extent.WHOLE,
        "the reference: all 302,787 programs of up to 4 steps over an alphabet of 24, and each of the 149,194 edges"
        " of the automaton within 6 steps",
        "454,800 programs, none unexplained; before the clause RESP-4",
        "beehive-conformance explore core --length 4 --cover 6",
    ),
    Check(
        Extent.WHOLE,
        "Go v1.13.0: all 425,795 programs of up to 4 steps over an alphabet of 26, and each of the 1,113,132 edges"
        " within 6 steps",
        "1,484,052 programs; all conform or deviate as recorded; before the clause RESP-4",
        "beehive-conformance explore go:v1.13.0 --length 4 --cover 6",
    ),
    Check(
        Extent.SAMPLED,
        "the reference and the model: scenarios, programs of up to 3 steps and 5,000 random programs",
        "17,262 programs each conform",
        "beehive-conformance run core",
    ),
    Check(
        Extent.SAMPLED,
        "Go v1.13.0: 50,000 random programs, besides the scenarios and all programs of up to 4 steps",
        "475,938 programs, none unexplained; before the clause RESP-4",
        "beehive-conformance run go --thorough --seed 1",
    ),
    Check(
        Extent.SAMPLED,
        "the bus on real threads that are preempted at random source lines",
        "17,312 programs conform",
        "beehive-conformance run threads-preempt --seed 1",
    ),
    Check(Extent.UNCHECKED, "preemption between two statements of Go", "every Go operation runs until it blocks"),
    Check(Extent.UNCHECKED, "Go outside the channel context", "package functions, registration, sockets"),
    Check(Extent.UNCHECKED, "registration on Go", "judged on the reference and the model only"),
    Check(Extent.UNCHECKED, "the reference with bounded channels", "it is judged without a bound"),
)
"""Every figure is in docs/validation.md, which a test compares."""
