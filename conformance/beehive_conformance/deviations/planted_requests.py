"""Planted faults in synchronous messages and their responses: nobody is known to have them; they test the suite."""

from __future__ import annotations

from collections.abc import Iterator

from beehive_spec.answers import Answers
from beehive_spec.rules.group_requests import (
    begin_to_count,
    find_group_to_ask,
    look,
    register_group_request,
    spread_request,
    time_out_count,
)
from beehive_spec.rules.requests import (
    find_request,
    find_to_ask,
    late,
    listen,
    put_request,
    put_response,
    register_request,
    responded,
)
from beehive_spec.state import RETURNED, Message, State, finish, move_to, with_channel, with_process
from beehive_spec.vocabulary import ErrorKind, MessageId

from beehive_conformance.deviations.overlay import Hit, planted


def _without_the_flag(answers: Answers, state: State, pid: int) -> Iterator[State]:
    process = state.processes[pid]
    plain = process._replace(message=process.message._replace(sync=False))
    yield from put_request(answers, with_process(state, pid, plain), pid)


def _put_no_request(answers: Answers, state: State, pid: int) -> Iterator[State]:
    yield move_to(state, pid, "sent")


def _register_and_forget(answers: Answers, state: State, pid: int) -> Iterator[State]:
    for after in register_request(answers, state, pid):
        yield after._replace(requests=state.requests)


def _register_under_another_id(answers: Answers, state: State, pid: int) -> Iterator[State]:
    for after in register_request(answers, state, pid):
        process = after.processes[pid]
        entries = (
            ("?" + name, index) if index == process.channel else (name, index) for name, index in after.requests
        )
        yield after._replace(requests=tuple((MessageId(name), index) for name, index in entries))


def _listen_for_nothing(answers: Answers, state: State, pid: int) -> Iterator[State]:
    for after in listen(answers, state, pid):
        channel = after.processes[pid].channel
        deaf = after.pool[channel]._replace(receivers=())
        yield with_channel(after, channel, deaf) if after.processes[pid].place == "await" else after


def _one_ms_early(answers: Answers, state: State, pid: int) -> Iterator[State]:
    for after in listen(answers, state, pid):
        process = after.processes[pid]
        early = process.timer is not None and process.timer > 0 and process.place == "await"
        timer = process.timer - 1 if early and process.timer is not None else process.timer
        yield with_process(after, pid, process._replace(timer=timer))


def _return_for_an_unknown_module(answers: Answers, state: State, pid: int) -> Iterator[State]:
    for after in find_to_ask(answers, state, pid):
        unknown = after.processes[pid].result is ErrorKind.UNKNOWN_MODULE
        yield finish(state, pid, ErrorKind.TIMEOUT) if unknown else after


def _stay_registered(answers: Answers, state: State, pid: int) -> Iterator[State]:
    for after in late(answers, state, pid):
        yield after._replace(requests=state.requests)


def _take_back(state: State, message: Message) -> State:
    """Return the state in which a message is in no queue any more."""
    for index, channel in enumerate(state.pool):
        queue = tuple(run for run in channel.queue if run[0] != message)
        if queue != channel.queue:
            length = sum(count for _, count in queue)
            state = with_channel(state, index, channel._replace(queue=queue, length=length))
    return state


def _time_out_and_take_back(answers: Answers, state: State, pid: int) -> Iterator[State]:
    yield from late(answers, _take_back(state, state.processes[pid].message), pid)


def _group_times_out_and_takes_back(answers: Answers, state: State, pid: int) -> Iterator[State]:
    yield from look(answers, state, pid)
    yield from time_out_count(answers, _take_back(state, state.processes[pid].message), pid)


def _respond_to_nobody(answers: Answers, state: State, pid: int) -> Iterator[State]:
    for after in responded(answers, state, pid):
        yield with_process(after, pid, after.processes[pid]._replace(result=ErrorKind.TIMEOUT))


def _return_without_a_response(answers: Answers, state: State, pid: int) -> Iterator[State]:
    for after in late(answers, state, pid):
        yield with_process(after, pid, after.processes[pid]._replace(result=RETURNED))


def _skip_a_module(answers: Answers, state: State, pid: int) -> Iterator[State]:
    process = state.processes[pid]
    if len(process.members) == process.expected > 1:
        state = with_process(state, pid, process._replace(members=process.members[1:]))
    yield from spread_request(answers, state, pid)


def _spread_first(answers: Answers, state: State, pid: int) -> Iterator[State]:
    for after in register_group_request(answers, state, pid):
        yield after._replace(requests=state.requests)


def _room_for_one_less(answers: Answers, state: State, pid: int) -> Iterator[State]:
    for after in register_group_request(answers, state, pid):
        index = after.processes[pid].channel
        channel = after.pool[index]
        yield with_channel(after, index, channel._replace(capacity=max(0, channel.capacity - 1)))


def _expect(more: int, answers: Answers, state: State, pid: int) -> Iterator[State]:
    for after in find_group_to_ask(answers, state, pid):
        process = after.processes[pid]
        if process.expected > 1:
            yield with_process(after, pid, process._replace(expected=process.expected + more))
        else:
            yield after


def _expect_one_more(answers: Answers, state: State, pid: int) -> Iterator[State]:
    return _expect(1, answers, state, pid)


def _expect_one_less(answers: Answers, state: State, pid: int) -> Iterator[State]:
    return _expect(-1, answers, state, pid)


def _one_ms_late(answers: Answers, state: State, pid: int) -> Iterator[State]:
    for after in begin_to_count(answers, state, pid):
        process = after.processes[pid]
        timer = None if process.timer is None else process.timer + 1
        yield with_process(after, pid, process._replace(timer=timer))


def _group_stays_registered(answers: Answers, state: State, pid: int) -> Iterator[State]:
    yield from look(answers, state, pid)
    for after in time_out_count(answers, state, pid):
        yield after._replace(requests=state.requests)


def _drop_the_second(answers: Answers, state: State, pid: int) -> Iterator[State]:
    if state.pool[state.processes[pid].channel].queue:
        yield finish(state, pid, RETURNED)
    else:
        yield from put_response(answers, state, pid)


def _wait_for_a_parent(answers: Answers, state: State, pid: int) -> Iterator[State]:
    for after in find_request(answers, state, pid):
        yield move_to(state, pid, "await") if after.must_log else after


def _answer_any_request(answers: Answers, state: State, pid: int) -> Iterator[State]:
    for after in find_request(answers, state, pid):
        if after.must_log and state.requests:
            process = state.processes[pid]._replace(place="put", channel=state.requests[0][1])
            yield with_process(state, pid, process)
        else:
            yield after


PLANTED_REQUESTS = (
    planted(
        "sync_flag_is_missing",
        "a message that was sent synchronously arrives without the sync flag",
        "MSG-3",
        Hit.MESSAGE,
        {("send_sync", "put"): _without_the_flag},
    ),
    planted(
        "any_response_is_taken",
        "a response to an unknown parent goes to another request",
        "RESP-3",
        Hit.CALLER,
        {("send_resp", "start"): _answer_any_request},
    ),
    planted(
        "sync_sends_nothing",
        "send_sync does not put its message",
        "SYNC-1",
        Hit.MESSAGE,
        {("send_sync", "put"): _put_no_request},
    ),
    planted(
        "sync_is_not_registered",
        "the id of a send_sync is not entered",
        "SYNC-2",
        Hit.CALLER,
        {("send_sync", "register"): _register_and_forget},
    ),
    planted(
        "sync_changes_the_id",
        "a synchronous message gets another id, so no response to its own reaches the sender",
        "MSG-2",
        Hit.CALLER,
        {("send_sync", "register"): _register_under_another_id},
    ),
    planted(
        "sync_is_deaf",
        "a response that arrives while send_sync waits does not end it",
        "SYNC-3",
        Hit.CALLER,
        {("send_sync", "listen"): _listen_for_nothing},
    ),
    planted(
        "sync_times_out_early",
        "send_sync times out one millisecond early",
        "SYNC-4",
        Hit.TIME_OR_TEXT,
        {("send_sync", "listen"): _one_ms_early},
    ),
    planted(
        "sync_does_not_know_modules",
        "send_sync to a module that is not there ends with a timeout at once",
        "SYNC-5",
        Hit.CALLER,
        {("send_sync", "start"): _return_for_an_unknown_module},
    ),
    planted(
        "sync_stays_registered",
        "the entry of a send_sync that timed out stays",
        "SYNC-6",
        Hit.CALLER,
        {("send_sync", "late"): _stay_registered},
    ),
    planted(
        "sync_returns_without_a_response",
        "send_sync returns without an error when the time is over",
        "SYNC-7",
        Hit.CALLER,
        {("send_sync", "late"): _return_without_a_response},
    ),
    planted(
        "sync_takes_its_message_back",
        "a send_sync that times out takes its message out of the channel again",
        "SYNC-8",
        Hit.MESSAGE,
        {("send_sync", "late"): _time_out_and_take_back},
    ),
    planted(
        "group_sync_skips_a_module",
        "send_to_group_sync leaves out the first module of the group",
        "GSYNC-1",
        Hit.MESSAGE,
        {("send_to_group_sync", "spread"): _skip_a_module},
    ),
    planted(
        "group_sync_is_not_registered",
        "the id of a send_to_group_sync is not entered",
        "GSYNC-2",
        Hit.CALLER,
        {("send_to_group_sync", "register"): _spread_first},
    ),
    planted(
        "group_sync_waits_for_one_more",
        "send_to_group_sync waits for one response more than the group has modules",
        "GSYNC-3",
        Hit.CALLER,
        {("send_to_group_sync", "start"): _expect_one_more},
    ),
    planted(
        "group_sync_waits_for_one_less",
        "send_to_group_sync returns when one response is still missing",
        "GSYNC-4",
        Hit.CALLER,
        {("send_to_group_sync", "start"): _expect_one_less},
    ),
    planted(
        "group_sync_times_out_late",
        "send_to_group_sync times out one millisecond late",
        "GSYNC-5",
        Hit.TIME_OR_TEXT,
        {("send_to_group_sync", "count"): _one_ms_late},
    ),
    planted(
        "group_sync_stays_registered",
        "the entry of a send_to_group_sync that timed out stays",
        "GSYNC-7",
        Hit.CALLER,
        {("send_to_group_sync", "collect"): _group_stays_registered},
    ),
    planted(
        "group_sync_keeps_too_few",
        "one response less is kept than the group has modules",
        "GSYNC-9",
        Hit.CALLER,
        {("send_to_group_sync", "register"): _room_for_one_less},
    ),
    planted(
        "group_sync_takes_its_message_back",
        "a send_to_group_sync that times out takes its message out of the channels again",
        "GSYNC-10",
        Hit.MESSAGE,
        {("send_to_group_sync", "collect"): _group_times_out_and_takes_back},
    ),
    planted(
        "second_response_is_dropped",
        "a second response to a send_to_group_sync is not counted",
        "GSYNC-8",
        Hit.CALLER,
        {("send_resp", "put"): _drop_the_second},
    ),
    planted(
        "response_is_not_passed_on",
        "the operation that waits for a response ends with a timeout when it comes",
        "RESP-1",
        Hit.CALLER,
        {("send_sync", "got"): _respond_to_nobody},
    ),
    planted(
        "stray_response_waits",
        "a response that nobody waits for waits for ever",
        "RESP-3",
        Hit.CALLER,
        {("send_resp", "start"): _wait_for_a_parent},
    ),
)
