"""Steps and what was seen of them, in words."""

from pathlib import Path

import pytest
from beehive_conformance.programs.program_file import read_program
from beehive_conformance.programs.wording import died_text, kind_text, outcome_text, rounds_text, seen_text, step_text
from beehive_spec.vocabulary import (
    DeathKind,
    Died,
    ErrorKind,
    Failed,
    Fields,
    GotMessage,
    GroupName,
    Level,
    Made,
    MessageId,
    Milliseconds,
    ModuleName,
    OperationNumber,
    Return,
    Returned,
    Seen,
)

STEPS = """program:
  - {op: add_module, module: a, client: c1}
  - {op: add_module_group, module: a, group: "my group"}
  - {op: clean_up, module: ""}
  - {op: send_sync, module: a, id: m1, timeout: -1}
  - {op: send_resp, parent: m1}
  - {op: advance, ms: 5}
  - {op: inspect_fields}
  - {op: together, operations: [{op: sleep, ms: 5, client: c1}, {op: receive, module: "\\x01"}]}
  - {op: make_message}
  - {op: make_message, parent: m1, source: s, group: g, operation: update, resource: "a lamp", content: "on"}
  - {op: make_response, id: m1, content: x}
  - {op: start, enabled: [a, b], modules: [a, ""], client: c1}
  - {op: register, module: a, implementation: x}
  - {op: repeat, operation: {op: send, module: a, id: m1}, times: 3}
"""
TEXTS = [
    "add_module a (client c1)",
    'add_module_group a "my group"',
    'clean_up ""',
    "send_sync a m1, timeout -1 ms",
    "send_resp to m1",
    "advance 5 ms",
    "inspect fields",
    "together: sleep 5 ms (client c1) | receive '\\x01'",
    "make_message",
    'make_message, parent m1, source s, group g, operation update, resource "a lamp", content on',
    "make_response to m1, content x",
    'start enabled [a, b], modules [a, ""] (client c1)',
    "register a, implementation x",
    "3 times: send a m1",
]


def returned(number: int, ms: int = 0) -> Return:
    return Return(OperationNumber(number), Returned(), Milliseconds(ms))


def test_a_step_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "steps.yaml"
    path.write_text(STEPS)
    assert [step_text(step) for step in read_program(path).steps] == TEXTS


@pytest.mark.parametrize(
    ("outcome", "text", "kind"),
    [
        (Returned(), "returned", "returned"),
        (GotMessage(OperationNumber(2)), "message of 2", "returned a message"),
        (GotMessage(OperationNumber(2), True), "message of 2, sync", "returned a message"),
        (GotMessage(), "a message that nobody sent", "returned a message that nobody sent"),
        (
            GotMessage(OperationNumber(2), changed=("id", "source")),
            "message of 2, changed: id, source",
            "returned a message that was changed",
        ),
        (Made(), "made a message, timestamp +0", "made a message"),
        (
            Made(is_new=False, sync=True, content="on", timestamp=5),
            "made a message whose id is not new, content on, sync, timestamp +5",
            "made a message",
        ),
        (Failed(ErrorKind.TIMEOUT, "whatever"), "error: timeout", "ended with the error timeout"),
        (Failed(ErrorKind.OTHER, "odd"), "error: another error (odd)", "ended with the error another error"),
    ],
)
def test_an_outcome_is_a_few_words(outcome: object, text: str, kind: str) -> None:
    assert outcome_text(outcome) == text  # type: ignore[arg-type]  # the table holds nothing else
    assert kind_text(outcome) == kind  # type: ignore[arg-type]  # the table holds nothing else


def test_what_was_seen_is_one_line() -> None:
    fields = Fields((ModuleName("a"),), ((GroupName("g"), (ModuleName("a"),)),), (MessageId("m1"),))
    assert seen_text(Seen()) == "nothing returned"
    assert seen_text(Seen(returned=(returned(1), returned(2, 5)))) == "1 returned; 2 returned at 5 ms"
    assert seen_text(Seen(fields=fields)) == "channels [a], groups {g: [a]}, requests [m1]"
    registered = Fields(modules=((ModuleName("a"), "x"),), disabled_modules=((ModuleName("b"), ""),))
    assert seen_text(Seen(fields=registered)) == (
        'channels [], groups {}, requests [], modules {a: x}, disabled modules {b: ""}'
    )
    assert seen_text(Seen(logged=Level.ERROR)) == "logged: error"
    rounds = (Seen(returned=(returned(1),), times=4), Seen())
    assert rounds_text(rounds) == "1 returned (4 times), then nothing returned"


def test_a_death_is_described_by_the_first_line_of_its_last_output() -> None:
    assert died_text(Died(DeathKind.PANIC, "\n  panic: oh\nmore")) == "the process died (panic): panic: oh"
    assert died_text(Died(DeathKind.HUNG)) == "the process died (hung)"
