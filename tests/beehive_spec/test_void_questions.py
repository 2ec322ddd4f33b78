"""A question that the chapters call void has no meaning: under its case the model does the same with every answer."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from beehive_spec.answers import Answers
from beehive_spec.automaton import Automaton
from beehive_spec.chapter_text import ChapterError
from beehive_spec.chapters import NUMBER, VoidCase, questions, read_chapter
from beehive_spec.distinguish import distinguish
from beehive_spec.model import Model
from beehive_spec.vocabulary import (
    AddModule,
    AddModuleGroup,
    Advance,
    CleanUp,
    ClientName,
    GroupName,
    InspectFields,
    MessageId,
    Milliseconds,
    ModuleName,
    Receive,
    Send,
    SendResp,
    SendSync,
    SendToGroup,
    SendToGroupSync,
    Step,
    Together,
)

CASES = [(name, case) for name, question in questions().items() for case in question.void_if]
NUMBERS = (0, 1, 2)
A, B, G, M, C = ModuleName("a"), ModuleName("b"), GroupName("g"), MessageId("m"), ClientName("c")
JOIN_B = Together((AddModule(module=B, client=C), AddModuleGroup(module=B, group=G, client=C)))
ASK = SendSync(module=A, id=M, timeout=Milliseconds(5))
ASK_GROUP = SendToGroupSync(group=G, id=M, timeout=Milliseconds(5))
JOIN = Together((AddModule(module=A, client=C), AddModuleGroup(module=A, group=G, client=C)))
RESPOND = SendResp(parent=M)
CLEAN = CleanUp(module=A)
TAKE_AND_RESPOND = (Receive(module=A, client=C), SendResp(parent=M, client=C))
ALPHABET: tuple[Step, ...] = (
    CLEAN,
    Send(module=A, id=M),
    SendToGroup(group=G, id=M),
    Receive(module=A),
    ASK,
    ASK_GROUP,
    SendSync(module=A, id=M, timeout=Milliseconds(0)),
    SendToGroupSync(group=G, id=M, timeout=Milliseconds(0)),
    RESPOND,
    Advance(Milliseconds(3)),
    Advance(Milliseconds(5)),
    InspectFields(),
    Together((RESPOND, RESPOND)),
    Together((ASK, RESPOND)),
    Together((ASK, CLEAN)),
    Together((ASK_GROUP, CLEAN)),
    Together((Send(module=A, id=M), CLEAN)),
    Together((SendToGroup(group=G, id=M), CLEAN)),
    Together((ASK, *TAKE_AND_RESPOND)),
    Together((ASK_GROUP, *TAKE_AND_RESPOND)),
    Together((Send(module=A, id=M, client=C), ASK, Receive(module=A, client=C))),
)
"""What can happen around a channel that may be full or closed, one after another and at one instant."""


def values(question: str) -> tuple[str | int, ...]:
    # With an interval of 0 a call would check for ever.
    numbers = NUMBERS[1:] if question == "group_sync_look" else NUMBERS
    answers = questions()[question].answers
    return tuple(value for answer in answers for value in (numbers if answer == NUMBER else (answer,)))


def drawn(question: str, seed: int) -> Answers:
    """Return answers drawn for a question; channels are bounded, so that operations wait for room."""
    draw = random.Random(f"{question} {seed}")
    answers = {name: draw.choice(values(name)) for name in Answers._fields}
    return Answers().with_answers({**answers, "capacity": draw.choice((0, 1))})


def under(case: VoidCase, others: Answers) -> Iterator[Answers]:
    """Yield answers for each way in which a case applies; the answers to the other questions are given."""
    given: list[dict[str, str | int]] = [{}]
    for question, answers in case.given.items():
        given = [{**each, question: answer} for each in given for answer in answers]
    for each in given:
        yield others.with_answers(each)


def differing(name: str, answers: Answers, length: int, most: int) -> list[str]:
    first, *others = (answers.with_answers({name: value}) for value in values(name))
    automaton = Automaton(Model(first))
    found = []
    for other in others:
        separation = distinguish(automaton, Automaton(Model(other)), ALPHABET, length, most, (JOIN,))
        if separation is not None:
            found.append(f"{getattr(first, name)} and {getattr(other, name)}: {separation}")
    return found


def test_cases_name_other_questions_and_their_answers() -> None:
    assert CASES
    assert {
        f"{name}: {case}"
        for name, case in CASES
        for question, answers in case.given.items()
        if question == name or not set(answers) <= questions()[question].answers.keys() - {NUMBER}
    } == set()


@pytest.mark.parametrize(("name", "case"), CASES, ids=str)
def test_every_answer_to_a_void_question_allows_the_same(name: str, case: VoidCase) -> None:
    applied = list(under(case, drawn(name, 0)))
    assert applied
    for answers in applied:
        assert case.applies_to(answers._asdict())
        assert differing(name, answers, 4, 100) == [], answers


@pytest.mark.slow
@pytest.mark.parametrize(("name", "case"), CASES, ids=str)
def test_every_answer_to_a_void_question_allows_the_same_under_more_answers(name: str, case: VoidCase) -> None:
    applied = [(seed, answers) for seed in range(1, 3) for answers in under(case, drawn(name, seed))]
    assert applied
    for seed, answers in applied:
        assert differing(name, answers, 4, 400) == [], f"seed {seed}: {answers}"


@pytest.mark.slow
@pytest.mark.parametrize("name", dict(CASES))
def test_where_no_case_applies_the_answers_to_the_same_question_differ(name: str) -> None:
    seeds = (seed for seed in range(40) if questions()[name].void_case(drawn(name, seed)._asdict()) is None)
    assert any(differing(name, drawn(name, seed), 4, 300) for seed in seeds)


@pytest.mark.parametrize("response_left", ["stays", "released", "refused"])
@pytest.mark.parametrize("look", ["at_once", "at_timeout"])
def test_no_response_that_waits_for_room_at_a_call_to_a_group_is_served(response_left: str, look: str) -> None:
    """The responses stay in the channel until the call ends, so `senders` is void although some wait for room."""
    answers = Answers(
        response_room="unbounded", response_full="waits", response_left=response_left, group_sync_look=look
    )
    steps = (RESPOND, Advance(Milliseconds(5)), CLEAN, InspectFields(), Together((RESPOND, RESPOND)))
    opening = (JOIN, ASK_GROUP, RESPOND, RESPOND, RESPOND) if look == "at_timeout" else (JOIN, JOIN_B, ASK_GROUP)
    fifo, any_order = (Automaton(Model(answers.with_answers({"senders": each}))) for each in ("fifo", "any"))
    assert distinguish(fifo, any_order, steps, 7, 1000, opening) is None


QUESTION = """# Title

## Questions

### room
How many?
- source: send 1 (e7ef50dbed66)
- void if: full is waits or kept and size is small; full is gone
- answer `kept`: all.
"""


def test_the_cases_of_a_question_are_read_and_written_in_one_form() -> None:
    question = read_chapter(QUESTION, "q.md").questions[0]
    assert "; ".join(map(str, question.void_if)) == "full is waits or kept and size is small; full is gone"
    first, second = question.void_if
    assert question.void_case({"full": "kept", "size": "small"}) == first
    assert question.void_case({"full": "gone", "size": "small"}) == second
    assert question.void_case({"full": "kept", "size": 3}) is None


@pytest.mark.parametrize("wrong", ["full", "room is kept", "full is waits and full is gone", "full is 3"])
def test_a_case_in_another_form_is_an_error_with_its_line(wrong: str) -> None:
    with pytest.raises(ChapterError, match=r"^q\.md:8: '.*' is not a condition; expected"):
        read_chapter(QUESTION.replace("full is gone", wrong), "q.md")
