"""The second model: TLC accepts it, and it allows the same as the automaton."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from beehive_spec.answers import Answers
from beehive_spec.chapters import questions
from tla_programs import FAMILIES, FILLING, LEFT_OUT, LIVELY, ONCE_DIFFERENT, SETS, answers_of
from tlc import MODELS, Family, constants, missing, run
from two_models import compared, idle_checked, liveness_checked

needs_tlc = pytest.mark.skipif(bool(missing()), reason=f"TLC cannot run: {missing()}")


@pytest.mark.parametrize("name", sorted(questions().keys() & set(Answers._fields) - LEFT_OUT.keys()))
def test_every_answer_is_in_a_set_of_answers(name: str) -> None:
    given = {getattr(answers_of(each), name) for each in SETS}
    numbers = {"number"} if any(isinstance(answer, int) for answer in given) else set()
    assert given | numbers >= questions()[name].answers.keys()


@needs_tlc
@pytest.mark.slow
@pytest.mark.parametrize("name", SETS)
def test_the_two_models_allow_the_same(name: str, tmp_path: Path) -> None:
    comparison = compared(tmp_path, answers_of(name), FAMILIES)
    assert comparison.checked.passed, comparison.checked.output
    assert comparison.explained() == ""
    assert len(comparison.tla) > 2000


@needs_tlc
@pytest.mark.slow
@pytest.mark.parametrize(("answers", "family"), ONCE_DIFFERENT)
def test_what_was_different_once_is_equal(answers: Mapping[str, str | int], family: Family, tmp_path: Path) -> None:
    comparison = compared(tmp_path, Answers().with_answers(answers), [family])
    assert comparison.checked.passed, comparison.checked.output
    assert comparison.explained() == ""
    assert len(comparison.tla) >= 6


@needs_tlc
@pytest.mark.slow
@pytest.mark.parametrize("name", ["one wait", "no room"])
def test_a_step_is_over_when_nothing_can_happen(name: str, tmp_path: Path) -> None:
    done = idle_checked(tmp_path, answers_of(name), FAMILIES[1:])
    assert done.passed, done.output
    assert done.states > 1000


@needs_tlc
@pytest.mark.slow
@pytest.mark.parametrize("name", ["default", "one wait", "no room"])
def test_calls_sends_and_moves_end(name: str, tmp_path: Path) -> None:
    done = liveness_checked(tmp_path, answers_of(name), [LIVELY])
    assert done.passed, done.output
    assert done.states > 1000


FAULTS = {
    "NobodyAtAClosedChannel": (
        "![c].open = FALSE, ![c].readers = <<>>, ![c].writers",
        "![c].open = FALSE, ![c].writers",
    ),
    "NoEntryOfAnEndedCall": ("THEN Drop(anon, {ops[i].id}) ELSE anon", "THEN anon ELSE anon"),
    "NoReaderBesideAMessage": ("  IF C[c].readers # <<>>\n", "  IF FALSE\n"),
    "NoWriterBesideRoom": ("IF C[c].writers = <<>> THEN", "IF TRUE THEN"),
    "FirstInFirstOut": ("![c].messages = Append(@, m)]", "![c].messages = <<m>> \\o @]"),
    "NothingIsDoubled": ("[c].messages = Tail(@)]", "[c].messages = @]"),
    "NothingIsLost": ("[C EXCEPT ![c].messages = Append(@, m)]", "C"),
    "NoClosedChannelInChannels": ("channels' = Drop(channels, {m})", "channels' = channels"),
    "NoMoreThanRoom": ("Len(C[c].messages) >= C[c].room", "Len(C[c].messages) > C[c].room"),
}
"""Faults that are planted into the model, by the invariant that each breaks first."""


def planted(folder: Path, old: str, new: str) -> None:
    found = {path.name: text for path in MODELS.glob("*.tla") if old in (text := path.read_text())}
    assert [text.count(old) for text in found.values()] == [1]
    for name, text in found.items():
        (folder / name).write_text(text.replace(old, new))


@needs_tlc
@pytest.mark.slow
@pytest.mark.parametrize("invariant", FAULTS)
def test_an_invariant_fails_on_a_model_with_a_fault(invariant: str, tmp_path: Path) -> None:
    planted(tmp_path, *FAULTS[invariant])
    definitions, _ = constants(Answers(capacity=2), [FILLING])
    done = run(tmp_path, "Faulty", definitions, f"INIT Init\nNEXT Next\nINVARIANT {invariant}\n", "Properties")
    assert not done.passed
    assert f"Invariant {invariant} is violated" in done.output


@needs_tlc
@pytest.mark.slow
def test_a_call_without_its_timeout_does_not_end(tmp_path: Path) -> None:
    planted(tmp_path, "  /\\ Calls(i) /\\ Due(i)\n", "  /\\ FALSE\n")
    done = liveness_checked(tmp_path, Answers(), [FILLING])
    assert not done.passed
    assert "Temporal properties were violated" in done.output
