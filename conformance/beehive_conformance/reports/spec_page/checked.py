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
    """One check: how much it covers, what was done, with what outcome, the command, and the commit that was run."""

    extent: Extent
    what: str
    outcome: str
    command: str = ""
    commit: str = ""


NOTHING_PROVED = "nothing: no statement on this page is proved for programs of every length."
CHECKS: tuple[Check, ...] = (
    Check(
        Extent.WHOLE,
        "the reference: all 302,787 programs of up to 4 steps over an alphabet of 24, and each of the 149,194 edges"
        " of the automaton within 6 steps",
        "454,800 programs, all of which conform",
        "beehive-conformance explore core --length 4 --cover 6",
        "6cbe584",
    ),
    Check(
        Extent.WHOLE,
        "Go v1.13.0: all 425,795 programs of up to 4 steps over an alphabet of 26, and each of the 1,113,132 edges"
        " within 6 steps",
        "1,484,052 programs; all conform or deviate as recorded; before RESP-4 and REG-6 were added",
        "beehive-conformance explore go:v1.13.0 --length 4 --cover 6",
        "ef6d91f",
    ),
    Check(
        Extent.WHOLE,
        "the model: 25 invariants in every move and every state of all programs of up to 4 steps over an alphabet of"
        " 36, under the answers of the reference",
        "98,266 moves, 74,117 states, no violation",
        "pytest tests/beehive_conformance/test_model_states.py tests/beehive_conformance/test_simulation.py",
        "ac9476f",
    ),
    Check(
        Extent.WHOLE,
        "the model: the same under the answers of Go v1.13.0, with channels that hold two messages",
        "243,456 moves, 182,094 states, no violation",
        "pytest tests/beehive_conformance/test_model_states.py tests/beehive_conformance/test_simulation.py",
        "ac9476f",
    ),
    Check(
        Extent.WHOLE,
        "the model: the same for programs of up to 3 steps, under 50 drawn sets of answers",
        "967,593 moves, 821,398 states, no violation",
        "pytest tests/beehive_conformance/test_model_states.py tests/beehive_conformance/test_simulation.py",
        "ac9476f",
    ),
    Check(
        Extent.WHOLE,
        "a second model in TLA+, written from the chapters alone: 13 invariants in every state, and what is observed"
        " in all its 2,548 programs compared with the model, under six sets of answers",
        "10,981 to 13,196 states, no violation; 2,750 to 2,918 behaviours, the same in both",
        "make tla",
        "a1ffa9b",
    ),
    Check(
        Extent.SAMPLED,
        "the core of the reference follows the model move by move: 12,000 random programs, 251,573 steps",
        "no violation",
        "pytest tests/beehive_conformance/test_model_states.py tests/beehive_conformance/test_simulation.py",
        "ac9476f",
    ),
    Check(
        Extent.SAMPLED,
        "the reference: 237 scenarios, 12,118 programs of up to 3 steps and 5,000 random ones",
        "17,355 programs, all of which conform",
        "beehive-conformance run core",
        "6991498",
    ),
    Check(
        Extent.SAMPLED,
        "the model, judged like an implementation, with the same programs",
        "17,355 programs, all of which conform",
        "beehive-conformance run model",
        "6991498",
    ),
    Check(
        Extent.SAMPLED,
        "the reference on real threads that are preempted at random source lines: scenarios, programs of up to 3"
        " steps and random ones",
        "17,355 programs, all of which conform",
        "beehive-conformance run threads-preempt --seed 1",
        "4cb4079",
    ),
    Check(
        Extent.SAMPLED,
        "Go v1.13.0, with the programs of the reference and others that suit its answers",
        "21,026 programs: 16,351 conform, 4,656 deviate as recorded, 19 need registration and are not judged",
        "beehive-conformance compare reference go",
        "6991498",
    ),
    Check(
        Extent.SAMPLED,
        "Go v1.13.0: 50,000 random programs, besides the scenarios and all programs of up to 4 steps",
        "475,938 programs, none unexplained; before MSG-5, SYNC-8, OVER-6, REG-5 and later clauses were added",
        "beehive-conformance run go --thorough --seed 1",
        "73fc01f",
    ),
    Check(
        Extent.SAMPLED,
        "void questions: programs of up to 4 steps under each case, with the other answers drawn",
        "no two answers are distinguished",
        "pytest tests/beehive_spec/test_void_questions.py",
        "b677210",
    ),
    Check(Extent.UNCHECKED, "preemption between two statements of Go", "every Go operation runs until it blocks"),
    Check(Extent.UNCHECKED, "Go outside the channel context", "package functions, registration, sockets"),
    Check(Extent.UNCHECKED, "registration on Go", "judged on the reference and the model only"),
    Check(Extent.UNCHECKED, "the reference with bounded channels", "it is judged without a bound"),
)
"""Every figure, command and commit is in docs/validation.md, which a test compares."""
