"""Under whose answers a target is judged, and that the first line says so."""

import json
import os

import pytest
from beehive_conformance.commands import command_line
from beehive_conformance.deviations.ambiguity import Ambiguity, AmbiguityReason
from beehive_conformance.deviations.baseline_file import write_baseline
from beehive_conformance.deviations.baselines import Baseline, baselines, read_baseline
from beehive_conformance.measuring.measure import Measured, Measurement
from beehive_conformance.reports.schema import TallyLine
from beehive_conformance.reports.stream import read_report
from beehive_conformance.runs import basis
from beehive_conformance.runs.basis import basis_of, has_to_be_measured, records_that_hold
from beehive_conformance.targets.model import ModelTarget
from beehive_conformance.targets.spec import TargetSpec
from beehive_spec.answers import Answers

GO = "go:v1.13.0"
BUS = "python:measured_bus:Bus"
BROKEN = "python:measured_bus:Broken"
TINY = ("--quick", "--examples", "10", "--workers", "1")
MODULE = """
from beehive_conformance.targets.reference.core import CoreTarget

class Bus(CoreTarget):
    pass

class Broken:
    name, capabilities = "broken", frozenset()
    def run(self, programs):
        raise ValueError("no bus")
    def close(self):
        pass
"""
MEASURED = Measurement(
    Answers(), tuple(Measured(name, answer, (), ()) for name, answer in Answers()._asdict().items())
)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "measured_bus.py").write_text(MODULE)
    (tmp_path / "program.yaml").write_text("program:\n  - {op: add_module, module: a}\n")
    return tmp_path


@pytest.fixture
def measured(monkeypatch):
    """Stand in for measuring, which takes longer than all of these tests; returns how often it was asked for."""
    asked = []
    monkeypatch.setattr(basis, "measure", lambda target, *_, **__: asked.append(target.name) or MEASURED)
    return asked


def test_a_target_without_a_baseline_is_measured_first_and_the_first_line_says_so(folder, measured, capsys):
    assert command_line(["run", BUS, *TINY]) == 0
    assert measured == [BUS]
    first = capsys.readouterr().out.splitlines()[0]
    assert first.startswith(f"{BUS} conforms (")
    assert first.endswith("; answers measured now")


def test_the_header_of_the_stream_says_whose_answers_they_are(folder, measured, capsys):
    assert command_line(["compare", "core", BUS, *TINY, "--json"]) == 0
    header = json.loads(capsys.readouterr().out.splitlines()[0])
    assert [side["origin"] for side in header["sides"]] == ["answers of reference", "answers measured now"]


def test_two_targets_under_different_answers_are_both_named(folder, measured, capsys):
    assert command_line(["compare", "core", BUS, *TINY]) == 0
    first = capsys.readouterr().out.splitlines()[0]
    assert first.endswith(f"; core: answers of reference; {BUS}: answers measured now")


@pytest.mark.parametrize("sides", [(BUS, BROKEN), (BROKEN, BUS)])
def test_nothing_is_measured_if_one_side_of_a_comparison_cannot_be_judged(folder, measured, capsys, sides):
    assert command_line(["compare", *sides, *TINY]) == 2
    out = " ".join(capsys.readouterr().out.split())
    assert f"{BUS} was NOT JUDGED: {BROKEN} cannot be judged" in out
    assert f"{BROKEN} was NOT JUDGED: " in out
    assert "no bus" in out
    assert measured == []


def test_a_chosen_file_is_used_instead_of_measuring(folder, measured, capsys):
    write_baseline(folder / "bus.yaml", Baseline(BUS, Answers(add_again="kept"), (), {}))
    for command in (["run", BUS, *TINY], ["explore", BUS, "--length", "2", "--workers", "1"]):
        assert command_line([*command, "--baseline", "bus.yaml", "--json"]) == 1
        side = json.loads(capsys.readouterr().out.splitlines()[0])["sides"][0]
        assert (side["origin"], side["answers"]["add_again"]) == ("answers from bus.yaml", "kept")
    assert command_line(["replay", "program.yaml", BUS, "--baseline", "bus.yaml"]) == 0
    assert ", answers from bus.yaml: conforms" in capsys.readouterr().out.splitlines()[0]
    assert measured == []


ADDED_TWICE = """
why: A second registration is kept quiet.
because: add_again says so.
clauses: [ADD-1]
under: {add_again: [kept]}
program:
  - {op: add_module, module: a}
  - {op: add_module, module: a}
expect:
  1: returned
  2: returned
"""


@pytest.fixture
def refuses_but_fits(folder):
    """The baseline of a target that refuses a second registration, in which that is the other answer that fits."""
    ambiguity = {"add_again": (Ambiguity("refused", AmbiguityReason.CHANCE),)}
    write_baseline(folder / "bus.yaml", Baseline(BUS, Answers(add_again="kept"), (), ambiguity))


def test_a_replay_expects_and_traces_what_the_answers_of_the_verdict_mean(folder, refuses_but_fits, capsys):
    (folder / "twice.yaml").write_text(ADDED_TWICE)
    assert command_line(["replay", "twice.yaml", BUS, "--baseline", "bus.yaml", "--trace"]) == 0
    out = capsys.readouterr().out
    assert "under other answers that fit the target as well: add_again: refused\n" in out
    assert "not as the file expects" not in out
    assert "not allowed" not in out
    assert "after step 2 (add_module a): 1 state" in out


@pytest.mark.parametrize("command", [("run", *TINY), ("explore", "--length", "2", "--workers", "2")])
def test_programs_that_conform_only_under_other_answers_are_counted(folder, refuses_but_fits, capsys, command):
    chosen = ("--baseline", "bus.yaml", "--report", "report.jsonl")
    assert command_line([command[0], BUS, *command[1:], *chosen]) == 0
    counts = [line.counts for line in read_report(folder / "report.jsonl") if isinstance(line, TallyLine)]
    under_others = sum(each.under_others for each in counts)
    assert 0 < under_others < sum(each.conforms for each in counts)
    assert (
        f"{under_others} of these only under other answers that fit the target as well\n" in capsys.readouterr().out
    )


def test_a_resumed_exploration_has_counted_what_conforms_only_under_other_answers(folder, refuses_but_fits):
    command = ["explore", BUS, "--length", "2", "--workers", "1", "--baseline", "bus.yaml", "--resume", "state.json"]
    for report in ("first.jsonl", "resumed.jsonl"):
        assert command_line([*command, "--report", report]) == 0
    first, resumed = (
        [line for line in read_report(folder / report) if isinstance(line, TallyLine)]
        for report in ("first.jsonl", "resumed.jsonl")
    )
    assert sum(line.counts.under_others for line in first) > 0
    assert resumed == first


def test_a_chosen_target_is_used_for_every_target_without_a_file(folder, measured, capsys):
    write_baseline(folder / "core.yaml", Baseline("core", Answers(), (), {}))
    assert command_line(["compare", "core", BUS, *TINY, "--baseline", "model", "--baseline", "core.yaml"]) == 0
    first = capsys.readouterr().out.splitlines()[0]
    assert first.endswith(f"; core: answers from core.yaml; {BUS}: answers of model")
    assert measured == []


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        (["nosuch.yaml"], "--baseline nosuch.yaml: no such file, and no target: 'nosuch.yaml': unknown target"),
        (["other.yaml"], "other.yaml: the baseline of other; expected one of core"),
        (["core.yaml", "core.yaml"], "core.yaml: a second baseline of core; give one for each target"),
        (["model", "core"], "--baseline core: a second target; give one, and files for the others"),
        (["go:v1.12.0"], "--baseline go:v1.12.0: go:v1.12.0 has no baseline; measured are go:v1.13.0, reference"),
        (["bad.yaml"], "bad.yaml:1:1: "),
        (["a" * 300], f"{'a' * 300}: cannot be read: File name too long\n"),
        (["folder"], "folder is a directory; give a file\n"),
        (["pipe"], "pipe is not a regular file\n"),
        ([""], "--baseline '': the name is empty; give a file or a target\n"),
    ],
)
def test_a_baseline_that_cannot_be_used_is_one_line(folder, capsys, given, problem):
    write_baseline(folder / "other.yaml", Baseline("other", Answers(), (), {}))
    write_baseline(folder / "core.yaml", Baseline("core", Answers(), (), {}))
    (folder / "bad.yaml").write_text("answers: {}\n")
    (folder / "folder").mkdir()
    os.mkfifo(folder / "pipe")
    options = [option for each in given for option in ("--baseline", each)]
    assert command_line(["run", "core", *TINY, *options]) == 2
    captured = capsys.readouterr()
    assert captured.err.startswith(f"beehive-conformance: {problem}")
    assert (captured.err.count("\n"), captured.out) == (1, "")


def test_an_error_names_the_option_that_was_given(folder, capsys):
    assert command_line(["run", "core", *TINY, "--answers", "nosuch.yaml"]) == 2
    error = capsys.readouterr().err
    assert error.startswith("beehive-conformance: --answers nosuch.yaml: no target: 'nosuch.yaml': unknown target")


@pytest.mark.parametrize("option", [("--shard", "1/2"), ("--resume", "state.json")])
def test_parts_of_an_exploration_need_one_baseline_for_all(folder, measured, capsys, option):
    assert command_line(["explore", BUS, "--length", "1", *option]) == 2
    error = capsys.readouterr().err
    assert f"{BUS} has no baseline, and all parts of an exploration need the same one" in error
    write_baseline(folder / "bus.yaml", Baseline(BUS, Answers(), (), {}))
    assert command_line(["explore", BUS, "--length", "1", "--workers", "1", *option, "--baseline", "bus.yaml"]) == 0
    assert measured == []


def test_a_target_that_cannot_be_measured_is_not_judged(folder, capsys):
    assert command_line(["run", "python:measured_bus:Broken", *TINY]) == 2
    first = capsys.readouterr().out.splitlines()[0]
    assert first.startswith("python:measured_bus:Broken was NOT JUDGED: ")
    assert "no bus" in first


def test_what_was_measured_is_written_and_read_back(folder, measured, capsys):
    assert command_line(["answers", BUS, "--measure", "--write", "bus.yaml"]) == 0
    found = read_baseline(folder / "bus.yaml")
    assert (found.target, found.answers) == (BUS, Answers())
    assert "bus.yaml: the baseline of python:measured_bus:Bus" in capsys.readouterr().out


def test_the_file_of_another_target_is_refused_before_anything_is_measured(folder, measured, capsys):
    write_baseline(folder / "other.yaml", Baseline("other", Answers(), (), {}))
    assert command_line(["answers", BUS, "--measure", "--write", "other.yaml"]) == 2
    assert "the baseline of other, not of python:measured_bus:Bus" in capsys.readouterr().err
    assert measured == []


def test_answers_that_were_never_measured_are_not_printed(capsys):
    assert command_line(["answers", "python:nosuch:X"]) == 2
    captured = capsys.readouterr()
    assert captured.err.endswith("python:nosuch:X has no recorded answers; give --measure to measure them\n")
    assert captured.out == ""


def test_writing_needs_a_measurement(capsys):
    assert command_line(["answers", "core", "--write", "core.yaml"]) == 2
    assert "--write needs --measure" in capsys.readouterr().err


def test_records_are_kept_if_their_deviations_show() -> None:
    known = baselines()[GO]
    assert records_that_hold(ModelTarget(known.answers), known) == ()
    overlays = [basis.OVERLAYS[each.overlay] for each in known.records[:3]]
    held = records_that_hold(ModelTarget(known.answers, overlays), known)
    assert [each.overlay for each in held] == [each.overlay for each in known.records[:3]]


def test_whose_answers_a_target_of_this_project_has() -> None:
    for name, origin in (("core", "answers of reference"), (GO, f"answers of {GO}")):
        assert basis_of(TargetSpec.parse(name)).origin == origin
        assert not has_to_be_measured(TargetSpec.parse(name))
    assert has_to_be_measured(TargetSpec.parse("go:v1.12.0"))
