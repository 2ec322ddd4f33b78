"""Every cell of the table of messages that were not put is what the model does."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import pytest
from beehive_conformance.reports.spec_page.page import spec_page
from beehive_conformance.reports.spec_page.unput import UNPUT, WAITS, Ending, Fate, Waits
from beehive_spec.answers import Answers
from beehive_spec.chapters import questions
from beehive_spec.model import Model
from beehive_spec.state import INITIAL, OperationResult, State, lookup
from beehive_spec.vocabulary import (
    AddModule,
    AddModuleGroup,
    CleanUp,
    ErrorKind,
    GroupName,
    MessageId,
    Milliseconds,
    ModuleName,
    Operation,
    Send,
    SendResp,
    SendSync,
    SendToGroupSync,
)

A, B, G, M = ModuleName("a"), ModuleName("b"), GroupName("g"), MessageId("m")
CALL = 10
"""The tag of the message of the call, and the time that it has in milliseconds."""
LONG = 1_000
FULL: tuple[Operation, ...] = (
    *(AddModule(module=module) for module in (A, B)),
    *(AddModuleGroup(module=module, group=G) for module in (A, B)),
    *(Send(module=module, id=MessageId("")) for module in (A, B)),
)
TO_A_MODULE = SendSync(module=A, id=M, timeout=Milliseconds(CALL))
TO_A_GROUP = SendToGroupSync(group=G, id=M, timeout=Milliseconds(CALL))
RESPONSES = (SendResp(parent=M), SendResp(parent=M))


class Case(NamedTuple):
    """A call, what happens before its timeout, the further answers, and what the call ends with."""

    call: SendSync | SendToGroupSync
    meanwhile: tuple[Operation, ...]
    answers: dict[str, str]
    error: ErrorKind | None = None


def zero(call: SendSync | SendToGroupSync) -> SendSync | SendToGroupSync:
    return type(call)(
        **{**{name: getattr(call, name) for name in call.__struct_fields__}, "timeout": Milliseconds(0)}
    )


BEFORE = (Ending.RESPONSES, Ending.OTHER)
"""The ends that come before the timeout."""
CASES: dict[Ending, tuple[Case, ...]] = {
    Ending.RESPONSES: (Case(TO_A_MODULE, RESPONSES[:1], {}), Case(TO_A_GROUP, RESPONSES, {})),
    Ending.RESPONSES_LATE: (
        Case(TO_A_GROUP, RESPONSES, {"group_sync_look": "at_timeout", "group_sync_unnoticed": "returned"}),
    ),
    Ending.TIMEOUT: tuple(
        Case(each, (), {"sync_zero": "at_once", "group_sync_zero": "at_once"}, ErrorKind.TIMEOUT)
        for call in (TO_A_MODULE, TO_A_GROUP)
        for each in (call, zero(call))
    ),
    Ending.OTHER: (
        Case(TO_A_MODULE, (CleanUp(module=A),), {"sync_closed": "closed"}, ErrorKind.CLOSED),
        Case(TO_A_GROUP, (CleanUp(module=B),), {"group_sync_closed": "closed"}, ErrorKind.CLOSED),
    ),
}


def answers_of(waits: Waits, others: dict[str, str]) -> Answers:
    given = {"sync_put": waits.put, "group_sync_put": waits.put}
    late = {"sync_late": waits.late, "group_sync_late": waits.late}
    return Answers(capacity=1).with_answers({**given, **late, **others})


def after(model: Model, states: Iterable[State], operation: Operation, tag: int) -> set[State]:
    return model.settle([model.start(state, operation, tag) for state in states])


def waits_at(state: State, module: ModuleName) -> bool:
    """Return whether the message of the call waits for room in the channel of a module."""
    index = lookup(state.channels, module)
    return index is not None and any(message.tag == CALL for _, message in state.pool[index].senders)


def ended_as(result: OperationResult | None, case: Case) -> bool:
    if case.error is not None:
        return result is case.error
    return result is not None and not isinstance(result, ErrorKind)


def fates(ending: Ending, case: Case, waits: Waits) -> set[Fate]:
    """Return what becomes of the message that finds the channel of `a` full."""
    model = Model(answers_of(waits, case.answers))
    states = {INITIAL}
    for tag, operation in enumerate(FULL):
        states = after(model, states, operation, tag)
    pid = len(FULL)
    states = after(model, states, case.call, CALL)
    for tag, operation in enumerate(case.meanwhile):
        states = after(model, states, operation, CALL + 1 + tag)
    ended = states if ending in BEFORE else {each for state in states for each in model.elapse([state], CALL)}
    ended = {each for each in ended if ended_as(each.processes[pid].result, case)}
    if not ended:
        return {Fate.PUT}
    waiting = {each for each in ended if waits_at(each, A)}
    later = {each for state in waiting for each in model.elapse([state], LONG)}
    found = {Fate.LEFT if waits_at(each, A) else Fate.UNTIL_TIMEOUT for each in later}
    return found | ({Fate.TAKEN_BACK} if ended - waiting else set())


@pytest.mark.parametrize("waits", WAITS, ids="-".join)
@pytest.mark.parametrize(
    ("ending", "case"),
    [(ending, case) for ending, cases in CASES.items() for case in cases],
    ids=lambda each: each.name if isinstance(each, Ending) else f"{type(each.call).__name__}-{each.call.timeout}",
)
def test_every_cell_is_what_the_model_does(ending: Ending, case: Case, waits: Waits) -> None:
    assert fates(ending, case, waits) == {UNPUT[ending][waits]}


@pytest.mark.parametrize(("call", "timer"), [(TO_A_MODULE, "sync_timer"), (TO_A_GROUP, "group_sync_timer")])
def test_a_timeout_that_is_for_the_responses_only_does_not_end_a_call_that_waits_for_room(
    call: SendSync | SendToGroupSync, timer: str
) -> None:
    zeros = {"sync_zero": "at_once", "group_sync_zero": "at_once"}
    model = Model(answers_of(Waits("waits", "taken_back"), {timer: "waiting", **zeros}))
    states = {INITIAL}
    for tag, operation in enumerate((*FULL, zero(call))):
        states = after(model, states, operation, tag)
    assert {each.processes[len(FULL)].result for each in model.elapse(states, LONG)} == {None}


@pytest.mark.parametrize("put", ["withdrawn", "left"])
def test_a_call_whose_id_is_entered_after_the_put_waits_for_room(put: str) -> None:
    waits = Waits(put, "left")
    cases = [(each, case) for each, found in CASES.items() for case in found if case.call == TO_A_MODULE]
    assert len(cases) == 3
    for ending, case in cases:
        first = case._replace(answers={**case.answers, "sync_order": "put_first"})
        assert fates(ending, first, waits) == {UNPUT[ending][Waits("waits", "left")]}


def test_the_table_has_every_pair_of_answers_with_which_a_call_waits_for_room() -> None:
    ending = {"skips", "none", "stops"}
    for put, late in (("sync_put", "sync_late"), ("group_sync_put", "group_sync_late")):
        pairs = {(a, b) for a in questions()[put].answers.keys() - ending for b in questions()[late].answers}
        assert pairs == set(WAITS)
    assert set(UNPUT) == set(CASES) == set(Ending)


def test_the_page_has_every_row_of_the_table() -> None:
    page = spec_page()
    section = page[page.index('id="unput"') :]
    section = section[: section.index("</table>")]
    rows = section.split("<tr>")[3:]
    assert len(rows) == len(Ending)
    for row, ending in zip(rows, Ending, strict=True):
        assert row.count("<td>") == 1 + len(WAITS)
        assert [fate for fate in UNPUT[ending].values() if f"<td>{fate}</td>" not in row] == []
