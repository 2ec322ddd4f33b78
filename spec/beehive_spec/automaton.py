"""The automaton: the model, made deterministic on demand.

A node is the set of states that are possible after some observations. For a node and a step, the automaton has a map
from each possible observation of the step to the next node. Nodes and edges are kept, so judging a history is a walk
over dictionaries.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple, TypeAlias

from beehive_spec.channels import appended, removed
from beehive_spec.model import Model, is_busy
from beehive_spec.normal_form import Observation, live_tags, normal
from beehive_spec.state import (
    INITIAL,
    RETURNED,
    Message,
    OperationResult,
    State,
    delivered,
    lookup,
    with_channel,
)
from beehive_spec.vocabulary import (
    Advance,
    Fields,
    Operation,
    Receive,
    Send,
    SendResp,
    SendSync,
    SendToGroup,
    SendToGroupSync,
    Together,
)

NO_TAG = -1
"""The tag of an operation that makes no message."""
MAKERS = (Send, SendToGroup, SendSync, SendToGroupSync, SendResp)
"""The operations that make a message."""

_FIRST_TAG = (0,)

EdgeStep: TypeAlias = Operation | Together | Advance
"""A step that has edges: a repeat is walked round by round, and fields are read from a node."""
EdgeKey: TypeAlias = tuple[EdgeStep, tuple[int, ...]]
"""A step with the tags of its messages."""


class Bulk(NamedTuple):
    """Rounds of a repeat that all have one possible observation: how many, which one, and where they lead."""

    rounds: int
    observation: Observation
    node: Node


class Node:
    """A set of states, with the edges that have been computed so far."""

    __slots__ = ("_tags", "bulks", "edges", "only", "states")

    def __init__(self, states: Collection[State]) -> None:
        self.states = states
        self.edges: dict[EdgeKey, dict[Observation, Node]] = {}
        self.bulks: dict[tuple[Operation, int, int], Bulk | None] = {}
        self.only: State | None = None
        if len(states) == 1:
            (self.only,) = states
        self._tags: frozenset[int] | None = None

    @property
    def tags(self) -> frozenset[int]:
        """The tags of the messages that may still be observed."""
        if self._tags is None:
            self._tags = frozenset().union(*map(live_tags, self.states))
        return self._tags

    @property
    def pending(self) -> int:
        """The number of operations that have not returned; the same in every state of the node."""
        return seen_processes(next(iter(self.states)))

    @property
    def died(self) -> str:
        """How the process died, or an empty string."""
        return next(iter(self.states)).died

    def free_tags(self, count: int, taken: Iterable[int] = ()) -> tuple[int, ...]:
        """Return the lowest tags that are neither in use in this node nor in `taken`."""
        if not count:
            return ()
        used = self.tags.union(taken)
        if count == 1 and 0 not in used:
            return _FIRST_TAG
        free: list[int] = []
        tag = 0
        while len(free) < count:
            if tag not in used:
                free.append(tag)
            tag += 1
        return tuple(free)


class Automaton:
    """The automaton of a model; it grows as it is walked.

    Its methods raise Inconclusive if an edge takes more moves than the budget of the model allows.
    """

    def __init__(self, model: Model) -> None:
        self.model = model
        self._nodes: dict[State | frozenset[State], Node] = {}
        # Edges share their keys and observations, of which there are few, to save memory.
        self._keys: dict[EdgeKey, EdgeKey] = {}
        self._observations: dict[Observation, Observation] = {}
        self.root = self.node((INITIAL,))

    def __len__(self) -> int:
        return len(self._nodes)

    def clear(self) -> None:
        """Forget every node; the root is created again."""
        self._forget()
        self.root = self.node((INITIAL,))

    def keep(self, nodes: Iterable[Node]) -> None:
        """Forget every edge, and every node except these and the root: a long walk does not return to the others."""
        self._forget()
        self._nodes = {_key(node.states): node for node in (self.root, *nodes)}

    def _forget(self) -> None:
        # Nodes form cycles through their edges. Without these they are freed at once instead of by the collector.
        for node in self._nodes.values():
            node.edges.clear()
            node.bulks.clear()
        self._nodes.clear()
        self._keys.clear()
        self._observations.clear()

    def node(self, states: Collection[State]) -> Node:
        """Return the node of a set of states, which is not empty and has no duplicates."""
        key = _key(states)
        found = self._nodes.get(key)
        if found is None:
            found = self._nodes[key] = Node((key,) if isinstance(key, State) else key)
        return found

    def join(self, nodes: Sequence[Node]) -> Node:
        """Return the node of the union of the states of several nodes."""
        if len(nodes) == 1:
            return nodes[0]
        return self.node(set().union(*(node.states for node in nodes)))

    def edges(self, node: Node, step: EdgeStep, tags: tuple[int, ...]) -> dict[Observation, Node]:
        """Return the map from what may be observed of a step to the next node.

        `tags` has one tag for each operation of the step, `NO_TAG` for one that makes no message.
        """
        key = (step, tags)
        found = node.edges.get(key)
        if found is None:
            key = self._keys.setdefault(key, key)
            found = node.edges[key] = self._find(node, step, tags)
        return found

    def _find(self, node: Node, step: EdgeStep, tags: tuple[int, ...]) -> dict[Observation, Node]:
        found = ended(self.model, node.states, step, tags)
        before = node.only
        shared = self._observations.setdefault
        if len(found) == 1:
            observation, after = normal(found.pop(), before)
            # Comparing is cheaper than looking up, because unchanged parts are the same objects.
            return {shared(observation, observation): node if after == before else self.node((after,))}
        grouped: dict[Observation, set[State]] = {}
        for state in found:
            observation, after = normal(state, before)
            grouped.setdefault(shared(observation, observation), set()).add(after)
        return {observation: self.node(states) for observation, states in grouped.items()}

    def fields(self, node: Node) -> dict[Fields, Node]:
        """Return a map from each value of the fields to the node of the states that have it."""
        grouped: dict[Fields, set[State]] = {}
        for state in node.states:
            grouped.setdefault(fields_of(state), set()).add(state)
        return {fields: self.node(states) for fields, states in grouped.items()}

    def bulk(self, node: Node, operation: Operation, tag: int, most: int) -> Bulk | None:
        """Return several rounds of a repeated operation at once, or None if each round needs its own edge."""
        if not isinstance(operation, (Send, Receive)):
            return None
        key = (operation, tag, most)
        if key not in node.bulks:
            node.bulks[key] = self._find_bulk(node, operation, tag, most)
        return node.bulks[key]

    def _find_bulk(self, node: Node, operation: Send | Receive, tag: int, most: int) -> Bulk | None:
        plain = [_plain_rounds(state, operation, most) for state in node.states]
        rounds = min(plain)
        if rounds < 2:
            return None
        after: set[State] = set()
        seen: set[Observation] = set()
        for state in node.states:
            observation, changed = _after_plain_rounds(state, operation, tag, rounds)
            seen.add(observation)
            after.add(changed)
        if len(seen) > 1:
            return None
        return Bulk(rounds, seen.pop(), self.node(after))


def ended(model: Model, states: Collection[State], step: EdgeStep, tags: Sequence[int]) -> set[State]:
    """Return every settled state in which a step from one of several states may end.

    `tags` has one tag for each operation of the step, `NO_TAG` for one that makes no message. Raises Inconclusive if
    the budget of the model is exceeded.
    """
    if isinstance(step, Advance):
        return model.elapse(states, step.ms)
    if not isinstance(step, Together):
        return model.settle([model.start(state, step, tags[0]) for state in states])
    started = []
    for state in states:
        for operation, tag in zip(step.operations, tags, strict=True):
            state = model.start(state, operation, tag)
        started.append(state)
    return model.settle(started)


def _key(states: Collection[State]) -> State | frozenset[State]:
    # Most nodes have one state, whose hash is cached.
    if len(states) > 1:
        return frozenset(states)
    (only,) = states
    return only


def _plain_rounds(state: State, operation: Send | Receive, most: int) -> int:
    """Return how many rounds only put messages into, or take messages of one run out of, one channel."""
    index = lookup(state.channels, operation.module)
    if index is None or state.died or is_busy(state, operation.client):
        return 0
    channel = state.pool[index]
    if channel.closed or channel.receivers or channel.senders:
        return 0
    if isinstance(operation, Receive):
        return min(most, channel.queue[0][1]) if channel.queue else 0
    return most if channel.capacity < 0 else min(most, channel.capacity - channel.length)


def _after_plain_rounds(state: State, operation: Send | Receive, tag: int, rounds: int) -> tuple[Observation, State]:
    index = lookup(state.channels, operation.module)
    assert index is not None, "plain rounds exist only for a module that is there"
    channel = state.pool[index]
    result: OperationResult
    if isinstance(operation, Receive):
        message = channel.queue[0][0]
        result = delivered(message)
        channel = removed(channel, rounds)
    else:
        result = RETURNED
        channel = appended(channel, Message(tag, False), rounds)
    observation = Observation(((seen_processes(state), result, 0),))
    return observation, with_channel(state, index, channel)


def seen_processes(state: State) -> int:
    """Return the number of operations that have not returned, apart from background work."""
    return sum(not process.unseen for process in state.processes)


def fields_of(state: State) -> Fields:
    """Return the keys of the three maps in a state, and the two maps of registered modules."""
    return Fields(
        channels=tuple(name for name, _ in state.channels),
        type_channels=tuple((group, tuple(name for name, _ in members)) for group, members in state.groups),
        anon_channels=tuple(request for request, _ in state.requests),
        modules=state.off_bus.modules,
        disabled_modules=state.off_bus.disabled,
    )
