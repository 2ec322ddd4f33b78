"""Words for the nodes of the automaton along a program: a debugging aid."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from beehive_spec.automaton import Node
from beehive_spec.state import Channel, State

from beehive_conformance.programs.program import Program
from beehive_conformance.programs.wording import operation_text, step_text

MAX_STATES_SHOWN = 3
"""How many states of one node are printed."""


def node_lines(program: Program, nodes: Iterable[Node]) -> Iterator[str]:
    """Yield lines on the node after each step: the number of its states, and what is pending and queued in them."""
    number = 0
    for number, (step, node) in enumerate(zip(program.steps, nodes, strict=False), 1):
        states = len(node.states)
        yield f"after step {number} ({step_text(step)}): {states} state{'' if states == 1 else 's'}"
        texts = sorted({_state_text(state) for state in node.states})
        yield from (f"   {text}" for text in texts[:MAX_STATES_SHOWN])
        if len(texts) > MAX_STATES_SHOWN:
            yield f"   and {len(texts) - MAX_STATES_SHOWN} more"
    if number < len(program.steps):
        yield f"step {number + 1} ({step_text(program.steps[number])}): not allowed"


def _state_text(state: State) -> str:
    if state.died:
        return f"died: {state.died}"
    pending = [
        f"{operation_text(process.operation)} at {process.place}{' (background)' if process.unseen else ''}"
        for process in state.processes
    ]
    names = {index: f"channel {name}" for name, index in state.channels}
    names |= {index: f"responses to {name}" for name, index in state.requests}
    queued = [
        f"{names.get(index, 'removed channel')}: {text}"
        for index, channel in enumerate(state.pool)
        if (text := _channel_text(channel))
    ]
    return f"pending: {'; '.join(pending) or 'none'} | queued: {'; '.join(queued) or 'none'}"


def _channel_text(channel: Channel) -> str:
    parts = [f"{channel.length} message{'' if channel.length == 1 else 's'}"] if channel.length else []
    if channel.receivers:
        parts.append(f"{len(channel.receivers)} receiving")
    if channel.senders:
        parts.append(f"{len(channel.senders)} sending")
    return ", ".join(parts)
