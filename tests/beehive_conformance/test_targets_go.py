"""The Go target: the same words on both sides of the border, and what it says when Go is not there."""

from __future__ import annotations

import subprocess
import sys
import typing
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from beehive_conformance.programs.capability import Capability
from beehive_conformance.programs.program import Program
from beehive_conformance.targets import go
from beehive_conformance.targets.go import GoTarget, available, kind_of
from beehive_conformance.targets.target import TargetError
from beehive_go.build import versions
from beehive_spec.vocabulary import (
    AddModule,
    AddModuleGroup,
    Advance,
    CleanUp,
    ClientName,
    Died,
    ErrorKind,
    Failed,
    Fields,
    GotMessage,
    GroupName,
    History,
    InspectFields,
    Made,
    MakeMessage,
    MakeResponse,
    MessageId,
    Milliseconds,
    ModuleName,
    Operation,
    OperationNumber,
    Receive,
    Register,
    Repeat,
    Return,
    Returned,
    Seen,
    Send,
    SendResp,
    SendSync,
    SendToGroup,
    SendToGroupSync,
    Sleep,
    Start,
    Step,
    Together,
)

needs_go = pytest.mark.skipif(available() is not None, reason=str(available()))

M, G, ID, C = ModuleName("modül"), GroupName("group"), MessageId("1"), ClientName("client")
MS = Milliseconds(70_000)
OPERATIONS: tuple[Operation, ...] = (
    AddModule(module=M),
    AddModuleGroup(module=M, group=G),
    CleanUp(module=M),
    Send(module=M, id=ID),
    SendToGroup(group=G, id=ID),
    Receive(module=M),
    SendSync(module=M, id=ID, timeout=MS),
    SendToGroupSync(group=G, id=ID, timeout=Milliseconds(-1)),
    SendResp(parent=ID),
    Sleep(ms=MS),
    MakeMessage(),
    MakeMessage(parent=ID, source="s", group=G, operation="o", resource="r", content="ü"),
    MakeResponse(id=ID),
    MakeResponse(id=ID, content="c"),
)
OF_CLIENTS = tuple(msgspec.structs.replace(operation, client=C) for operation in OPERATIONS)
STEPS: tuple[Step, ...] = (
    *OPERATIONS,
    *OF_CLIENTS,
    Together(operations=()),
    Together(operations=OPERATIONS + OF_CLIENTS),
    *(Repeat(operation=operation, times=200) for operation in OPERATIONS + OF_CLIENTS),
    Advance(ms=MS),
    InspectFields(),
)


REGISTRATION = (Start, Register)


@pytest.fixture
def target() -> Iterator[GoTarget]:
    target = GoTarget()
    yield target
    target.close()


def run(target: GoTarget, *steps: Step) -> History:
    ((_, history),) = target.run([Program(steps)])
    return history


def returned(number: int, ms: int = 0) -> Return:
    return Return(OperationNumber(number), Returned(), Milliseconds(ms))


def sleep(ms: int, client: str = "") -> Sleep:
    return Sleep(ms=Milliseconds(ms), client=ClientName(client))


def test_every_kind_of_step_is_among_those_sent() -> None:
    assert {type(step) for step in STEPS} == set(typing.get_args(Step)) - set(REGISTRATION)


@needs_go
def test_messages_and_responses_are_made_with_their_parts_and_the_virtual_time(target: GoTarget) -> None:
    made = MakeMessage(parent=ID, source="s", group=G, operation="o", resource="r", content="c")
    history = run(target, made, Advance(MS), MakeResponse(id=ID, content="a"), Repeat(MakeMessage(), 3))
    found = [[(each.outcome, seen.times) for seen in step for each in seen.returned] for step in history.steps]
    assert found == [
        [(Made(parent=ID, source="s", group=G, operation="o", resource="r", content="c"), 1)],
        [],
        [(Made(parent=ID, content="a", timestamp=MS), 1)],
        [(Made(timestamp=MS), 3)],
    ]


@needs_go
def test_go_understands_every_kind_of_step_as_it_is_meant() -> None:
    from beehive_go.bridge import Bridge
    from beehive_go.build import build

    programs = [Program(()), Program(STEPS), *(Program((step,)) for step in STEPS)]
    with Bridge(build()) as bridge:
        echoed = bridge.echo([msgspec.msgpack.encode(program) for program in programs])
    assert msgspec.msgpack.decode(echoed, type=list[Program]) == programs


@needs_go
def test_every_form_of_what_is_seen_is_read(target: GoTarget) -> None:
    history = run(
        target,
        AddModule(module=M),
        AddModuleGroup(module=M, group=G),
        Repeat(operation=Send(module=M, id=ID), times=2),
        Receive(module=M),
        Receive(module=ModuleName("stranger")),
        SendSync(module=M, id=ID, timeout=Milliseconds(10)),
        InspectFields(),
        Advance(ms=Milliseconds(11)),
    )
    assert [tuple(msgspec.structs.replace(seen, logged="") for seen in step) for step in history.steps] == [
        (Seen(returned=(returned(1),)),),
        (Seen(returned=(returned(2),)),),
        (Seen(returned=(returned(3),), times=2),),
        (Seen(returned=(Return(OperationNumber(4), GotMessage(sent_by=OperationNumber(3))),)),),
        (Seen(returned=(failed(5, ErrorKind.UNKNOWN_MODULE, "failed to get channel for module(stranger)"),)),),
        (Seen(),),
        (Seen(fields=Fields(channels=(M,), type_channels=((G, (M,)),), anon_channels=(ID,))),),
        (Seen(returned=(failed(6, ErrorKind.TIMEOUT, "timeout to get response for message 1", 10),)),),
    ]
    assert history.died is None


def failed(number: int, kind: ErrorKind, text: str, ms: int = 0) -> Return:
    return Return(OperationNumber(number), Failed(kind, text), Milliseconds(ms))


@needs_go
def test_naps_are_kept_to_the_millisecond(target: GoTarget) -> None:
    history = run(
        target,
        Together(operations=(sleep(5, "a"), sleep(7, "a"), sleep(5))),
        Advance(ms=Milliseconds(4)),
        Advance(ms=Milliseconds(7)),
        Advance(ms=Milliseconds(1)),
        Repeat(operation=sleep(0), times=1000),
    )
    assert history.steps == (
        (Seen(),),
        (Seen(),),
        (Seen(returned=(returned(1, 1), returned(3, 1))),),
        (Seen(returned=(returned(2, 1),)),),
        (Seen(returned=(returned(4),), times=1000),),
    )


@needs_go
def test_channels_that_are_replaced_cost_no_memory_of_ours(target: GoTarget) -> None:
    # All of them at once would take more than a worker may have.
    replace = Repeat(operation=AddModule(module=M), times=10_000)
    waiting = (AddModule(module=ModuleName("other")), Receive(module=ModuleName("other")))
    for _, history in target.run([Program((replace,)), Program((*waiting, replace))]):
        assert history.died is None
        ((seen,),) = history.steps[-1:]
        assert seen.times == replace.times


@needs_go
def test_no_case_knows_of_another(target: GoTarget) -> None:
    program = Program((InspectFields(), AddModule(module=M), Send(module=M, id=ID), InspectFields()))
    histories = [history for _, history in target.run([program] * 250)]
    assert histories == histories[:1] * 250
    assert histories[0].steps[0] == (Seen(fields=Fields()),)
    assert not target.leaks


@needs_go
def test_a_death_ends_the_history(target: GoTarget) -> None:
    from beehive_go.bridge import Bridge
    from beehive_go.build import build

    target._bridge = Bridge(build(faults=True))
    deadly = Program((sleep(0), Send(module=ModuleName("fault:panic"), id=ID), sleep(0)))
    harmless = Program((sleep(0),))
    (_, first), (_, death), (_, last) = target.run([harmless, deadly, harmless])
    assert first == last == History(steps=((Seen(returned=(returned(1),)),),))
    assert death.steps == first.steps
    assert isinstance(death.died, Died)
    assert death.died.kind == "panic"
    assert death.died.text.startswith("panic: planted")


@needs_go
@pytest.mark.parametrize("version", versions())
def test_every_version_that_is_served_runs(version: str) -> None:
    target = GoTarget(version)
    history = run(target, AddModule(module=M), InspectFields())
    target.close()
    assert history.steps[1] == (Seen(fields=Fields(channels=(M,))),)


def test_the_name_has_the_version(target: GoTarget) -> None:
    assert target.name == "go:v1.13.0"
    assert target.capabilities == frozenset(Capability) - go.LACKING


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("bad request module name(twin)", ErrorKind.UNKNOWN_MODULE),
        ("failed to get channel for module(twin)", ErrorKind.UNKNOWN_MODULE),
        ("failed to get channel for module()", ErrorKind.UNKNOWN_MODULE),
        ("failed to get channel for module(two\nlines))", ErrorKind.UNKNOWN_MODULE),
        ("failed to get module type(hub) channel list", ErrorKind.UNKNOWN_GROUP),
        ("timeout to get response for message q1", ErrorKind.TIMEOUT),
        ("timeout to get response", ErrorKind.TIMEOUT),
        ("timeout to send message", ErrorKind.TIMEOUT),
        ("Timeout to send message", ErrorKind.TIMEOUT),
        ("timeout to send message q1", ErrorKind.TIMEOUT),
        ("timeout to send message, several 1 timeout when send", ErrorKind.TIMEOUT),
        ("timeout to send", ErrorKind.OTHER),
        ("the module twin: bad request module name(twin)", ErrorKind.OTHER),
        ("", ErrorKind.OTHER),
    ],
)
def test_texts_that_were_seen_have_a_kind_and_all_others_have_none(text: str, kind: ErrorKind) -> None:
    assert kind_of(text) is kind


def test_without_go_the_target_says_so(target: GoTarget, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    build = pytest.importorskip("beehive_go.build")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv("BEEHIVE_NO_DOWNLOAD", raising=False)
    monkeypatch.setattr(build.importlib.util, "find_spec", lambda name: None if name == "pip" else name)
    assert available() == "NOT available: there is no Go of version 1.25 or later, and no pip to install one with"
    with pytest.raises(TargetError, match=r"go:v1\.13\.0 is NOT available: there is no Go"):
        run(target, sleep(0))


def test_without_cffi_the_target_says_so(target: GoTarget, monkeypatch: pytest.MonkeyPatch) -> None:
    build = pytest.importorskip("beehive_go.build")
    monkeypatch.setattr(build.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(TargetError, match=r"NOT available: cffi is not installed: install the extra \[go\]"):
        run(target, sleep(0))


def test_a_version_that_cannot_be_built_is_not_available() -> None:
    pytest.importorskip("cffi")
    with pytest.raises(TargetError, match=r"go:v0\.0\.1 is NOT available: beehive v0\.0\.1 cannot be built"):
        list(GoTarget("v0.0.1").run([Program(())]))


def test_the_target_is_imported_without_cffi_and_without_the_bridge() -> None:
    code = (
        "import sys; sys.modules['cffi'] = sys.modules['_cffi_backend'] = sys.modules['beehive_go'] = None;"
        f"import {go.__name__}"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
