"""Measures a target's answers: for each question the search finds programs that tell the answers apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec
from beehive_spec.answers import UNBOUNDED, Answers
from beehive_spec.automaton import Automaton
from beehive_spec.chapters import NUMBER, questions
from beehive_spec.model import Model
from beehive_spec.separate import Strength, separate
from beehive_spec.vocabulary import (
    AddModule,
    AddModuleGroup,
    Advance,
    CleanUp,
    ClientName,
    GroupName,
    History,
    LookAtFields,
    MessageId,
    Milliseconds,
    ModuleName,
    OperationNumber,
    Receive,
    Repeat,
    Send,
    SendResp,
    SendSync,
    SendToGroup,
    SendToGroupSync,
    Step,
    Together,
)

from beehive_conformance.checker import Judgement, judge
from beehive_conformance.deviations.overlay import Overlay
from beehive_conformance.probes import ALPHABETS, BESIDE
from beehive_conformance.program import Program
from beehive_conformance.targets.target import QUESTIONS, Capability, Target
from beehive_conformance.verdict import with_overlays

LARGEST_NUMBER = 100_000
"""Up to here a number is searched for; a channel that holds more is taken as unbounded."""
LONGEST_PROBE = 8
MOST_SITUATIONS = 3_000
"""Situations that one search for a probe may visit: about a second."""
MOST_PASSES = 4
REPEATED = 20
"""How often a probe runs that tells answers apart only by chance."""

NEED_A_BOUND = frozenset(
    {
        "full",
        "senders",
        "send_closed",
        "broadcast_full",
        "broadcast_closed",
        "sync_put",
        "sync_timer",
        "sync_late",
        "sync_closed",
        "group_sync_put",
        "group_sync_late",
        "group_sync_closed",
        "group_sync_timer",
    }
)
"""Questions about what happens while a channel is full: without meaning where no channel ever is."""

NO_GUESS = Answers()

_A, _B, _G, _C = ModuleName("a"), ModuleName("b"), GroupName("g"), ClientName("c")
_M0, _M1 = MessageId("m0"), MessageId("m1")
_SHORT, _LONG, _LATER = Milliseconds(7), Milliseconds(10), Milliseconds(200)
_FAR = Milliseconds(LARGEST_NUMBER)
_ROOMS = (0, 1, 2, 3)


class Measured(NamedTuple):
    """The answer to one question, and how it was found.

    `answer` is None if no allowed answer fits what was seen. `untold` are other answers that no probe told
    from this one. `probes` are the programs that were run. `is_asked` is False where the target lacks what a
    probe would need; then the answer says nothing.
    """

    question: str
    answer: str | int | None
    untold: tuple[str | int, ...]
    probes: tuple[Program, ...]
    is_asked: bool = True


class Measurement(NamedTuple):
    """The answers of one target, and how each was found."""

    answers: Answers
    table: tuple[Measured, ...]

    @property
    def outside(self) -> tuple[Measured, ...]:
        """The questions to which no allowed answer fits what was seen."""
        return tuple(measured for measured in self.table if measured.answer is None)


def measure(
    target: Target,
    overlays: Sequence[Overlay] = (),
    asked: Sequence[str] = Answers._fields,
    guess: Answers = NO_GUESS,
) -> Measurement:
    """Run probes on a target until each question that is asked has one answer, or none.

    `guess` stands for what is not measured yet, and for what no probe can tell: a good one saves passes.
    `overlays` are deviations that the target is known to have. A probe of one question relies on the answers
    to the others, so all are measured again until nothing changes. Raises TargetError if the target cannot
    be used.
    """
    measurer = _Measurer(target, overlays, guess)
    for _ in range(MOST_PASSES):
        before = measurer.answers
        for name in asked:
            measurer.measure(name)
        if measurer.answers == before:
            break
    return Measurement(measurer.answers, tuple(measurer.table[name] for name in asked))


class _Measurer:
    def __init__(self, target: Target, overlays: Sequence[Overlay], guess: Answers) -> None:
        self._target = target
        self._rules = with_overlays(overlays)
        self._shows_logs = Capability.LOGS in target.capabilities
        self.answers = guess
        self.table: dict[str, Measured] = {}

    def measure(self, question: str) -> None:
        """Measure one question under the answers to the others found so far."""
        if any(question in QUESTIONS[each] for each in QUESTIONS if each not in self._target.capabilities):
            self.table[question] = Measured(question, getattr(self.answers, question), (), (), False)
            return
        left, probes = self._candidates(question)
        if question in NEED_A_BOUND and self.answers.capacity == UNBOUNDED:
            self.table[question] = Measured(question, getattr(self.answers, question), tuple(left[1:]), ())
            return
        tried: set[tuple[str | int, str | int]] = set()
        while pair := next(((a, b) for a in left for b in left if a != b and (a, b) not in tried), None):
            tried |= {pair, pair[::-1]}
            program, strength = self._probe(question, *pair)
            if program is None:
                continue
            probes.append(program)
            times = 1 if strength is Strength.SURELY else REPEATED
            for history in self._target.run([program] * times):
                left = [answer for answer in left if self._allows(question, answer, program, history)]
        default = getattr(self.answers, question)
        answer = default if default in left else (left[0] if left else None)
        untold = tuple(other for other in left if other != answer)
        self.table[question] = Measured(question, answer, untold, tuple(dict.fromkeys(probes)))
        if answer is not None:
            self.answers = self._with(question, answer)

    def _candidates(self, question: str) -> tuple[list[str | int], list[Program]]:
        allowed = questions()[question].answers
        fixed: list[str | int] = [answer for answer in allowed if answer != NUMBER]
        if NUMBER not in allowed:
            return fixed, []
        if question == "response_room":
            return [*fixed, *_ROOMS], []
        program = _NUMBERS[question]
        (history,) = self._target.run([program])
        number = _number(question, history)
        candidates = [*fixed, number] if number is not None else fixed
        return [answer for answer in candidates if self._allows(question, answer, program, history)], [program]

    def _probe(self, question: str, one: str | int, other: str | int) -> tuple[Program | None, Strength]:
        first, second = self._automaton(question, one), self._automaton(question, other)
        letters = alphabet(question, self.answers)
        begin = opening(question, self.answers)
        found = separate(first, second, letters, LONGEST_PROBE, MOST_SITUATIONS, begin)
        if found is None:
            return None, Strength.WEAKLY
        return Program(found.program), found.strength

    def _allows(self, question: str, answer: str | int, program: Program, history: History) -> bool:
        judgement, _ = judge(program, history, self._automaton(question, answer), self._shows_logs)
        return judgement is not Judgement.FORBIDDEN

    def _automaton(self, question: str, answer: str | int) -> Automaton:
        return Automaton(Model(self._with(question, answer), self._rules))

    def _with(self, question: str, answer: str | int) -> Answers:
        return Answers(**{**self.answers._asdict(), question: answer})


_MODULES: tuple[Step, ...] = (AddModule(module=_A), AddModuleGroup(module=_A, group=_G), CleanUp(module=_A))
_SECOND: tuple[Step, ...] = (AddModule(module=_B), AddModuleGroup(module=_B, group=_G), CleanUp(module=_B))
_JOINED = _MODULES[:2]


def _member(module: ModuleName) -> Step:
    """Add a module and put it into the group: one step, so that probes stay short."""
    return Together((AddModule(module=module, client=_C), AddModuleGroup(module=module, group=_G, client=_C)))


_TIMES: tuple[Step, ...] = (Advance(_SHORT), Advance(_LONG), Advance(_LATER))
_RESPONSES: tuple[Step, ...] = (
    SendResp(parent=_M1),
    Together(operations=(SendResp(parent=_M1), SendResp(parent=_M1))),
    *_TIMES,
    LookAtFields(),
)
_TRAFFIC: tuple[Step, ...] = (Send(module=_A, id=_M1), Receive(module=_A), Advance(_LATER), LookAtFields())
_REQUEST = SendSync(module=_A, id=_M1, timeout=_LONG)
_GROUP_REQUEST = SendToGroupSync(group=_G, id=_M1, timeout=_LONG)
_SLOW_GROUP_REQUEST = SendToGroupSync(group=_G, id=_M1, timeout=Milliseconds(2 * _LATER))
_ALPHABETS: tuple[tuple[str, tuple[Step, ...]], ...] = (
    ("group_sync_zero", (*_MODULES, msgspec.structs.replace(_GROUP_REQUEST, timeout=0), *_TRAFFIC, *_RESPONSES)),
    ("group_sync_negative", (*_MODULES, msgspec.structs.replace(_GROUP_REQUEST, timeout=-1), *_TRAFFIC, *_RESPONSES)),
    (
        "group_sync_put",
        (
            *_JOINED,
            _member(_B),
            _SLOW_GROUP_REQUEST,
            Receive(module=_A),
            Receive(module=_B),
            SendResp(parent=_M1),
            Advance(_LATER),
        ),
    ),
    ("group_sync_late", (*_JOINED, _GROUP_REQUEST, Receive(module=_A), Advance(_SHORT), Advance(_LONG))),
    ("group_sync_timer", (*_JOINED, _GROUP_REQUEST, Receive(module=_A), Advance(_SHORT), Advance(_LONG))),
    ("group_sync_closed", (*_MODULES, _GROUP_REQUEST, Advance(_SHORT), Advance(_LATER), LookAtFields())),
    ("group_sync", (*_MODULES, *_SECOND, _GROUP_REQUEST, SendResp(parent=_M1), *_TIMES, LookAtFields())),
    ("sync_zero", (AddModule(module=_A), msgspec.structs.replace(_REQUEST, timeout=0), *_TRAFFIC, *_RESPONSES)),
    ("sync_negative", (AddModule(module=_A), msgspec.structs.replace(_REQUEST, timeout=-1), *_TRAFFIC, *_RESPONSES)),
    ("sync_closed", (AddModule(module=_A), CleanUp(module=_A), _REQUEST, *_TIMES)),
    ("sync_late", (AddModule(module=_A), Receive(module=_A), _REQUEST, Advance(_SHORT), Advance(_LONG))),
    ("sync_timer", (AddModule(module=_A), Receive(module=_A), _REQUEST, *_TIMES)),
    ("sync", (AddModule(module=_A), _REQUEST, Receive(module=_A), SendResp(parent=_M1), *_TIMES, LookAtFields())),
    ("response", (*_MODULES, Receive(module=_A), _REQUEST, _GROUP_REQUEST, *_RESPONSES)),
    (
        "broadcast_full",
        (
            *_JOINED,
            _member(_B),
            SendToGroup(group=_G, id=_M1),
            Receive(module=_A),
            Receive(module=_B),
            Advance(_LATER),
        ),
    ),
    (
        "broadcast_closed",
        (CleanUp(module=_A), CleanUp(module=_B), SendToGroup(group=_G, id=_M1), Receive(module=_B), Advance(_LATER)),
    ),
    (
        "broadcast",
        (*_MODULES, *_SECOND, SendToGroup(group=_G, id=_M1), Receive(module=_A), Advance(_LATER), LookAtFields()),
    ),
    *ALPHABETS,
    ("", (*_MODULES, SendToGroup(group=_G, id=_M1), *_TRAFFIC)),
)
"""The steps that matter to the questions whose names begin so; the first that fits is taken."""


def alphabet(question: str, answers: Answers) -> tuple[Step, ...]:
    """Return the steps of which the probes of a question are made; a bounded channel is filled and drained by one."""
    prefix, steps = next(each for each in _ALPHABETS if question.startswith(each[0]))
    if not _is_bounded(answers) or prefix in BESIDE:
        return steps
    return (*steps, _fill(answers), Repeat(Receive(module=_A), int(answers.capacity)))


def opening(question: str, answers: Answers) -> tuple[Step, ...]:
    """Return the steps with which every probe of a question begins: a long probe is not found without them."""
    if not _is_bounded(answers):
        return ()
    match question:
        case "group_sync_put" | "broadcast_full":
            return (*_JOINED, _fill(answers))
        case "broadcast_closed":
            return (_member(_A), _member(_B), _fill(answers), _fill(answers, _B))
        case _:
            return ()


def _is_bounded(answers: Answers) -> bool:
    return answers.capacity != UNBOUNDED and int(answers.capacity) > 0


def _fill(answers: Answers, module: ModuleName = _A) -> Step:
    return Repeat(Send(module=module, id=_M0), int(answers.capacity))


def _timed(operation: SendSync | SendToGroupSync) -> Program:
    return Program((AddModule(module=_A), AddModuleGroup(module=_A, group=_G), operation, Advance(_FAR)))


_NUMBERS: Mapping[str, Program] = {
    "capacity": Program((AddModule(module=_A), Repeat(Send(module=_A, id=_M0), LARGEST_NUMBER))),
    "sync_zero": _timed(SendSync(module=_A, id=_M1, timeout=Milliseconds(0))),
    "sync_negative": _timed(SendSync(module=_A, id=_M1, timeout=Milliseconds(-1))),
    "group_sync_zero": _timed(SendToGroupSync(group=_G, id=_M1, timeout=Milliseconds(0))),
    "group_sync_negative": _timed(SendToGroupSync(group=_G, id=_M1, timeout=Milliseconds(-1))),
    "group_sync_look": Program(
        (
            AddModule(module=_A),
            AddModuleGroup(module=_A, group=_G),
            SendToGroupSync(group=_G, id=_M1, timeout=_FAR),
            SendResp(parent=_M1),
            Advance(Milliseconds(LARGEST_NUMBER - 1)),
        )
    ),
}
"""For each question that a number may answer, the program from whose history the number can be read."""


def _number(question: str, history: History) -> int | None:
    if question == "capacity":
        rounds = sum(seen.times for step in history.steps[1:2] for seen in step if seen.returned)
        return None if rounds == LARGEST_NUMBER else rounds
    if not history.steps:
        return None
    late = [each for seen in history.steps[-1] for each in seen.returned if each.operation == OperationNumber(3)]
    return int(late[0].ms) if late and late[0].ms else None
