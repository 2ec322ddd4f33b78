"""The reports of all shards together are what one run would have reported."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from beehive_conformance.commands import command_line
from beehive_conformance.programs.program import Program
from beehive_conformance.reports.schema import (
    Counts,
    ExploredLine,
    FindingLine,
    FooterLine,
    Line,
    NotJudgedLine,
    TallyLine,
)
from beehive_conformance.reports.stream import encode, read_report
from beehive_conformance.shrinking.passes import size

FAULTY = "model+receive_waits_for_a_module"
REACH = ["--length", "1", "--cover", "3", "--workers", "1"]


def explored(folder: Path, name: str, target: str, *arguments: str) -> Path:
    path = folder / name
    assert command_line(["explore", target, *REACH, *arguments, "--report", str(path)]) in (0, 1)
    return path


def lines_of(path: Path) -> list[Line]:
    return [line for line in read_report(path) if not isinstance(line, FooterLine)]


def footer_of(path: Path) -> tuple[int, str]:
    (last,) = (line for line in read_report(path) if isinstance(line, FooterLine))
    return last.exit, last.summary


@pytest.fixture(scope="module")
def shards(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Return the reports of three shards of one exploration of the reference."""
    folder = tmp_path_factory.mktemp("shards")
    return [explored(folder, f"{part}.jsonl", "core", "--shard", f"{part}/3") for part in (1, 2, 3)]


@pytest.mark.parametrize("target", ["core", FAULTY])
def test_the_shards_together_report_what_one_run_reports(target: str, tmp_path: Path) -> None:
    whole = explored(tmp_path, "whole", target)
    parts = [explored(tmp_path, str(part), target, "--shard", f"{part}/3") for part in (3, 1, 2)]
    merged = tmp_path / "merged"
    code = command_line(["merge", *map(str, parts), "--report", str(merged)])
    assert footer_of(merged) == footer_of(whole)
    assert code == footer_of(whole)[0]
    counted = [line for line in lines_of(merged) if not isinstance(line, FindingLine)]
    assert list(map(encode, counted)) == [encode(x) for x in lines_of(whole) if not isinstance(x, FindingLine)]
    findings, expected = ([x for x in lines_of(path) if isinstance(x, FindingLine)] for path in (merged, whole))
    assert [(x.heading, x.name, x.exact and x.exact.count) for x in findings] == [
        (x.heading, x.name, x.exact and x.exact.count) for x in expected
    ]


def test_the_smallest_program_of_any_shard_is_shown(tmp_path: Path) -> None:
    parts = [explored(tmp_path, str(part), FAULTY, "--shard", f"{part}/3") for part in (1, 2, 3)]
    merged = tmp_path / "merged"
    assert command_line(["merge", *map(str, parts), "--report", str(merged)]) == 1
    sizes = [
        size(Program(line.exact.program))
        for path in parts
        for line in lines_of(path)
        if isinstance(line, FindingLine) and line.exact
    ]
    (found,) = (line.exact for line in lines_of(merged) if isinstance(line, FindingLine) and line.exact)
    assert size(Program(found.program)) == min(sizes)


def refused(capsys: pytest.CaptureFixture[str], *files: Path) -> str:
    assert command_line(["merge", *map(str, files)]) == 2
    text = capsys.readouterr().err
    assert len(text.splitlines()) == 1
    return text


def test_a_shard_that_is_missing_is_named(shards: list[Path], capsys: pytest.CaptureFixture[str]) -> None:
    assert f"{shards[0]}: shard 2/3 of the same exploration: no report given" in refused(capsys, shards[0], shards[2])
    assert "shard 1/3 and 1 more of the same exploration" in refused(capsys, shards[1])


def test_a_shard_that_is_there_twice_is_refused(shards: list[Path], capsys: pytest.CaptureFixture[str]) -> None:
    text = refused(capsys, *shards, shards[1])
    assert f"{shards[1]}: shard 2/3 is given twice; the other is {shards[1]}" in text


@pytest.mark.parametrize(
    ("target", "arguments", "error"),
    [
        ("core", ["--shard", "2/3", "--seed", "7"], "its seed is 7, not 0"),
        ("core", ["--shard", "2/4"], "its number of shards is 4, not 3"),
        ("core", ["--shard", "2/3", "--pairs", "--sample", "1"], "its sampled is 1, not 0"),
        ("model", ["--shard", "2/3"], 'its sides is {"name":"model"}, not {"name":"core"}'),
    ],
)
def test_a_shard_of_another_exploration_is_refused(
    target: str,
    arguments: list[str],
    error: str,
    shards: list[Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    other = explored(tmp_path, "other", target, *arguments)
    capsys.readouterr()
    text = refused(capsys, shards[0], other, shards[2])
    assert f"{other}: does not belong to {shards[0]}: {error}" in text


def test_a_whole_exploration_is_no_shard(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole = explored(tmp_path, "whole", "core")
    capsys.readouterr()
    assert f"{whole}: the report of a whole exploration" in refused(capsys, whole)


def test_the_report_of_another_command_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "run"
    assert command_line(["run", "core", "--only", "RECV-3", "--examples", "0", "--report", str(path)]) == 0
    capsys.readouterr()
    assert f"{path}:1: not the report of an exploration" in refused(capsys, path)


def changed(path: Path, folder: Path, change: Callable[[Line], Line]) -> Path:
    new = folder / "changed"
    new.write_bytes(b"".join(encode(change(line)) for line in read_report(path)))
    return new


def _not_judged(line: Line) -> Line:
    return NotJudgedLine(line.target, "out of memory") if isinstance(line, TallyLine) else line


def _fewer(line: Line) -> Line:
    if isinstance(line, TallyLine) and line.source == "exhaustive":
        return msgspec.structs.replace(line, exact=Counts(programs=1, conforms=1))
    return line


def _no_shard(line: Line) -> Line:
    return msgspec.structs.replace(line, shard="half") if isinstance(line, ExploredLine) else line


def _other_questions(line: Line) -> Line:
    sides = getattr(line, "sides", ())
    return msgspec.structs.replace(line, sides=(msgspec.structs.replace(sides[0], answers={}),)) if sides else line


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (_not_judged, r"core was not judged: out of memory; run shard 1/3 again"),
        (_fewer, r"1 of \d+ programs of the source 'exhaustive' were judged; run shard 1/3 again"),
        (_no_shard, r"'half' is not a shard"),
        (_other_questions, r"from a suite with other questions"),
    ],
)
def test_a_shard_that_is_not_whole_is_refused(
    change: Callable[[Line], Line],
    error: str,
    shards: list[Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = changed(shards[0], tmp_path, change)
    assert re.search(f"{re.escape(str(path))}: {error}", refused(capsys, path, *shards[1:]))


def test_without_a_report_there_is_nothing_to_merge(capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line(["merge"]) == 2
    assert "'FILES...'" in capsys.readouterr().err
