"""The programs by which questions are measured: the steps of probes, and programs that read a number."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import takewhile

import msgspec
from beehive_spec.answers import UNBOUNDED, Answers
from beehive_spec.vocabulary import (
    AddModule,
    AddModuleGroup,
    Advance,
    CleanUp,
    ClientName,
    GroupName,
    History,
    InspectFields,
    Level,
    MakeMessage,
    MessageId,
    Milliseconds,
    ModuleName,
    Operation,
    OperationNumber,
    Receive,
    Register,
    Repeat,
    Returned,
    Seen,
    Send,
    SendResp,
    SendSync,
    SendToGroup,
    SendToGroupSync,
    Start,
    Step,
    Together,
)

from beehive_conformance.programs.program import Program

LARGEST_NUMBER = 100_000
"""The largest number that is searched for; a channel that holds more counts as unbounded."""
A, B, G, C = ModuleName("a"), ModuleName("b"), GroupName("g"), ClientName("c")
M0, M1 = MessageId("m0"), MessageId("m1")
SHORT, LONG, LATER = Milliseconds(7), Milliseconds(10), Milliseconds(200)
FAR = Milliseconds(LARGEST_NUMBER)
NO_MODULE, NO_GROUP, NO_ID = ModuleName(""), GroupName(""), MessageId("")

CAPACITY_INDEPENDENT = frozenset({"timestamp", "register", "clean_up_registration"})
"""Prefixes of the questions whose answer does not depend on full channels."""

_MODULES: tuple[Step, ...] = (AddModule(module=A), AddModuleGroup(module=A, group=G), CleanUp(module=A))
_SECOND: tuple[Step, ...] = (AddModule(module=B), AddModuleGroup(module=B, group=G), CleanUp(module=B))
_JOINED = _MODULES[:2]


def _member(module: ModuleName) -> Step:
    """Add a module and put it into the group: one step, so that probes stay short."""
    return Together((AddModule(module=module, client=C), AddModuleGroup(module=module, group=G, client=C)))


def _at_once(*operations: Operation) -> Step:
    return Together(operations)


_TIMES: tuple[Step, ...] = (Advance(SHORT), Advance(LONG), Advance(LATER))
_RESPONSES: tuple[Step, ...] = (
    SendResp(parent=M1),
    Together(operations=(SendResp(parent=M1), SendResp(parent=M1))),
    *_TIMES,
)
_SEND = Send(module=A, id=M1)
_TRAFFIC: tuple[Step, ...] = (_SEND, Receive(module=A), Advance(LATER))
_REQUEST = SendSync(module=A, id=M1, timeout=LONG)
_GROUP_REQUEST = SendToGroupSync(group=G, id=M1, timeout=LONG)
_SLOW_GROUP_REQUEST = SendToGroupSync(group=G, id=M1, timeout=Milliseconds(2 * LATER))
_SHORTEST_GROUP_REQUEST = SendToGroupSync(group=G, id=M1, timeout=Milliseconds(1))
_CHANGING_GROUP: tuple[Step, ...] = (
    *_MODULES,
    _member(B),
    CleanUp(module=B),
    _GROUP_REQUEST,
    _SLOW_GROUP_REQUEST,
    SendResp(parent=M1),
    *_TIMES,
)
_ALPHABETS: tuple[tuple[str, tuple[Step, ...]], ...] = (
    ("unnamed_module", (AddModule(module=NO_MODULE),)),
    ("unnamed_group", (AddModule(module=A), AddModuleGroup(module=A, group=NO_GROUP))),
    (
        "empty_id",
        (
            AddModule(module=A),
            SendSync(module=A, id=NO_ID, timeout=LONG),
            Receive(module=A),
            SendResp(parent=NO_ID),
            Advance(LONG),
        ),
    ),
    ("timestamp", (MakeMessage(), Advance(LATER))),
    ("register_unnamed", (Start(), Register(module=NO_MODULE))),
    (
        "register",
        (
            Start(enabled=(A,)),
            Register(module=A, implementation="first"),
            Register(module=A, implementation="second"),
            CleanUp(module=A),
            _SEND,
        ),
    ),
    (
        "clean_up_registration",
        (Start(enabled=(A,), modules=(A,)), Register(module=A), AddModule(module=A), CleanUp(module=A), _SEND),
    ),
    ("group_sync_zero", (*_MODULES, msgspec.structs.replace(_GROUP_REQUEST, timeout=0), *_TRAFFIC, *_RESPONSES)),
    ("group_sync_negative", (*_MODULES, msgspec.structs.replace(_GROUP_REQUEST, timeout=-1), *_TRAFFIC, *_RESPONSES)),
    (
        "group_sync_put",
        (
            *_JOINED,
            _member(B),
            _SLOW_GROUP_REQUEST,
            Receive(module=A),
            Receive(module=B),
            SendResp(parent=M1),
            Advance(LATER),
        ),
    ),
    ("group_sync_late", (*_JOINED, _GROUP_REQUEST, Receive(module=A), Advance(SHORT), Advance(LONG))),
    ("group_sync_timer", (*_JOINED, _GROUP_REQUEST, Receive(module=A), Advance(SHORT), Advance(LONG))),
    (
        "group_sync_closed",
        (
            *_MODULES,
            _SLOW_GROUP_REQUEST,
            _at_once(_SLOW_GROUP_REQUEST, CleanUp(module=A)),
            Advance(SHORT),
            Advance(LATER),
        ),
    ),
    (
        "group_sync_unnoticed",
        (
            *_JOINED,
            _member(B),
            CleanUp(module=B),
            _SHORTEST_GROUP_REQUEST,
            SendResp(parent=M1),
            Advance(Milliseconds(1)),
        ),
    ),
    ("group_sync_compare", _CHANGING_GROUP),
    ("group_sync_count", _CHANGING_GROUP),
    ("group_sync_unknown", (AddModule(module=A), _REQUEST, _GROUP_REQUEST, SendResp(parent=M1), *_TIMES)),
    ("group_sync", (*_MODULES, *_SECOND, _GROUP_REQUEST, SendResp(parent=M1), *_TIMES)),
    ("sync_zero", (AddModule(module=A), msgspec.structs.replace(_REQUEST, timeout=0), *_TRAFFIC, *_RESPONSES)),
    ("sync_negative", (AddModule(module=A), msgspec.structs.replace(_REQUEST, timeout=-1), *_TRAFFIC, *_RESPONSES)),
    (
        "send_closed",
        (AddModule(module=A), CleanUp(module=A), _SEND, _at_once(_SEND, CleanUp(module=A)), Advance(LATER)),
    ),
    (
        "sync_closed",
        (AddModule(module=A), CleanUp(module=A), _REQUEST, _at_once(_REQUEST, CleanUp(module=A)), *_TIMES),
    ),
    (
        "sync_order",
        (
            AddModule(module=A),
            _REQUEST,
            _at_once(_REQUEST, _REQUEST),
            Receive(module=A),
            SendResp(parent=M1),
            *_TIMES,
        ),
    ),
    ("sync_late", (AddModule(module=A), Receive(module=A), _REQUEST, Advance(SHORT), Advance(LONG))),
    ("sync_timer", (AddModule(module=A), Receive(module=A), _REQUEST, *_TIMES)),
    ("sync", (AddModule(module=A), _REQUEST, Receive(module=A), SendResp(parent=M1), *_TIMES)),
    ("response", (*_MODULES, Receive(module=A), _REQUEST, _GROUP_REQUEST, *_RESPONSES)),
    (
        "broadcast_full",
        (
            *_JOINED,
            _member(B),
            SendToGroup(group=G, id=M1),
            Receive(module=A),
            Receive(module=B),
            Advance(LATER),
        ),
    ),
    (
        "broadcast_closed",
        (
            CleanUp(module=A),
            CleanUp(module=B),
            SendToGroup(group=G, id=M1),
            _at_once(SendToGroup(group=G, id=M1), CleanUp(module=A)),
            Receive(module=B),
            Advance(LATER),
        ),
    ),
    (
        "broadcast",
        (*_MODULES, *_SECOND, SendToGroup(group=G, id=M1), Receive(module=A), Advance(LATER)),
    ),
    ("", (*_MODULES, SendToGroup(group=G, id=M1), *_TRAFFIC)),
)
"""The steps of the probes for questions with a prefix; the first prefix that fits is used."""


def probe_alphabet(question: str, answers: Answers, shows_fields: bool = True) -> tuple[Step, ...]:
    """Return the steps that the probes of a question consist of; for a bounded channel, two fill and drain it.

    Fields are inspected only if the target shows them: otherwise the search would rely on what nobody can see.
    """
    prefix, steps = next(each for each in _ALPHABETS if question.startswith(each[0]))
    steps = (*steps, InspectFields()) if shows_fields else steps
    room = answers.response_room
    if question.startswith("response") and isinstance(room, int) and room > 1:
        steps = (*steps, Repeat(SendResp(parent=M1), room + 1))
    if not _is_bounded(answers) or prefix in CAPACITY_INDEPENDENT:
        return steps
    # One receive more than the channel holds shows in a single step what was put once there was room.
    received = int(answers.capacity) + (question == "group_sync_put")
    return (*steps, _fill(answers), Repeat(Receive(module=A), received))


def opening(question: str, answers: Answers) -> tuple[Step, ...]:
    """Return the steps with which every probe of a question begins; without them, long probes would not be found."""
    if not _is_bounded(answers):
        return ()
    match question:
        case "group_sync_put" | "broadcast_full":
            return (*_JOINED, _fill(answers))
        case "broadcast_closed":
            return (_member(A), _member(B), _fill(answers), _fill(answers, B))
        case _:
            return ()


def _is_bounded(answers: Answers) -> bool:
    return answers.capacity != UNBOUNDED and int(answers.capacity) > 0


def _fill(answers: Answers, module: ModuleName = A) -> Step:
    return Repeat(Send(module=module, id=M0), int(answers.capacity))


def _timed(operation: SendSync | SendToGroupSync) -> Program:
    return Program((AddModule(module=A), AddModuleGroup(module=A, group=G), operation, Advance(FAR)))


def counting(question: str, answers: Answers) -> Program:
    """Return the program from whose history `number_in` reads the number that answers a question."""
    if question != "response_room":
        return _NUMBERS[question]
    fill = (_fill(answers),) if _is_bounded(answers) else ()
    return Program((AddModule(module=A), *fill, _REQUEST, Repeat(SendResp(parent=M1), LARGEST_NUMBER)))


_NUMBERS: Mapping[str, Program] = {
    "capacity": Program((AddModule(module=A), Repeat(Send(module=A, id=M0), LARGEST_NUMBER))),
    "sync_zero": _timed(SendSync(module=A, id=M1, timeout=Milliseconds(0))),
    "sync_negative": _timed(SendSync(module=A, id=M1, timeout=Milliseconds(-1))),
    "group_sync_zero": _timed(SendToGroupSync(group=G, id=M1, timeout=Milliseconds(0))),
    "group_sync_negative": _timed(SendToGroupSync(group=G, id=M1, timeout=Milliseconds(-1))),
    "group_sync_look": Program(
        (
            AddModule(module=A),
            AddModuleGroup(module=A, group=G),
            SendToGroupSync(group=G, id=M1, timeout=FAR),
            SendResp(parent=M1),
            Advance(Milliseconds(LARGEST_NUMBER - 1)),
        )
    ),
}
"""The programs for questions whose number does not depend on other answers."""


LOGGING = Program((SendResp(parent=M1),))
"""The program that shows the answer to `response_logged`."""


def level_answer(history: History) -> str | None:
    """Return the answer to `response_logged`, as read in the history of `LOGGING`; None if nothing was logged."""
    level = history.steps[-1][0].logged if history.steps else Level.NOTHING
    if level is Level.NOTHING:
        return None
    return "error" if level is Level.ERROR else "lower"


def _is_put(seen: Seen) -> bool:
    return _has_returned(seen) and all(each.outcome == Returned() for each in seen.returned)


def _has_returned(seen: Seen) -> bool:
    return bool(seen.returned)


def number_in(question: str, history: History) -> int | None:
    """Return the number that answers a question, as read in the history of its probe; None if there is none."""
    if not history.steps:
        return None
    if question in ("capacity", "response_room"):
        counts = _is_put if question == "capacity" else _has_returned
        rounds = sum(seen.times for seen in takewhile(counts, history.steps[-1]))
        return None if rounds == LARGEST_NUMBER else rounds
    late = [each for seen in history.steps[-1] for each in seen.returned if each.operation == OperationNumber(3)]
    return int(late[0].ms) if late and late[0].ms else None
