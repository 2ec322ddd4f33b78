"""Three tiny programs that a target must pass before it is judged."""

from __future__ import annotations

from collections.abc import Sequence

from beehive_spec.vocabulary import (
    AddModule,
    Advance,
    ClientName,
    GotMessage,
    History,
    InspectFields,
    MessageId,
    Milliseconds,
    ModuleName,
    OperationNumber,
    Outcome,
    Receive,
    Returned,
    Send,
)

from beehive_conformance.programs.capability import Capability
from beehive_conformance.programs.program import Program
from beehive_conformance.programs.wording import died_text, outcome_text
from beehive_conformance.targets.target import Target

_A = ModuleName("a")
_MESSAGE = GotMessage(OperationNumber(3))
_SMOKE: tuple[tuple[Program, dict[int, Outcome]], ...] = (
    (Program((AddModule(module=_A),)), {1: Returned()}),
    (Program((AddModule(module=_A), Advance(Milliseconds(5)), InspectFields())), {1: Returned()}),
    (
        Program(
            (
                AddModule(module=_A),
                Receive(module=_A, client=ClientName("receiver")),
                Send(module=_A, id=MessageId("m")),
            )
        ),
        {1: Returned(), 2: _MESSAGE, 3: Returned()},
    ),
)


def smoke(target: Target) -> str:
    """Return what is wrong with the target on the smallest programs, or an empty string; raises TargetError."""
    ran = list(target.run(program for program, _ in _SMOKE))
    if len(ran) != len(_SMOKE):
        return f"{len(_SMOKE)} programs gave {len(ran)} histories"
    wrong = (_wrong(*each, expected) for each, (_, expected) in zip(ran, _SMOKE, strict=True))
    if text := next((text for text in wrong if text), ""):
        return text
    shown = any(seen.fields is not None for _, history in ran for step in history.steps for seen in step)
    if Capability.FIELDS in target.capabilities and not shown:
        return f"its capabilities include {Capability.FIELDS}, but inspect_fields showed none"
    return ""


def _wrong(program: Program, history: History, expected: dict[int, Outcome]) -> str:
    if history.died is not None:
        return died_text(history.died)
    if len(history.steps) != len(program.steps):
        return f"a program of {len(program.steps)} steps gave a history of {len(history.steps)}"
    seen = {int(each.operation): each.outcome for step in history.steps for one in step for each in one.returned}
    if seen == expected:
        return ""
    return f"expected {_text(expected)}, saw {_text(seen)}"


def _text(outcomes: dict[int, Outcome]) -> str:
    parts: Sequence[str] = [f"{number} {outcome_text(outcome)}" for number, outcome in sorted(outcomes.items())]
    return "; ".join(parts) or "nothing"
