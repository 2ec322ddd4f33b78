"""What a run and a comparison say, and how they end."""

from collections import Counter

import pytest
from beehive_conformance.checking.judge import VerdictKind
from beehive_conformance.deviations import OVERLAYS, OverlayName
from beehive_conformance.deviations.baselines import Record
from beehive_conformance.judging.signature import Signature
from beehive_conformance.programs.program import Program
from beehive_conformance.reports.findings import compare_lines, compare_result, run_result
from beehive_conformance.reports.schema import ChangeLine, DisputeLine, FindingLine, NotJudgedLine, decode, encode
from beehive_conformance.runs.examine import Examination, Finding, RecordProof
from beehive_conformance.runs.plan import Plan
from beehive_conformance.targets.registry import Entry, find
from beehive_spec.answers import Answers
from beehive_spec.chapters import disputes
from beehive_spec.vocabulary import AddModule, History, ModuleName, OperationNumber, Return, Returned, Seen

PROGRAM = Program((AddModule(module=ModuleName("a")),))
HISTORY = History(steps=((Seen(returned=(Return(OperationNumber(1), Returned()),)),),))
NOISE = Signature("send", "returned")
NAMES = list(OVERLAYS)[:2]


def entry(name: str) -> Entry:
    return Entry(name, "a version", lambda: find("core").open(), lambda: None, True, True)


def examined(name: str, *overlays: OverlayName, findings: tuple[Signature, ...] = ()) -> Examination:
    records = tuple(Record(each, PROGRAM) for each in overlays)
    return Examination(
        entry(name),
        Answers(),
        records,
        tallies={"random": Counter({VerdictKind.CONFORMS: 10})},
        findings={each: Finding(1, PROGRAM, HISTORY) for each in findings},
        proofs=[RecordProof(each, True, "", HISTORY) for each in records],
    )


def headings(before: Examination, after: Examination) -> list[tuple[str, str]]:
    lines = compare_lines(before, after, Plan())
    return [(str(each.heading), each.name) for each in lines if isinstance(each, FindingLine)]


def test_a_deviation_that_only_the_later_version_has_is_brought() -> None:
    before, after = examined("go:1"), examined("go:2", NAMES[0])
    assert headings(before, after) == [("INTRODUCED", NAMES[0])]
    assert compare_result(before, after).exit == 1
    assert compare_result(before, after).summary == "go:2 compared with go:1: 0 fixed, 1 introduced, 0 unchanged"


def test_a_deviation_that_only_the_earlier_version_has_is_fixed() -> None:
    before, after = examined("go:1", *NAMES), examined("go:2", NAMES[0])
    assert headings(before, after) == [("FIXED", NAMES[1]), ("UNCHANGED", NAMES[0])]
    assert compare_result(before, after).exit == 0


def test_a_catch_in_the_later_version_only_is_brought_and_one_in_both_is_unexplained() -> None:
    other = Signature("receive", "did not return")
    before, after = examined("go:1", findings=(NOISE,)), examined("go:2", findings=(NOISE, other))
    assert headings(before, after) == [("INTRODUCED", "receive_did_not_return"), ("UNEXPLAINED", "send_returned")]
    assert compare_result(before, after).exit == 1


def test_another_answer_is_a_change_within_freedom() -> None:
    before, after = examined("go:1"), examined("go:2")
    after.answers = Answers(add_again="replaced")
    changes = [each for each in compare_lines(before, after, Plan()) if isinstance(each, ChangeLine)]
    assert [(each.what.partition(":")[0], each.before, each.after) for each in changes] == [
        ("add_again", "refused", "replaced")
    ]
    assert compare_result(before, after).exit == 0


def test_programs_that_show_something_else_that_is_allowed_are_counted() -> None:
    before, after = examined("go:1"), examined("go:2")
    before.digests, after.digests = [b"1", b"2", b""], [b"1", b"3", b"4"]
    (freedom,) = (each for each in compare_lines(before, after, Plan()) if isinstance(each, ChangeLine))
    assert freedom.what.startswith("1 programs show something else")


def test_a_comparison_with_a_target_that_cannot_be_had_could_not_be_made() -> None:
    before, after = examined("core"), examined("go:2")
    after.not_judged_because = "there is no Go"
    result = compare_result(before, after)
    assert (result.exit, result.summary) == (2, "go:2 was NOT JUDGED: there is no Go")
    assert any(isinstance(each, NotJudgedLine) for each in compare_lines(before, after, Plan()))
    assert run_result(after).exit == 2


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
    before, after = examined("core"), examined("go:2")
    after.tallies, after.proofs = tallies, []
    expected = (2, f"go:2 was NOT JUDGED: {why}")
    assert run_result(after)[:] == compare_result(before, after)[:] == expected


def test_a_run_is_as_expected_only_if_every_record_holds() -> None:
    target = examined("go:1", *NAMES)
    assert run_result(target).exit == 0
    target.proofs[0] = target.proofs[0]._replace(holds=False, found="conforms")
    result = run_result(target)
    assert result.exit == 1
    assert f"1 records no longer hold ({NAMES[0]})" in result.summary


def test_a_run_with_a_catch_is_not_as_expected() -> None:
    assert run_result(examined("go:1", findings=(NOISE,))).exit == 1


@pytest.mark.parametrize(("inconclusive", "code"), [(1, 0), (2, 1)])
def test_one_program_in_a_thousand_may_be_inconclusive(inconclusive: int, code: int) -> None:
    target = examined("go:1")
    target.tallies = {"random": Counter({VerdictKind.CONFORMS: 1000, VerdictKind.INCONCLUSIVE: inconclusive})}
    assert run_result(target).exit == code


def test_what_a_measured_target_showed_stands_in_a_part_of_its_own() -> None:
    findings = list(compare_lines(examined("go:1"), examined("go:2", NAMES[0]), Plan()))
    (finding,) = (each for each in findings if isinstance(each, FindingLine))
    assert finding.shown is None
    assert finding.measured is not None
    assert finding.measured.history == HISTORY


def test_the_documents_own_faults_come_last() -> None:
    lines = list(compare_lines(examined("go:1"), examined("go:2", NAMES[0]), Plan()))
    numbers = [number for number, each in enumerate(lines) if isinstance(each, DisputeLine)]
    assert numbers == list(range(len(lines) - len(disputes()), len(lines)))


def test_every_line_of_a_report_can_be_read_again() -> None:
    after = examined("go:2", *NAMES, findings=(NOISE,))
    for line in compare_lines(examined("go:1"), after, Plan()):
        assert decode(encode(line)) == line
