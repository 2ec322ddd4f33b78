"""Faults planted in making messages, in their parts in transit, and in registration, to test the suite.

No implementation is known to have them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from beehive_spec.rules import OperationT, Rule, Turn
from beehive_spec.rules.making import make_message, make_response
from beehive_spec.rules.messages import take_message
from beehive_spec.rules.registration import read_enabled_modules, register_module, register_next
from beehive_spec.state import Delivered, State, with_process
from beehive_spec.vocabulary import Made, MakeMessage, MakeResponse, MessageId, Receive, Register, Start
from msgspec.structs import replace

from beehive_conformance.deviations.overlay import Affects, make_overlay, replaced


def _with_result(state: State, pid: int, result: Made | Delivered) -> State:
    return with_process(state, pid, replace(state.processes[pid], result=result))


def _making(make: Rule[OperationT], spoil: Callable[[Made], Made]) -> Rule[OperationT]:
    """Return a rule that spoils the message that another rule makes."""

    def make_spoiled(turn: Turn[OperationT]) -> Iterator[State]:
        for after in make(turn):
            result = after.processes[turn.pid].result
            assert isinstance(result, Made), "a rule that makes a message ends with it"
            yield _with_result(after, turn.pid, spoil(result))

    return make_spoiled


def _with_a_used_id(made: Made) -> Made:
    return replace(made, is_new=False)


def _with_a_used_id_after_the_first(make: Rule[OperationT]) -> Rule[OperationT]:
    spoiled = _making(make, _with_a_used_id)
    return lambda turn: make(turn) if turn.state.off_bus.age is None else spoiled(turn)


def _without_parent(made: Made) -> Made:
    return replace(made, parent=MessageId(""))


def _with_first_timestamp(made: Made) -> Made:
    return replace(made, timestamp=0)


def _exchanged(made: Made) -> Made:
    return replace(made, operation=made.resource, resource=made.operation)


def _flagged(made: Made) -> Made:
    return replace(made, sync=bool(made.parent))


def _taking(*changed: str) -> Rule[Receive]:
    """Return a rule that takes a queued message with some parts changed."""

    def take_changed(turn: Turn[Receive]) -> Iterator[State]:
        for after in take_message(turn):
            result = after.processes[turn.pid].result
            if isinstance(result, Delivered):
                yield _with_result(after, turn.pid, replace(result, changed=changed))
            else:
                yield after

    return take_changed


def _register_all_but_the_last(turn: Turn[Start]) -> Iterator[State]:
    fewer = replace(turn.operation, modules=turn.operation.modules[:-1])
    yield from register_next(replace(turn, operation=fewer))


def _forget_implementations(turn: Turn[Register]) -> Iterator[State]:
    for after in register_module(turn):
        modules = tuple((name, "") for name, _ in after.off_bus.modules)
        yield replace(after, off_bus=replace(after.off_bus, modules=modules))


def _enable_only_the_first(turn: Turn[Start]) -> Iterator[State]:
    fewer = replace(turn.operation, enabled=turn.operation.enabled[:1])
    yield from read_enabled_modules(replace(turn, operation=fewer))


def _list_the_enabled(turn: Turn[Start]) -> Iterator[State]:
    for after in read_enabled_modules(turn):
        listed = {(name, "") for name in turn.operation.enabled if name not in turn.operation.modules}
        yield replace(after, off_bus=replace(after.off_bus, modules=tuple(sorted((*after.off_bus.modules, *listed)))))


def _forget_the_disabled(turn: Turn[Register]) -> Iterator[State]:
    for after in register_module(turn):
        yield replace(after, off_bus=replace(after.off_bus, disabled=turn.state.off_bus.disabled))


PLANTED_OFF_BUS = (
    make_overlay(
        "made_messages_share_an_id",
        "every message after the first is made with an id that is already in use",
        "MSG-5",
        Affects.EVERY_MODULE,
        {
            **replaced(MakeMessage, {"start": _with_a_used_id_after_the_first(make_message)}),
            **replaced(MakeResponse, {"start": _with_a_used_id_after_the_first(make_response)}),
        },
    ),
    make_overlay(
        "responses_name_no_parent",
        "a response is made without a parent",
        "MSG-6",
        Affects.CALLER,
        replaced(MakeResponse, {"start": _making(make_response, _without_parent)}),
    ),
    make_overlay(
        "timestamps_stand_still",
        "every message is made with the timestamp of the first one",
        "MSG-7",
        Affects.MESSAGE,
        {
            **replaced(MakeMessage, {"start": _making(make_message, _with_first_timestamp)}),
            **replaced(MakeResponse, {"start": _making(make_response, _with_first_timestamp)}),
        },
    ),
    make_overlay(
        "operation_and_resource_are_exchanged",
        "a message is made with its operation and its resource exchanged",
        "MSG-8",
        Affects.MESSAGE,
        replaced(MakeMessage, {"start": _making(make_message, _exchanged)}),
    ),
    make_overlay(
        "messages_with_a_parent_are_flagged",
        "a message with a parent is made with the sync flag set",
        "MSG-9",
        Affects.MESSAGE,
        replaced(MakeMessage, {"start": _making(make_message, _flagged)}),
    ),
    make_overlay(
        "receive_changes_the_id",
        "receive returns a queued message with another id",
        "MSG-2",
        Affects.MESSAGE,
        replaced(Receive, {"take": _taking("id")}),
    ),
    make_overlay(
        "receive_loses_the_route",
        "receive returns a queued message without its route",
        "MSG-10",
        Affects.MESSAGE,
        replaced(Receive, {"take": _taking("group", "operation", "resource", "source")}),
    ),
    make_overlay(
        "receive_sets_the_time",
        "receive returns a queued message with another timestamp",
        "MSG-11",
        Affects.TIMING_OR_LOG_TEXT,
        replaced(Receive, {"take": _taking("timestamp")}),
    ),
    make_overlay(
        "last_module_does_not_register",
        "the last module does not register when the process starts",
        "REG-1",
        Affects.EVERY_MODULE,
        replaced(Start, {"register": _register_all_but_the_last}),
    ),
    make_overlay(
        "implementations_are_forgotten",
        "the map of modules loses its implementations when another module registers",
        "REG-2",
        Affects.EVERY_MODULE,
        replaced(Register, {"start": _forget_implementations}),
    ),
    make_overlay(
        "only_the_first_is_enabled",
        "only the first module that modules.yaml enables is put into the map of modules",
        "REG-3",
        Affects.EVERY_MODULE,
        replaced(Start, {"start": _enable_only_the_first}),
    ),
    make_overlay(
        "disabled_modules_are_forgotten",
        "a module that modules.yaml does not enable is put into neither map",
        "REG-4",
        Affects.TIMING_OR_LOG_TEXT,
        replaced(Register, {"start": _forget_the_disabled}),
    ),
    make_overlay(
        "enabled_modules_need_not_register",
        "a module that modules.yaml enables is in the map of modules although it never tried to register",
        "REG-6",
        Affects.EVERY_MODULE,
        replaced(Start, {"start": _list_the_enabled}),
    ),
)
