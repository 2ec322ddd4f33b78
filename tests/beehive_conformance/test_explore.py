"""Exploring: what is run, what is reported, and that an interruption makes no difference."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest
from beehive_conformance.checking.judge import VerdictKind
from beehive_conformance.commands import command_line
from beehive_conformance.commands.progress import ProgressBar
from beehive_conformance.deviations.baselines import Record, baselines
from beehive_conformance.generation.exhaustive import exhaustive_programs
from beehive_conformance.reports.explain import step_rows
from beehive_conformance.reports.schema import ExploredLine, FindingLine, FooterLine, Line, TallyLine
from beehive_conformance.reports.stream import encode, read_report
from beehive_conformance.runs import explore as exploration
from beehive_conformance.runs.examine import Examination
from beehive_conformance.runs.explore import Bounds, ExplorationPlan, plan_exploration
from beehive_conformance.targets.model import ModelTarget
from beehive_conformance.targets.spec import TargetSpec
from beehive_spec.answers import Answers
from rich.console import Console
from rich.progress import Progress

FAULTY = "model+receive_waits_for_a_module"
ONE = ["--workers", "1"]
GO = "go:v1.13.0"
DEFAULT = Answers()


class Interrupted(Exception):
    """Stands for whatever ends an exploration before its end."""


def lines_of(path: Path) -> list[Line]:
    return [line for line in read_report(path) if not isinstance(line, FooterLine)]


def footer_of(path: Path) -> tuple[int, str]:
    (last,) = (line for line in read_report(path) if isinstance(line, FooterLine))
    return last.exit, last.summary


def planned(bounds: Bounds, answers: Answers = DEFAULT, records: Sequence[Record] = ()) -> ExplorationPlan:
    return plan_exploration(answers, records, bounds, lambda _: None)


def explored(arguments: list[str], path: Path, code: int = 0) -> list[Line]:
    assert command_line(["explore", *arguments, *ONE, "--report", str(path)]) == code
    return lines_of(path)


def test_exhaustive_programs_and_the_edge_cover_are_judged_and_counted(tmp_path: Path) -> None:
    lines = explored(["core", "--length", "1", "--cover", "3"], tmp_path / "report")
    (figures,) = (line for line in lines if isinstance(line, ExploredLine))
    tallies = {line.source: line.counts.programs for line in lines if isinstance(line, TallyLine)}
    assert (figures.alphabet, figures.length, figures.exhaustive) == (24, 1, 19)
    assert figures.edges >= figures.certain > figures.nodes > 1
    assert tallies == {"exhaustive": figures.exhaustive, "cover": figures.covered}
    assert "assumption" in figures.assumption


def test_without_a_cover_nothing_is_assumed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = explored(["core", "--length", "1"], tmp_path / "report")
    (figures,) = (line for line in lines if isinstance(line, ExploredLine))
    assert (figures.cover, figures.edges, figures.assumption) == (0, 0, "")
    assert "exhaustive: 19, all programs of up to 1 of 24 steps" in capsys.readouterr().out


def test_pairs_follow_a_sample_of_the_edges(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["core", "--length", "1", "--cover", "2", "--pairs", "--sample", "2"]
    lines = explored(arguments, tmp_path / "report")
    (figures,) = (line for line in lines if isinstance(line, ExploredLine))
    tallies = {line.source: line.counts.programs for line in lines if isinstance(line, TallyLine)}
    assert (figures.sampled, tallies["pairs"]) == (2, figures.paired)
    assert figures.paired > 2 * 23 * 10
    assert "2 sampled edges, each followed by every pair of steps" in capsys.readouterr().out


def test_a_fault_is_found_shown_small_and_ends_with_1(tmp_path: Path) -> None:
    lines = explored([FAULTY, "--length", "1", "--cover", "2"], tmp_path / "report", code=1)
    found = [line.exact for line in lines if isinstance(line, FindingLine) and line.exact]
    assert found
    assert [each.step for each in step_rows(found[0])] == ["1 receive a"]


@pytest.mark.parametrize(
    "after", [1, 333, pytest.param(30, marks=pytest.mark.slow), pytest.param(700, marks=pytest.mark.slow)]
)
def test_interrupted_and_resumed_gives_the_same_report(
    after: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = [FAULTY, "--length", "1", "--cover", "3", "--pairs", "--sample", "1"]
    whole = explored(arguments, tmp_path / "whole", code=1)
    monkeypatch.setattr(exploration, "CHECKPOINT_EVERY", 50)
    state = tmp_path / "state"
    with monkeypatch.context() as patch:
        run = ModelTarget.run
        ran = itertools.count(1)

        def run_until(self, programs):
            for history in run(self, programs):
                if self.name == FAULTY and next(ran) > after:
                    raise Interrupted
                yield history

        patch.setattr(ModelTarget, "run", run_until)
        with pytest.raises(Interrupted):
            command_line(["explore", *arguments, *ONE, "--resume", str(state)])
    resumed = explored([*arguments, "--resume", str(state)], tmp_path / "resumed", code=1)
    assert list(map(encode, resumed)) == list(map(encode, whole))
    assert footer_of(tmp_path / "resumed") == footer_of(tmp_path / "whole")


def test_what_was_done_is_not_run_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    arguments = ["model", "--length", "2", "--resume", str(tmp_path / "state")]
    first = explored(arguments, tmp_path / "first")
    ran: Counter[str] = Counter()
    run = ModelTarget.run

    def counted(self, programs):
        for history in run(self, programs):
            ran[self.name] += 1
            yield history

    monkeypatch.setattr(ModelTarget, "run", counted)
    assert explored(arguments, tmp_path / "second") == first
    assert ran["model"] < 10


def test_the_number_of_workers_does_not_change_the_report(tmp_path: Path) -> None:
    one = explored(["core", "--length", "2", "--cover", "3"], tmp_path / "one")
    path = tmp_path / "two"
    assert (
        command_line(["explore", "core", "--length", "2", "--cover", "3", "--workers", "2", "--report", str(path)])
        == 0
    )
    assert lines_of(path) == one


def test_the_shards_together_are_all_programs_once() -> None:
    every = planned(Bounds(2, 3, 1)).phases
    assert len(every) > 1
    for number, phase in enumerate(every):
        parts = [planned(Bounds(2, 3, 1, 0, shard, 3)).phases[number] for shard in (1, 2, 3)]
        made = [list(part.programs()) for part in parts]
        assert [len(each) for each in made] == [part.size for part in parts]
        assert sorted(each.id for part in made for each in part) == sorted(each.id for each in phase.programs())


def test_a_shard_says_that_it_is_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = explored(["core", "--length", "2", "--shard", "2/5"], tmp_path / "report")
    (figures,) = (line for line in lines if isinstance(line, ExploredLine))
    (tally,) = (line.counts for line in lines if isinstance(line, TallyLine))
    assert (figures.shard, figures.exhaustive, tally.programs) == ("2/5", 483, 97)
    assert "shard 2/5 of these programs" in capsys.readouterr().out


def test_the_sizes_of_the_phases_are_those_of_their_programs() -> None:
    phases = planned(Bounds(2, 3, 3), Answers(capacity=2)).phases
    assert len(phases) > 1
    for phase in phases:
        made = list(phase.programs())
        assert (phase.size, phase.steps) == (len(made), sum(len(each.steps) for each in made))


def test_the_automaton_of_go_is_walked_under_its_answers_and_records() -> None:
    answers = baselines()[GO].answers
    assert answers is not None
    plan = planned(Bounds(1, 2), answers, baselines()[GO].records)
    assert len(plan.alphabet.steps) == 26
    assert plan.exhaustive == sum(1 for _ in exhaustive_programs(1, plan.alphabet))


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["--pairs"], "--pairs needs --cover"),
        (["--length", "3", "--cover", "3"], "--cover 3 adds nothing to --length 3"),
        (["--shard", "3/2"], "--shard '3/2': expected I/N with I from 1 to N"),
        (["--shard", "half"], "--shard 'half': expected I/N"),
        (["--length", "0"], "'--length'"),
    ],
)
def test_wrong_usage_gets_one_line(arguments: list[str], error: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line(["explore", "core", *arguments]) == 2
    text = capsys.readouterr().err
    assert error in text
    assert len(text.splitlines()) == 1


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"{", "not the saved state of an exploration"),
        (b"\xff\xfe", "not the saved"),
        (b'{"key": 1}', "not the saved"),
    ],
)
def test_a_file_that_is_no_state_is_refused(
    content: bytes, error: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "state"
    path.write_bytes(content)
    assert command_line(["explore", "core", "--length", "1", *ONE, "--resume", str(path)]) == 2
    assert f"{path}: {error}" in capsys.readouterr().err
    assert path.read_bytes() == content


def test_a_place_where_no_state_can_be_kept_is_refused_before_any_work(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for path, refused in ((tmp_path, tmp_path), (tmp_path / "missing" / "state", tmp_path / "missing")):
        assert command_line(["explore", "core", "--length", "8", *ONE, "--resume", str(path)]) == 2
        assert f"'{refused}'" in capsys.readouterr().err


def test_the_state_of_another_exploration_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "state"
    assert command_line(["explore", "core", "--length", "1", *ONE, "--resume", str(path)]) == 0
    before = path.read_bytes()
    assert command_line(["explore", "core", "--length", "2", *ONE, "--resume", str(path)]) == 2
    assert "state of another exploration: `bounds` is" in capsys.readouterr().err
    assert command_line(["explore", "model", "--length", "1", *ONE, "--resume", str(path)]) == 2
    assert 'state of another exploration: `target` is "core", not "model"' in capsys.readouterr().err
    assert path.read_bytes() == before


def test_a_state_that_somebody_has_changed_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "state"
    assert command_line(["explore", "core", "--length", "1", *ONE, "--resume", str(path)]) == 0
    path.write_bytes(path.read_bytes().replace(b'"tallies"', b'"tallies" '))
    assert command_line(["explore", "core", "--length", "1", *ONE, "--resume", str(path)]) == 0, "white space is free"
    path.write_bytes(path.read_bytes().replace(b'"conforms":', b'"conforms":1'))
    assert command_line(["explore", "core", "--length", "1", *ONE, "--resume", str(path)]) == 2
    assert f"{path}: changed since it was written" in capsys.readouterr().err


def test_the_state_of_other_code_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "state"
    assert command_line(["explore", "core", "--length", "1", *ONE, "--resume", str(path)]) == 0
    monkeypatch.setattr("beehive_conformance.runs.resume.source_digest", lambda: "other")
    assert command_line(["explore", "core", "--length", "1", *ONE, "--resume", str(path)]) == 2
    assert "the code has changed since" in capsys.readouterr().err


def test_a_shard_without_programs_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line(["explore", "core", "--length", "1", *ONE, "--shard", "90/99"]) == 2
    assert "--shard 90/99: no program is left for it" in capsys.readouterr().err


def test_the_bar_counts_every_step_of_every_phase() -> None:
    plan = planned(Bounds(1, 3))
    with Progress(console=Console(quiet=True)) as progress:
        moved = ProgressBar(progress)
        moved.show_nodes(7)
        moved.begin(plan, Examination(TargetSpec.parse("core"), Answers(), ()))
        (task,) = progress.tasks
        assert task.total == sum(phase.steps for phase in plan.phases)
        for phase in plan.phases:
            for program in phase.programs():
                moved.count(phase, len(program.steps))
        assert task.finished
        assert task.completed == task.total


def test_the_progress_bar_counts_what_was_done_before() -> None:
    plan = planned(Bounds(1, 3))
    examined = Examination(TargetSpec.parse("core"), Answers(), ())
    examined.tallies["exhaustive"] = Counter({VerdictKind.CONFORMS: plan.phases[0].size})
    with Progress(console=Console(quiet=True)) as progress:
        ProgressBar(progress).begin(plan, examined)
        assert progress.tasks[0].completed == plan.phases[0].steps


def test_help_teaches_by_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line(["explore", "--help"]) == 0
    assert "beehive-conformance explore core --length 3 --cover 5" in capsys.readouterr().out
