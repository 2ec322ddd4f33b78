"""A document is compared with the cited sentences: which changed, which are gone, and which are new."""

from __future__ import annotations

import pytest
from beehive_spec.document import Sentence
from beehive_spec.document_diff import Change, ChangedSentence, changes


def section(texts: str, name: str = "send") -> list[Sentence]:
    """Return a section with one sentence for each letter."""
    return [Sentence(name, number, text) for number, text in enumerate(texts, 1)]


def named(before: list[Sentence], after: list[Sentence]) -> list[str]:
    return [f"{each.change} {(each.before or each.after).hash}" for each in changes(before, after)]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("abc", "abc", []),
        ("abc", "abx", ["changed c"]),
        ("abc", "ab", ["gone c"]),
        ("abc", "bc", ["gone a"]),
        ("abc", "xabc", ["new x"]),
        ("abc", "abcx", ["new x"]),
        ("abcdefgh", "axcdfgyh", ["changed b", "gone e", "new y"]),
        ("", "ab", ["new a", "new b"]),
        ("ab", "", ["gone a", "gone b"]),
        ("aab", "ab", ["gone a"]),
    ],
)
def test_exactly_the_different_sentences_are_reported(before: str, after: str, expected: list[str]) -> None:
    assert named(section(before), section(after)) == expected


def test_each_section_is_compared_with_itself() -> None:
    before = [*section("ab"), *section("cd", "receive")]
    after = [*section("ab"), *section("d", "receive"), *section("c", "clean-up")]
    assert named(before, after) == ["gone c", "new c"]


def test_a_change_has_both_sentences() -> None:
    (found,) = changes(section("ab"), section("ax"))
    assert found == ChangedSentence(Sentence("send", 2, "b"), Sentence("send", 2, "x"))
    assert found.change is Change.CHANGED


def test_the_order_in_which_sentences_are_cited_does_not_matter() -> None:
    assert named(section("abc")[::-1], section("abc")) == []
