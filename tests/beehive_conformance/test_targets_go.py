"""The Go target: both sides read programs, histories and the hello alike, and it says when there is no Go."""

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
from beehive_conformance.targets.go import GoTarget, kind_of, worker_readiness
from beehive_conformance.targets.protocol import PROTOCOL_VERSION, ClockKind, Hello
from beehive_conformance.targets.target import NotAvailable, Readiness, TargetError
from beehive_go.compiling import SOURCES, pinned_versions
from beehive_go.protocol import BATCH_PROGRAMS, BATCHES_IN_FLIGHT
from beehive_go.source import NEWEST_RELEASE, Release
from beehive_go.versions import NEWEST
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
    Level,
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

needs_go = pytest.mark.skipif(
    bool(worker_readiness(NEWEST_RELEASE).missing), reason=worker_readiness(NEWEST_RELEASE).missing
)

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
    target = GoTarget(NEWEST_RELEASE)
    yield target
    target.close()


def run(target: GoTarget, *steps: Step) -> History:
    ((_, history),) = target.run([Program(steps)])
    return history


def returned(number: int, ms: int = 0) -> Return:
    return Return(OperationNumber(number), Returned(), Milliseconds(ms))


def sleep(ms: int, client: str = "") -> Sleep:
    return Sleep(ms=Milliseconds(ms), client=ClientName(client))


def test_every_kind_of_step_is_sent_but_those_of_registration() -> None:
    assert {type(step) for step in STEPS} == set(typing.get_args(Step)) - set(REGISTRATION)


@needs_go
def test_messages_and_responses_are_made_with_their_parts_and_virtual_time(target: GoTarget) -> None:
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
def test_go_understands_every_kind_of_step() -> None:
    from beehive_go.bridge import Bridge
    from beehive_go.build import build

    programs = [Program(()), Program(STEPS), *(Program((step,)) for step in STEPS)]
    with Bridge(build()) as bridge:
        echoed = bridge.echo([msgspec.msgpack.encode(program) for program in programs])
    assert msgspec.msgpack.decode(echoed, type=list[Program]) == programs


@needs_go
def test_every_form_of_a_history_is_read(target: GoTarget) -> None:
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
def test_sleeps_are_kept_to_the_millisecond(target: GoTarget) -> None:
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
def test_replaced_channels_take_no_memory(target: GoTarget) -> None:
    # All of them together would exceed the memory limit of a worker.
    replace = Repeat(operation=AddModule(module=M), times=10_000)
    waiting = (AddModule(module=ModuleName("other")), Receive(module=ModuleName("other")))
    ran = list(target.run([Program((replace,)), Program((*waiting, replace))]))
    assert len(ran) == 2
    for _, history in ran:
        assert history.died is None
        ((seen,),) = history.steps[-1:]
        assert seen.times == replace.times


@needs_go
def test_cases_do_not_affect_each_other(target: GoTarget) -> None:
    program = Program((InspectFields(), AddModule(module=M), Send(module=M, id=ID), InspectFields()))
    histories = [history for _, history in target.run([program] * 250)]
    assert histories == histories[:1] * 250
    assert histories[0].steps[0] == (Seen(fields=Fields()),)
    assert not target.leaks


@needs_go
def test_a_death_ends_the_history(target: GoTarget) -> None:
    from beehive_go.bridge import Bridge
    from beehive_go.build import build

    hello = target._open().hello
    target.close()
    target._worker = go._Worker(Bridge(build(faults=True)), hello)
    deadly = Program((sleep(0), Send(module=ModuleName("fault:panic"), id=ID), sleep(0)))
    harmless = Program((sleep(0),))
    (_, first), (_, death), (_, last) = target.run([harmless, deadly, harmless])
    assert first == last == History(steps=((Seen(returned=(returned(1),)),),))
    assert death.steps == first.steps
    assert isinstance(death.died, Died)
    assert death.died.kind == "panic"
    assert death.died.text.startswith("panic: planted")


@needs_go
@pytest.mark.parametrize("version", sorted(pinned_versions()))
def test_every_version_runs_and_introduces_itself(version: str) -> None:
    target = GoTarget(Release(version))
    hello = target._open().hello
    history = run(target, AddModule(module=M), InspectFields())
    target.close()
    assert hello == Hello(
        protocol=PROTOCOL_VERSION,
        name="KubeEdge beehive",
        version=version,
        language="Go",
        capabilities=hello.capabilities,
        time=ClockKind.VIRTUAL,
        window=BATCHES_IN_FLIGHT * BATCH_PROGRAMS,
    )
    assert target.capabilities == set(hello.capabilities) == set(Capability) - {Capability.REGISTRATION}
    assert history.steps[1] == (Seen(fields=Fields(channels=(M,))),)


def test_the_name_has_the_version(target: GoTarget) -> None:
    assert target.name == f"go:{NEWEST}"


def test_the_hello_that_the_tests_in_go_expect_is_the_one_of_the_protocol() -> None:
    text = SOURCES.joinpath("wire", "testdata", "hello.json").read_bytes()
    assert msgspec.json.decode(text, type=Hello) == Hello(
        protocol=PROTOCOL_VERSION,
        name="a bus",
        version="v1",
        language="Go",
        capabilities=(Capability.FIELDS, Capability.LOGS),
        time=ClockKind.VIRTUAL,
        window=200,
    )


def test_the_history_that_the_tests_in_go_expect_is_the_one_of_the_vocabulary() -> None:
    text = SOURCES.joinpath("wire", "testdata", "history.json").read_bytes()
    changed = ("content", "timestamp")
    made = Made(False, ID, True, "s", GroupName("g"), "o", "r", "c", -2)
    returns = (
        returned(1),
        Return(OperationNumber(2), GotMessage(OperationNumber(1), True, changed), Milliseconds(5)),
        Return(OperationNumber(3), GotMessage()),
        failed(4, ErrorKind.OTHER, "no channel"),
        Return(OperationNumber(5), Made()),
        Return(OperationNumber(6), made),
    )
    m, n = ModuleName("m"), ModuleName("n")
    fields = Fields(channels=(m,), type_channels=((GroupName("g"), (m, n)),), anon_channels=(ID,))
    assert msgspec.json.decode(text, type=History) == History(
        steps=(
            (Seen(returned=returns, logged=Level.WARNING),),
            (Seen(fields=fields),),
            (Seen(returned=(returned(7),), times=3), Seen(logged=Level.ERROR)),
            (Seen(),),
        )
    )


@needs_go
@pytest.mark.parametrize(
    ("hello", "says"),
    [
        ({"type": "hello", "protocol": 2}, "version 2 of the protocol, not 1"),
        ({"type": "hello", "protocol": 1, "name": "x"}, "missing required field `version`"),
        ({"type": "hello", "protocol": "1"}, r"Expected `int`, got `str` - at `\$\.protocol`"),
        ([], "Expected `object`, got `array`"),
    ],
)
def test_a_worker_with_another_hello_is_refused(
    target: GoTarget, hello: object, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("beehive_go.bridge.Bridge.hello", lambda bridge: msgspec.msgpack.encode(hello))
    with pytest.raises(TargetError, match=rf"^go:{NEWEST}: .*{says}"):
        run(target, sleep(0))


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
def test_only_texts_that_were_observed_have_a_kind(text: str, kind: ErrorKind) -> None:
    assert kind_of(text) is kind


def test_without_go_the_target_says_so(target: GoTarget, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    build = pytest.importorskip("beehive_go.build")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv("BEEHIVE_NO_DOWNLOAD", raising=False)
    monkeypatch.setattr(build.importlib.util, "find_spec", lambda name: None if name == "pip" else name)
    why = "there is no Go of version 1.25 or later, and there is no pip to install one"
    assert worker_readiness(NEWEST_RELEASE) == Readiness(missing=why)
    with pytest.raises(NotAvailable, match=f"^go:{NEWEST} is NOT available: {why}$"):
        run(target, sleep(0))


def test_without_cffi_the_target_says_so(target: GoTarget, monkeypatch: pytest.MonkeyPatch) -> None:
    build = pytest.importorskip("beehive_go.build")
    monkeypatch.setattr(build.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(TargetError, match=r"NOT available: cffi is not installed: install the extra \[go\]"):
        run(target, sleep(0))


@needs_go
def test_a_version_that_no_proxy_serves_is_not_available(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOPROXY", tmp_path.as_uri())
    why = r"no module proxy serves it: reading file://.*/v0\.0\.1\.info: no such file or directory"
    with pytest.raises(NotAvailable, match=rf"^go:v0\.0\.1 is NOT available: {why}$"):
        list(GoTarget(Release("v0.0.1")).run([Program(())]))


def test_the_target_is_imported_without_cffi_and_without_the_bridge() -> None:
    code = (
        "import sys; sys.modules['cffi'] = sys.modules['_cffi_backend'] = sys.modules['beehive_go'] = None;"
        f"import {go.__name__}"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
