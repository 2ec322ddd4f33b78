"""What may be seen of programs: every history that the automaton allows, step by step, with fields and logs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from beehive_spec.answers import Answers
from beehive_spec.automaton import MAKERS, NO_TAG, Automaton, EdgeStep, Node
from beehive_spec.distinguish import operations_of
from beehive_spec.model import Model
from beehive_spec.normal_form import Observation
from beehive_spec.state import Delivered
from beehive_spec.vocabulary import Advance, ErrorKind, Fields, Level, Made, Operation


class Got(NamedTuple):
    """The result of an operation that returned a message: the number of the operation that sent it."""

    sender: int | None


class Ended(NamedTuple):
    """How an operation ended, when, in milliseconds since the program began, and what differs in its message."""

    result: str | ErrorKind | Made | Got
    at: int
    changed: tuple[str, ...] = ()


class Call(NamedTuple):
    """An operation of a program, its number from 1, and when it started."""

    number: int
    operation: Operation
    started: int


class Moment(NamedTuple):
    """One step as it was seen, and what was seen before it.

    `before` and `after` are the fields at the two ends of the step. `ended` has every operation that has ended by its
    end, by number. `must_log` is the lowest level that has to be logged.
    """

    answers: Answers
    step: EdgeStep | None
    past: Moment | None
    before: Fields
    after: Fields
    calls: tuple[Call, ...]
    ended: Mapping[int, Ended]
    now: int
    must_log: Level
    node: Node
    tags: Mapping[int, int]

    @property
    def steps(self) -> tuple[EdgeStep, ...]:
        """The program so far."""
        return () if self.past is None or self.step is None else (*self.past.steps, self.step)

    @property
    def started(self) -> tuple[Call, ...]:
        """The operations that this step started."""
        return self.calls[len(self.past.calls) :] if self.past else ()

    @property
    def waited(self) -> tuple[Call, ...]:
        """The operations that waited when this step began."""
        return tuple(call for call in self.past.calls if call.number not in self.past.ended) if self.past else ()

    def end(self, call: Call) -> Ended | None:
        """Return how an operation ended in this step, or None."""
        return None if self.past is None or call.number in self.past.ended else self.ended.get(call.number)

    @property
    def nothing_changed(self) -> bool:
        """Whether everything that may follow could have followed without this step too.

        Equal states have equal futures, so the step changed nothing if it led to no new state.
        """
        return self.past is not None and set(self.node.states) <= set(self.past.node.states)

    @property
    def moments(self) -> tuple[Moment, ...]:
        """Every step so far, the first one first, with this one."""
        return () if self.past is None else (*self.past.moments, self)


class Situation(NamedTuple):
    """A step after a history, and everything that may be seen of it."""

    past: Moment
    step: EdgeStep
    options: tuple[Moment, ...]


def situations(
    answers: Answers, opening: Sequence[EdgeStep], alphabet: Sequence[EdgeStep], length: int
) -> Iterator[Situation]:
    """Yield every situation in the programs of up to `length` steps of an alphabet, after the steps of an opening."""
    automaton = Automaton(Model(answers))
    alphabets = [*((step,) for step in opening), *(tuple(alphabet) for _ in range(length))]
    yield from _walk(automaton, first_moment(automaton), alphabets, 0)


def first_moment(automaton: Automaton) -> Moment:
    """Return the moment before the first step of a program."""
    return Moment(
        automaton.model.answers, None, None, Fields(), Fields(), (), {}, 0, Level.NOTHING, automaton.root, {}
    )


def _walk(
    automaton: Automaton, past: Moment, alphabets: Sequence[Sequence[EdgeStep]], depth: int
) -> Iterator[Situation]:
    if depth == len(alphabets) or past.node.died:
        return
    for step in alphabets[depth]:
        situation = Situation(past, step, tuple(moments(automaton, past, step)))
        yield situation
        for moment in situation.options:
            yield from _walk(automaton, moment, alphabets, depth + 1)


def moments(automaton: Automaton, past: Moment, step: EdgeStep) -> Iterator[Moment]:
    """Yield everything that may be seen of a step."""
    operations = operations_of(step)
    free = iter(past.node.free_tags(sum(isinstance(each, MAKERS) for each in operations)))
    tags = tuple(next(free) if isinstance(each, MAKERS) else NO_TAG for each in operations)
    first = len(past.calls) + 1
    calls = (*past.calls, *(Call(first + at, each, past.now) for at, each in enumerate(operations)))
    senders = {**past.tags, **{tag: first + at for at, tag in enumerate(tags) if tag != NO_TAG}}
    waiting = [call.number for call in calls if call.number not in past.ended]
    now = past.now + (step.ms if isinstance(step, Advance) else 0)
    for observation, node in automaton.edges(past.node, step, tags).items():
        ended = {**past.ended, **dict(_ended(observation, waiting, senders, past.now))}
        for fields, here in automaton.fields(node).items():
            yield Moment(
                past.answers, step, past, past.after, fields, calls, ended, now, observation.must_log, here, senders
            )


def _ended(
    observation: Observation, waiting: Sequence[int], senders: Mapping[int, int], began: int
) -> Iterator[tuple[int, Ended]]:
    for rank, result, ms in observation.returned:
        if isinstance(result, Delivered):
            got = Got(None if result.tag is None else senders[result.tag])
            yield waiting[rank], Ended(got, began + ms, result.changed)
        else:
            yield waiting[rank], Ended(result, began + ms)


def endings(answers: Answers, program: Sequence[EdgeStep]) -> Iterator[Moment]:
    """Yield the last moment of everything that may be seen of a program."""
    automaton = Automaton(Model(answers))
    here = [first_moment(automaton)]
    for step in program:
        here = [after for moment in here for after in moments(automaton, moment, step)]
    yield from here
