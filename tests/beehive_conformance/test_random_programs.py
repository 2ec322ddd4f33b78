"""The generator: the same programs for the same seed, of every kind, with names from what exists."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter

import msgspec
import pytest
from beehive_conformance.generation.random_programs import LENGTH, kinds, random_program, random_programs
from beehive_conformance.generation.steps import MAX_CONCURRENT, MAX_PUTS, REPEATABLE
from beehive_conformance.generation.strategies import programs
from beehive_conformance.generation.symbolic_state import GROUPS, MODULES, SymbolicState
from beehive_conformance.generation.weights import DRAWS, OFF_BUS, WEIGHTS
from beehive_conformance.programs.capability import Capability
from beehive_conformance.programs.operation_table import OPERATIONS
from beehive_conformance.programs.program import Program, needed, operations
from beehive_conformance.programs.program_file import problems
from beehive_conformance.targets.reference.core import CoreTarget
from beehive_spec.vocabulary import (
    AddModuleGroup,
    Advance,
    InspectFields,
    Receive,
    Repeat,
    Send,
    SendResp,
    SendSync,
    SendToGroup,
    SendToGroupSync,
    Sleep,
    Together,
)
from hypothesis import given, settings

COUNT = 400
STEPS = {"together", "repeat", "advance", "inspect_fields"}
EVERY_KIND = STEPS | {row.name for row in OPERATIONS.values() if row.needs is None}
EVERY_KIND_OFF_BUS = {
    capability: {row.name for row in OPERATIONS.values() if row.needs is capability} for capability in OFF_BUS
}


def test_every_operation_has_a_weight_apart_from_a_sleep() -> None:
    assert set(WEIGHTS) == set(DRAWS) == set(OPERATIONS) - {Sleep}
    assert min(WEIGHTS.values()) > 0


def test_every_operation_on_the_bus_that_has_no_time_is_repeated() -> None:
    assert set(REPEATABLE) == {kind for kind, row in OPERATIONS.items() if row.needs is None and not row.times}


def test_a_seed_makes_the_same_programs_under_every_hash_seed() -> None:
    code = (
        "from beehive_conformance.generation.random_programs import random_programs\n"
        "print(*(program.id for program in random_programs(7, 60, capacity=3)))"
    )
    seen = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for hash_seed in ("0", "1", "1000")
    }
    assert seen == {" ".join(program.id for program in random_programs(7, 60, capacity=3)) + "\n"}


def test_a_program_made_alone_is_the_one_in_the_series() -> None:
    assert list(random_programs(3, 5, first=20)) == [random_program(3, number) for number in range(20, 25)]
    assert list(random_programs(3, 25))[20:] == list(random_programs(3, 5, first=20))


def test_seeds_and_numbers_make_different_programs() -> None:
    made = [random_program(seed, number) for seed in range(10) for number in range(20)]
    assert len(set(made)) == len(made)


@pytest.mark.parametrize("capacity", [None, 3])
def test_every_kind_of_step_and_operation_occurs_in_many_programs(capacity: int | None) -> None:
    counts = Counter(kind for program in random_programs(1, COUNT, capacity=capacity) for kind in kinds(program))
    assert counts.keys() == EVERY_KIND
    assert min(counts.values()) > COUNT / 5, counts


@pytest.mark.parametrize("capability", sorted(OFF_BUS))
def test_operations_off_the_bus_occur_for_targets_that_have_them_and_for_no_others(capability: Capability) -> None:
    drawn = list(random_programs(1, COUNT, off_bus=frozenset({capability, Capability.FIELDS})))
    counts = Counter(kind for program in drawn for kind in kinds(program))
    assert counts.keys() == EVERY_KIND | EVERY_KIND_OFF_BUS[capability]
    assert min(counts[kind] for kind in EVERY_KIND_OFF_BUS[capability]) > COUNT / 8, counts
    for program in drawn:
        assert not list(problems(program))
        assert needed(program) <= {capability}


def test_without_operations_off_the_bus_a_seed_makes_what_it_made_before() -> None:
    assert list(random_programs(1, 20, off_bus=frozenset({Capability.LOGS}))) == list(random_programs(1, 20))


def test_no_program_is_longer_than_it_may_be() -> None:
    for length in (1, 2, 5, LENGTH):
        assert max(len(program.steps) for program in random_programs(1, 100, length=length)) <= length


def test_at_most_three_operations_start_together() -> None:
    steps = [step for program in random_programs(1, COUNT) for step in program.steps]
    together = {len(step.operations) for step in steps if isinstance(step, Together)}
    assert together == set(range(2, MAX_CONCURRENT + 1))


def test_broadcasts_at_one_instant_reach_few_members_in_all() -> None:
    broadcasts = 0
    for program in random_programs(1, 2_000):
        state = SymbolicState(None)
        for step in program.steps:
            if isinstance(step, Together):
                sent = [each.group for each in step.operations if isinstance(each, SendToGroup | SendToGroupSync)]
                broadcasts += len(sent)
                joined = sum(isinstance(each, AddModuleGroup) for each in step.operations)
                assert sum(len(state.members.get(group, ())) for group in sent) <= MAX_PUTS + joined, program
            state.note(step)
    assert broadcasts > 100


def test_names_come_in_the_order_of_their_first_use() -> None:
    for program in random_programs(1, COUNT):
        started = [operation for step in program.steps for operation in operations(step)]
        modules = dict.fromkeys(each.module for each in started if hasattr(each, "module"))
        groups = dict.fromkeys(each.group for each in started if hasattr(each, "group"))
        ids = dict.fromkeys(
            getattr(each, "id", getattr(each, "parent", None))
            for each in started
            if hasattr(each, "id") or hasattr(each, "parent")
        )
        assert tuple(modules) == MODULES[: len(modules)], program
        assert tuple(groups) == GROUPS[: len(groups)], program
        assert list(ids) == [f"m{number}" for number in range(1, len(ids) + 1)], program


def test_most_responses_have_a_parent_that_was_asked_before() -> None:
    asked, others = 0, 0
    for program in random_programs(1, COUNT):
        ids = set()
        for step in program.steps:
            for operation in operations(step):
                match operation:
                    case SendResp(parent=parent):
                        asked, others = asked + (parent in ids), others + (parent not in ids)
                    case _ if hasattr(operation, "timeout"):
                        ids.add(operation.id)
    assert asked > 2 * others > 0


def test_times_are_aimed_at_what_is_due() -> None:
    exactly, before, after = 0, 0, 0
    for program in random_programs(1, COUNT):
        now, due = 0, set()
        for step in program.steps:
            if isinstance(step, Advance):
                now += step.ms
                exactly, before, after = exactly + (now in due), before + (now + 1 in due), after + (now - 1 in due)
            due |= {now + operation.timeout for operation in operations(step) if isinstance(operation, SendSync)}
    assert min(exactly, before, after) > COUNT / 50
    assert exactly > COUNT / 3


def test_sleeps_end_when_a_request_at_the_same_instant_does() -> None:
    aimed = 0
    for program in random_programs(1, COUNT):
        for step in program.steps:
            if isinstance(step, Together):
                sleeps = {each.ms: each.client for each in step.operations if isinstance(each, Sleep)}
                asked = {each.timeout for each in step.operations if isinstance(each, SendSync)}
                assert "" not in sleeps.values(), "a sleep without a client would delay nothing"
                aimed += bool(sleeps.keys() & asked)
    assert aimed > COUNT / 20


@pytest.mark.parametrize("capacity", [3, 1024])
def test_channels_are_filled_around_their_bound_and_drained(capacity: int) -> None:
    fills, drained = Counter[int](), 0
    for program in random_programs(1, COUNT, capacity=capacity):
        for step in program.steps:
            if isinstance(step, Repeat):
                if isinstance(step.operation, Send):
                    fills[step.times] += 1
                drained += isinstance(step.operation, Receive) and step.times >= capacity - 1
    assert all(fills[capacity + off] > COUNT / 50 for off in (-1, 0, 1)), fills
    assert drained > COUNT / 100


def test_a_program_stays_one_when_any_step_is_deleted() -> None:
    target = CoreTarget(3)
    for program in random_programs(1, 60, capacity=3):
        shorter = [Program(program.steps[:index] + program.steps[index + 1 :]) for index in range(len(program.steps))]
        assert len(shorter) == len(program.steps) > 0
        for each, history in target.run(shorter):
            assert msgspec.json.decode(msgspec.json.encode(each), type=Program) == each
            assert len(history.steps) == len(each.steps)


@given(programs(length=12, capacity=2))
@settings(max_examples=60, derandomize=True, database=None)
def test_programs_for_hypothesis_come_from_the_same_generator(program: Program) -> None:
    assert len(program.steps) <= 12
    ((_, history),) = CoreTarget(2).run([program])
    assert len(history.steps) == len(program.steps)


def test_the_last_step_often_inspects_the_fields() -> None:
    last = sum(program.steps[-1] == InspectFields() for program in random_programs(1, COUNT))
    assert COUNT / 2 < last < COUNT
