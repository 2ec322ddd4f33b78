"""The invariants of the model: that they hold move by move, and that each of them can fail."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

import pytest
from beehive_spec.answers import Answers
from beehive_spec.automaton import EdgeStep
from beehive_spec.channels import appended, park_receiver, park_sender, withdraw
from beehive_spec.invariants import INVARIANTS, explore_model
from beehive_spec.model import Model
from beehive_spec.rules import RULES, Move, Rules, Turn, rules_for
from beehive_spec.rules.broadcasts import spread
from beehive_spec.rules.collecting import check_responses
from beehive_spec.rules.messages import put_message, take_message
from beehive_spec.rules.modules import add, close_and_finish
from beehive_spec.rules.move import rules_for_delivery
from beehive_spec.rules.requests import await_response, fail_late_request, find_to_ask
from beehive_spec.state import (
    RETURNED,
    Delivered,
    Process,
    State,
    finish,
    fork,
    move_to,
    vanish,
    with_channel,
)
from beehive_spec.vocabulary import (
    AddModule,
    AddModuleGroup,
    Advance,
    CleanUp,
    ErrorKind,
    Operation,
    Receive,
    Send,
    SendSync,
    SendToGroup,
    SendToGroupSync,
    Together,
)
from msgspec.structs import replace

ADD = AddModule(module="a")
JOIN = AddModuleGroup(module="a", group="g")
LEAVE = CleanUp(module="a")
SEND = Send(module="a", id="m1")
RECEIVE = Receive(module="a")
BROADCAST = SendToGroup(group="g", id="m1")
ASK = SendSync(module="a", id="m1", timeout=100)
ASK_GROUP = SendToGroupSync(group="g", id="m1", timeout=100)
BOTH = Together(
    (
        replace(ADD, client="c"),
        replace(JOIN, client="c"),
        AddModule(module="b", client="c"),
        AddModuleGroup(module="b", group="g", client="c"),
    )
)
HALF = Advance(50)
ALL = Advance(100)


class Fault(NamedTuple):
    """Rules that break one invariant, with the answers, steps and length of programs that show it."""

    breaks: str
    rules: Rules
    alphabet: tuple[EdgeStep, ...]
    length: int
    answers: Answers = Answers()


def only(kind: type[Any], place: str, rule: Callable[[Turn[Any]], Iterable[State]], local: bool = False) -> Rules:
    """Return a rule that is the only move of an operation in a place."""
    return rules_for(kind, {place: (Move("faulty", rule, (), (), local=local),)})


def take_back_what_was_put(turn: Turn[SendSync]) -> Iterable[State]:
    index = turn.process.members[0][1]
    empty = replace(turn.state.pool[index], queue=(), length=0)
    return fail_late_request(turn.at(with_channel(turn.state, index, empty)))


def copy_the_first(turn: Turn[Receive]) -> Iterator[State]:
    queue = turn.state.pool[turn.process.channel].queue
    if queue:
        yield turn.finish(Delivered(queue[0][0].tag, queue[0][0].sync))
    else:
        yield from take_message(turn)


def put_nothing(turn: Turn[Send]) -> Iterator[State]:
    yield turn.finish(RETURNED)


def spread_later(turn: Turn[SendToGroup]) -> Iterator[State]:
    state = turn.state
    for _, index in turn.process.members:
        state = fork(state, turn.process, "deliver", index)
    yield finish(state, turn.pid, RETURNED)


def deliver(turn: Turn[Operation]) -> Iterator[State]:
    state, process = turn.state, turn.process
    put = with_channel(state, process.channel, appended(state.pool[process.channel], process.message, 1))
    yield vanish(put, turn.pid)


def take_the_last(turn: Turn[Receive]) -> Iterator[State]:
    index = turn.process.channel
    channel = turn.state.pool[index]
    if len(channel.queue) < 2:
        yield from take_message(turn)
        return
    message, _ = channel.queue[-1]
    shorter = replace(channel, queue=channel.queue[:-1], length=channel.length - 1)
    yield finish(with_channel(turn.state, index, shorter), turn.pid, Delivered(message.tag, message.sync))


def put_for_any_receiver(turn: Turn[Send]) -> Iterable[State]:
    return put_message(replace(turn, answers=turn.answers.with_answers({"receivers": "any"})))


def take_for_any_sender(turn: Turn[Receive]) -> Iterable[State]:
    return take_message(replace(turn, answers=turn.answers.with_answers({"senders": "any"})))


def change_other_results(turn: Turn[AddModule]) -> Iterator[State]:
    for after in add(turn):
        others = [replace(each, result=ErrorKind.OTHER) if each.result else each for each in turn.state.processes]
        others[turn.pid] = after.processes[turn.pid]
        yield replace(after, processes=tuple(others))


def wake_calls_as_if_they_had_put(turn: Turn[CleanUp]) -> Iterator[State]:
    for after in close_and_finish(turn):
        processes = [replace(each, place="sent") if is_shut_call(each) else each for each in after.processes]
        yield replace(after, processes=tuple(processes))


def is_shut_call(process: Process) -> bool:
    return process.place == "shut" and isinstance(process.operation, SendSync)


def leave_no_group(turn: Turn[CleanUp]) -> Iterator[State]:
    yield turn.move_to("close")


def start_the_time_again(turn: Turn[SendSync]) -> Iterable[State]:
    return await_response(turn.at(turn.with_process(replace(turn.process, timer=turn.operation.timeout))))


def wait_where_a_message_is(turn: Turn[Receive]) -> Iterator[State]:
    yield park_receiver(turn.state, turn.pid, turn.process.channel)


def wait_where_room_is(turn: Turn[Send]) -> Iterator[State]:
    yield park_sender(turn.state, turn.pid, turn.process.channel)


def put_beyond_the_capacity(turn: Turn[Send]) -> Iterator[State]:
    index = turn.process.channel
    put = appended(turn.state.pool[index], turn.process.message, 1)
    yield finish(with_channel(turn.state, index, put), turn.pid, RETURNED)


def stay_at_a_closed_channel(turn: Turn[Receive]) -> Iterator[State]:
    if turn.state.pool[turn.process.channel].closed:
        yield park_receiver(turn.state, turn.pid, turn.process.channel)
    else:
        yield from take_message(turn)


def end_and_wait(turn: Turn[Receive]) -> Iterator[State]:
    yield finish(park_receiver(turn.state, turn.pid, turn.process.channel), turn.pid, ErrorKind.OTHER)


def withdraw_the_others(turn: Turn[AddModule]) -> Iterator[State]:
    for after in add(turn):
        for pid in range(len(after.processes)):
            after = withdraw(after, pid)
        yield after


def leave_the_entry(turn: Turn[SendSync]) -> Iterator[State]:
    yield finish(withdraw(turn.state, turn.pid), turn.pid, ErrorKind.TIMEOUT)


def remove_the_entry(turn: Turn[SendSync]) -> Iterable[State]:
    if turn.state.requests:
        return (finish(replace(turn.state, requests=()), turn.pid, ErrorKind.OTHER),)
    return find_to_ask(turn)


def check_once(turn: Turn[SendToGroupSync]) -> Iterator[State]:
    for after in check_responses(turn):
        if after.processes[turn.pid].result is not None:
            yield after


def wait_twice_at_one(turn: Turn[SendToGroup]) -> Iterable[State]:
    channels = [index for _, index in turn.process.members]
    members = tuple((name, min(channels)) for name, _ in turn.process.members)
    return spread(turn.at(turn.with_process(replace(turn.process, members=members))))


def empty_the_group(turn: Turn[CleanUp]) -> Iterator[State]:
    yield move_to(replace(turn.state, groups=()), turn.pid, "close")


def wait_nowhere(turn: Turn[Receive]) -> Iterator[State]:
    yield turn.move_to("await")


def wait_longer(turn: Turn[SendSync]) -> Iterator[State]:
    yield turn.with_process(replace(turn.process, place="idle", timer=50))


def hesitate(turn: Turn[Receive]) -> Iterator[State]:
    yield turn.move_to("start" if turn.process.place == "hesitating" else "hesitating")


FAULTS = (
    Fault("what_was_put_stays", only(SendSync, "late", take_back_what_was_put), (ADD, ASK, ALL), 3),
    Fault("nothing_is_doubled", only(Receive, "take", copy_the_first), (ADD, SEND, RECEIVE), 3),
    Fault("nothing_is_lost", only(Send, "put", put_nothing), (ADD, SEND), 2),
    Fault(
        "nothing_is_left_on_the_way",
        {
            **only(SendToGroup, "spread", spread_later),
            **rules_for_delivery({"deliver": (Move("deliver", deliver, (), ()),)}),
        },
        (ADD, JOIN, BROADCAST),
        3,
    ),
    Fault("first_in_first_out", only(Receive, "take", take_the_last), (ADD, SEND, RECEIVE), 4),
    Fault("receivers_are_served_in_order", only(Send, "put", put_for_any_receiver), (ADD, RECEIVE, SEND), 4),
    Fault(
        "senders_are_served_in_order",
        only(Receive, "take", take_for_any_sender),
        (ADD, SEND, RECEIVE),
        5,
        Answers(capacity=1),
    ),
    Fault("results_never_change", only(AddModule, "start", change_other_results), (Together((ADD, ADD)),), 1),
    Fault(
        "closing_wakes_who_waits",
        only(CleanUp, "close", wake_calls_as_if_they_had_put),
        (ADD, ASK, LEAVE),
        3,
        Answers(capacity=0),
    ),
    Fault("no_closed_channel_in_a_map", only(CleanUp, "leave", leave_no_group), (ADD, JOIN, LEAVE), 3),
    Fault(
        "a_limit_runs_from_the_start",
        only(SendSync, "listen", start_the_time_again),
        (ADD, ASK, HALF, RECEIVE),
        4,
        Answers(capacity=0),
    ),
    Fault(
        "nobody_waits_for_a_message_that_is_there",
        only(Receive, "take", wait_where_a_message_is),
        (ADD, SEND, RECEIVE),
        3,
    ),
    Fault("nobody_waits_for_room_that_is_there", only(Send, "put", wait_where_room_is), (ADD, SEND), 2),
    Fault(
        "no_channel_holds_too_much",
        only(Send, "put", put_beyond_the_capacity),
        (ADD, SEND),
        3,
        Answers(capacity=1),
    ),
    Fault(
        "nobody_waits_at_a_closed_channel",
        only(Receive, "take", stay_at_a_closed_channel),
        (ADD, Together((RECEIVE, LEAVE))),
        2,
    ),
    Fault(
        "who_waits_is_under_way",
        # The normal form of a state cannot have it, so a second operation mends it in the same step.
        {**only(Receive, "take", end_and_wait), **only(AddModule, "start", withdraw_the_others)},
        (ADD, Together((replace(RECEIVE, client="c"), replace(ADD, client="c")))),
        2,
    ),
    Fault("entries_belong_to_calls", only(SendSync, "late", leave_the_entry), (ADD, ASK, ALL), 3),
    Fault("calls_have_their_entries", only(SendSync, "start", remove_the_entry), (ADD, ASK), 3),
    Fault(
        "no_timer_is_due",
        only(SendToGroupSync, "collect", check_once),
        (ADD, JOIN, ASK_GROUP),
        3,
        Answers(group_sync_look=20),
    ),
    Fault(
        "no_channel_has_a_message_twice",
        only(SendToGroup, "spread", wait_twice_at_one),
        (BOTH, BROADCAST),
        2,
        Answers(capacity=0),
    ),
    Fault(
        "entries_are_changed_by_their_own_operations",
        only(CleanUp, "leave", empty_the_group),
        (BOTH, LEAVE),
        2,
    ),
    Fault("nobody_is_stuck", only(Receive, "take", wait_nowhere), (ADD, RECEIVE), 2),
    Fault("calls_end_by_their_timeout", only(SendSync, "late", wait_longer), (ADD, ASK, ALL), 3),
    Fault(
        "moves_end",
        {
            ("receive", "start"): (*RULES["receive", "start"], Move("hesitate", hesitate, (), ())),
            **only(Receive, "hesitating", hesitate),
        },
        (ADD, RECEIVE),
        2,
    ),
    Fault(
        "local_moves_hide_nothing",
        only(Send, "put", put_message, local=True),
        (ADD, Together((SEND, LEAVE))),
        2,
    ),
)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda each: each.breaks)
def test_a_fault_breaks_one_invariant(fault: Fault) -> None:
    sound = explore_model(Model(fault.answers), fault.alphabet, fault.length, INVARIANTS)
    faulty = explore_model(Model(fault.answers, {**RULES, **fault.rules}), fault.alphabet, fault.length, INVARIANTS)
    assert (sound.violations, {each.invariant for each in faulty.violations}) == ((), {fault.breaks})


def test_every_invariant_has_a_fault_that_breaks_it() -> None:
    assert [each.breaks for each in FAULTS if each.breaks not in INVARIANTS.names] == []
    assert INVARIANTS.names - {each.breaks for each in FAULTS} == set()
