"""Off-bus operations on the targets of the reference: messages are made and compared, modules register."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import msgspec
import pytest
from beehive import Header, Message, Route
from beehive_conformance.checking.judge import Judge, VerdictKind
from beehive_conformance.generation.random_programs import random_programs
from beehive_conformance.programs.capability import Capability
from beehive_conformance.programs.program import Program, needed, operations
from beehive_conformance.targets.reference import translate
from beehive_conformance.targets.reference.aio import AioTarget, AioViewTarget
from beehive_conformance.targets.reference.core import CoreTarget
from beehive_conformance.targets.reference.preempt import PreemptedTarget
from beehive_conformance.targets.reference.threads import ThreadsTarget
from beehive_conformance.targets.target import Target
from beehive_spec.answers import Answers
from beehive_spec.vocabulary import (
    PARTS,
    Advance,
    ErrorKind,
    Failed,
    Fields,
    GotMessage,
    GroupName,
    InspectFields,
    Made,
    MakeMessage,
    MakeResponse,
    MessageId,
    Milliseconds,
    ModuleName,
    OperationNumber,
    Register,
    Returned,
    Start,
    Together,
)

A, B, ODD = ModuleName("a"), ModuleName("b"), ModuleName('no: "x"\n# y')
ID = MessageId("m1")
TARGETS = (CoreTarget, ThreadsTarget, AioTarget, AioViewTarget, PreemptedTarget)


@pytest.fixture(params=TARGETS, ids=lambda each: each.__name__)
def target(request: pytest.FixtureRequest) -> Iterator[Target]:
    target: Target = request.param()
    yield target
    target.close()


def test_messages_have_the_virtual_time_on_every_target(target: Target) -> None:
    program = Program((MakeMessage(), Advance(Milliseconds(1234)), MakeResponse(id=ID, content="c")))
    ((_, history),) = target.run((program,))
    outcomes = [each.outcome for step in history.steps for seen in step for each in seen.returned]
    assert outcomes == [Made(), Made(parent=ID, content="c", timestamp=1234)]


def test_modules_register_with_a_real_file_on_every_target(target: Target) -> None:
    enabled = (A, ODD, ModuleName("no"), A)
    program = Program(
        (Start(enabled=enabled, modules=(ODD, B)), Register(module=A, implementation="x"), InspectFields())
    )
    ((_, history),) = target.run((program,))
    assert history.steps[-1][0].fields == Fields(
        modules=((A, "x"), (ODD, "")),
        disabled_modules=((B, ""),),
    )


def test_registering_before_the_start_fails_because_there_is_no_file(target: Target) -> None:
    ((_, history),) = target.run((Program((Register(module=A),)),))
    ((seen,),) = history.steps
    outcome = seen.returned[0].outcome
    assert isinstance(outcome, Failed)
    assert outcome.kind is ErrorKind.OTHER
    assert "no modules.yaml was read" in outcome.text


def test_random_programs_with_off_bus_operations_conform(target: Target) -> None:
    programs = list(random_programs(4, 150, 16, off_bus=frozenset(Capability)))
    judge = Judge(Answers())
    kinds = [judge.judge(*each).kind for each in target.run(programs)]
    assert set(kinds) == {VerdictKind.CONFORMS}
    assert sum(bool(needed(program)) for program in programs) > 80


def test_one_of_two_modules_that_register_under_one_name_at_one_instant_is_refused() -> None:
    both = Together((Register(module=A, implementation="x"), Register(module=A, implementation="y")))
    programs = [Program((Start(modules=(ModuleName(f"{number}"),)), both, InspectFields())) for number in range(60)]
    target, judge = PreemptedTarget(), Judge(Answers())
    kinds = {judge.judge(*each).kind for each in target.run(programs)}
    target.close()
    assert kinds == {VerdictKind.CONFORMS}


SENT = translate.message(OperationNumber(7), ID)
CHANGES: dict[str, Callable[[Header, Route], tuple[Header, Route]]] = {
    "group": lambda header, route: (header, route._replace(group="x")),
    "id": lambda header, route: (header._replace(id="x"), route),
    "operation": lambda header, route: (header, route._replace(operation="x")),
    "parent": lambda header, route: (header._replace(parent_id="x"), route),
    "resource": lambda header, route: (header, route._replace(resource="x")),
    "source": lambda header, route: (header, route._replace(source="x")),
    "timestamp": lambda header, route: (header._replace(timestamp=0), route),
}


@pytest.mark.parametrize("part", CHANGES)
def test_each_part_that_changes_on_the_way_is_named(part: str) -> None:
    changed = Message(SENT.content, *CHANGES[part](SENT.header, SENT.route))
    assert translate.outcome(changed) == GotMessage(OperationNumber(7), changed=(part,))


def test_a_message_that_lost_its_content_is_identified_by_its_source() -> None:
    lost = Message(None, SENT.header, SENT.route)
    assert translate.outcome(lost) == GotMessage(OperationNumber(7), changed=("content",))
    assert translate.outcome(Message(None)) == GotMessage()


def test_every_part_is_compared_and_no_two_messages_share_one() -> None:
    assert tuple(sorted((*CHANGES, "content"))) == PARTS
    other = translate.response(OperationNumber(8), MessageId("m2"))
    assert translate.outcome(SENT.as_sync()) == GotMessage(OperationNumber(7), True)
    mixed = Message(SENT.content, other.header, other.route)
    assert translate.outcome(mixed) == GotMessage(OperationNumber(7), changed=tuple(CHANGES))


def test_a_result_without_a_message_is_a_plain_return() -> None:
    assert translate.outcome(None) == translate.outcome(()) == translate.outcome(Returned()) == Returned()
    assert translate.outcome(Made(content="x")) == Made(content="x")


def test_a_program_needs_what_its_operations_need() -> None:
    make, register = MakeMessage(group=GroupName("g")), Register(module=A)
    assert needed(Program((InspectFields(),))) == frozenset()
    assert needed(Program((Together((make, register)),))) == {Capability.MESSAGES, Capability.REGISTRATION}
    decoded = msgspec.json.decode(msgspec.json.encode(Program((make, register))), type=Program)
    assert [each for step in decoded.steps for each in operations(step)] == [make, register]
