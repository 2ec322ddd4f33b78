"""What is known of pinned versions: read from files, and true of the model with the overlay laid over it."""

import os
from pathlib import Path

import pytest
from beehive_conformance.checking.judge import Judge, VerdictKind
from beehive_conformance.deviations import OVERLAYS
from beehive_conformance.deviations.baseline_file import write_baseline
from beehive_conformance.deviations.baselines import (
    BASELINES_FOLDER,
    Baseline,
    Record,
    baselines,
    read_baseline,
)
from beehive_conformance.errors import InputError
from beehive_conformance.reports.header import side
from beehive_conformance.runs.examine import Examination
from beehive_conformance.targets import registry
from beehive_conformance.targets.model import ModelTarget
from beehive_conformance.targets.registry import recorded_baseline, related_baseline
from beehive_conformance.targets.spec import TargetKind, TargetSpec
from beehive_go.versions import NEWEST, versions
from beehive_spec.answers import Answers
from beehive_spec.chapters import clauses

ALL = [(target, record) for target, found in baselines().items() for record in found.records]
GOOD = (
    "format: 1\nspec: 2\ntarget: other\nanswers:\n"
    + "".join(f"  {name}: {answer}\n" for name, answer in Answers()._asdict().items())
    + f"""records:
  - overlay: {next(iter(OVERLAYS))}
    found: by reading
    versions: [v1]
    program:
      - {{op: add_module, module: a}}
"""
)


def ids(value: object) -> str:
    return value.overlay if isinstance(value, Record) else str(value)


def test_every_file_has_the_name_of_its_target() -> None:
    assert {path.stem for path in BASELINES_FOLDER.glob("*.yaml")} == {
        target.replace(":", "-") for target in baselines()
    }


@pytest.mark.parametrize(("target", "record"), ALL, ids=ids)
def test_without_its_overlay_the_program_of_a_record_is_unexplained(target: str, record: Record) -> None:
    answers = baselines()[target].answers
    overlays = [OVERLAYS[each.overlay] for each in baselines()[target].records]
    ((_, history),) = ModelTarget(answers, overlays).run([record.program])
    others = [overlay for overlay in overlays if overlay.name != record.overlay]
    assert Judge(answers, others).judge(record.program, history).kind is VerdictKind.UNEXPLAINED
    verdict = Judge(answers, overlays).judge(record.program, history)
    assert verdict.kind is VerdictKind.DEVIATES
    assert record.overlay in verdict.deviations


def test_every_overlay_breaks_a_clause_that_exists() -> None:
    assert {overlay.clause for overlay in OVERLAYS.values()} <= set(clauses())


def test_the_model_and_the_reference_have_the_default_answers_and_no_records() -> None:
    for target in ("core", "threads", "model", f"model+{next(iter(OVERLAYS))}"):
        assert target not in baselines()
        known = recorded_baseline(TargetSpec.parse(target))
        assert (known.target, known.answers, known.records) == (target, Answers(), ())


def test_a_model_with_an_overlay_has_answers_under_which_it_can_be_seen() -> None:
    bounded = next(each for each in OVERLAYS.values() if each.under)
    known = recorded_baseline(TargetSpec(TargetKind.MODEL, overlays=(bounded.name,)))
    assert known.answers == Answers()._replace(**bounded.under)


def test_a_version_has_the_baseline_of_its_file() -> None:
    assert recorded_baseline(TargetSpec.parse(f"go:{NEWEST}")) is baselines()[f"go:{NEWEST}"]


@pytest.mark.parametrize("spec", [TargetSpec(TargetKind.GO, "v0.0.1"), TargetSpec(TargetKind.PYTHON, factory="a:B")])
def test_what_was_never_measured_has_no_baseline(spec: TargetSpec) -> None:
    assert recorded_baseline(spec) is None


def test_the_list_of_targets_says_when_a_version_has_no_baseline() -> None:
    assert registry.unmeasured(TargetSpec(TargetKind.GO, NEWEST)) == ""
    assert (
        registry.unmeasured(TargetSpec(TargetKind.GO, "v0.0.1")) == "without a baseline: measured before it is judged"
    )


def test_the_header_of_a_report_does_not_say_that_a_target_with_a_given_baseline_is_measured() -> None:
    unrecorded = TargetSpec(TargetKind.GO, "v0.0.1")
    given = Examination(unrecorded, Answers(), (), origin="answers from gm.yaml")
    assert "measured" not in side(given).description


def test_a_version_is_related_to_the_newest_measured_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "versions", lambda: (*versions(), "v99.0.0"))
    assert related_baseline(TargetSpec(TargetKind.GO, "v99.0.0")) is baselines()[f"go:{NEWEST}"]
    assert related_baseline(TargetSpec(TargetKind.PYTHON, factory="a:B")) is None


def test_a_file_is_read_with_all_that_it_says(tmp_path: Path) -> None:
    path = tmp_path / "other.yaml"
    path.write_text(GOOD)
    found = read_baseline(path)
    assert (found.target, found.answers) == ("other", Answers())
    (record,) = found.records
    assert (record.overlay, record.found, record.versions) == (next(iter(OVERLAYS)), "by reading", ("v1",))
    assert len(record.program.steps) == 1


def test_a_question_that_could_not_be_asked_has_the_answer_of_the_spec(tmp_path: Path) -> None:
    path = tmp_path / "other.yaml"
    path.write_text(GOOD.replace("  full: waits\n", "", 1).replace("records:", "not_asked: [full]\nrecords:"))
    found = read_baseline(path)
    assert (found.answers, found.not_asked) == (Answers(), ("full",))


@pytest.mark.parametrize(
    ("old", "new", "error"),
    [
        ("target: other\n", "", "missing field"),
        ("format: 1", "format: 2", ":1:9: version 2 of the format; expected 1: measure the answers again"),
        ("spec: 2", "spec: 1", ":2:7: version 1 of the spec; expected 2: measure the answers again"),
        ("records:", "unexplained: [ful]\nrecords:", "'ful' is not a question; list only unanswered questions"),
        ("  full: waits", "  ful: waits", ":11:3: unknown question 'ful'; known: send_unknown,"),
        ("  full: waits", "  full: falls", ":11:9: 'falls' is not an answer to full; allowed: waits, refused"),
        ("  full: waits", "  full: 7", ":11:9: '7' is not an answer to full"),
        ("  full: waits\n", "", "no answer to full; each question needs one"),
        ("records:", "ambiguity: {ful: {refused: fault}}\nrecords:", "unknown question 'ful'"),
        ("records:", "ambiguity: {full: {falls: fault}}\nrecords:", "'falls' is not another answer to full"),
        ("records:", "ambiguity: {full: {waits: fault}}\nrecords:", "'waits' is not another answer to full"),
        (
            "records:",
            "ambiguity: {full: {refused: luck}}\nrecords:",
            "'luck' is not a reason; expected one of fault, answers",
        ),
        ("records:", "not_asked: [ful]\nrecords:", "'ful' is not a question; list only unanswered questions"),
        ("records:", "not_asked: [full]\nrecords:", "'full' has an answer; list only unanswered questions"),
        ("overlay: ", "overlay: not_", "unknown deviation 'not_"),
        ("op: add_module", "op: add_modul", "unknown operation 'add_modul'"),
        ("    found: by reading\n", "", "missing field"),
    ],
)
def test_a_malformed_file_gets_one_line_with_its_place(old: str, new: str, error: str, tmp_path: Path) -> None:
    path = tmp_path / "other.yaml"
    path.write_text(GOOD.replace(old, new, 1))
    with pytest.raises(InputError) as caught:
        read_baseline(path)
    assert str(caught.value).startswith(str(path))
    assert error in str(caught.value)
    assert "\n" not in str(caught.value)


def test_two_records_of_one_deviation_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.yaml"
    path.write_text(GOOD + GOOD.partition("records:\n")[2])
    with pytest.raises(InputError, match="a second record of"):
        read_baseline(path)


@pytest.mark.parametrize("target", sorted(baselines()))
def test_a_written_baseline_is_read_back_as_it_was(tmp_path: Path, target: str) -> None:
    path = tmp_path / "written.yaml"
    write_baseline(path, baselines()[target])
    assert read_baseline(path) == baselines()[target]


def test_a_question_without_an_answer_that_fits_is_written_without_one(tmp_path: Path) -> None:
    path = tmp_path / "written.yaml"
    known = Baseline("other", Answers(), (), {}, ("full",), ("senders",))
    write_baseline(path, known)
    assert read_baseline(path) == known
    assert not {"  full: waits", "  senders: fifo"} & set(path.read_text().splitlines())


@pytest.mark.parametrize(
    ("text", "problem"),
    [(GOOD, "the baseline of other, not of mine; give another file"), ("a note\n", "exists and is not a baseline")],
)
def test_a_file_of_another_target_is_not_replaced(tmp_path: Path, text: str, problem: str) -> None:
    path = tmp_path / "kept.yaml"
    path.write_text(text)
    with pytest.raises(InputError, match=problem):
        write_baseline(path, Baseline("mine", Answers(), (), {}))
    assert path.read_text() == text


def test_the_baseline_of_a_target_is_replaced_by_its_new_one(tmp_path: Path) -> None:
    path = tmp_path / "replaced.yaml"
    write_baseline(path, Baseline("mine", Answers(), (), {}))
    write_baseline(path, Baseline("mine", Answers(add_again="kept"), (), {}))
    assert read_baseline(path).answers.add_again == "kept"


@pytest.mark.parametrize(
    ("old", "new"), [("format: 1", "format: 2"), ("spec: 2", "spec: 1"), ("  full:", "  filled:")]
)
def test_a_baseline_of_another_version_is_replaced_by_one_of_its_target(old: str, new: str, tmp_path: Path) -> None:
    path = tmp_path / "old.yaml"
    path.write_text(GOOD.replace(old, new, 1))
    with pytest.raises(InputError, match="the baseline of other, not of mine"):
        write_baseline(path, Baseline("mine", Answers(), (), {}))
    written = Baseline("other", Answers(), (), {})
    write_baseline(path, written)
    assert read_baseline(path) == written


def test_a_pipe_is_not_replaced_by_a_baseline(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    with pytest.raises(InputError, match="pipe is not a regular file"):
        write_baseline(path, Baseline("mine", Answers(), (), {}))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('"1"', "'1' in quotes; expected the number without them"),
        ("010", "'010' is not an answer to response_room; allowed: unbounded, number (digits 0-9, no leading zero"),
        ("٣", "'٣' is not an answer to response_room"),
        ("9" * 5000, "9... is not an answer to response_room"),
    ],
)
def test_a_number_that_is_not_a_plain_decimal_is_refused(text: str, problem: str, tmp_path: Path) -> None:
    path = tmp_path / "other.yaml"
    path.write_text(GOOD.replace("response_room: 1", f"response_room: {text}", 1), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_baseline(path)
    assert problem in str(caught.value)


def test_a_version_in_quotes_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.yaml"
    path.write_text(GOOD.replace("format: 1", 'format: "1"', 1))
    with pytest.raises(InputError, match=":1:9: '1' in quotes; expected 1 without them"):
        read_baseline(path)
