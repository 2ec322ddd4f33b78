"""A walk through an automaton along a history: it connects what was observed to what the automaton allows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from operator import itemgetter
from typing import Protocol, TypeVar

from beehive_spec.automaton import MAKERS, NO_TAG, Automaton, EdgeStep, Node
from beehive_spec.normal_form import Observation, RankedReturn
from beehive_spec.state import RETURNED, Delivered, OperationResult
from beehive_spec.vocabulary import (
    ErrorKind,
    Failed,
    Fields,
    GotMessage,
    Level,
    Made,
    Milliseconds,
    Operation,
    OperationNumber,
    Outcome,
    Return,
    Returned,
    Seen,
)
from msgspec.structs import replace

UNKNOWN_TAG = -2
"""The tag of a message that cannot be in transit any more; no observation of the automaton has it."""

_UP_TO = {level: tuple(Level)[1 : rank + 1] for rank, level in enumerate(Level)}
"""The levels that have been logged if the highest is a given one."""

_Choice = TypeVar("_Choice")


class Choose(Protocol[_Choice]):
    """Chooses one of several possibilities, of which there is at least one."""

    def __call__(self, possible: Sequence[_Choice], /) -> _Choice:
        """Return the chosen one."""


class Walk:
    """A walk along one history, which maps operations to the tags and ranks of the automaton.

    `shows_logs` tells whether logs can be observed; if not, an error that has to be logged is taken as logged.
    """

    def __init__(self, automaton: Automaton, shows_logs: bool = True) -> None:
        self._automaton = automaton
        self._shows_logs = shows_logs
        self.node = automaton.root
        self._tags: dict[OperationNumber, int] = {}
        self._pending: list[OperationNumber] = []

    def step(self, step: EdgeStep, started: Sequence[tuple[OperationNumber, Operation]], seen: Seen) -> bool:
        """Follow one step, or one round of a repeat; return False if what was observed is not allowed."""
        tags = self._tags_of(started)
        edges = self._automaton.edges(self.node, step, tags)
        pending = self._with(started, tags)
        returned = self._returned(pending, seen.returned)
        found = [edges[key] for key in self._keys(returned, seen) if key in edges]
        if not found:
            return False
        self._go(self._automaton.join(found), pending, returned)
        return True

    def inspect_fields(self, seen: Seen) -> bool:
        """Follow an inspection of the fields; return False if what was seen is not allowed: nothing may return."""
        if seen.returned:
            return False
        if seen.fields is None:
            return True
        found = self._automaton.fields(self.node).get(seen.fields)
        if found is not None:
            self.node = found
        return found is not None

    def rounds(self, operation: Operation, number: OperationNumber, seen: Seen, done: int, times: int) -> int:
        """Follow the next rounds of a repeat that were observed as `seen`; return how many, 0 if it is not allowed.

        `done` of `times` rounds have been followed before, and `seen.times` rounds were observed alike.
        """
        started = ((number, operation),)
        tags = self._tags_of(started)
        bulk = self._automaton.bulk(self.node, operation, tags[0], times - done)
        if bulk is not None and seen.times > 1:
            pending = self._with(started, tags)
            if bulk.observation.returned == self._returned(pending, seen.returned):
                count = min(bulk.rounds, seen.times)
                if count < bulk.rounds:
                    bulk = self._automaton.bulk(self.node, operation, tags[0], count)
                assert bulk is not None, "fewer rounds of a bulk are a bulk"
                self.node = bulk.node
                return count
        before = self.node
        if not self.step(operation, started, seen):
            return 0
        return seen.times if self.node is before else 1

    def take(
        self, step: EdgeStep, started: Sequence[tuple[OperationNumber, Operation]], choose: Choose[Observation]
    ) -> tuple[Seen, str]:
        """Follow one of the allowed observations; return it, and how the process died during it."""
        tags = self._tags_of(started)
        edges = self._automaton.edges(self.node, step, tags)
        pending = self._with(started, tags)
        observation = choose(tuple(edges))
        seen = self._seen(pending, observation)
        self._go(edges[observation], pending, observation.returned)
        return seen, observation.died

    def take_rounds(
        self, operation: Operation, number: OperationNumber, times: int, choose: Choose[Observation]
    ) -> tuple[Seen, str]:
        """Follow one or more of `times` rounds of a repeat that are observed alike; return as `take` does."""
        started = ((number, operation),)
        tags = self._tags_of(started)
        bulk = self._automaton.bulk(self.node, operation, tags[0], times)
        if bulk is not None:
            seen = self._seen(self._with(started, tags), bulk.observation)
            self.node = bulk.node
            return replace(seen, times=bulk.rounds), ""
        before = self.node
        seen, died = self.take(operation, started, choose)
        plain = self.node is before and len(self._automaton.edges(before, operation, tags)) == 1
        return replace(seen, times=times if plain and seen.returned else 1), died

    def take_fields(self, choose: Choose[Fields]) -> Seen:
        """Follow one of the values that the fields may have."""
        found = self._automaton.fields(self.node)
        fields = choose(tuple(found))
        self.node = found[fields]
        return Seen(fields=fields)

    def allowed(self, step: EdgeStep, started: Sequence[tuple[OperationNumber, Operation]]) -> Iterator[Seen]:
        """Yield everything that may be observed of a step from here."""
        tags = self._tags_of(started)
        edges = self._automaton.edges(self.node, step, tags)
        pending = self._with(started, tags)
        for observation in edges:
            yield self._seen(pending, observation)

    def allowed_fields(self) -> Iterator[Seen]:
        """Yield every value that the fields may have here."""
        for fields in self._automaton.fields(self.node):
            yield Seen(fields=fields)

    def may_die(
        self, step: EdgeStep, started: Sequence[tuple[OperationNumber, Operation]], kind: str, times: int = 1
    ) -> bool:
        """Return whether the process may die in this way during a step, or in any of `times` rounds of a repeat."""
        tags = self._tags_of(started)
        nodes, seen = {self.node}, {self.node}
        for _ in range(times):
            edges = [(node, *edge) for node in nodes for edge in self._automaton.edges(node, step, tags).items()]
            if any(observation.died == kind for _, observation, _ in edges):
                return True
            nodes = {
                after
                for node, observation, after in edges
                if any(rank == node.pending for rank, _, _ in observation.returned)
            } - seen
            seen |= nodes
        return False

    def _go(self, node: Node, pending: list[OperationNumber], returned: Sequence[RankedReturn]) -> None:
        self.node = node
        gone = {rank for rank, _, _ in returned}
        self._pending = [number for rank, number in enumerate(pending) if rank not in gone]
        live = node.tags
        if len(self._tags) > len(live):
            self._tags = {number: tag for number, tag in self._tags.items() if tag in live}

    def _tags_of(self, started: Sequence[tuple[OperationNumber, Operation]]) -> tuple[int, ...]:
        makers = [number for number, operation in started if isinstance(operation, MAKERS)]
        fresh = iter(self.node.free_tags(sum(number not in self._tags for number in makers), self._tags.values()))
        return tuple(
            NO_TAG
            if not isinstance(operation, MAKERS)
            else self._tags[number]
            if number in self._tags
            else next(fresh)
            for number, operation in started
        )

    def _with(
        self, started: Sequence[tuple[OperationNumber, Operation]], tags: Sequence[int]
    ) -> list[OperationNumber]:
        for (number, _), tag in zip(started, tags, strict=True):
            if tag != NO_TAG:
                self._tags[number] = tag
        return [*self._pending, *(number for number, _ in started)]

    def _keys(self, returned: tuple[RankedReturn, ...], seen: Seen) -> Iterator[Observation]:
        yield Observation(returned)
        for level in _UP_TO[seen.logged if self._shows_logs else Level.ERROR]:
            yield Observation(returned, level)

    def _returned(self, pending: list[OperationNumber], returned: Sequence[Return]) -> tuple[RankedReturn, ...]:
        ranks = {number: rank for rank, number in enumerate(pending)}
        keys = [(ranks.get(each.operation, -1), self._result(each.outcome), int(each.ms)) for each in returned]
        if len(keys) > 1:
            keys.sort(key=itemgetter(0))
        return tuple(keys)

    def _result(self, outcome: Outcome) -> OperationResult:
        match outcome:
            case Returned():
                return RETURNED
            case Failed():
                return outcome.kind
            case GotMessage():
                if outcome.sent_by is None:
                    return Delivered(None, outcome.sync, outcome.changed)
                return Delivered(self._tags.get(outcome.sent_by, UNKNOWN_TAG), outcome.sync, outcome.changed)
            case Made():
                return outcome

    def _seen(self, pending: list[OperationNumber], observation: Observation) -> Seen:
        names = {tag: number for number, tag in self._tags.items()}
        returned = tuple(
            Return(pending[rank], _outcome(result, names), Milliseconds(ms))
            for rank, result, ms in observation.returned
        )
        return Seen(returned=returned, logged=observation.must_log)


def _outcome(result: OperationResult, names: dict[int, OperationNumber]) -> Outcome:
    match result:
        case Delivered():
            return GotMessage(None if result.tag is None else names.get(result.tag), result.sync, result.changed)
        case ErrorKind():
            return Failed(result)
        case Made():
            return result
        case _:
            return Returned()
