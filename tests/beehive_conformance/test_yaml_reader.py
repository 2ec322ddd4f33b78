"""YAML files: text stays text, and whatever is wrong is said in one line with its place."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
import yaml
from beehive_conformance.errors import InputError
from beehive_conformance.programs import yaml_reader
from beehive_conformance.programs.yaml_reader import DEEPEST, LARGEST_FILE, YamlFile
from hypothesis import given, settings
from hypothesis import strategies as st


class Inner(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    count: int
    texts: tuple[str, ...] = ()


class Outer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    inner: Inner | None = None
    by_name: dict[str, int] = {}


def _read(folder: Path, text: str | bytes) -> Outer:
    path = folder / "x.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return YamlFile(path).convert(Outer)


def _problem(folder: Path, text: str | bytes) -> str:
    with pytest.raises(InputError) as caught:
        _read(folder, text)
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith(f"{folder / 'x.yaml'}:")
    return message.removeprefix(f"{folder / 'x.yaml'}:")


@pytest.mark.parametrize("text", ["no", "12:30", "1.50", "0x10", "null", "~", "2024-01-01", "yes", "<<", "="])
def test_a_plain_scalar_stays_the_text_that_was_written(tmp_path: Path, text: str) -> None:
    assert _read(tmp_path, f"name: {text}").name == text


def test_a_text_becomes_a_number_where_one_is_needed(tmp_path: Path) -> None:
    assert _read(tmp_path, "{name: 7, inner: {count: -7, texts: [7]}}") == Outer("7", Inner(-7, ("7",)))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("nam: x", "1:1: unknown field 'nam'; known fields: name, inner, by_name"),
        (
            "name: x\ninner:\n  {count: 1, cuont: 2}",
            "3:14: unknown field 'cuont' in inner; known fields: count, texts",
        ),
        ("name: x\ninner: {}", "2:8: missing field 'count' in inner; needed: count"),
        ("name: x\ninner: {count: many}", "2:16: 'many' in inner.count; expected a whole number"),
        ("name: [x]", "1:7: ['x'] in name; expected a text"),
        ("name: x\ninner: {count: 1, texts: y}", "2:26: 'y' in inner.texts; expected a list"),
        ("name: x\ninner: {count: 07}", "2:16: '07' in inner.count; expected a whole number"),
        (
            "name: x\ninner: {count: -1234567890123456789}",
            "2:16: '-1234567890123456789' in inner.count; a number has at most 18 digits",
        ),
        ("name: x\ninner: y", "2:8: 'y' in inner; expected a mapping"),
        ("name: x\nby_name: {a: 1, b: c}", "2:20: 'c' in by_name.b; expected a whole number"),
        ("- x", "1:1: ['x']; expected a mapping"),
        ("", "1:1: the file is empty"),
        ("# nothing", "1:1: the file is empty"),
        ("name:", '1:6: a value is missing; for an empty text write ""'),
        ("name: x\nname: y", "2:1: 'name' occurs twice; the first is in line 1"),
        ("name: &a x", "1:7: anchor `&a`; write the value without it"),
        ("name: *a", "1:7: alias `*a`; write the value out"),
        ("name: !!int 3", "1:7: tag `tag:yaml.org,2002:int`; write the value without it"),
        ("? [a]\n: b", "1:3: a list or a mapping as a key; a key must be a text"),
        ("name: x\n---\nname: y", "3:1: a second document; expected only one"),
        ("name: x\nb: \x01", '2:4: character 0x1 is not allowed in YAML; write it as "\\x.."'),
        (b"name: \xc3\xa9\n\xff", "2:1: byte 0xff is not UTF-8; save it as UTF-8"),
        ("name: x".encode("utf-16"), "1:1: byte 0xff is not UTF-8; save it as UTF-8"),
        ('"a\\nb": 1', "1:1: unknown field 'a\\nb'; known fields: name, inner, by_name"),
    ],
)
def test_each_kind_of_bad_file_is_reported_in_one_line(tmp_path: Path, text: str | bytes, problem: str) -> None:
    assert _problem(tmp_path, text) == problem


def test_text_that_is_not_yaml_is_reported_where_the_parser_stops(tmp_path: Path) -> None:
    # The rest of the message is the library's own text.
    assert _problem(tmp_path, "name: a\n  b: c").startswith("2:4: not YAML: ")


@pytest.mark.parametrize("loader", ["CSafeLoader", "SafeLoader"])
@pytest.mark.parametrize("depth", [DEEPEST + 1, 100, 2_000])
@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ("[", ""), ("{a: ", "}"), ("- ", "x")])
def test_nesting_is_refused_at_our_own_limit_whatever_that_of_the_parser_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, loader: str, depth: int, opening: str, closing: str
) -> None:
    if not hasattr(yaml, loader):
        pytest.skip("PyYAML without libyaml")
    monkeypatch.setattr(yaml_reader, "_LOADER", getattr(yaml, loader))
    column = 1 + DEEPEST * len(opening)
    assert _problem(tmp_path, opening * depth + closing * depth) == f"1:{column}: nested more than {DEEPEST} deep"


def test_the_deepest_nesting_that_is_allowed_is_read(tmp_path: Path) -> None:
    assert "nested" not in _problem(tmp_path, "[" * DEEPEST + "]" * DEEPEST)


def test_a_long_value_is_cut_in_the_message(tmp_path: Path) -> None:
    assert len(_problem(tmp_path, f"name: x\ninner: {{count: {'9' * 500}x}}")) < 120


def test_a_number_too_large_for_a_machine_word_is_reported_like_any_other_problem(tmp_path: Path) -> None:
    assert "1:27:" in _problem(tmp_path, f"{{name: x, inner: {{count:  {'9' * 5000}}}}}")


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("missing.yaml", "missing.yaml: cannot be read: No such file or directory"),
        (".", " is a directory; give a file"),
        ("a\0b", r"a\\x00b': cannot be read: embedded null byte"),
    ],
)
def test_a_file_that_cannot_be_opened_is_named(tmp_path: Path, name: str, problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        YamlFile(tmp_path / name)


def test_a_device_is_not_read() -> None:
    with pytest.raises(InputError, match="/dev/zero is not a regular file"):
        YamlFile(Path("/dev/zero"))


def test_a_file_that_is_too_large_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "large.yaml"
    with path.open("wb") as file:
        file.truncate(LARGEST_FILE + 1)
    with pytest.raises(InputError, match=f"large.yaml: is larger than {LARGEST_FILE} bytes"):
        YamlFile(path)


@settings(max_examples=300, deadline=None)
@given(
    st.text(st.sampled_from("{}[]:,-?&*!|>'\"%@`# \n\tnameinnercount_by0123\\\0\ud7ff"), max_size=40)
    | st.binary(max_size=20)
)
def test_no_text_brings_anything_but_a_value_or_one_line(
    tmp_path_factory: pytest.TempPathFactory, text: str | bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    message = ""
    try:
        YamlFile(path).convert(Outer)
    except InputError as error:
        message = str(error)
    assert "\n" not in message
