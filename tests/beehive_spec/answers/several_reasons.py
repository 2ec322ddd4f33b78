"""Programs in which a synchronous call has two or three reasons to end at once; each may decide how it ends."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import NamedTuple

from beehive_spec.automaton import EdgeStep
from beehive_spec.vocabulary import AddModule, AddModuleGroup, CleanUp, Send, SendSync, SendToGroupSync
from lines import Shown, shown
from msgspec.structs import replace
from table import Answer


class Reason(NamedTuple):
    """What ends a call by itself: steps before it, changes of the call and answers, and how the call then ends."""

    end: str
    opening: tuple[EdgeStep, ...] = ()
    changes: Mapping[str, object] = {}
    answers: Mapping[str, Answer] = {}


_EMPTY_ID = Reason("other", changes={"id": ""}, answers={"empty_id": "refused"})
_ID_IN_USE = Reason("other", opening=(AddModule(module="c"), SendSync(module="c", id="m1", timeout=10)))
_EMPTY_GROUP = (AddModule(module="b"), AddModuleGroup(module="b", group="h"), CleanUp(module="b"))
_FULL = (Send(module="a", id="m0"),)


def _timeouts(zero: str, negative: str) -> Iterator[Reason]:
    for answer, end in (("unsent", "timeout"), ("refused", "other"), ("at_once", "timeout")):
        yield Reason(end, changes={"timeout": 0}, answers={zero: answer})
        yield Reason(end, changes={"timeout": -1}, answers={negative: answer})


_CALL = SendSync(module="a", id="m1", timeout=10)
_CALL_REASONS = (
    Reason("unknown_module", changes={"module": "nobody"}),
    Reason("waits", changes={"module": "nobody"}, answers={"sync_unknown": "timeout"}),
    Reason("other", _FULL, answers={"sync_full": "refused"}),
    _EMPTY_ID,
    _ID_IN_USE,
    *_timeouts("sync_zero", "sync_negative"),
)
_GROUP_CALL = SendToGroupSync(group="g", id="m1", timeout=10)
_GROUP_CALL_REASONS = (
    Reason("unknown_group", changes={"group": "nobody"}),
    Reason("returned", changes={"group": "nobody"}, answers={"group_sync_unknown": "returned"}),
    Reason("waits", changes={"group": "nobody"}, answers={"group_sync_unknown": "timeout"}),
    Reason("waits", _EMPTY_GROUP, {"group": "h"}, {"empty_group": "kept", "group_sync_empty": "timeout"}),
    Reason("unknown_group", _EMPTY_GROUP, {"group": "h"}, {"empty_group": "kept", "group_sync_empty": "refused"}),
    *(Reason("other", _FULL, answers={"group_sync_put": answer}) for answer in ("skips", "none", "stops")),
    _EMPTY_ID,
    _ID_IN_USE,
    *_timeouts("group_sync_zero", "group_sync_negative"),
)


def calls_with_several_reasons() -> Iterator[Shown]:
    """Yield a program for each two and each three reasons that can occur together."""
    joined = (AddModule(module="a"), AddModuleGroup(module="a", group="g"))
    for call, reasons in ((_CALL, _CALL_REASONS), (_GROUP_CALL, _GROUP_CALL_REASONS)):
        for together in (*combinations(reasons, 2), *combinations(reasons, 3)):
            if not _can_occur_together(together):
                continue
            opening = (*joined, *(step for reason in together for step in reason.opening))
            yield shown(
                *opening,
                replace(call, **{part: value for reason in together for part, value in reason.changes.items()}),
                of=(len(opening) + 1,),
                outcomes={reason.end for reason in together},
                capacity=1,
                **{question: answer for reason in together for question, answer in reason.answers.items()},
            )


def _can_occur_together(reasons: tuple[Reason, ...]) -> bool:
    """Return whether no two reasons contradict each other: a call is sent once, with one id and one timeout.

    A call to nobody meets no full channel, and how long it waits with a timeout that is refused is not asked.
    """
    changed = [part for reason in reasons for part in reason.changes]
    answered = [question for reason in reasons for question in reason.answers]
    asks_elsewhere = not {"module", "group"}.isdisjoint(changed)
    return not (
        len(set(changed)) < len(changed)
        or len(set(answered)) < len(answered)
        or (_ID_IN_USE in reasons and "id" in changed)
        or (asks_elsewhere and any(reason.opening == _FULL for reason in reasons))
        or ("timeout" in changed and any(reason.end == "waits" for reason in reasons))
    )
