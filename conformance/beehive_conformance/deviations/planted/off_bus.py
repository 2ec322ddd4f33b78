"""Planted faults in messages, made and on their way, and in registration: they test the suite."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import cast

from beehive_spec.answers import Answers
from beehive_spec.rules.making import make_message, make_response
from beehive_spec.rules.messages import take_message
from beehive_spec.rules.move import Apply
from beehive_spec.rules.registration import register, register_all, start
from beehive_spec.state import Delivered, State, with_process
from beehive_spec.vocabulary import Made, MessageId, Start
from msgspec.structs import replace

from beehive_conformance.deviations.overlay import Affects, planted


def _with_result(state: State, pid: int, result: Made | Delivered) -> State:
    return with_process(state, pid, replace(state.processes[pid], result=result))


def _making(make: Apply, spoilt: Callable[[State, Made], Made]) -> Apply:
    """Return a move that spoils what a move makes; it is given the state before."""

    def move(answers: Answers, state: State, pid: int) -> Iterator[State]:
        for after in make(answers, state, pid):
            yield _with_result(after, pid, spoilt(state, cast(Made, after.processes[pid].result)))

    return move


def _not_new(state: State, made: Made) -> Made:
    return replace(made, is_new=state.off_bus.age is None)


def _without_parent(state: State, made: Made) -> Made:
    return replace(made, parent=MessageId(""))


def _standing_still(state: State, made: Made) -> Made:
    return replace(made, timestamp=0)


def _exchanged(state: State, made: Made) -> Made:
    return replace(made, operation=made.resource, resource=made.operation)


def _flagged(state: State, made: Made) -> Made:
    return replace(made, sync=bool(made.parent))


def _taking(*changed: str) -> Apply:
    """Return a move that takes a message that was waiting in a channel with some parts changed."""

    def move(answers: Answers, state: State, pid: int) -> Iterator[State]:
        for after in take_message(answers, state, pid):
            result = after.processes[pid].result
            if isinstance(result, Delivered):
                yield _with_result(after, pid, replace(result, changed=changed))
            else:
                yield after

    return move


def _register_all_but_the_last(answers: Answers, state: State, pid: int) -> Iterator[State]:
    process = state.processes[pid]
    operation = cast(Start, process.operation)
    fewer = replace(operation, modules=operation.modules[:-1])
    yield from register_all(answers, with_process(state, pid, replace(process, operation=fewer)), pid)


def _forget_implementations(answers: Answers, state: State, pid: int) -> Iterator[State]:
    for after in register(answers, state, pid):
        modules = tuple((name, "") for name, _ in after.off_bus.modules)
        yield replace(after, off_bus=replace(after.off_bus, modules=modules))


def _enable_only_the_first(answers: Answers, state: State, pid: int) -> Iterator[State]:
    process = state.processes[pid]
    operation = cast(Start, process.operation)
    fewer = replace(operation, enabled=operation.enabled[:1])
    yield from start(answers, with_process(state, pid, replace(process, operation=fewer)), pid)


def _forget_the_disabled(answers: Answers, state: State, pid: int) -> Iterator[State]:
    for after in register(answers, state, pid):
        yield replace(after, off_bus=replace(after.off_bus, disabled=state.off_bus.disabled))


_MAKE, _RESPOND, _TAKE = ("make_message", "start"), ("make_response", "start"), ("receive", "take")

PLANTED_OFF_BUS = (
    planted(
        "made_messages_share_an_id",
        "every message but the first has an id that was there before",
        "MSG-5",
        Affects.EVERY_MODULE,
        {_MAKE: _making(make_message, _not_new), _RESPOND: _making(make_response, _not_new)},
    ),
    planted(
        "responses_name_no_parent",
        "a response is made without a parent",
        "MSG-6",
        Affects.CALLER,
        {_RESPOND: _making(make_response, _without_parent)},
    ),
    planted(
        "timestamps_stand_still",
        "every message has the timestamp of the first",
        "MSG-7",
        Affects.MESSAGE,
        {_MAKE: _making(make_message, _standing_still), _RESPOND: _making(make_response, _standing_still)},
    ),
    planted(
        "operation_and_resource_are_exchanged",
        "a message is made with its operation as the resource, and the other way round",
        "MSG-8",
        Affects.MESSAGE,
        {_MAKE: _making(make_message, _exchanged)},
    ),
    planted(
        "messages_with_a_parent_are_flagged",
        "a message that is made with a parent has the sync flag",
        "MSG-9",
        Affects.MESSAGE,
        {_MAKE: _making(make_message, _flagged)},
    ),
    planted(
        "receive_changes_the_id",
        "a message that was waiting in a channel arrives with another id",
        "MSG-2",
        Affects.MESSAGE,
        {_TAKE: _taking("id")},
    ),
    planted(
        "receive_loses_the_route",
        "a message that was waiting in a channel arrives without its route",
        "MSG-10",
        Affects.MESSAGE,
        {_TAKE: _taking("group", "operation", "resource", "source")},
    ),
    planted(
        "receive_sets_the_time",
        "a message that was waiting in a channel arrives with another timestamp",
        "MSG-11",
        Affects.TIMING_OR_LOG_TEXT,
        {_TAKE: _taking("timestamp")},
    ),
    planted(
        "last_module_does_not_register",
        "the last of the modules does not register when the process starts",
        "REG-1",
        Affects.EVERY_MODULE,
        {("start", "register"): _register_all_but_the_last},
    ),
    planted(
        "implementations_are_forgotten",
        "the map of modules has no implementations once another module has registered",
        "REG-2",
        Affects.EVERY_MODULE,
        {("register", "start"): _forget_implementations},
    ),
    planted(
        "only_the_first_is_enabled",
        "of the modules that modules.yaml enables, only the first is",
        "REG-3",
        Affects.EVERY_MODULE,
        {("start", "start"): _enable_only_the_first},
    ),
    planted(
        "disabled_modules_are_forgotten",
        "a module that modules.yaml does not enable is in neither map",
        "REG-4",
        Affects.TIMING_OR_LOG_TEXT,
        {("register", "start"): _forget_the_disabled},
    ),
)
