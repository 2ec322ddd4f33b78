"""What the answers to the questions about registering modules say."""

from __future__ import annotations

from beehive_spec.answers import UNBOUNDED
from beehive_spec.state import RETURNED
from beehive_spec.vocabulary import AddModule, CleanUp, ErrorKind, Fields, Receive, Register, Send, Start
from combinators import (
    Check,
    Property,
    changes_nothing,
    each,
    every,
    fails,
    gets_a_message,
    has_no_name,
    module_is_there,
    negated,
    new,
    receives_of,
    returns,
)
from moments import Call, Moment
from renaming import same_as_with_another
from table import About, Setting, steps

HAS_A_NAME = negated(has_no_name("module"))


def file_was_read(moment: Moment, call: Call) -> bool:
    """The process was started, which reads modules.yaml, before this step."""
    return any(isinstance(each.step, Start) for each in moment.moments[:-1])


def _maps(fields: Fields, name: str) -> tuple[list[str], list[str]]:
    """Return the implementations of a module in the map of modules and in that of disabled modules."""
    modules, disabled = (
        [implementation for module, implementation in registry if module == name]
        for registry in (fields.modules, fields.disabled_modules)
    )
    return modules, disabled


def is_registered(moment: Moment, call: Call) -> bool:
    """The name is in one of the two maps of the core when the step begins."""
    return _maps(moment.before, call.operation.module) != ([], [])


def is_put_where_the_file_says(moment: Moment, call: Call) -> bool:
    """Only the new implementation is there: in the map of modules if the file enables it, else in the other one."""
    start = [each.step for each in moment.moments if isinstance(each.step, Start)][-1]
    here = [call.operation.implementation]
    expected = (here, []) if call.operation.module in start.enabled else ([], here)
    return _maps(moment.after, call.operation.module) == expected


def becomes_enabled(moment: Moment, call: Call) -> bool:
    return _maps(moment.after, call.operation.module) == ([call.operation.implementation], [])


def becomes_disabled(moment: Moment, call: Call) -> bool:
    return _maps(moment.after, call.operation.module) == ([], [call.operation.implementation])


def leaves_channels_as_they_are(moment: Moment, call: Call) -> bool:
    return moment.after.channels == moment.before.channels


def adds_what_it_puts_among_the_modules(moment: Moment, call: Call) -> bool:
    """Exactly the modules with a new entry in the map of modules are in `channels` too."""
    entered = set(moment.after.modules) - set(moment.before.modules)
    return set(moment.after.channels) == {*moment.before.channels, *(name for name, _ in entered)}


def gets_what_was_sent_since_it_was_there(moment: Moment, call: Call) -> bool:
    """A receive waits only if every message that was put into the channel of its module has been received."""
    module = call.operation.module
    sent = sum(
        isinstance(other.operation, Send)
        and other.number in moment.ended
        and moment.ended[other.number].result == RETURNED
        for other in moment.calls
    )
    received = sum(
        other.number not in moment.ended or moment.ended[other.number].result != ErrorKind.UNKNOWN_MODULE
        for other in receives_of(moment, module)
    )
    return gets_a_message(moment, call) == (received <= sent)


def leaves_the_maps_of_the_core(moment: Moment, call: Call) -> bool:
    maps = (moment.after.modules, moment.after.disabled_modules)
    return maps == (moment.before.modules, moment.before.disabled_modules)


def removes_only_its_registration(moment: Moment, call: Call) -> bool:
    """The maps of the core are as they were, but without the module."""
    before, after = moment.before, moment.after
    return all(
        old == new or [entry for entry in old if entry[0] != call.operation.module] == [*new]
        for old, new in ((before.modules, after.modules), (before.disabled_modules, after.disabled_modules))
    ) and _maps(after, call.operation.module) == ([], [])


def _registering(*checks: Check) -> Property:
    return each(new((Start, Register)), *checks)


def _again(*checks):
    return each(new(Register, HAS_A_NAME, file_was_read, is_registered), *checks)


def _without_file(*checks):
    return each(new(Register, HAS_A_NAME, negated(file_was_read), negated(is_registered)), *checks)


def _unnamed(*checks):
    return each(new(Register, has_no_name("module"), file_was_read, negated(is_registered)), *checks)


PROPERTIES = {
    "register_again": About(
        {
            "kept": _again(returns, changes_nothing),
            "replaced": _again(returns, is_put_where_the_file_says),
            "refused": _again(fails(), changes_nothing),
        },
        Setting(
            (
                Start(enabled=("a",)),
                Start(enabled=("a",), modules=("a", "b")),
                Start(),
                Register(module="a", implementation="first"),
                Register(module="a", implementation="second"),
                Register(module="b", implementation="second"),
            )
        ),
    ),
    "register_without_file": About(
        {
            "enabled": _without_file(returns, becomes_enabled),
            "disabled": _without_file(returns, becomes_disabled),
            "refused": _without_file(fails(), changes_nothing),
        },
        Setting(
            (
                Start(enabled=("a",)),
                Register(module="a", implementation="first"),
                Register(module="a", implementation="second"),
                Register(module="b", implementation="second"),
            )
        ),
    ),
    "register_unnamed": About(
        {
            "accepted": same_as_with_another("module"),
            "ignored": _unnamed(returns, changes_nothing),
            "refused": _unnamed(fails(), changes_nothing),
        },
        Setting(
            (
                Start(enabled=("", "b")),
                Start(enabled=("b",)),
                Register(module="", implementation="first"),
                Register(module="", implementation="second"),
                Register(module="b", implementation="second"),
            ),
            given={"registered_channel": ("none",)},
        ),
    ),
    "registered_channel": About(
        {
            "none": _registering(leaves_channels_as_they_are),
            "at_once": every(
                _registering(adds_what_it_puts_among_the_modules),
                each(new(Receive, module_is_there), gets_what_was_sent_since_it_was_there),
            ),
        },
        Setting(
            (
                Start(enabled=("a",), modules=("a", "b")),
                Register(module="a", implementation="first"),
                Register(module="b", implementation="first"),
                AddModule(module="a"),
                Send(module="a", id="m1"),
                Receive(module="a"),
            ),
            steps(Start(enabled=("a",))),
            {
                "capacity": (UNBOUNDED,),
                "add_again": ("kept", "refused"),
                "send_unknown": ("refused",),
                "receive_unknown": ("refused",),
            },
        ),
    ),
    "clean_up_registration": About(
        {
            "kept": each(new(CleanUp), leaves_the_maps_of_the_core),
            "removed": each(new(CleanUp, module_is_there), removes_only_its_registration),
        },
        Setting(
            (
                Start(enabled=("a",), modules=("a", "b")),
                Register(module="a", implementation="first"),
                Register(module="b", implementation="first"),
                CleanUp(module="a"),
                CleanUp(module="b"),
            ),
            steps(AddModule(module="a"), AddModule(module="b"), Start(enabled=("a",))),
        ),
    ),
}
