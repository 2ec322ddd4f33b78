"""The command line: exit codes, one-line errors, and reports that are the same for the same seed."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from beehive_conformance.commands import command_line
from beehive_conformance.deviations import OVERLAYS
from beehive_conformance.deviations.baselines import baselines
from beehive_conformance.reports.explain import step_rows
from beehive_conformance.reports.schema import FORMAT, FindingLine, FooterLine, HeaderLine, TallyLine
from beehive_conformance.reports.stream import read_report
from beehive_conformance.targets.target import NotAvailable, Readiness
from beehive_spec.chapters import clauses, departing
from beehive_spec.vocabulary import ErrorKind, Failed, OperationNumber, Return, Returned, Seen

TINY = ["--quick", "--examples", "20", "--workers", "1"]
ONE_CLAUSE = ["--only", "SEND-1"]
"""For tests to which any run will do: no scenario of the clause repeats an operation thousands of times."""
ROOT = Path(__file__).parents[2]
FAULT = next(name for name, overlay in OVERLAYS.items() if overlay.clause == "RECV-4")
FAULTY = f"model+{FAULT}"
PROGRAM = """program:
  - {op: add_module, module: edged}
  - {op: send, module: edged, id: m1}
  - {op: receive, module: edged}
"""


@pytest.fixture
def program_file(tmp_path: Path) -> Path:
    path = tmp_path / "found.yaml"
    path.write_text(PROGRAM)
    return path


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The report of a small run of the core, made once; a test that wants a file writes its own."""
    path = tmp_path_factory.mktemp("written") / "report.jsonl"
    assert command_line(["run", "core", *ONE_CLAUSE, "--report", str(path)]) == 0
    return path.read_bytes()


def spawn(*arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "beehive_conformance", *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        check=False,
    )


def one_line(capsys: pytest.CaptureFixture[str]) -> str:
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("beehive-conformance: ")
    assert len(captured.err.splitlines()) == 1
    return captured.err


@pytest.mark.parametrize(
    "target",
    [
        "core",
        "model",
        pytest.param("threads", marks=pytest.mark.slow),
        pytest.param("reference", marks=pytest.mark.slow),
    ],
)
def test_a_target_that_is_as_expected_ends_with_0(target: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line(["run", target, *TINY]) == 0
    assert " conforms (" in capsys.readouterr().out.splitlines()[0]


def test_comparing_what_is_the_same_ends_with_0(capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line(["compare", "core", "model", *TINY]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("model compared with core: no difference that a clause forbids")
    assert "DEFECTS IN THE DOCUMENTATION" in lines


@pytest.mark.parametrize("target", ["rabbit", "go:v9.9", "model+rabbit"])
def test_an_unknown_target_gets_one_line_that_names_the_known_ones(
    target: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command_line(["run", target]) == 2
    text = one_line(capsys)
    assert target in text
    assert "known are" in text


def test_an_unknown_clause_gets_one_line_that_names_the_known_ones(capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line(["run", "core", "--only", "SYNC-99"]) == 2
    assert "'SYNC-99': unknown clause; the clauses are OVER-1," in one_line(capsys)


@pytest.mark.parametrize(
    "arguments",
    [
        ["run"],
        ["rum", "core"],
        ["run", "core", "--seed", "-1"],
        ["run", "core", "--examples", "many"],
        ["run", "core", "--length", "0"],
        ["run", "core", "--quick", "--thorough"],
        ["compare", "core"],
        ["answers"],
        ["replay"],
        ["spec", "lost"],
        [],
        ["spec"],
    ],
)
def test_wrong_usage_ends_with_2_and_one_line(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line(arguments) == 2
    one_line(capsys)


@pytest.mark.parametrize("group", [[], ["spec"]])
def test_a_group_without_a_command_refers_to_its_help(group: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line(group) == 2
    named = " ".join(["beehive-conformance", *group])
    assert one_line(capsys) == f"beehive-conformance: give a command; see `{named} --help`\n"


@pytest.mark.parametrize(
    "command", ["", "run", "compare", "replay", "targets", "answers", "spec list", "spec check", "report"]
)
def test_help_teaches_by_an_example(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line([*command.split(), "--help"]) == 0
    assert f"beehive-conformance {command or 'run'} " in capsys.readouterr().out.replace("\n", " \n")


def test_a_program_is_replayed_step_by_step(program_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line(["replay", str(program_file), "core"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].endswith(": conforms")
    assert [line.split() for line in lines[1:]] == [
        ["1", "add_module", "edged", "1", "returned"],
        ["2", "send", "edged", "m1", "2", "returned"],
        ["3", "receive", "edged", "3", "message", "of", "2"],
    ]


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("program:\n  - {op: sent, module: a}\n", ":2:10: unknown operation 'sent'"),
        ("program:\n  - {op: send, module: a, idd: m}\n", ":2:27: unknown field"),
        ("program: [\n", "not YAML"),
        ("program: []\n", ":1:10: 0 steps"),
        ("", "the file is empty"),
    ],
)
def test_a_bad_program_gets_one_line_with_its_place(
    text: str, error: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text(text)
    assert command_line(["replay", str(path), "core"]) == 2
    found = one_line(capsys)
    assert str(path) in found
    assert error in found


def test_a_program_that_is_not_there_gets_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line(["replay", str(tmp_path / "none.yaml"), "core"]) == 2
    assert "none.yaml: cannot be read: No such file or directory" in one_line(capsys)


def test_a_report_has_a_header_results_and_a_footer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "report.jsonl"
    assert command_line(["run", "core", *TINY, "--report", str(path)]) == 0
    first, *results, last = read_report(path)
    assert isinstance(first, HeaderLine)
    assert (first.command, first.seed, first.examples, [each.name for each in first.sides]) == (
        "run",
        0,
        20,
        ["core"],
    )
    assert [each.source for each in results if isinstance(each, TallyLine)] == ["scenarios", "random"]
    assert isinstance(last, FooterLine)
    assert last.exit == 0
    assert list(tmp_path.iterdir()) == [path]


def test_what_the_terminal_shows_can_be_drawn_again_from_the_report(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "report.jsonl"
    code = command_line(["compare", "core", "model", *ONE_CLAUSE, "--report", str(path)])
    drawn = capsys.readouterr().out
    assert command_line(["report", str(path)]) == code
    assert capsys.readouterr().out == drawn


def test_control_characters_are_shown_as_text(
    written: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "report.jsonl"
    path.write_bytes(re.sub(rb'"summary":"[^"]*"', rb'"summary":"one \\u001b[2J two \\u0007\\u009b three"', written))
    assert command_line(["report", str(path)]) == 0
    drawn = capsys.readouterr().out
    assert drawn.startswith("one \\x1b[2J two ")
    assert drawn.splitlines()[0].startswith("one \\x1b[2J two \\x9b three")


FOOTER = b'{"line":"footer","exit":0,"summary":"","measured":{"seconds":0}}'


@pytest.mark.parametrize(
    ("old", "new", "error"),
    [
        (b'"exit":0', b'"exit":256', "{last}: not a line of a report"),
        (b'"conforms":', b'"conforms":1', "2: "),
        (b'"conforms":', b'"under_others":99999,"conforms":', "2: 99999 programs under other answers"),
        (
            b'{"line":"header"',
            b'{"line":"footer","exit":0,"summary":"","measured":{"seconds":0}}\n{"line":"header"',
            "1: ",
        ),
    ],
)
def test_a_report_that_cannot_have_been_written_is_not_shown(
    old: bytes, new: bytes, error: str, written: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "report.jsonl"
    path.write_bytes(written.replace(old, new, 1))
    assert command_line(["report", str(path)]) == 2
    assert f"{path}:{error.format(last=len(written.splitlines()))}" in one_line(capsys)


@pytest.mark.parametrize(
    ("header", "found"),
    [(f'"format":{FORMAT + 1},', f"format {FORMAT + 1}"), ("", "a format without a version")],
)
def test_a_report_of_another_format_is_refused(
    header: str, found: str, written: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "report.jsonl"
    path.write_text(written.decode().replace(f'"format":{FORMAT},', header, 1))
    assert command_line(["report", str(path)]) == 2
    expected = f"{path}:1: the report has {found}; this version of the suite reads format {FORMAT}"
    assert expected in one_line(capsys)


def test_a_report_goes_through_a_link_and_into_a_pipe(tmp_path: Path) -> None:
    original, link, pipe = tmp_path / "original", tmp_path / "link", tmp_path / "pipe"
    link.symlink_to(original)
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        for path in (link, pipe):
            assert command_line(["run", "core", *ONE_CLAUSE, "--report", str(path)]) == 0
        assert link.is_symlink()
        assert pipe.is_fifo()
        assert len(os.read(reader, 1 << 20).splitlines()) == len(original.read_bytes().splitlines())
    finally:
        os.close(reader)


def test_a_target_is_not_compared_with_itself(capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line(["compare", "reference", "core"]) == 2
    assert "reference and core are both core" in one_line(capsys)


def test_a_clause_that_cannot_be_tested_is_not_run(capsys: pytest.CaptureFixture[str]) -> None:
    (clause,) = (each.id for each in clauses().values() if each.untested)
    assert command_line(["run", "core", "--only", clause]) == 2
    assert f"{clause} cannot be tested" in one_line(capsys)


def test_json_on_standard_output_is_the_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "report.jsonl"
    assert command_line(["run", "core", *ONE_CLAUSE, "--json", "--report", str(path)]) == 0
    assert capsys.readouterr().out == path.read_text()


@pytest.mark.parametrize(
    ("option", "name", "refused"),
    [
        ("--report", "no/report.jsonl", "no"),
        ("--report", "folder", "folder"),
        ("--export", "no/programs", "no"),
        ("--export", "file", "file"),
    ],
)
def test_what_cannot_be_written_is_refused_before_any_work_is_done(
    option: str, name: str, refused: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    assert command_line(["run", "core", "--thorough", option, str(tmp_path / name)]) == 2
    found = one_line(capsys)
    assert f"'{option}'" in found
    assert f"'{tmp_path / refused}'" in found


def test_a_finding_is_exported_as_a_program_that_can_be_replayed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "found"
    assert command_line(["run", FAULTY, *TINY, "--export", str(folder)]) == 1
    (path,) = folder.iterdir()
    assert path.name == "receive_returned_a_message_that_nobody_sent.yaml"
    assert command_line(["replay", str(path), FAULTY]) == 1
    assert command_line(["replay", str(path), "core"]) == 0


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (b"", "the report is incomplete"),
        (b'{"line":"tally","target":"core","source":"random"}\n', "the report is incomplete"),
        (b'{"line":"rabbit"}\n', ":1: not a line of a report"),
        (b"\xff\n", ":1: not a line of a report"),
        (b"[" * 100_000 + b"\n", ":1: not a line of a report"),
    ],
)
def test_a_bad_report_gets_one_line_with_its_place(
    text: bytes, error: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_bytes(text)
    assert command_line(["report", str(path)]) == 2
    assert error in one_line(capsys)


@pytest.mark.slow
def test_a_report_is_the_same_for_the_same_seed_whatever_the_hash_seed(tmp_path: Path) -> None:
    reports = []
    for number, hash_seed in enumerate(("0", "1", "4242")):
        path = tmp_path / f"{number}.jsonl"
        done = spawn("compare", "core", "model", *TINY, "--report", str(path), PYTHONHASHSEED=hash_seed)
        assert (done.returncode, done.stderr) == (0, b"")
        reports.append(path.read_bytes().splitlines()[:-1])
    assert reports[0] == reports[1] == reports[2]


@pytest.mark.slow
def test_the_number_of_workers_does_not_change_the_report(tmp_path: Path) -> None:
    reports = []
    for workers in ("1", "2"):
        path = tmp_path / f"{workers}.jsonl"
        done = spawn("run", "core", "--quick", "--examples", "600", "--workers", workers, "--report", str(path))
        assert (done.returncode, done.stderr) == (0, b"")
        reports.append(path.read_bytes().splitlines()[:-1])
    assert reports[0] == reports[1]


def test_a_reader_that_goes_away_ends_the_command_with_2_and_no_traceback() -> None:
    command = [sys.executable, "-m", "beehive_conformance", "spec", "list"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        errors = process.stderr.read()
    assert (process.returncode, errors) == (2, b"")


def test_an_unexpected_error_is_one_line_and_2() -> None:
    code = (
        "import beehive_conformance.commands as c, beehive_conformance.__main__ as m; "
        "c.command_line = lambda _: 1 / 0; m.main()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "ZeroDivisionError: division by zero" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    shown = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "BEEHIVE_TRACEBACK": "1"},
    )
    assert shown.returncode == 2
    assert "Traceback" in shown.stderr


def test_answers_and_the_spec_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line(["answers", "core"]) == 0
    printed = capsys.readouterr().out
    assert "register_first" in printed
    names = departing(baselines()["reference"].answers._asdict())
    assert printed.count("departs from the letter: ") == len(names)
    assert printed.splitlines()[-1] == f"{len(names)} answers depart from the letter: {', '.join(names)}"
    assert command_line(["spec", "list"]) == 0
    assert "SYNC-4" in capsys.readouterr().out
    assert command_line(["targets"]) == 0
    assert "core" in capsys.readouterr().out


def test_a_deviation_of_the_model_is_found_shown_small_and_explained(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "report.jsonl"
    assert command_line(["run", FAULTY, *TINY, "--report", str(path)]) == 1
    (found,) = (each.exact for each in read_report(path) if isinstance(each, FindingLine) and each.exact)
    assert [(each.overlay, each.clause) for each in found.explained_by] == [(FAULT, OVERLAYS[FAULT].clause)]
    closed = Return(OperationNumber(2), Failed(ErrorKind.CLOSED))
    assert found.differs_in == 3
    assert found.allowed == (Seen(returned=(closed, Return(OperationNumber(3), Returned()))),)
    rows = list(step_rows(found))
    assert [each.step for each in rows] == ["1 add_module a", "2 receive a", "3 clean_up a"]
    assert rows[-1].seen == "2 a message that nobody sent; 3 returned"
    assert rows[-1].allowed == ("2 error: closed; 3 returned",)


def test_changed_sentences_of_a_document_are_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "document.txt"
    path.write_text("CleanUp\n1. something else\n", encoding="utf-8")
    assert command_line(["spec", "check", "--document", str(path)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith("changed: clean-up 1 (now ") and "CLEAN-1" in line for line in lines)
    assert any(line.startswith("gone: send 1") for line in lines)


@pytest.mark.parametrize(
    ("content", "error"),
    [(b"\xff", "byte 0 is not UTF-8"), (b"", "no heading of the documents"), (None, "cannot be read")],
)
def test_a_file_that_is_no_document_gets_one_line(
    content: bytes | None, error: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "document.txt"
    if content is not None:
        path.write_bytes(content)
    assert command_line(["spec", "check", "--document", str(path)]) == 2
    assert error in one_line(capsys)


@pytest.mark.parametrize("command", [["spec", "check", "--document"], ["spec", "render", "--output"], ["report"]])
def test_a_pipe_with_nothing_at_its_other_end_is_refused(
    command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    assert command_line([*command, str(path)]) == 2
    assert f"{path} is not a regular file" in one_line(capsys)


@pytest.mark.parametrize("command", [["compare", "reference", "go"], ["run", "go:v1.13.0"]])
def test_the_first_line_says_when_go_is_unavailable(
    command: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    readiness_of_go(monkeypatch, Readiness(missing="there is no Go"))
    assert command_line([*command, *ONE_CLAUSE]) == 2
    assert capsys.readouterr().out.splitlines()[0].endswith("go:v1.13.0 was NOT JUDGED: there is no Go")


def readiness_of_go(monkeypatch: pytest.MonkeyPatch, readiness: Readiness) -> None:
    monkeypatch.setattr("beehive_conformance.targets.go.worker_readiness", lambda version: readiness)


@pytest.mark.parametrize(
    ("readiness", "said"),
    [
        (Readiness(missing="there is no Go"), ["not available  there is no Go"]),
        (
            Readiness(download="Go itself"),
            ["to download    KubeEdge's Go beehive v1.13.0, named go", "Go itself"],
        ),
        (Readiness(text="built"), ["available      KubeEdge's Go beehive v1.13.0, named go", "built"]),
    ],
)
def test_the_list_of_targets_says_what_each_would_need_first(
    readiness: Readiness, said: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    readiness_of_go(monkeypatch, readiness)
    assert command_line(["targets"]) == 0
    lines = capsys.readouterr().out.splitlines()
    (at,) = (number for number, line in enumerate(lines) if line.startswith("go:v1.13.0 "))
    found = [line.removeprefix("go:v1.13.0").strip() for line in lines[at : at + len(said)]]
    assert found == said


@pytest.mark.parametrize(
    ("readiness", "why"),
    [
        (Readiness(missing="there is no Go"), "there is no Go"),
        (Readiness(download="needs a download"), "needs a download"),
        (Readiness(), "the network is away"),
    ],
)
def test_without_go_a_program_is_replayed_on_core(
    readiness: Readiness,
    why: str,
    program_file: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def open_nothing(target: object) -> None:
        raise NotAvailable("the network is away")

    readiness_of_go(monkeypatch, readiness)
    monkeypatch.setattr("beehive_conformance.targets.go.GoTarget._open", open_nothing)
    assert command_line(["replay", str(program_file)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("core, program ")
    assert lines[0].endswith(": conforms")
    assert lines[-1] == f"go:v1.13.0: not judged, not available: {why}"


EXPECTING = """\
why: A message is received.
because: It says so.
clauses: [RECV-1]
program:
  - {op: add_module, module: a}
  - {op: send, module: a, id: m1}
expect:
  1: returned
  2: EXPECTED
"""


@pytest.mark.parametrize(("expected", "code"), [("returned", 0), ("waits", 1)])
def test_a_replay_compares_with_what_the_file_expects(
    expected: str, code: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "case.yaml"
    path.write_text(EXPECTING.replace("EXPECTED", expected))
    assert command_line(["replay", str(path), "core"]) == code
    said = "not as the file expects: operation 2 (send a m1): expected waits, saw returned"
    assert (said in capsys.readouterr().out) == bool(code)


@pytest.mark.parametrize(
    ("old", "new", "error"),
    [
        ("RECV-1", "RECV-99", "unknown clause 'RECV-99'"),
        ("  2:", "  7:", "no operation '7'"),
        ("EXPECTED", "explodes", "'explodes' is not an expectation"),
    ],
)
def test_a_replay_refuses_expectations_that_make_no_sense(
    old: str, new: str, error: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "case.yaml"
    path.write_text(EXPECTING.replace(old, new).replace("EXPECTED", "returned"))
    assert command_line(["replay", str(path), "core"]) == 2
    assert error in one_line(capsys)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["explore", "core", "--length", "1", "--resume", "a", "--report", "./a"], "--report a: --resume saves"),
        (["explore", "core", "--length", "1", "--resume", "/dev/full"], "/dev/full: not a regular file"),
        (["explore", "core", "--length", "1", "--cover", "2", "--sample", "5"], "--sample needs --pairs"),
        (["explore", "core", "--length", "1", "--report", "a" * 300], "aaa: File name too long"),
        (["spec", "render", "--output", "a" * 300], "aaa: File name too long"),
        (["spec", "render", "--output", "/dev/full"], "/dev/full: cannot be written: No space left"),
        (["explore", "core", "--length", "1", "--shard", "\uff11/2"], "expected I/N"),
        (["explore", "core", "--length", "1", "--report", ""], "the path is empty"),
    ],
)
def test_options_that_cannot_be_followed_are_refused_and_nothing_is_written(
    arguments: list[str],
    error: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert command_line(arguments) == 2
    assert error in one_line(capsys)
    assert not list(tmp_path.iterdir())


def test_reports_are_not_put_together_in_one_of_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "report.jsonl"
    assert command_line(["explore", "core", "--length", "1", "--shard", "1/1", "--report", str(path)]) == 0
    written = path.read_bytes()
    capsys.readouterr()
    assert command_line(["merge", str(path), "--report", str(path)]) == 2
    assert "one of the reports to merge" in one_line(capsys)
    assert path.read_bytes() == written


def test_findings_are_reported_even_where_their_programs_cannot_be_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    assert command_line(["run", f"model+{FAULT}", *TINY, "--export", str(first)]) == 1
    told = capsys.readouterr().out
    for path in first.iterdir():
        (second / path.name).mkdir(parents=True)
    assert command_line(["run", f"model+{FAULT}", *TINY, "--export", str(second)]) == 2
    again = capsys.readouterr()
    assert again.out == told
    assert "cannot be written" in again.err


def test_a_full_disk_is_no_fault_of_the_suite() -> None:
    with open("/dev/full", "w") as full:
        told = subprocess.run(
            [sys.executable, "-m", "beehive_conformance", "targets"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert told.returncode == 2
    assert told.stderr == "beehive-conformance: standard output cannot be written: No space left on device\n"


def test_a_trace_prints_the_node_after_each_step(program_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line(["replay", str(program_file), "core", "--trace"]) == 0
    lines = capsys.readouterr().out.splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("after step 1 "))
    assert lines[start:] == [
        "after step 1 (add_module edged): 1 state",
        "   pending: none | queued: none",
        "after step 2 (send edged m1): 1 state",
        "   pending: none | queued: channel edged: 1 message",
        "after step 3 (receive edged): 1 state",
        "   pending: none | queued: none",
    ]


def test_a_trace_ends_at_the_step_that_is_not_allowed(capsys: pytest.CaptureFixture[str]) -> None:
    path = ROOT / "examples" / "receiver_of_a_module_that_leaves.yaml"
    assert command_line(["replay", str(path), FAULTY, "--trace"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert "   pending: receive edged at await | queued: channel edged: 1 receiving" in lines
    assert lines[-1] == "step 3 (clean_up edged): not allowed"


def test_a_folder_of_programs_that_cannot_be_made_is_an_error_of_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    taken = str(tmp_path / "taken")
    assert command_line(["explore", "core", "--length", "1", "--report", taken, "--export", taken]) == 2
    error = f"beehive-conformance: --export {taken}: cannot be made: File exists; a folder is needed\n"
    assert capsys.readouterr().err == error
