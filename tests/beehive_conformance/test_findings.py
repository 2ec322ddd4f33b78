"""What a run and a comparison say, and how they end."""

import io
from collections import Counter

import pytest
from beehive_conformance.checking.judge import VerdictKind
from beehive_conformance.deviations import OVERLAYS, OverlayName
from beehive_conformance.deviations.baselines import Record
from beehive_conformance.judging.signature import Signature
from beehive_conformance.programs.capability import Capability
from beehive_conformance.programs.program import Program
from beehive_conformance.reports.comparison import compare_lines
from beehive_conformance.reports.explain import counted
from beehive_conformance.reports.findings import run_lines
from beehive_conformance.reports.result import Conclusion, compare_result, run_result
from beehive_conformance.reports.schema import (
    ChangedAnswerLine,
    ChangedHistoriesLine,
    DisputeLine,
    FindingLine,
    NotJudgedLine,
    RecordLine,
    ScenarioLine,
)
from beehive_conformance.reports.stream import decode, encode
from beehive_conformance.reports.terminal import draw
from beehive_conformance.runs.examine import Examination, Finding, RecordProof, ScenarioVerdict
from beehive_conformance.runs.plan import Plan
from beehive_conformance.targets.spec import TargetKind, TargetSpec
from beehive_spec.answers import Answers
from beehive_spec.chapters import disputes, questions
from beehive_spec.vocabulary import AddModule, History, ModuleName, OperationNumber, Return, Returned, Seen

PROGRAM = Program((AddModule(module=ModuleName("a")),))
HISTORY = History(steps=((Seen(returned=(Return(OperationNumber(1), Returned()),)),),))
NOISE = Signature("send", "returned")
NAMES = list(OVERLAYS)[:2]
CORE, ONE, TWO = TargetSpec(TargetKind.CORE), TargetSpec(TargetKind.GO, "1"), TargetSpec(TargetKind.GO, "2")


def examined(target: TargetSpec, *overlays: OverlayName, findings: tuple[Signature, ...] = ()) -> Examination:
    records = tuple(Record(each, PROGRAM) for each in overlays)
    return Examination(
        target,
        Answers(),
        records,
        tallies={"random": Counter({VerdictKind.CONFORMS: 10})},
        findings={each: Finding(1, PROGRAM, HISTORY) for each in findings},
        proofs=[RecordProof(each, True, VerdictKind.DEVIATES, (each.overlay,), HISTORY) for each in records],
    )


def compared(before: Examination, after: Examination) -> Conclusion:
    return compare_result(tuple(compare_lines(before, after, Plan())))


def ran(examination: Examination) -> Conclusion:
    return run_result(tuple(run_lines(examination, Plan())))


def headings(before: Examination, after: Examination) -> list[tuple[str, str]]:
    lines = compare_lines(before, after, Plan())
    return [(str(each.heading), each.name) for each in lines if isinstance(each, FindingLine)]


def test_a_deviation_that_only_the_later_version_has_is_introduced() -> None:
    before, after = examined(ONE), examined(TWO, NAMES[0])
    assert headings(before, after) == [("INTRODUCED", NAMES[0])]
    assert compared(before, after).exit == 1
    assert compared(before, after).summary == "go:2 compared with go:1: 0 fixed, 1 introduced, 0 unchanged"


def test_a_deviation_that_only_the_earlier_version_has_is_fixed() -> None:
    before, after = examined(ONE, *NAMES), examined(TWO, NAMES[0])
    assert headings(before, after) == [("FIXED", NAMES[1]), ("UNCHANGED", NAMES[0])]
    assert compared(before, after).exit == 0


def test_a_finding_in_the_later_version_only_is_introduced_and_one_in_both_is_unexplained() -> None:
    other = Signature("receive", "did not return")
    before, after = examined(ONE, findings=(NOISE,)), examined(TWO, findings=(NOISE, other))
    assert headings(before, after) == [("INTRODUCED", "receive_did_not_return"), ("UNEXPLAINED", "send_returned")]
    assert compared(before, after).exit == 1


def test_another_answer_is_an_allowed_change() -> None:
    before, after = examined(ONE), examined(TWO)
    after.answers = Answers(add_again="kept")
    changes = [each for each in compare_lines(before, after, Plan()) if isinstance(each, ChangedAnswerLine)]
    assert changes == [ChangedAnswerLine("add_again", questions()["add_again"].sentence, "refused", "kept")]
    assert compared(before, after).exit == 0


@pytest.mark.parametrize(("old", "new"), [("refused", "returned"), ("returned", "refused")])
def test_a_change_to_or_from_an_answer_that_loses_messages_is_not_as_expected(old: str, new: str) -> None:
    before, after = examined(ONE), examined(TWO)
    before.answers, after.answers = Answers(send_closed=old), Answers(send_closed=new)
    (change,) = [each for each in compare_lines(before, after, Plan()) if isinstance(each, ChangedAnswerLine)]
    assert (change.before, change.after, change.losing) == (old, new, ("returned",))
    assert compared(before, after).exit == 1
    assert compared(before, after).summary == (
        "go:2 compared with go:1: 0 fixed, 0 introduced, 0 unchanged, 1 changed answer by which messages can be lost"
    )


def test_changes_that_lose_messages_are_listed_before_those_that_do_not() -> None:
    before, after = examined(ONE), examined(TWO)
    after.answers = Answers(add_again="kept", send_closed="returned", broadcast_full="handed_over")
    file = io.StringIO()
    draw(tuple(compare_lines(before, after, Plan())), file, 200)
    listed = file.getvalue().split("CHANGED (LOSES MESSAGES)")[1].split("DEFECTS")[0]
    losing, _, allowed = listed.partition("CHANGED (ALLOWED)")
    assert losing.split() == [
        *f"send_closed: {questions()['send_closed'].sentence}: refused -> returned".split(),
        *["(returned:", "can", "lose", "messages)"],
        *f"broadcast_full: {questions()['broadcast_full'].sentence}: waits -> handed_over".split(),
        *["(handed_over:", "can", "lose", "messages)"],
    ]
    assert allowed.split() == f"add_again: {questions()['add_again'].sentence}: refused -> kept".split()


@pytest.mark.parametrize(
    ("others", "text"),
    [
        ({}, ""),
        ({"add_again": "kept"}, "1 answer departs from the letter: add_again"),
        ({"add_again": "kept", "sync_zero": 3}, "2 answers depart from the letter: add_again, sync_zero"),
        ({"add_again": "kept", "register_again": "kept"}, "1 answer departs from the letter: add_again"),
    ],
    ids=("none", "one", "two", "not asked"),
)
def test_a_run_says_which_answers_depart_from_the_letter(others: dict[str, str | int], text: str) -> None:
    literal = {name: question.literal for name, question in questions().items() if question.literal is not None}
    examination = examined(ONE)
    examination.answers = Answers().with_answers({**literal, **others})
    examination.lacks = frozenset({Capability.REGISTRATION})
    file = io.StringIO()
    draw(tuple(run_lines(examination, Plan())), file, 200)
    assert [line.strip() for line in file.getvalue().splitlines() if "the letter" in line] == ([text] if text else [])


def test_no_heading_stands_alone_where_no_answer_changed() -> None:
    file = io.StringIO()
    draw(tuple(compare_lines(examined(ONE), examined(TWO), Plan())), file, 200)
    assert "CHANGED" not in file.getvalue()


def test_programs_that_behave_differently_as_allowed_are_counted() -> None:
    before, after = examined(ONE), examined(TWO)
    before.digests, after.digests = [b"1", b"2", b""], [b"1", b"3", b"4"]
    lines = compare_lines(before, after, Plan())
    assert [each.measured for each in lines if isinstance(each, ChangedHistoriesLine)] == [1]


def test_a_comparison_with_an_unavailable_target_is_an_error() -> None:
    before, after = examined(CORE), examined(TWO)
    after.not_judged_because = "there is no Go"
    result = compared(before, after)
    assert (result.exit, result.summary) == (2, "go:2 was NOT JUDGED: there is no Go")
    assert any(isinstance(each, NotJudgedLine) for each in compare_lines(before, after, Plan()))
    assert ran(after).exit == 2


@pytest.mark.parametrize(
    ("tallies", "why"),
    [
        ({"scenarios": Counter()}, "there was nothing to run"),
        ({"scenarios": Counter({VerdictKind.NOT_JUDGED: 2})}, "it cannot do what the programs need"),
    ],
)
def test_a_target_of_which_nothing_was_judged_does_not_conform(
    tallies: dict[str, Counter[VerdictKind]], why: str
) -> None:
    before, after = examined(CORE), examined(TWO)
    after.tallies, after.proofs = tallies, []
    expected = (2, f"go:2 was NOT JUDGED: {why}")
    assert ran(after)[:] == compared(before, after)[:] == expected


def test_a_run_is_as_expected_only_if_every_record_holds() -> None:
    target = examined(ONE, *NAMES)
    assert ran(target).exit == 0
    target.proofs[0] = target.proofs[0]._replace(holds=False, kind=VerdictKind.CONFORMS, group=None)
    result = ran(target)
    assert result.exit == 1
    assert f"records that no longer hold: {NAMES[0]}" in result.summary


def test_a_run_with_a_finding_is_not_as_expected() -> None:
    assert ran(examined(ONE, findings=(NOISE,))).exit == 1


@pytest.mark.parametrize(("inconclusive", "code"), [(1, 0), (2, 1)])
def test_one_program_in_a_thousand_may_be_inconclusive(inconclusive: int, code: int) -> None:
    target = examined(ONE)
    target.tallies = {"random": Counter({VerdictKind.CONFORMS: 1000, VerdictKind.INCONCLUSIVE: inconclusive})}
    assert ran(target).exit == code


def test_evidence_from_a_measured_target_is_kept_apart() -> None:
    findings = list(compare_lines(examined(ONE), examined(TWO, NAMES[0]), Plan()))
    (finding,) = (each for each in findings if isinstance(each, FindingLine))
    assert finding.exact is None
    assert finding.measured is not None
    assert finding.measured.history == HISTORY


def test_defects_in_the_documentation_come_last() -> None:
    lines = list(compare_lines(examined(ONE), examined(TWO, NAMES[0]), Plan()))
    numbers = [number for number, each in enumerate(lines) if isinstance(each, DisputeLine)]
    assert numbers == list(range(len(lines) - len(disputes()), len(lines)))


def test_every_line_of_a_report_can_be_read_again() -> None:
    after = examined(TWO, *NAMES, findings=(NOISE,))
    lines = list(compare_lines(examined(ONE), after, Plan()))
    assert len(lines) > len(NAMES)
    assert [decode(encode(line)) for line in lines] == lines


def test_each_scenario_has_a_line_with_its_verdict() -> None:
    target = examined(ONE)
    target.scenarios += [
        ScenarioVerdict("one", VerdictKind.CONFORMS, None),
        ScenarioVerdict("two", VerdictKind.DEVIATES, (NAMES[0],)),
        ScenarioVerdict("three", VerdictKind.UNEXPLAINED, NOISE),
    ]
    lines = [each for each in run_lines(target, Plan()) if isinstance(each, ScenarioLine)]
    assert [(each.scenario, each.exact) for each in lines] == [("one", None), ("two", None), ("three", None)]
    found = [each.verdict for each in lines if each.verdict is not None]
    assert [(each.kind, each.deviations, each.signature) for each in found] == [
        (VerdictKind.CONFORMS, (), None),
        (VerdictKind.DEVIATES, (NAMES[0],), None),
        (VerdictKind.UNEXPLAINED, (), NOISE),
    ]


def test_a_record_says_in_how_many_runs_it_was_seen() -> None:
    target = examined(ONE, NAMES[0])
    target.proofs[0] = target.proofs[0]._replace(runs=7)
    lines = list(run_lines(target, Plan()))
    (record,) = (each for each in lines if isinstance(each, RecordLine))
    assert record.check is not None
    assert record.check.runs == 7
    (evidence,) = (each.evidence for each in lines if isinstance(each, FindingLine))
    assert evidence is not None
    assert evidence.runs is not None
    assert (evidence.runs.shown, evidence.runs.of) == (1, 7)


def test_a_noun_agrees_with_its_number() -> None:
    assert [counted(number, "way") for number in (0, 1, 2)] == ["0 ways", "1 way", "2 ways"]
