"""The protocol for processes that run an implementation, in both encodings."""

from __future__ import annotations

import msgspec
import pytest
from beehive_conformance.programs.capability import Capability
from beehive_conformance.programs.program import Program
from beehive_conformance.targets.protocol import (
    PROTOCOL_VERSION,
    AdapterMessage,
    Alive,
    ClockKind,
    Greeting,
    Hello,
    Run,
    RunDied,
    Skipped,
    Steps,
    Stop,
    SuiteMessage,
    read_hello,
)
from beehive_spec.vocabulary import AddModule, DeathKind, History, ModuleName, Seen

PROGRAM = (AddModule(module=ModuleName("edged")),)
SEEN = ((Seen(),),)
HELLO = Hello(PROTOCOL_VERSION, "a bus", "1.2", "Rust", (Capability.FIELDS,), ClockKind.VIRTUAL, 8)


@pytest.mark.parametrize(
    ("message", "line"),
    [
        (Greeting("0.1.0", 1), '{"type":"hello","suite":"0.1.0","protocol":1}'),
        (Run(7, PROGRAM), '{"type":"run","seq":7,"steps":[{"op":"add_module","module":"edged"}]}'),
        (Stop(), '{"type":"stop"}'),
    ],
)
def test_messages_of_the_suite_are_lines_of_json(message: SuiteMessage, line: str) -> None:
    assert msgspec.json.encode(message).decode() == line
    assert msgspec.json.decode(line, type=SuiteMessage) == message


@pytest.mark.parametrize(
    ("message", "line"),
    [
        (
            HELLO,
            '{"type":"hello","protocol":1,"name":"a bus","version":"1.2","language":"Rust",'
            '"capabilities":["fields"],"time":"virtual","window":8}',
        ),
        (Steps(7, SEEN), '{"type":"steps","seq":7,"steps":[[{}]]}'),
        (Skipped(7, "no logs"), '{"type":"skipped","seq":7,"reason":"no logs"}'),
        (
            RunDied(7, DeathKind.PANIC, "oh", SEEN),
            '{"type":"died","seq":7,"kind":"panic","text":"oh","steps":[[{}]]}',
        ),
        (Alive(7), '{"type":"alive","seq":7}'),
    ],
)
def test_messages_of_an_adapter_are_lines_of_json(message: AdapterMessage, line: str) -> None:
    assert msgspec.json.encode(message).decode() == line
    assert msgspec.json.decode(line, type=AdapterMessage) == message


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ('{"type":"alive","seq":1}', '{"type":"fly","seq":1}'),
        ('{"type":"alive","seq":1}', '{"type":"alive","seq":0}'),
        ('{"type":"alive","seq":1}', '{"type":"alive","seq":1,"speed":2}'),
        (
            '{"type":"steps","seq":1,"steps":[[{"times":1}]]}',
            '{"type":"steps","seq":1,"steps":[[{"times":"1"}]]}',
        ),
    ],
)
def test_a_wrong_message_is_refused(right: str, wrong: str) -> None:
    msgspec.json.decode(right, type=AdapterMessage)
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(wrong, type=AdapterMessage)


def test_a_packed_program_is_a_run_without_its_number() -> None:
    run = msgspec.to_builtins(Run(7, PROGRAM))
    assert msgspec.to_builtins(Program(PROGRAM)) == {"steps": run["steps"]}


def test_a_packed_history_is_the_steps_without_their_number() -> None:
    steps = msgspec.to_builtins(Steps(7, SEEN))
    assert msgspec.to_builtins(History(SEEN)) == {"steps": steps["steps"]}


def test_a_hello_is_read_from_messagepack() -> None:
    assert read_hello(msgspec.msgpack.encode(HELLO)) == HELLO


def test_a_hello_of_another_version_is_refused_whatever_else_it_says() -> None:
    later = {"type": "hello", "protocol": PROTOCOL_VERSION + 1, "colour": "red"}
    with pytest.raises(ValueError, match="speaks version 2 of the protocol, not 1"):
        read_hello(msgspec.msgpack.encode(later))
