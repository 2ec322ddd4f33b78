"""A checkout of the Go module is a target like any other."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from beehive_conformance.checking.judge import VerdictKind
from beehive_conformance.commands import command_line
from beehive_conformance.commands.baseline import chosen_baselines
from beehive_conformance.deviations import OverlayName
from beehive_conformance.deviations.baseline_file import write_baseline
from beehive_conformance.deviations.baselines import Baseline
from beehive_conformance.errors import InputError
from beehive_conformance.programs.capability import Capability
from beehive_conformance.programs.program import Program
from beehive_conformance.reports.comparison import compare_lines
from beehive_conformance.reports.schema import ChangedAnswerLine, ChangedHistoriesLine, FindingLine, Heading
from beehive_conformance.runs.confirm import confirmed
from beehive_conformance.runs.examine import Examination, examine
from beehive_conformance.runs.plan import Plan
from beehive_conformance.targets.registry import description, open_target, readiness, recorded_baseline
from beehive_conformance.targets.spec import TargetSpec
from beehive_go.versions import NEWEST
from beehive_spec.answers import Answers
from beehive_spec.vocabulary import (
    AddModule,
    Fields,
    GotMessage,
    InspectFields,
    MessageId,
    ModuleName,
    OperationNumber,
    Receive,
    Return,
    Seen,
    Send,
)

pytest.importorskip("cffi", reason="the extra [go] is not installed")

RELEASED = TargetSpec.parse(f"go:{NEWEST}")
QUICK = Plan(seed=0, examples=60, exhaustive=0)
EXAMPLE = Path(__file__).parents[2] / "examples" / "receiver_of_a_module_that_leaves.yaml"


def of(folder: Path) -> TargetSpec:
    return TargetSpec.parse(f"go:{folder}")


def examined(spec: TargetSpec) -> Examination:
    # The baseline of the version, because a copy of it has none of its own.
    baseline = recorded_baseline(RELEASED)
    assert baseline is not None
    found = examine(spec, baseline.answers, baseline.records, QUICK)
    assert found.not_judged_because == ""
    return found


@pytest.fixture(scope="module")
def before() -> Examination:
    return examined(RELEASED)


def verdicts(found: Examination) -> dict[str, VerdictKind]:
    return {scenario.name: scenario.kind for scenario in found.scenarios}


def proved(found: Examination) -> set[OverlayName]:
    return {proof.record.overlay for proof in found.proofs if proof.holds}


def differences(before: Examination, after: Examination) -> list[object]:
    """What a comparison says beyond what both have."""
    found: list[object] = []
    for line in compare_lines(before, confirmed(before, after, QUICK), QUICK):
        match line:
            case FindingLine(heading=Heading.UNCHANGED):
                pass
            case FindingLine() | ChangedAnswerLine() | ChangedHistoriesLine():
                found.append(line)
            case _:
                pass
    return found


def test_a_checkout_is_read_back_by_the_name_that_reports_have(copied: Path) -> None:
    spec = of(copied)
    assert str(spec).startswith(f"go:{copied}#")
    assert TargetSpec.parse(str(spec)) == spec
    assert str(copied) in description(spec)
    assert open_target(spec).name == str(spec)
    assert readiness(spec).missing == ""


def test_a_named_target_is_listed_alone(copied: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line(["targets", "core", f"go:{copied}"]) == 0
    first, second, *notes = capsys.readouterr().out.splitlines()
    assert first.split()[:2] == ["core", "available"]
    assert second.split()[:2] == [str(of(copied)), "available"]
    assert len(notes) == 2
    assert "built with go" in notes[0]


def test_two_names_of_one_checkout_are_not_compared(copied: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line(["compare", f"go:{copied}", f"go:{copied}/."]) == 2
    assert "give two different targets" in capsys.readouterr().err


def test_a_dot_is_a_path(copied: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(copied)
    assert TargetSpec.parse("go:.") == TargetSpec.parse("go:./") == of(copied)


def test_a_checkout_that_is_none_is_bad_input(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line(["run", f"go:{tmp_path}"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"beehive-conformance: go:{tmp_path} is no Go module: it has no go.mod; expected ")
    with pytest.raises(InputError, match="with a / in the path"):
        TargetSpec.parse("go:beehive")


def test_a_baseline_of_a_checkout_is_refused_once_its_files_have_changed(copied: Path, tmp_path: Path) -> None:
    path = tmp_path / "copied.yaml"
    measured = of(copied)
    write_baseline(path, Baseline(str(measured), Answers(), (), {}))
    assert set(chosen_baselines([str(path)], [measured]).by_target) == {str(measured)}
    (copied / "pkg" / "core" / "channel" / "new.go").write_text("package channel\n")
    with pytest.raises(InputError) as raised:
        chosen_baselines([str(path)], [of(copied)])
    assert str(raised.value) == f"{path}: the baseline of {measured}; expected one of {of(copied)}"


@pytest.mark.slow
def test_an_unchanged_copy_is_judged_as_the_version(before: Examination, released: Path) -> None:
    after = examined(of(released))
    assert after.lacks == before.lacks
    assert verdicts(after) == verdicts(before) != {}
    assert differences(before, after) == []


@pytest.mark.slow
def test_a_layout_that_no_version_has_is_judged_as_the_version_but_for_its_fields(
    before: Examination, fourth_layout: Path
) -> None:
    after = examined(of(fourth_layout))
    assert after.lacks - before.lacks == {Capability.FIELDS}
    assert not after.findings
    # The verdicts are those of the same histories without the fields.
    assert verdicts(after) == verdicts(before) != {}
    needs_fields = {record.overlay for record in before.records if InspectFields() in record.program.steps}
    assert proved(before) - proved(after) == needs_fields != set()
    assert {proof.record.overlay for proof in after.proofs} == proved(after) != set()
    assert not [line for line in differences(before, after) if isinstance(line, ChangedHistoriesLine)]


@pytest.mark.slow
def test_what_the_package_remembers_does_not_reach_the_next_case(copied: Path, change: Callable[..., None]) -> None:
    change(copied, "pkg/core/channel.Send+if sent++; sent > 3 { return }")
    (copied / "pkg" / "core" / "channel" / "sent.go").write_text("package channel\n\nvar sent int\n")
    name = ModuleName("m")
    steps = (AddModule(module=name), Send(module=name, id=MessageId("1")), Receive(module=name), InspectFields())
    target = open_target(of(copied))
    histories = [history for _, history in target.run([Program(steps)] * 20)]
    target.close()
    received = Return(OperationNumber(3), GotMessage(sent_by=OperationNumber(2)))
    assert {history.steps[2] for history in histories} == {(Seen(returned=(received,)),)}
    assert {history.steps[3] for history in histories} == {(Seen(fields=Fields(channels=(name,))),)}


# Under chosen answers, because measuring takes longer than all of these.
UNDER = ("--baseline", f"go:{NEWEST}")


@pytest.mark.slow
def test_every_command_works_on_a_checkout(copied: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = str(of(copied))
    tiny = ["--quick", "--examples", "5", "--workers", "1", *UNDER]
    for command in (
        ["run", name, *tiny],
        ["compare", f"go:{NEWEST}", name, *tiny],
        ["explore", name, "--length", "1", "--workers", "1", *UNDER],
        ["replay", str(EXAMPLE), name, *UNDER],
    ):
        assert command_line(command) == 0, command
        assert name in capsys.readouterr().out
    assert command_line(["answers", name]) == 2
    assert "no recorded answers; give --measure" in capsys.readouterr().err


@pytest.fixture
def history(copied: Path) -> Path:
    """A repository of kubeedge whose second commit breaks the module, and whose third repairs it."""
    inner = copied.parent / "kubeedge" / "staging" / "src" / "github.com" / "kubeedge" / "beehive"
    shutil.copytree(copied, inner)
    kubeedge = copied.parent / "kubeedge"
    (kubeedge / "go.mod").write_text("module github.com/kubeedge/kubeedge\n")
    git = ("git", "-C", str(kubeedge), "-c", "user.name=a", "-c", "user.email=a@example.com")
    broken = inner / "pkg" / "core" / "channel" / "broken.go"
    for change in ("init", "broken", "repaired"):
        match change:
            case "init":
                subprocess.run((*git, "init", "--quiet"), check=True)
            case "broken":
                broken.write_text('package channel\n\nfunc init() { panic("planted") }\n')
            case _:
                broken.write_text("package channel\n")
        subprocess.run((*git, "add", "--all"), check=True)
        subprocess.run((*git, "commit", "--quiet", "-m", change), check=True)
    return kubeedge


@pytest.mark.slow
def test_a_revision_whose_init_panics_is_not_judged_and_says_where(
    history: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = [str(TargetSpec.parse(f"go:{history}@HEAD{back}")) for back in ("", "~1", "~2")]
    for name, status in zip(names, (0, 2, 0), strict=True):
        assert command_line(["run", name, "--quick", "--examples", "5", "--workers", "1"]) == status, name
    out = " ".join(capsys.readouterr().out.split())
    assert f"{names[1]} was NOT JUDGED: {names[1]} ended before it ran anything: panic: panic: planted (at " in out
    assert "pkg/core/channel/broken.go:3)" in out
