"""Answers are measured by probes that the search finds; a model under other answers is what is measured here."""

import sys
from itertools import combinations

import pytest
from beehive_conformance.checking.judge import Judge
from beehive_conformance.commands import command_line
from beehive_conformance.deviations import OVERLAYS, OverlayName
from beehive_conformance.deviations.ambiguity import AmbiguityReason
from beehive_conformance.deviations.baselines import Baseline, baselines
from beehive_conformance.generation.random_programs import LENGTH, random_programs
from beehive_conformance.measuring.measure import measure
from beehive_conformance.measuring.pairs import pair_programs
from beehive_conformance.measuring.probes import LARGEST_NUMBER, opening, probe_alphabet
from beehive_conformance.measuring.separations import LONGEST_PROBE, MAX_SITUATIONS, WIDER, Separations
from beehive_conformance.programs.capability import Capability
from beehive_conformance.targets.model import ModelTarget
from beehive_conformance.targets.reference.core import CoreTarget
from beehive_conformance.trust.drawn_models import DrawnModel, drawn_model, trial, wrong_answers
from beehive_spec.answers import Answers
from beehive_spec.automaton import Automaton
from beehive_spec.chapters import NUMBER, questions
from beehive_spec.distinguish import Strength, Wider, distinguish
from beehive_spec.model import Model
from beehive_spec.rules import RULES
from beehive_spec.vocabulary import CleanUp

GO = "go:v1.13.0"
CONTEXT = Answers(
    capacity=2,
    empty_group="kept",
    sync_same_id="replaced_own",
    response_full="waits",
    group_sync_put="waits",
    group_sync_count="at_response",
)
"""Answers under which every question has a meaning."""
NUMBERS = {"capacity": 3, "response_room": 0, "group_sync_look": 3}
QUICK = (
    "send_unknown",
    "add_again",
    "empty_group",
    "capacity",
    "full",
    "send_closed",
    "broadcast_unknown",
    "broadcast_full",
    "response_unknown",
    "response_logged",
    "sync_zero",
    "sync_same_id",
    "sync_full",
    "sync_order",
    "sync_timer",
    "response_room",
    "group_sync_empty",
    "group_sync_look",
    "group_sync_unnoticed",
    "group_sync_put",
)
"""Questions whose answers are told apart by short programs; all of them are measured by the command `answers`."""
BY_CHANCE = {("broadcast_closed", "reported", "refused")} | {
    (question, narrower, wider) for question, pairs in WIDER.items() for wider, narrower in pairs
}
"""Each allows something that the other forbids only if it happens: only chance can tell them apart."""


def answers_to(question: str) -> list[str | int]:
    written = questions()[question].answers
    fixed: list[str | int] = [answer for answer in written if answer != NUMBER]
    return [*fixed, NUMBERS.get(question, 300)] if NUMBER in written else fixed


def pairs():
    # The search ignores logs, so the level of a log record is read in the history of one program.
    for question in (name for name in Answers._fields if name != "response_logged"):
        for one, other in combinations(answers_to(question), 2):
            yield question, one, other


@pytest.mark.parametrize(("question", "one", "other"), list(pairs()))
def test_two_answers_to_a_question_can_be_distinguished(question, one, other):
    context = CONTEXT._asdict()
    first, second = (Automaton(Model(Answers(**{**context, question: answer}))) for answer in (one, other))
    alphabet = probe_alphabet(question, CONTEXT)
    found = distinguish(first, second, alphabet, LONGEST_PROBE, MAX_SITUATIONS, opening(question, CONTEXT))
    assert found is not None
    expected = Strength.WEAKLY if (question, one, other) in BY_CHANCE else Strength.SURELY
    assert found.strength is expected
    assert (found.wider is Wider.SECOND) == ((other, one) in WIDER.get(question, ()))


WIDER_PAIRS = [(question, *pair) for question, listed in WIDER.items() for pair in listed]


@pytest.mark.slow
@pytest.mark.parametrize(("question", "wider", "narrower"), WIDER_PAIRS)
def test_an_answer_that_is_said_to_be_wider_allows_all_that_the_other_shows(question, wider, narrower):
    for seed in range(3):
        others = drawn_model(seed)[0].with_answers({"capacity": 1})
        judge = Judge(others.with_answers({question: wider}))
        target = ModelTarget(others.with_answers({question: narrower}), varies=True)
        drawn = random_programs(seed, 100, LENGTH, others.bound)
        for program, history in target.run([*pair_programs(others), *drawn]):
            assert not judge.judge(program, history).kind.is_failure, (seed, program.id)


def test_an_automaton_is_not_distinguished_from_itself():
    same = [Automaton(Model(CONTEXT)) for _ in range(2)]
    assert distinguish(*same, probe_alphabet("add_again", CONTEXT), 4, 500) is None


@pytest.mark.slow
def test_the_answers_of_go_are_found_again_on_a_model_that_has_them():
    known = baselines()[GO].answers
    overlays = [OVERLAYS[each.overlay] for each in baselines()[GO].records]
    unmeasured = known.with_answers({name: getattr(Answers(), name) for name in QUICK})
    measured = measure(ModelTarget(known, overlays), overlays, QUICK, unmeasured, programs=0)
    fitting = {each.question: {each.answer, *(other.answer for other in each.ambiguity)} for each in measured.table}
    assert [name for name in QUICK if getattr(known, name) not in fitting[name]] == []
    assert sum(len(answers) == 1 for answers in fitting.values()) > len(QUICK) // 2
    assert not measured.outside


@pytest.mark.parametrize("empty_group", ["removed", "kept"])
@pytest.mark.parametrize("count", ["at_start", "now", "at_response"])
def test_how_many_responses_a_group_is_asked_for_is_measured(count, empty_group):
    answers = Answers(empty_group=empty_group, group_sync_count=count)
    asked = ("empty_group", "group_sync_empty", "group_sync_look", "group_sync_count")
    measured = measure(ModelTarget(answers), (), asked, programs=0)
    assert measured.answers == answers
    assert not measured.outside


class Logless(ModelTarget):
    """A model that shows no logs."""

    capabilities = frozenset(Capability) - {Capability.LOGS}


@pytest.mark.parametrize("answer", ["error", "lower"])
def test_the_level_of_a_log_record_is_measured(answer):
    (found,) = measure(ModelTarget(Answers(response_logged=answer)), (), ("response_logged",), programs=0).table
    assert (found.answer, found.ambiguity, len(found.probes)) == (answer, (), 1)


def test_the_level_of_a_log_record_is_not_asked_where_no_logs_are_shown():
    (found,) = measure(Logless(Answers(response_logged="lower")), (), ("response_logged",), programs=0).table
    assert not found.is_asked


def test_a_target_that_logs_nothing_fits_no_level():
    fault = OVERLAYS[OverlayName("stray_response_is_not_logged")]
    (found,) = measure(ModelTarget(Answers(), [fault]), (), ("response_logged",), programs=0).table
    assert found.answer is None
    (known,) = measure(ModelTarget(Answers(), [fault]), [fault], ("response_logged",), programs=0).table
    assert (known.answer, [each.answer for each in known.ambiguity]) == ("error", ["lower"])


@pytest.mark.slow
def test_the_recorded_answers_of_the_reference_are_among_those_that_fit_it():
    target, recorded = CoreTarget(), baselines()["reference"]
    measured = measure(target)
    assert recorded.answers == Answers()
    fitting = {each.question: {each.answer, *(other.answer for other in each.ambiguity)} for each in measured.table}
    assert fitting == {
        name: {answer, *(other.answer for other in recorded.ambiguity.get(name, ()))}
        for name, answer in recorded.answers._asdict().items()
    }
    assert measured.outside == measured.unexplained == ()


class Unregistered(ModelTarget):
    """A model that nothing can register with."""

    capabilities = frozenset(Capability) - {Capability.REGISTRATION}


def test_what_a_target_lacks_is_not_asked_about():
    table = measure(Unregistered(Answers()), (), ("register_again", "timestamp_unit"), programs=0).table
    assert [(each.question, each.is_asked, bool(each.probes)) for each in table] == [
        ("register_again", False, False),
        ("timestamp_unit", True, True),
    ]


@pytest.mark.slow
def test_what_no_answer_explains_is_reported_as_outside_the_table():
    measured = measure(ModelTarget(Answers(), (OVERLAYS["receive_returns_nothing"],)))
    (outside,) = measured.outside
    assert outside.question == "receive_closed"
    assert CleanUp(module="a") in outside.refuting.steps


@pytest.mark.slow
def test_the_command_says_unexplained_and_shows_the_program(capsys):
    assert command_line(["answers", "model+receive_returns_nothing", "--measure"]) == 1
    text = capsys.readouterr().out
    assert "receive_closed         unexplained" in text
    assert "what was observed fits no answer that the documents allow" in text
    assert "shown by: add_module a; " in text
    assert "receive_closed: unexplained\n" in text


@pytest.mark.slow
def test_another_answer_than_is_known_is_not_as_expected(capsys, monkeypatch):
    module = sys.modules["beehive_conformance.commands.answers"]
    monkeypatch.setattr(module, "recorded_baseline", lambda _: Baseline("model", Answers(add_again="kept"), (), {}))
    assert command_line(["answers", "model", "--measure"]) == 1
    assert capsys.readouterr().out.endswith("add_again: refused, but kept is recorded\n")


@pytest.mark.slow
def test_a_number_beyond_the_search_is_at_least_so_large(capsys):
    target = ModelTarget(Answers(capacity=LARGEST_NUMBER + 1, sync_zero="forever"))
    capacity, zero = measure(target, asked=("capacity", "sync_zero"), programs=0).table
    assert (capacity.answer, capacity.least) == ("unbounded", LARGEST_NUMBER)
    assert (zero.answer, zero.least) == ("forever", LARGEST_NUMBER)
    assert command_line(["answers", "model", "--measure"]) == 0
    assert "if a number, at least 100,000: larger numbers are not tried" in capsys.readouterr().out


@pytest.mark.parametrize(("question", "number"), [("capacity", 99_999), ("sync_zero", 99_999), ("response_room", 40)])
def test_a_number_within_the_search_is_found(question, number):
    answers = Answers(**{"capacity": 2, "response_full": "waits", question: number})
    measured = measure(
        ModelTarget(answers), asked=("capacity", "response_full", "sync_zero", "response_room"), programs=0
    )
    assert getattr(measured.answers, question) == number


@pytest.mark.slow
def test_the_reason_why_two_answers_cannot_be_distinguished_is_given():
    known = baselines()[GO].answers
    overlays = [OVERLAYS[each.overlay] for each in baselines()[GO].records]
    asked = ("receivers", "receive_closed", "response_left")
    narrow = ModelTarget(known.with_answers({"receivers": "fifo", "response_left": "released"}), overlays)
    measured = measure(narrow, overlays, asked, known, programs=0)
    assert {each.question: each.ambiguity for each in measured.table} == {
        name: baselines()[GO].ambiguity[name] for name in asked
    }
    assert [{other.why for other in each.ambiguity} for each in measured.table] == [
        {AmbiguityReason.CHANCE},
        {AmbiguityReason.FAULT},
        {AmbiguityReason.CHANCE},
    ]


NO_FIELDS = frozenset(Capability) - {Capability.FIELDS}
EMPTY_GROUP_STAYS = Answers(empty_group="kept", broadcast_empty="refused", group_sync_empty="timeout")


def fitting(measured):
    return {each.question: {each.answer, *(other.answer for other in each.ambiguity)} for each in measured.table}


@pytest.mark.slow
def test_an_empty_group_that_stays_is_found_on_a_target_without_fields():
    measured = measure(DrawnModel(EMPTY_GROUP_STAYS, NO_FIELDS))
    fits = fitting(measured)
    assert "kept" in fits["empty_group"]
    assert "refused" in fits["broadcast_empty"]
    assert "timeout" in fits["group_sync_empty"]
    assert measured.outside == measured.unexplained == ()


@pytest.mark.slow
def test_a_response_that_waits_and_is_refused_is_explained_by_two_answers_together():
    answers = Answers(capacity=2, response_full="waits", response_left="refused", response_room=0)
    measured = measure(DrawnModel(answers, frozenset(Capability)))
    assert wrong_answers(answers, measured) == {}
    assert measured.outside == measured.unexplained == ()


def test_the_wider_of_two_answers_that_fit_is_taken():
    (found,) = measure(ModelTarget(Answers(receivers="fifo")), (), ("receivers",), programs=0).table
    assert (found.answer, [each.answer for each in found.ambiguity]) == ("any", ["fifo"])


def test_an_answer_is_wider_than_another_in_one_direction_only():
    separations = Separations(RULES, shows_fields=True)
    assert [
        (question, wider, narrower)
        for question, listed in WIDER.items()
        for wider, narrower in listed
        if separations.is_wider(CONTEXT, question, narrower, wider)
    ] == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_the_answers_of_a_model_with_drawn_answers_fit_and_every_program_conforms(seed):
    found = trial(seed)
    assert found.is_right, found
