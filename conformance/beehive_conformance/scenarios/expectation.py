"""The language of expectations: what a scenario expects of one operation, and whether a history meets it.

An expectation is one or more alternatives joined by ` or `. An alternative is one or more parts joined by
` then `; only a repeated operation has more than one. A part is

    (returned | message of N [sync] | made [PART ...] | error [KIND]) [in step N]
        [at N ms | at N to N ms] [N times | any number of times]

in this order. The last part may be `waits` instead: the operation has not returned at the end. The defaults are
the step that starts the operation, 0 ms, and once. A PART of a message that was made is `parent NAME`,
`source NAME`, `group NAME`, `operation NAME`, `resource NAME`, `content NAME` or `later by N` (in the unit of
timestamps), in this order, where NAME has no blank; missing parts are empty, or 0.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from beehive_spec.vocabulary import (
    PARTS,
    ErrorKind,
    Failed,
    GotMessage,
    GroupName,
    Made,
    MessageId,
    OperationNumber,
    Outcome,
    Returned,
)

from beehive_conformance.programs.operation_table import MESSAGE_PARTS

ERROR_FORMS = ", ".join(ErrorKind)
FORMS = (
    "returned, message of N [sync] [with another PART], made [PART ...] or error [KIND], "
    "each with [in step N] [at N ms], or waits"
)

_PART = re.compile(
    r"(?P<returned>returned)?"
    r"(?:message of (?P<sent_by>\d{1,9})(?P<sync> sync)?(?: with another (?P<changed>[a-z]+))?)?"
    r"(?:(?P<made>made)(?: parent (?P<parent>\S+))?(?: source (?P<source>\S+))?(?: group (?P<group>\S+))?"
    r"(?: operation (?P<operation>\S+))?(?: resource (?P<resource>\S+))?(?: content (?P<content>\S+))?"
    r"(?: later by (?P<later>\d{1,18}))?)?"
    r"(?:(?P<error>error)(?: (?P<kind>[a-z_]+))?)?"
    r"(?: in step (?P<step>\d{1,9}))?"
    r"(?: at (?P<at>\d{1,12})(?: to (?P<until>\d{1,12}))? ms)?"
    r"(?: (?P<times>\d{1,9}|any number of) times)?"
)


class Returns(NamedTuple):
    """Equal returns of one operation: the step, the outcome, the milliseconds since the step began, and how often."""

    step: int
    outcome: Outcome
    ms: int
    times: int = 1


class Part(NamedTuple):
    """Expected returns, from `earliest` to `latest` milliseconds after the step began.

    `outcome` None is an error of any kind, `times` None is any number, `step` 0 is the step that starts the
    operation.
    """

    outcome: Outcome | None
    step: int = 0
    earliest: int = 0
    latest: int = 0
    times: int | None = 1

    def fits(self, seen: Returns, started_in: int) -> bool:
        """Return whether `seen` is expected of an operation that step `started_in` starts."""
        if seen.step != (self.step or started_in) or not self.earliest <= seen.ms <= self.latest:
            return False
        match seen.outcome:
            case Failed():
                return self.outcome is None or (
                    isinstance(self.outcome, Failed) and self.outcome.kind is seen.outcome.kind
                )
            case _:
                return self.outcome == seen.outcome


class Alternative(NamedTuple):
    """One allowed behaviour of an operation: its returns in order, and whether it waits after them."""

    parts: tuple[Part, ...]
    waits: bool = False


class Expectation(NamedTuple):
    """What is expected of one operation; `text` is its form in the scenario file."""

    text: str
    alternatives: tuple[Alternative, ...]

    def met(self, seen: Sequence[Returns], waits: bool, started_in: int) -> bool:
        """Return whether the returns of an operation that step `started_in` starts meet the expectation."""
        return any(each.waits == waits and _covers(each.parts, seen, started_in) for each in self.alternatives)


def parse(text: str) -> Expectation:
    """Return the expectation that a text states; raise ValueError, naming the mistake, if it states none."""
    return Expectation(text, tuple(map(_alternative, text.split(" or "))))


def expectation_form(seen: Iterable[Returns], waits: bool, started_in: int) -> str:
    """Return what was seen of an operation in the form of an expectation."""
    parts = [_returns_form(each, started_in) for each in seen]
    return " then ".join([*parts, "waits"] if waits or not parts else parts)


def _alternative(text: str) -> Alternative:
    parts = text.split(" then ")
    waits = parts[-1] == "waits"
    return Alternative(tuple(map(_part, parts[:-1] if waits else parts)), waits)


def _part(text: str) -> Part:
    found = _PART.fullmatch(text)
    if found is None or sum(found[each] is not None for each in ("returned", "sent_by", "made", "error")) != 1:
        raise ValueError(f"{text!r} is not an expectation; write {FORMS}")
    earliest = int(found["at"] or 0)
    latest = int(found["until"] or earliest)
    if latest < earliest:
        raise ValueError(f"{text!r} ends before it begins; write the earlier time first")
    times = None if found["times"] == "any number of" else int(found["times"] or 1)
    return Part(_outcome(found), int(found["step"] or 0), earliest, latest, times)


def _outcome(found: re.Match[str]) -> Outcome | None:
    if found["returned"]:
        return Returned()
    if found["sent_by"]:
        changed = () if found["changed"] is None else (found["changed"],)
        if not set(changed) <= set(PARTS):
            raise ValueError(f"{found['changed']!r} is not a part of a message; the parts are {', '.join(PARTS)}")
        return GotMessage(OperationNumber(int(found["sent_by"])), found["sync"] is not None, changed)
    if found["made"]:
        return Made(
            parent=MessageId(found["parent"] or ""),
            source=found["source"] or "",
            group=GroupName(found["group"] or ""),
            operation=found["operation"] or "",
            resource=found["resource"] or "",
            content=found["content"] or "",
            timestamp=int(found["later"] or 0),
        )
    if found["kind"] is None:
        return None
    if found["kind"] not in list(ErrorKind):
        raise ValueError(f"{found['kind']!r} is not an error kind; the kinds are {ERROR_FORMS}")
    return Failed(ErrorKind(found["kind"]))


def _covers(parts: Sequence[Part], seen: Sequence[Returns], started_in: int) -> bool:
    """Return whether the parts, in order, cover everything seen; a part with any number takes as many as fit."""
    left = list(seen)
    for part in parts:
        wanted = part.times
        while left and wanted != 0 and part.fits(left[0], started_in):
            count = left[0].times if wanted is None else min(wanted, left[0].times)
            wanted = None if wanted is None else wanted - count
            rest = left[0].times - count
            left[:1] = [left[0]._replace(times=rest)] if rest else []
        if wanted:
            return False
    return not left


def _returns_form(seen: Returns, started_in: int) -> str:
    match seen.outcome:
        case Returned():
            text = "returned"
        case GotMessage(sent_by, sync, changed):
            text = f"message of {'nobody' if sent_by is None else sent_by}{' sync' if sync else ''}"
            text += f" with another {', '.join(changed)}" if changed else ""
        case Made() as made:
            text = _made_form(made)
        case Failed(kind):
            text = f"error {kind}"
    where = "" if seen.step == started_in else f" in step {seen.step}"
    when = f" at {seen.ms} ms" if seen.ms else ""
    return f"{text}{where}{when}" + (f" {seen.times} times" if seen.times > 1 else "")


def _made_form(made: Made) -> str:
    parts = ((name, getattr(made, name)) for name in MESSAGE_PARTS)
    text = "made" + "".join(f" {name} {value}" for name, value in parts if value)
    text += f" later by {made.timestamp}" if made.timestamp else ""
    return (
        text + (" with the sync flag" if made.sync else "") + ("" if made.is_new else " with an id that is not new")
    )
