"""Judges a history against an automaton: a walk that follows what was seen, and stops where it was not allowed.

Knows neither targets nor the rules: only the automaton, the program and the history.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum
from operator import itemgetter
from typing import NamedTuple, Protocol, TypeVar

from beehive_spec.automaton import MAKERS, NO_TAG, Automaton, EdgeStep, Node
from beehive_spec.model import Inconclusive
from beehive_spec.normal_form import Observation
from beehive_spec.state import RETURNED, Delivered, Result
from beehive_spec.vocabulary import (
    Died,
    ErrorKind,
    Failed,
    Fields,
    GotMessage,
    History,
    InspectFields,
    Level,
    Made,
    Milliseconds,
    Operation,
    OperationNumber,
    Outcome,
    Repeat,
    Return,
    Returned,
    Seen,
)
from msgspec.structs import replace

from beehive_conformance.programs.program import Program, numbered

UNKNOWN_TAG = -2
"""Stands for a message that cannot be on its way any more, so no observation of the automaton has it."""


_Choice = TypeVar("_Choice")


class Choose(Protocol[_Choice]):
    """Chooses one of the things that are possible, of which there is at least one."""

    def __call__(self, possible: Sequence[_Choice], /) -> _Choice:
        """Return the one chosen."""


class Judgement(StrEnum):
    """What one walk says of one history."""

    ALLOWED = "allowed"
    FORBIDDEN = "forbidden"
    INCONCLUSIVE = "inconclusive"


class Difference(NamedTuple):
    """Where a history first leaves what the automaton allows.

    `step` counts from 1; `seen` is what was seen there (None where nothing more was seen before the
    process died), `allowed` everything that would have been allowed.
    """

    step: int
    seen: Seen | None
    allowed: tuple[Seen, ...]
    died: Died | None = None


class Walk:
    """A walk along one history; `names` and `pending` connect the automaton's tags and ranks to operations."""

    def __init__(self, automaton: Automaton, shows_logs: bool = True) -> None:
        self._automaton = automaton
        self._shows_logs = shows_logs
        self.node = automaton.root
        self._tags: dict[OperationNumber, int] = {}
        self._pending: list[OperationNumber] = []

    def step(self, step: EdgeStep, started: Sequence[tuple[OperationNumber, Operation]], seen: Seen) -> bool:
        """Follow one ordinary step (a repeat: one round of it); return False if what was seen is not allowed."""
        tags = self._tags_of(started)
        edges = self._automaton.edges(self.node, step, tags)
        pending = self._with(started, tags)
        returned = self._returned(pending, seen.returned)
        found = [edges[key] for key in self._keys(returned, seen) if key in edges]
        if not found:
            return False
        self._go(self._automaton.join(found), pending, returned)
        return True

    def look(self, seen: Seen) -> bool:
        """Follow a look at the fields; return False if what they showed is not allowed."""
        if seen.fields is None:
            return True
        found = self._automaton.fields(self.node).get(seen.fields)
        if found is not None:
            self.node = found
        return found is not None

    def rounds(self, operation: Operation, number: OperationNumber, seen: Seen, done: int, times: int) -> int:
        """Follow the next rounds of a repeat that look like `seen`; return how many, 0 if it is not allowed.

        `done` rounds of `times` have been followed before; `seen.times` is how many look alike.
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
        """Go on with one of the observations that are allowed; return it, and how the process died in it."""
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
        """Go on with one or more of `times` rounds of a repeat that look alike; return as `take` does."""
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
        """Go on with one of the things that the fields may show."""
        found = self._automaton.fields(self.node)
        fields = choose(tuple(found))
        self.node = found[fields]
        return Seen(fields=fields)

    def allowed(self, step: EdgeStep, started: Sequence[tuple[OperationNumber, Operation]]) -> Iterator[Seen]:
        """Yield everything that may be seen of a step from here."""
        tags = self._tags_of(started)
        edges = self._automaton.edges(self.node, step, tags)
        pending = self._with(started, tags)
        for observation in edges:
            yield self._seen(pending, observation)

    def allowed_fields(self) -> Iterator[Seen]:
        """Yield everything that the fields may show here."""
        for fields in self._automaton.fields(self.node):
            yield Seen(fields=fields)

    def may_die(
        self, step: EdgeStep, started: Sequence[tuple[OperationNumber, Operation]], kind: str, times: int = 1
    ) -> bool:
        """Tell whether the process may die in this way during a step, or during any round of a repeat of it."""
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

    def _go(self, node: Node, pending: list[OperationNumber], returned: Sequence[tuple[int, Result, int]]) -> None:
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

    def _keys(self, returned: tuple[tuple[int, Result, int], ...], seen: Seen) -> Iterator[Observation]:
        yield Observation(returned)
        if seen.logged is Level.ERROR or not self._shows_logs:
            yield Observation(returned, True)

    def _returned(
        self, pending: list[OperationNumber], returned: Sequence[Return]
    ) -> tuple[tuple[int, Result, int], ...]:
        ranks = {number: rank for rank, number in enumerate(pending)}
        keys = [(ranks.get(each.operation, -1), self._result(each.outcome), int(each.ms)) for each in returned]
        if len(keys) > 1:
            keys.sort(key=itemgetter(0))
        return tuple(keys)

    def _result(self, outcome: Outcome) -> Result:
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
        return Seen(returned=returned, logged=Level.ERROR if observation.must_log else Level.NOTHING)


def _outcome(result: Result, names: dict[int, OperationNumber]) -> Outcome:
    match result:
        case Delivered():
            return GotMessage(None if result.tag is None else names.get(result.tag), result.sync, result.changed)
        case ErrorKind():
            return Failed(result)
        case Made():
            return result
        case _:
            return Returned()


def judge(
    program: Program, history: History, automaton: Automaton, shows_logs: bool = True
) -> tuple[Judgement, Difference | None]:
    """Say whether the history may be one of the program under the automaton, and if not, where it is not.

    Inconclusive if following it takes more moves than the model's budget allows.
    """
    walk = Walk(automaton, shows_logs)
    try:
        difference = _walk(program, history, walk)
    except Inconclusive:
        return Judgement.INCONCLUSIVE, None
    return (Judgement.ALLOWED, None) if difference is None else (Judgement.FORBIDDEN, difference)


def _walk(program: Program, history: History, walk: Walk) -> Difference | None:
    for index, (step, started) in enumerate(numbered(program)):
        if index >= len(history.steps):
            return _death(walk, index, step, started, history.died)
        rounds = history.steps[index]
        if isinstance(step, Repeat):
            missed = _repeat(walk, step, started[0][0], rounds)
            if missed is not None:
                allowed = tuple(walk.allowed(step.operation, started))
                return Difference(index + 1, missed, allowed)
        elif isinstance(step, InspectFields):
            if not walk.look(rounds[0]):
                return Difference(index + 1, rounds[0], tuple(walk.allowed_fields()))
        elif len(rounds) != 1 or not walk.step(step, started, rounds[0]):
            return Difference(index + 1, rounds[0] if rounds else Seen(), tuple(walk.allowed(step, started)))
    return None


def _repeat(walk: Walk, step: Repeat, number: OperationNumber, rounds: Sequence[Seen]) -> Seen | None:
    done = 0
    for seen in rounds:
        left = seen.times
        while left:
            part = Seen(returned=seen.returned, logged=seen.logged, times=left)
            followed = walk.rounds(step.operation, number, part, done, step.times)
            if not followed:
                return seen
            done += followed
            left -= followed
    ended = bool(rounds) and not any(each.operation == number for each in rounds[-1].returned)
    return None if done == step.times or (ended and done < step.times) else Seen(times=done)


def _death(
    walk: Walk,
    index: int,
    step: EdgeStep | Repeat | InspectFields,
    started: Sequence[tuple[OperationNumber, Operation]],
    died: Died | None,
) -> Difference | None:
    if isinstance(step, InspectFields):
        return Difference(index + 1, None, tuple(walk.allowed_fields()), died)
    edge, times = (step.operation, step.times) if isinstance(step, Repeat) else (step, 1)
    if died is not None and walk.may_die(edge, started, died.kind, times):
        return None
    return Difference(index + 1, None, tuple(walk.allowed(edge, started)), died)
