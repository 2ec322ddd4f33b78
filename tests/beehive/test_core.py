"""The core: every transition; refused and abandoned calls change nothing."""

from __future__ import annotations

import copy
import dis
import pickle
from collections.abc import Callable
from typing import Any, TypeVar

import pytest
from beehive import (
    BadTimeout,
    BeehiveError,
    Closed,
    DuplicateRequest,
    Message,
    ModuleClosed,
    ModuleExists,
    Timeout,
    UnknownGroup,
    UnknownModule,
    WouldBlock,
    WrongType,
)
from beehive.core import ChannelState, Parked, RequestState
from beehive.core import Core as CoreOfCalls
from beehive.core.channel import CLOSED_PUT, CLOSED_TAKE
from beehive.message import AnyMessage
from beehive.shell import Shell
from beehive.timeouts import TimeoutLike, in_seconds

R = TypeVar("R")
A, B, C = (Message(name) for name in "abc")


def begun(call: Parked[R]) -> Parked[R] | R:
    call.begin()
    return call.result() if call.done else call


class Core(CoreOfCalls):
    """A core whose calls begin at once."""

    def send(self, module: str, message: AnyMessage, timeout: TimeoutLike = None) -> Parked[None] | None:
        return begun(self.sending(module, message, timeout))

    def send_to_group(
        self, group: str, message: AnyMessage, timeout: TimeoutLike = None
    ) -> Parked[tuple[str, ...]] | tuple[str, ...]:
        return begun(self.broadcast(group, message, timeout))

    def receive(self, module: str, timeout: TimeoutLike = None) -> Parked[AnyMessage] | AnyMessage:
        return begun(self.receiving(module, timeout))

    def send_sync(self, module: str, message: AnyMessage, timeout: TimeoutLike = None) -> Parked[AnyMessage]:
        return parked(begun(self.request(module, message, timeout)))

    def send_to_group_sync(self, group: str, message: AnyMessage, timeout: TimeoutLike = None) -> Parked[None]:
        return parked(begun(self.group_request(group, message, timeout)))


def core_with(*modules: str, capacity: int | None = None, group: str = "") -> Core:
    core = Core(capacity)
    for module in modules:
        core.add_module(module)
        if group:
            core.add_module_group(module, group)
    return core


def parked(call: Parked[R] | R) -> Parked[R]:
    assert isinstance(call, Parked)
    return call


def drained(core: Core, module: str) -> list[Any]:
    """Receive all messages of a channel, and those that wait for room."""
    contents = []
    while core.snapshot().channels[module].queued:
        message = core.receive(module)
        assert isinstance(message, Message)
        contents.append(message.content)
    return contents


def wakings(call: Parked[Any]) -> list[None]:
    """Return a list that grows whenever the call is woken."""
    seen: list[None] = []
    call.wake = lambda: seen.append(None)
    return seen


# The order of messages and of waiting calls.


def test_messages_are_received_in_the_order_in_which_they_were_sent() -> None:
    core = core_with("m")
    for message in (A, B, C):
        assert core.send("m", message) is None
    assert drained(core, "m") == ["a", "b", "c"]


def test_waiting_receivers_are_served_in_order() -> None:
    core = core_with("m")
    first, second = parked(core.receive("m")), parked(core.receive("m"))
    core.send("m", A)
    assert (first.done, second.done) == (True, False)
    core.send("m", B)
    assert (first.result(), second.result()) == (A, B)


def test_waiting_senders_are_served_in_order_and_are_not_overtaken() -> None:
    core = core_with("m", capacity=1)
    core.send("m", A)
    second, third = parked(core.send("m", B)), parked(core.send("m", C))
    assert core.receive("m") == A
    assert (second.done, third.done) == (True, False)
    with pytest.raises(WouldBlock):
        core.send("m", Message("d"), 0)
    assert drained(core, "m") == ["b", "c"]
    assert third.done


def test_a_call_is_woken_once() -> None:
    core = core_with("m")
    receiver = parked(core.receive("m"))
    woken = wakings(receiver)
    core.send("m", A)
    core.send("m", B)
    core.clean_up("m")
    assert woken == [None]


# Undoing waiting calls.


def test_an_interrupted_receive_that_had_nothing_takes_nothing() -> None:
    core = core_with("m")
    assert parked(core.receive("m")).undo() is None
    core.send("m", A)
    assert drained(core, "m") == ["a"]


def test_an_interrupted_receive_gives_its_message_back_to_the_front() -> None:
    core = core_with("m")
    receiver = parked(core.receive("m"))
    core.send("m", A)
    core.send("m", B)
    assert receiver.undo() is None
    assert drained(core, "m") == ["a", "b"]


def test_an_interrupted_receive_gives_its_message_to_the_next_receiver() -> None:
    core = core_with("m")
    first, second = parked(core.receive("m")), parked(core.receive("m"))
    core.send("m", A)
    first.undo()
    assert second.result() == A
    assert drained(core, "m") == []


def test_a_message_given_back_to_a_full_channel_is_kept_and_admits_no_sender() -> None:
    core = core_with("m", capacity=1)
    receiver = parked(core.receive("m"))
    core.send("m", A)
    core.send("m", B)
    sender = parked(core.send("m", C))
    receiver.undo()
    assert core.snapshot().channels["m"] == ChannelState(queued=2, receiving=0, sending=1)
    assert core.receive("m") == A
    assert not sender.done
    assert drained(core, "m") == ["b", "c"]


def test_a_message_given_back_to_a_closed_channel_is_added_to_what_clean_up_returned() -> None:
    core = core_with("m")
    receivers = [parked(core.receive("m")) for _ in range(2)]
    for message in (A, B, C):
        core.send("m", message)
    left = core.clean_up("m")
    assert left == [C]
    assert receivers[0].undo() == A
    assert left == [C, A]
    assert receivers[1].result() == B


def test_a_message_given_back_after_close_is_added_to_what_close_returned() -> None:
    core = core_with("m")
    receiver = parked(core.receive("m"))
    core.send("m", A)
    left = core.close()
    assert left == {"m": []}
    receiver.undo()
    assert left == {"m": [A]}


def test_an_interrupted_send_is_not_put_later() -> None:
    core = core_with("m", capacity=1)
    core.send("m", A)
    parked(core.send("m", B)).undo()
    assert drained(core, "m") == ["a"]


def test_an_interrupted_send_that_was_put_already_stays_put_once() -> None:
    core = core_with("m", capacity=1)
    core.send("m", A)
    sender = parked(core.send("m", B))
    assert core.receive("m") == A
    sender.undo()
    assert drained(core, "m") == ["b"]


@pytest.mark.parametrize("end", [lambda call: call.undo(), lambda call: call.expire()], ids=["undone", "expired"])
def test_a_waiting_call_that_is_given_up_leaves_nothing_behind(end: Callable[[Parked[Any]], object]) -> None:
    core = core_with("m", "n", capacity=1, group="all")
    core.send_to_group("all", A)
    core.add_module("empty")
    before = core.snapshot()
    calls: list[Callable[[], object]] = [
        lambda: core.send("m", B, 1),
        lambda: core.send_to_group("all", B, 1),
        lambda: core.send_sync("m", B, 1),
        lambda: core.send_to_group_sync("all", B, 1),
        lambda: core.receive("empty", 1),
    ]
    for call in calls:
        waiting = call()
        assert isinstance(waiting, Parked)
        assert core.snapshot() != before
        end(waiting)
        assert core.snapshot() == before
    assert drained(core, "m") == ["a"]


def test_ten_thousand_timeouts_leave_the_fields_and_the_channel_as_they_were() -> None:
    core = core_with("m", "n", capacity=1, group="all")
    core.send("n", A)
    before = core.snapshot()
    for _ in range(10_000):
        parked(core.receive("m", 1)).expire()
        parked(core.send("n", B, 1)).expire()
        parked(core.send_sync("n", B, 1)).expire()
        with pytest.raises(WouldBlock):
            core.receive("m", 0)
    assert core.snapshot() == before


# Timeouts.


def test_a_receive_with_timeout_zero_returns_a_queued_message_and_never_waits() -> None:
    core = core_with("m")
    with pytest.raises(WouldBlock, match="no message for the module 'm' at once"):
        core.receive("m", 0)
    core.send("m", A)
    assert core.receive("m", 0) == A


def test_a_request_with_timeout_zero_is_put_and_ends_in_a_timeout() -> None:
    core = core_with("m")
    with pytest.raises(Timeout):
        core.send_sync("m", A, 0)
    assert drained(core, "m") == ["a"]
    assert core.snapshot().anon_channels == {}


def test_a_request_that_had_no_room_in_time_says_so_and_is_not_put_later() -> None:
    core = core_with("m", capacity=1)
    core.send("m", A)
    request = core.send_sync("m", B, 5)
    request.expire()
    with pytest.raises(Timeout, match="no room for the message"):
        request.result()
    assert drained(core, "m") == ["a"]


def test_the_timeout_of_a_group_request_says_how_many_responses_are_missing() -> None:
    core = core_with("m", "n", group="all")
    request = core.send_to_group_sync("all", A, 2.5)
    core.send_resp(A.reply(None))
    request.expire()
    with pytest.raises(Timeout, match=f"1 of 2 responses to the message {A.id!r} within 2.5 s"):
        request.result()


# Requests.


def test_a_request_arrives_with_its_sync_flag_and_returns_the_response() -> None:
    core = core_with("m")
    request = core.send_sync("m", A)
    question = core.receive("m")
    assert isinstance(question, Message)
    assert (question.sync, A.sync) == (True, False)
    assert not request.done
    response = question.reply("yes")
    assert core.send_resp(response)
    assert request.result() == response
    assert core.snapshot().anon_channels == {}


def test_the_first_response_counts_and_the_second_is_refused() -> None:
    core = core_with("m")
    request = core.send_sync("m", A)
    assert core.send_resp(A.reply(1))
    assert not core.send_resp(A.reply(2))
    assert request.result().content == 1


def test_a_response_without_a_request_is_refused_and_changes_nothing() -> None:
    core = core_with("m")
    before = core.snapshot()
    assert not core.send_resp(A.reply(None))
    assert not core.send_resp(Message(None))
    assert core.snapshot() == before


def test_a_response_that_arrives_before_the_message_is_put_is_kept() -> None:
    core = core_with("m", capacity=1)
    core.send("m", A)
    request = core.send_sync("m", B)
    assert core.send_resp(B.reply("early"))
    assert not core.send_resp(B.reply("again"))
    assert not request.done
    assert core.receive("m") == A
    assert request.result().content == "early"
    assert drained(core, "m") == ["b"]


def test_an_id_that_is_outstanding_is_refused_until_its_request_has_ended() -> None:
    core = core_with("m", "n", group="all")
    request = core.send_sync("m", A)
    for again in (lambda: core.send_sync("n", A), lambda: core.send_to_group_sync("all", A)):
        before = core.snapshot()
        with pytest.raises(DuplicateRequest):
            again()
        assert core.snapshot() == before
    request.expire()
    core.send_sync("n", A)


def test_a_group_request_ends_with_as_many_responses_as_there_were_members_at_the_start() -> None:
    core = core_with("m", "n", group="all")
    request = core.send_to_group_sync("all", A)
    core.add_module("late")
    core.add_module_group("late", "all")
    assert core.snapshot().anon_channels == {A.id: RequestState(expected=2, arrived=0)}
    taken_and_done = [(core.send_resp(A.reply(each)), request.done) for each in range(3)]
    assert taken_and_done == [(True, False), (True, True), (False, True)]


def test_a_group_request_waits_for_all_full_members_at_once_and_withdraws_what_was_not_put() -> None:
    core = core_with("m", "n", "o", capacity=1, group="all")
    core.send("m", A)
    core.send("n", A)
    request = core.send_to_group_sync("all", B)
    assert [core.snapshot().channels[name].sending for name in "mno"] == [1, 1, 0]
    drained(core, "n")
    for _ in range(3):
        assert core.send_resp(B.reply(None))
    assert request.done
    assert drained(core, "m") == ["a"]


# Groups and clean-up.


def test_a_broadcast_reaches_every_member_once_and_no_other_module() -> None:
    core = core_with("m", "n", group="all")
    core.add_module_group("m", "all")
    core.add_module("other")
    core.send_to_group("all", A)
    assert [drained(core, name) for name in ("m", "n", "other")] == [["a"], ["a"], []]


def test_a_broadcast_waits_for_all_full_members_at_once() -> None:
    core = core_with("m", "n", "o", capacity=1, group="all")
    core.send_to_group("all", A)
    broadcast = parked(core.send_to_group("all", B))
    assert drained(core, "n") == ["a", "b"]
    assert not broadcast.done
    drained(core, "m")
    drained(core, "o")
    assert broadcast.result() == ()


def test_a_broadcast_skips_a_member_that_is_cleaned_up_and_names_it() -> None:
    core = core_with("m", "n", capacity=1, group="all")
    core.send_to_group("all", A)
    broadcast = parked(core.send_to_group("all", B))
    core.clean_up("m")
    assert not broadcast.done
    assert drained(core, "n") == ["a", "b"]
    assert broadcast.result() == ("m",)


def test_clean_up_returns_the_queued_messages_and_ends_waiting_calls() -> None:
    core = core_with("m", capacity=1)
    core.send("m", A)
    sender, request = parked(core.send("m", B)), core.send_sync("m", C)
    assert core.clean_up("m") == [A]
    core.add_module("m")
    receiver = parked(core.receive("m"))
    assert core.clean_up("m") == []
    for call in (sender, request, receiver):
        with pytest.raises(ModuleClosed):
            call.result()
    assert core.snapshot().anon_channels == {}


def test_clean_up_empties_groups_and_a_module_added_again_is_empty() -> None:
    core = core_with("m", "n", group="all")
    core.add_module_group("m", "own")
    core.clean_up("m")
    assert {group: set(members) for group, members in core.snapshot().type_channels.items()} == {"all": {"n"}}
    core.add_module("m")
    core.send_to_group("all", A)
    assert drained(core, "m") == []
    with pytest.raises(UnknownGroup):
        core.send_to_group("own", A)


# Refused calls change nothing.


@pytest.mark.parametrize(
    ("error", "call"),
    [
        (ModuleExists, lambda core: core.add_module("m")),
        (UnknownModule, lambda core: core.add_module_group("x", "all")),
        (UnknownModule, lambda core: core.clean_up("x")),
        (UnknownModule, lambda core: core.send("x", B)),
        (UnknownModule, lambda core: core.receive("x")),
        (UnknownModule, lambda core: core.send_sync("x", B)),
        (UnknownModule, lambda core: core.send_sync("x", B, -1)),
        (UnknownGroup, lambda core: core.send_to_group("x", B)),
        (UnknownGroup, lambda core: core.send_to_group_sync("x", B)),
        (ValueError, lambda core: core.send("m", B, -1)),
        (ValueError, lambda core: core.receive("m", float("nan"))),
        (ValueError, lambda core: core.send_to_group("all", B, -1)),
        (ValueError, lambda core: core.send_sync("m", B, -0.001)),
        (ValueError, lambda core: core.send_to_group_sync("all", B, -1)),
        (WouldBlock, lambda core: core.send("m", B, 0)),
        (WouldBlock, lambda core: core.receive("empty", 0)),
    ],
)
def test_what_is_refused_changes_nothing(error: type[Exception], call: Callable[[Core], object]) -> None:
    core = core_with("m", capacity=1, group="all")
    core.add_module("empty")
    core.send("m", A)
    before = core.snapshot()
    with pytest.raises(error) as raised:
        call(core)
    assert isinstance(raised.value, BeehiveError)
    assert core.snapshot() == before
    assert drained(core, "m") == ["a"]


def test_a_capacity_below_one_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        Core(0)


# Closing.


def test_close_ends_all_waiting_calls_and_returns_the_queued_messages() -> None:
    core = core_with("m", "n", capacity=1, group="all")
    core.send_to_group("all", A)
    core.add_module("empty")
    waiting: list[Parked[Any]] = [
        parked(core.send("m", B)),
        parked(core.send_to_group("all", B)),
        core.send_sync("m", B),
        core.send_to_group_sync("all", C),
        parked(core.receive("empty")),
    ]
    core.add_module("other")
    waiting.append(core.send_sync("other", Message("d")))
    drained(core, "other")
    woken = [wakings(call) for call in waiting]
    assert core.close() == {"m": [A], "n": [A], "empty": [], "other": []}
    for call in waiting:
        with pytest.raises(Closed, match="the bus has been closed"):
            call.result()
    assert woken == [[None]] * len(waiting)
    assert core.close() == {}


def test_after_close_every_operation_raises_closed() -> None:
    core = core_with("m", group="all")
    core.close()
    calls: list[Callable[[], object]] = [
        lambda: core.add_module("x"),
        lambda: core.add_module_group("m", "all"),
        lambda: core.clean_up("m"),
        lambda: core.send("m", A),
        lambda: core.send_to_group("all", A),
        lambda: core.receive("m"),
        lambda: core.send_sync("m", A),
        lambda: core.send_to_group_sync("all", A),
        lambda: core.send_resp(A.reply(None)),
    ]
    for call in calls:
        with pytest.raises(Closed, match="the bus has been closed"):
            call()


def test_a_snapshot_is_read_only_and_is_not_updated() -> None:
    core = core_with("m", group="all")
    before = core.snapshot()
    core.send("m", A)
    core.clean_up("m")
    assert before.channels == {"m": ChannelState(0, 0, 0)}
    assert before.type_channels == {"all": {"m": ChannelState(0, 0, 0)}}
    assert pickle.loads(pickle.dumps(before)) == copy.deepcopy(before) == before
    with pytest.raises(TypeError):
        pickle.loads(pickle.dumps(before)).channels["x"] = ChannelState(0, 0, 0)
    with pytest.raises(TypeError):
        before.channels["x"] = ChannelState(0, 0, 0)  # type: ignore[index]


# Fast paths.


def is_open(core: Core) -> list[bool]:
    channel = core.channels["m"]
    return [channel.fast_put is not CLOSED_PUT, channel.fast_take is not CLOSED_TAKE]


def test_a_message_taken_on_the_fast_path_is_taken_once() -> None:
    core = core_with("m")
    for message in (A, B, C):
        core.send("m", message)
    assert core.channels["m"].fast_take() is A
    assert core.receive("m") is B
    assert core.clean_up("m") == [C]


@pytest.mark.parametrize("way", ["fast_put", "fast_take"])
def test_no_other_thread_runs_between_loading_a_fast_path_and_calling_it(way: str) -> None:
    code = list(dis.get_instructions(Shell.put if way == "fast_put" else Shell.take))
    loaded = next(at for at, each in enumerate(code) if each.argval == way)
    called = next(at for at, each in enumerate(code) if at > loaded and each.opname.startswith("CALL"))
    assert loaded + 1 <= called
    # Threads are switched at the start of a function, at a jump back and after a call.
    between = {each.opname for each in code[loaded + 1 : called]}
    assert between <= {"LOAD_FAST", "LOAD_FAST_BORROW", "PRECALL", "PUSH_NULL", "CACHE"}


def test_closed_fast_paths_say_so_and_do_nothing() -> None:
    core = core_with("m", capacity=1)
    channel = core.channels["m"]
    assert channel.fast_put(A) is not None
    assert channel.fast_take() is None
    assert core.snapshot().channels["m"].queued == 0


@pytest.mark.parametrize(
    "end",
    [lambda core, call: core.send("m", A), lambda core, call: call.undo(), lambda core, call: call.expire()],
    ids=["served", "undone", "expired"],
)
def test_the_fast_paths_are_open_only_while_no_call_waits(end: Callable[[Core, Parked[Any]], object]) -> None:
    core = core_with("m")
    assert is_open(core) == [True, True]
    first, second = (parked(core.receive("m", 1)) for _ in range(2))
    end(core, first)
    assert is_open(core) == [False, False]
    end(core, second)
    assert is_open(core) == [True, True]


def test_there_is_no_fast_path_with_a_capacity_or_after_a_clean_up() -> None:
    core = core_with("m", capacity=1)
    assert is_open(core) == [False, False]
    core.clean_up("m")
    core.add_module("m", None)
    channel = core.channels["m"]
    core.clean_up("m")
    assert (channel.fast_put, channel.fast_take) == (CLOSED_PUT, CLOSED_TAKE)


def test_without_the_lock_of_the_interpreter_there_are_no_fast_paths(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("beehive.core.channel.INDIVISIBLE", False)
    core = core_with("m")
    assert is_open(core) == [False, False]
    core.send("m", A)
    assert drained(core, "m") == ["a"]


def test_a_receiver_sees_a_fast_put_that_was_done_while_it_queued_up() -> None:
    class Late(dict[Any, None]):
        def __setitem__(self, receiver: Any, nothing: None) -> None:
            super().__setitem__(receiver, nothing)
            core.channels["m"]._messages.append(A)

        def popitem(self, last: bool = True) -> tuple[Any, None]:
            return super().popitem()

    core = core_with("m")
    core.channels["m"].receivers = Late()  # type: ignore[assignment]
    receiver = core.receiving("m")
    receiver.begin()
    assert receiver.result() is A


def test_a_message_is_put_to_all_members_quickly_or_to_none() -> None:
    core = core_with("m", "n", group="all")
    assert core.put_to_all("all", A)
    assert [drained(core, name) for name in "mn"] == [["a"], ["a"]]
    waiting = parked(core.receive("n"))
    assert not core.put_to_all("all", B)
    assert not core.put_to_all("none", B)
    assert drained(core, "m") == []
    assert not waiting.done


# The capacity of a module.


def test_a_module_has_its_own_capacity_if_one_is_given() -> None:
    core = Core(capacity=1)
    core.add_module("bus")
    core.add_module("two", 2)
    core.add_module("any", None)
    for module, room in (("bus", 1), ("two", 2), ("any", 50)):
        for _ in range(room):
            assert core.send(module, A, 0) is None
    for module in ("bus", "two"):
        with pytest.raises(WouldBlock):
            core.send(module, A, 0)


def test_a_bad_capacity_of_a_module_is_refused_and_adds_nothing() -> None:
    core = Core()
    with pytest.raises(ValueError, match="the capacity is 0; it must be None"):
        core.add_module("m", 0)
    assert core.snapshot().channels == {}


@pytest.mark.parametrize("capacity", [0, -1])
def test_a_capacity_is_at_least_one(capacity: int) -> None:
    with pytest.raises(ValueError, match="it must be None"):
        CoreOfCalls(capacity)


@pytest.mark.parametrize("capacity", [1.5, float("nan"), True, "3"])
def test_a_capacity_is_an_integer(capacity: object) -> None:
    with pytest.raises(WrongType, match="it must be None"):
        CoreOfCalls(capacity)  # type: ignore[arg-type]  # what a caller without a type checker can do


@pytest.mark.parametrize("timeout", [-(10**400), float("nan")])
def test_a_timeout_that_is_negative_or_nan_is_refused(timeout: float) -> None:
    with pytest.raises(BadTimeout):
        in_seconds(timeout)


def test_a_number_of_seconds_too_large_for_a_float_is_forever() -> None:
    assert in_seconds(10**400) is None
