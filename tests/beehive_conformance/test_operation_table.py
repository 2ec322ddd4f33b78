"""The table of operations: complete, and in agreement with the vocabulary and the spec."""

from __future__ import annotations

from string import Formatter
from typing import get_args

import pytest
from beehive_conformance.programs.operation_table import OPERATIONS, Role
from beehive_spec.automaton import MAKERS
from beehive_spec.rules import RULES
from beehive_spec.vocabulary import Operation

KINDS: tuple[type[Operation], ...] = get_args(Operation)


def test_every_operation_of_the_vocabulary_has_a_row_with_its_name() -> None:
    assert tuple(OPERATIONS) == KINDS
    assert [row.name for row in OPERATIONS.values()] == [kind.__struct_config__.tag for kind in KINDS]


@pytest.mark.parametrize("kind", KINDS)
def test_the_wording_and_the_optional_fields_together_print_every_field_but_the_client_once(
    kind: type[Operation],
) -> None:
    row = OPERATIONS[kind]
    printed = [field for _, field, _, _ in Formatter().parse(row.wording) if field]
    appended = [field for field in row.optional if field not in printed]
    assert sorted([*printed, *appended, "client"]) == sorted(row.fields)


@pytest.mark.parametrize("kind", KINDS)
def test_optional_fields_are_texts_or_names_that_have_an_empty_default(kind: type[Operation]) -> None:
    defaults = dict(zip(reversed(kind.__struct_fields__), reversed(kind.__struct_defaults__), strict=False))
    may_be_empty = {field for field, default in defaults.items() if default in ("", ()) and field != "client"}
    assert set(OPERATIONS[kind].optional) == may_be_empty


def test_the_fields_that_hold_milliseconds_are_the_times() -> None:
    assert {row.name: row.times for row in OPERATIONS.values() if row.times} == {
        "send_sync": ("timeout",),
        "send_to_group_sync": ("timeout",),
        "sleep": ("ms",),
    }
    assert all(row.fields["client"] is Role.CLIENT for row in OPERATIONS.values())


def test_the_spec_gives_a_tag_to_the_operations_that_make_a_message() -> None:
    assert {kind for kind, row in OPERATIONS.items() if row.makes_message} == set(MAKERS)


def test_the_spec_has_a_rule_for_the_start_of_every_operation() -> None:
    assert {name for name, place in RULES if place == "start"} == {row.name for row in OPERATIONS.values()}
