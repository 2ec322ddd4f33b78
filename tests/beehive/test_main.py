"""The command `python -m beehive`: what it says of bad input and of modules that did not stop."""

from __future__ import annotations

from pathlib import Path

import pytest
from beehive import Message
from beehive.__main__ import main
from beehive.host.registration import ModuleCore, Report


@pytest.mark.parametrize("grace", ["-1", "nan"])
def test_a_grace_that_is_no_time_is_refused(grace: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as refused:
        main(["modules.yaml", "--grace", grace])
    assert refused.value.code == 2
    assert "it must be 0 or more seconds" in capsys.readouterr().err


def test_modules_that_failed_ran_on_or_left_messages_are_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    messages = (Message("a"), Message("b"))
    report = Report((), failed={"edged": KeyError("boom")}, running=("hub",), left={"twin": messages})
    monkeypatch.setattr(ModuleCore, "run", lambda core, grace: report)
    path = tmp_path / "modules.yaml"
    path.write_text("modules: {enabled: []}\n", encoding="utf-8")
    assert main([str(path)]) == 1
    assert capsys.readouterr().err.splitlines() == [
        "beehive: 'edged' failed: KeyError('boom')",
        "beehive: 'hub' did not stop in time",
        "beehive: 'twin' left 2 messages unreceived",
    ]
