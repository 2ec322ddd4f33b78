"""The chapters agree with the answers, with the rules and with the scenarios."""

from importlib.resources import files

import pytest
import yaml
from beehive_spec.answers import Answers
from beehive_spec.chapter_text import ChapterError
from beehive_spec.chapters import chapters, clauses, disputes, questions, read_chapter
from beehive_spec.rules import RULES

GOOD = """# Title

## Clauses

### X-1
One sentence.
- source: send 1 (e7ef50dbed66)
- sure: stated
- tested: scenarios
"""


MARKED = """# Title

## Questions

### room
How many?
- source: send 1 (e7ef50dbed66)
- answer `number`, loses messages: this many.
- answer `kept`: all.
"""


def in_scenarios() -> set[str]:
    folder = files("beehive_conformance") / "scenarios" / "cases"
    texts = (each.read_text(encoding="utf-8") for each in folder.iterdir() if each.name.endswith(".yaml"))
    return {clause for text in texts for clause in yaml.safe_load(text)["clauses"]}


def in_rules() -> set[str]:
    return {clause for moves in RULES.values() for move in moves for clause in move.clauses}


def test_every_answer_has_a_question_and_every_question_an_answer() -> None:
    assert set(questions()) == set(Answers._fields)


@pytest.mark.parametrize("name", Answers._fields)
def test_the_default_answer_is_one_that_the_documents_allow(name: str) -> None:
    assert questions()[name].allows(getattr(Answers(), name))


def test_rules_cite_clauses_that_exist() -> None:
    assert in_rules() <= set(clauses())


def test_scenarios_name_clauses_that_exist() -> None:
    assert in_scenarios() <= set(clauses())


def test_every_testable_clause_is_cited_by_a_move_or_a_scenario() -> None:
    tested = {clause.id for clause in clauses().values() if not clause.untested}
    assert tested <= in_rules() | in_scenarios()


def test_clauses_leave_only_questions_open_that_exist() -> None:
    left_open = {name for clause in clauses().values() for name in clause.open}
    assert left_open
    assert left_open <= set(questions())


def test_every_question_is_left_open_by_a_clause() -> None:
    left_open = {name for clause in clauses().values() for name in clause.open}
    assert [name for name in questions() if name not in left_open] == []


def test_a_sentence_has_one_hash_wherever_it_is_cited() -> None:
    cited = [
        source
        for chapter in chapters()
        for each in (*chapter.clauses, *chapter.questions, *chapter.disputes, *chapter.descriptive)
        for source in each.sources
    ]
    hashes: dict[tuple[str, int, str], set[str]] = {}
    for source in cited:
        hashes.setdefault((source.section, source.number, source.letter), set()).add(source.hash)
    assert {place: found for place, found in hashes.items() if len(found) > 1} == {}


def test_clauses_that_are_inferred_say_why() -> None:
    assert [clause.id for clause in clauses().values() if clause.sure == "inferred" and not clause.why] == []


def test_disputes_are_numbered_without_gaps() -> None:
    assert {dispute.id for dispute in disputes()} == {f"D-{number}" for number in range(1, len(disputes()) + 1)}
    assert disputes()


def test_the_answers_that_lose_messages_are_those_that_were_decided() -> None:
    assert {question.name: set(question.losing) for question in questions().values() if question.losing} == {
        "empty_id": {"unanswered"},
        "add_again": {"replaced"},
        "send_unknown": {"ignored"},
        "send_closed": {"returned"},
        "broadcast_unknown": {"ignored"},
        "broadcast_full": {"handed_over"},
        "broadcast_closed": {"goes_on"},
        "sync_unknown": {"goes_on"},
        "sync_order": {"put_first"},
        "sync_put": {"withdrawn", "left"},
        "sync_closed": {"goes_on"},
        "sync_same_id": {"replaced_own", "replaced_any"},
        "response_unknown": {"returned"},
        "response_full": {"dropped"},
        "response_left": {"released"},
        "group_sync_unknown": {"goes_on", "returned"},
        "group_sync_put": {"withdrawn", "left"},
        "group_sync_closed": {"goes_on"},
        "group_sync_unnoticed": {"returned"},
    }


def test_where_an_answer_loses_messages_there_is_one_that_does_not() -> None:
    losing = [question for question in questions().values() if question.losing]
    assert losing
    assert [question.name for question in losing if set(question.answers) <= question.losing] == []


def test_a_number_loses_messages_where_the_chapter_says_so() -> None:
    question = read_chapter(MARKED, "m.md").questions[0]
    assert [question.loses_messages(answer) for answer in (7, "kept")] == [True, False]
    assert question.answers == {"number": "this many.", "kept": "all."}


def test_the_literal_answers_are_those_that_were_decided() -> None:
    assert {question.name: question.literal for question in questions().values() if question.literal} == {
        "route_group": "set",
        "empty_id": "accepted",
        "register_again": "replaced",
        "register_unnamed": "accepted",
        "clean_up_registration": "removed",
        "unnamed_module": "accepted",
        "unnamed_group": "accepted",
        "add_again": "replaced",
        "empty_group": "kept",
        "full": "waits",
        "broadcast_empty": "returned",
        "broadcast_full": "waits",
        "sync_unknown": "goes_on",
        "sync_full": "waits",
        "sync_order": "put_first",
        "sync_put": "waits",
        "sync_timer": "waiting",
        "sync_closed": "goes_on",
        "sync_zero": "at_once",
        "response_unknown": "returned",
        "response_full": "waits",
        "response_left": "stays",
        "group_sync_unknown": "goes_on",
        "group_sync_empty": "returned",
        "group_sync_put": "waits",
        "group_sync_closed": "goes_on",
        "group_sync_timer": "waiting",
        "group_sync_look": "at_timeout",
        "group_sync_compare": "equal",
        "group_sync_zero": "at_once",
    }


@pytest.mark.parametrize(
    ("literal", "departing"), [("kept", ["number"]), ("number", ["kept"]), ("", [])], ids=("word", "number", "none")
)
def test_an_answer_departs_from_the_letter_where_another_one_is_literal(literal: str, departing: list[str]) -> None:
    question = read_chapter(MARKED.replace(f"`{literal}`", f"`{literal}`, literal"), "m.md").questions[0]
    assert question.literal == (literal or None)
    given = {"number": 7, "kept": "kept"}
    assert [name for name, answer in given.items() if question.departs_from_the_letter(answer)] == departing


@pytest.mark.parametrize(
    ("old", "new", "error"),
    [
        ("`kept`", "`kept`, loses messages, literal", "m.md:9: unknown mark of the answer 'kept' of room: 'loses me"),
        ("`kept`", "`kept`, usual", "m.md:9: unknown mark of the answer 'kept' of room: 'usual'; the marks are `lit"),
        ("`kept`", "`kept` literal", "m.md:9: unknown mark of the answer 'kept' of room: ' literal'; the marks are"),
        (
            "all.",
            "all.\n- answer `x`, literal: x.\n- answer `y`, literal: y.",
            "m.md:11: room has two literal answers",
        ),
    ],
)
def test_a_malformed_mark_gets_one_error_with_its_line(old: str, new: str, error: str) -> None:
    with pytest.raises(ChapterError) as caught:
        read_chapter(MARKED.replace(old, new, 1), "m.md")
    assert str(caught.value).startswith(error)


def test_a_number_is_an_answer_only_where_the_chapter_says_so() -> None:
    assert questions()["capacity"].allows(0)
    assert not questions()["capacity"].allows(-1)
    assert not questions()["capacity"].allows("number")
    assert not questions()["full"].allows(3)


def test_every_part_of_a_clause_is_read() -> None:
    (clause,) = read_chapter(GOOD + "- open: full\n- why: because.\n", "x.md").clauses
    assert (clause.id, clause.sentence, clause.sure) == ("X-1", "One sentence.", "stated")
    assert (clause.open, clause.why, clause.untested) == (("full",), "because.", "")
    assert [str(source) for source in clause.sources] == ["send 1"]


@pytest.mark.parametrize(
    ("old", "new", "error"),
    [
        ("# Title", "Title", "x.md:1: a chapter starts with `# ` and its title"),
        ("## Clauses", "## Claws", "x.md:3: unknown or repeated part 'Claws'"),
        ("### X-1", "### x1", "x.md:5: 'x1' is not the id of a clause"),
        ("One sentence.\n", "", "x.md:5: X-1 has no sentence"),
        ("- source: send 1 (e7ef50dbed66)\n", "", "x.md:5: X-1 has no source"),
        ("send 1", "sent 1", "x.md:7: 'sent' is not a section"),
        ("send 1", "send one", "x.md:7: 'send one (e7ef50dbed66)' is not a sentence"),
        ("(e7ef50dbed66)", "(e7ef)", "x.md:7: 'send 1 (e7ef)' is not a sentence"),
        ("stated", "certain", "x.md:8: `sure` of X-1 is 'certain'"),
        ("- tested: scenarios\n", "", "x.md:5: X-1 needs either"),
        ("- sure:", "- shure:", "x.md:8: unknown or repeated key 'shure' in X-1"),
        ("- sure: stated", "- sure", "x.md:8: expected `- key: value`"),
        ("### X-1\n", "", "x.md:5: text before the first"),
    ],
)
def test_a_malformed_chapter_gets_one_error_with_its_line(old: str, new: str, error: str) -> None:
    with pytest.raises(ChapterError) as caught:
        read_chapter(GOOD.replace(old, new, 1), "x.md")
    assert str(caught.value).startswith(error)


def test_an_answer_cannot_be_defined_twice() -> None:
    text = MARKED + "- answer `kept`, loses messages: some.\n"
    with pytest.raises(ChapterError, match=r"m\.md:10: the answer 'kept' of room is defined twice"):
        read_chapter(text, "m.md")


def test_a_clause_cannot_be_defined_twice() -> None:
    with pytest.raises(ChapterError, match="X-1 is defined twice"):
        read_chapter(GOOD + GOOD.partition("## Clauses\n\n")[2], "x.md")


def test_a_chapter_says_what_it_is_about_before_its_first_part() -> None:
    assert (
        read_chapter(GOOD.replace("# Title\n", "# Title\n\nTwo lines\nof text.\n"), "x.md").intro
        == "Two lines of text."
    )
    assert read_chapter(GOOD, "x.md").intro == ""
