"""The kind of a worker's end follows from its exit status and its standard error."""

from __future__ import annotations

import pytest
from beehive_go.process import TEXT_KEPT, end_of


@pytest.mark.parametrize(
    ("status", "said", "kind", "text"),
    [
        (0, "", "exit", "exit status 0"),
        (3, "bye\n", "exit", "exit status 3\nbye"),
        (2, "noise\npanic: oh\n\ngoroutine 1:", "panic", "panic: oh\n\ngoroutine 1:"),
        (-6, "panic: oh\n\ngoroutine 1:", "panic", "panic: oh\n\ngoroutine 1:"),
        (-6, "fatal error: oh", "fatal", "fatal error: oh"),
        (-6, "Aborted", "fatal", "killed by signal 6\nAborted"),
        (2, "fatal error: all asleep\n\npanic: no", "fatal", "fatal error: all asleep\n\npanic: no"),
        (2, "fatal error: runtime: out of memory", "memory", "fatal error: runtime: out of memory"),
        (2, "runtime: out of memory: x\nfatal error: y", "memory", "runtime: out of memory: x\nfatal error: y"),
        (2, "nothing of the kind", "exit", "exit status 2\nnothing of the kind"),
        (255, "F1123 panic: in a line of the log", "exit", "exit status 255\nF1123 panic: in a line of the log"),
        (-9, "", "memory", "killed by signal 9, as the system does when memory runs out"),
        (-11, "", "fatal", "killed by signal 11"),
    ],
)
def test_an_end_has_a_kind_and_a_text(status: int, said: str, kind: str, text: str) -> None:
    assert end_of(status, said) == (kind, text)


def test_the_text_of_an_end_is_bounded() -> None:
    for said in ("panic: " + "x" * 10_000, "x" * 10_000):
        assert len(end_of(2, said)[1]) <= TEXT_KEPT + len("exit status 2\n")
