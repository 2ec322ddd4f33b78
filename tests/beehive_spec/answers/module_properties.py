"""What the answers to the questions about operations on modules say."""

from __future__ import annotations

from beehive_spec.vocabulary import AddModule, AddModuleGroup, CleanUp, ErrorKind, Receive, Send, SendToGroup
from combinators import (
    changes_nothing,
    each,
    every,
    fails,
    has_no_name,
    module_is_there,
    module_is_unknown,
    new,
    returns,
)
from moments import Call, Got, Moment
from renaming import same_as_with_another
from table import About, Setting, member, steps


def keeps_its_groups(moment: Moment, call: Call) -> bool:
    """Every group of the module is still a key, whoever is left in it."""
    after = dict(moment.after.type_channels)
    return all(group in after for group, _ in moment.before.type_channels)


def leaves_no_empty_group(moment: Moment, call: Call) -> bool:
    return all(members for _, members in moment.after.type_channels)


def gets_only_newer_messages(moment: Moment, call: Call) -> bool:
    """What a receive gets was sent after the module was last added, through a channel that it has had since then."""
    end = moment.end(call)
    if end is None or not isinstance(end.result, Got):
        return True
    added = [other.number for other in moment.calls if isinstance(other.operation, AddModule)][-1]
    joined = [other.number for other in moment.calls if isinstance(other.operation, AddModuleGroup)][-1]
    sent = next(other for other in moment.calls if other.number == end.result.sender)
    by_group = isinstance(sent.operation, SendToGroup)
    return sent.number > added and (not by_group or joined > added)


PROPERTIES = {
    "add_again": About(
        {
            "replaced": every(
                each(new(AddModule, module_is_there), returns), each(new(Receive), gets_only_newer_messages)
            ),
            "kept": each(new(AddModule, module_is_there), returns, changes_nothing),
            "refused": each(new(AddModule, module_is_there), fails(), changes_nothing),
        },
        Setting(
            (
                AddModule(module="a"),
                AddModuleGroup(module="a", group="g"),
                Send(module="a", id="m1"),
                SendToGroup(group="g", id="m2"),
                Receive(module="a"),
            ),
            steps(*member("a"), Send(module="a", id="m0")),
            {"capacity": ("unbounded", 2)},
        ),
    ),
    "group_unknown_module": About(
        {
            "ignored": each(new(AddModuleGroup, module_is_unknown), returns, changes_nothing),
            "refused": each(new(AddModuleGroup, module_is_unknown), fails(ErrorKind.UNKNOWN_MODULE), changes_nothing),
        },
        Setting(
            (
                AddModule(module="a"),
                CleanUp(module="a"),
                AddModuleGroup(module="a", group="g"),
                AddModuleGroup(module="b", group="g"),
            )
        ),
    ),
    "clean_up_unknown": About(
        {
            "ignored": each(new(CleanUp, module_is_unknown), returns, changes_nothing),
            "refused": each(new(CleanUp, module_is_unknown), fails(ErrorKind.UNKNOWN_MODULE), changes_nothing),
        },
        Setting(
            (AddModule(module="a"), AddModuleGroup(module="a", group="g"), CleanUp(module="a"), CleanUp(module="b"))
        ),
    ),
    "empty_group": About(
        {
            "kept": each(new(CleanUp), keeps_its_groups),
            "removed": each(new(CleanUp), leaves_no_empty_group),
        },
        Setting(
            (
                AddModule(module="a"),
                AddModuleGroup(module="a", group="g"),
                AddModuleGroup(module="a", group="h"),
                AddModuleGroup(module="b", group="g"),
                CleanUp(module="a"),
            ),
            steps(*member("a"), AddModule(module="b")),
        ),
    ),
    "unnamed_module": About(
        {
            "accepted": same_as_with_another("module"),
            "ignored": each(new(AddModule, has_no_name("module")), returns, changes_nothing),
            "refused": each(new(AddModule, has_no_name("module")), fails(), changes_nothing),
        },
        Setting(
            (
                AddModule(module=""),
                AddModuleGroup(module="", group="g"),
                Send(module="", id="m1"),
                Receive(module=""),
                CleanUp(module=""),
            )
        ),
    ),
    "unnamed_group": About(
        {
            "accepted": same_as_with_another("group"),
            "ignored": each(new(AddModuleGroup, has_no_name("group"), module_is_there), returns, changes_nothing),
            "refused": each(new(AddModuleGroup, has_no_name("group"), module_is_there), fails(), changes_nothing),
        },
        Setting(
            (
                AddModule(module="a"),
                AddModuleGroup(module="a", group=""),
                SendToGroup(group="", id="m1"),
                Receive(module="a"),
                CleanUp(module="a"),
            )
        ),
    ),
}
