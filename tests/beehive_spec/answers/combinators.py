"""How properties are put together: which operations a sentence is about, and what it says of them.

A property takes a situation. A selector names the operations that it is about; a check is what must hold of each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple, TypeAlias

from beehive_spec.state import RETURNED
from beehive_spec.vocabulary import AddModule, CleanUp, ErrorKind, Operation, Receive, Send, SendSync, SendToGroupSync
from moments import Call, Got, Moment, Situation

Property: TypeAlias = Callable[[Situation], bool]
Selector: TypeAlias = Callable[[Moment], Iterable[Call]]
Check: TypeAlias = Callable[[Moment, Call], bool]
Kinds: TypeAlias = type[Operation] | tuple[type[Operation], ...]


class Saying(NamedTuple):
    """A property that is made of parts; `selectors` has the one of each part."""

    holds: Property
    selectors: tuple[Selector, ...]

    def __call__(self, situation: Situation) -> bool:
        """Return whether all parts hold."""
        return self.holds(situation)


def each(selector: Selector, *checks: Check) -> Saying:
    """Whatever is seen of the step, the checks hold of each selected operation."""

    def holds(situation: Situation) -> bool:
        return all(
            check(moment, call) for moment in situation.options for call in selector(moment) for check in checks
        )

    return Saying(holds, (selector,))


def some(selector: Selector, *checks: Check) -> Saying:
    """If operations are selected, it is possible that the checks hold of one of them."""

    def holds(situation: Situation) -> bool:
        selected = [(moment, call) for moment in situation.options for call in selector(moment)]
        return not selected or any(all(check(moment, call) for check in checks) for moment, call in selected)

    return Saying(holds, (selector,))


def every(*properties: Property) -> Saying:
    """All of several properties hold."""
    parts = [each for each in properties if isinstance(each, Saying)]
    return Saying(
        lambda situation: all(holds(situation) for holds in properties),
        tuple(selector for part in parts for selector in part.selectors),
    )


def new(kind: Kinds, *conditions: Check) -> Selector:
    """Select the operation that the step starts, if it is of a kind."""
    return lambda moment: _selected(moment, moment.started, kind, conditions)


def waiting(kind: Kinds, *conditions: Check) -> Selector:
    """Select each operation of a kind that waited when the step began."""
    return lambda moment: _selected(moment, moment.waited, kind, conditions)


def under_way(kind: Kinds, *conditions: Check) -> Selector:
    """Select each operation of a kind that waited when the step began, or that the step starts."""
    return lambda moment: _selected(moment, (*moment.waited, *moment.started), kind, conditions)


def _selected(moment: Moment, calls: Iterable[Call], kind: Kinds, conditions: Iterable[Check]) -> list[Call]:
    return [
        call
        for call in calls
        if isinstance(call.operation, kind) and all(condition(moment, call) for condition in conditions)
    ]


def negated(check: Check) -> Check:
    """The opposite of a check."""
    return lambda moment, call: not check(moment, call)


def returns(moment: Moment, call: Call) -> bool:
    """The operation returns in this step, without an error."""
    end = moment.end(call)
    return end is not None and end.result == RETURNED


def fails(*kinds: ErrorKind) -> Check:
    """The operation ends in this step with an error of one of these kinds, or of any kind if none is given."""

    def holds(moment: Moment, call: Call) -> bool:
        end = moment.end(call)
        return end is not None and isinstance(end.result, ErrorKind) and (not kinds or end.result in kinds)

    return holds


def at_once(moment: Moment, call: Call) -> bool:
    """The operation ends at the instant at which it started."""
    end = moment.end(call)
    return end is not None and end.at == call.started


def waits(moment: Moment, call: Call) -> bool:
    """The operation does not end in this step."""
    return moment.end(call) is None


def gets_a_message(moment: Moment, call: Call) -> bool:
    """The operation returns a message in this step."""
    end = moment.end(call)
    return end is not None and isinstance(end.result, Got)


def changes_nothing(moment: Moment, call: Call) -> bool:
    """The step, which starts only this operation, has no effect."""
    return moment.nothing_changed


def module_is_there(moment: Moment, call: Call) -> bool:
    """The module of the operation is in `channels` when the step begins."""
    return call.operation.module in moment.before.channels


module_is_unknown = negated(module_is_there)


def group_is_there(moment: Moment, call: Call) -> bool:
    """The group of the operation is in `typeChannels` when the step begins."""
    return call.operation.group in dict(moment.before.type_channels)


group_is_unknown = negated(group_is_there)


def group_is_empty(moment: Moment, call: Call) -> bool:
    """The group of the operation is in `typeChannels` without modules when the step begins."""
    return dict(moment.before.type_channels).get(call.operation.group) == ()


def cleaned_up(moment: Moment, call: Call) -> bool:
    """The step cleans up the module of the operation."""
    return isinstance(moment.step, CleanUp) and moment.step.module == call.operation.module


def has_no_name(field: str) -> Check:
    """The operation is given an empty name."""
    return lambda _, call: getattr(call.operation, field) == ""


def held(moment: Moment, module: str) -> int:
    """How many messages plain sends have put into a channel before the step and no receive has taken out."""
    assert moment.past is not None
    puts = taken = 0
    for call in moment.past.calls:
        end = moment.past.ended.get(call.number)
        operation = call.operation
        match operation:
            case AddModule() if operation.module == module and end is not None and end.result == RETURNED:
                puts = taken = 0
            case Send() if operation.module == module and end is not None and end.result == RETURNED:
                puts += 1
            case Receive() if operation.module == module and end is not None and isinstance(end.result, Got):
                taken += 1
            case _:
                pass
    return puts - taken


def receiver_waits(moment: Moment, module: str) -> bool:
    """Whether a receive waits at a channel when the step begins."""
    return any(isinstance(call.operation, Receive) and call.operation.module == module for call in moment.waited)


def channel_is_full(moment: Moment, call: Call) -> bool:
    """The channel of the module is certainly full when the step begins."""
    module, bound = call.operation.module, moment.answers.bound
    return (
        bound is not None
        and module in moment.before.channels
        and held(moment, module) >= bound
        and not receiver_waits(moment, module)
    )


def id_is_free(moment: Moment, call: Call) -> bool:
    """No synchronous call with the id of this one waits when the step begins."""
    return not any(getattr(other.operation, "id", None) == call.operation.id for other in _calls_that_wait(moment))


def _calls_that_wait(moment: Moment) -> list[Call]:
    return [call for call in moment.waited if isinstance(call.operation, SendSync | SendToGroupSync)]


def received(moment: Moment, call: Call) -> bool:
    """The message of an operation has been received by the end of this step."""
    return any(end.result == Got(call.number) for end in moment.ended.values())


def receives_of(moment: Moment | None, module: str) -> list[Call]:
    """Return the receives of a module that have started."""
    calls = moment.calls if moment else ()
    return [call for call in calls if isinstance(call.operation, Receive) and call.operation.module == module]


def of_module(module: str) -> Check:
    return lambda _, call: call.operation.module == module


def first_of_its_module(moment: Moment, call: Call) -> bool:
    """No receive of the module started before."""
    return not receives_of(moment.past, call.operation.module)
