"""Draws off-bus operations: making messages, starting the process, registering modules."""

from __future__ import annotations

from beehive_spec.vocabulary import (
    GroupName,
    MakeMessage,
    MakeResponse,
    MessageId,
    ModuleName,
    Operation,
    Register,
    Start,
)

from beehive_conformance.generation.operations import Pick, any_client, any_group, any_parent, one
from beehive_conformance.generation.symbolic_state import SymbolicState

SAMPLE_TEXTS = ("", "", "x", "y")
"""The texts from which parts of messages and implementations of modules are drawn."""


def draw_make_message(state: SymbolicState, pick: Pick) -> Operation:
    """Make a message, some of its parts empty."""
    return MakeMessage(
        parent=any_parent(state, pick) if pick(3) == 2 else MessageId(""),
        source=one(pick, SAMPLE_TEXTS),
        group=any_group(state, pick) if pick(3) == 2 else GroupName(""),
        operation=one(pick, SAMPLE_TEXTS),
        resource=one(pick, SAMPLE_TEXTS),
        content=one(pick, SAMPLE_TEXTS),
        client=any_client(state, pick),
    )


def draw_make_response(state: SymbolicState, pick: Pick) -> Operation:
    """Make a response, mostly to a waiting request."""
    return MakeResponse(id=any_parent(state, pick), content=one(pick, SAMPLE_TEXTS), client=any_client(state, pick))


def draw_register(state: SymbolicState, pick: Pick) -> Operation:
    """Register a module, often one that may be registered already."""
    return Register(
        module=_module(state, pick), implementation=one(pick, SAMPLE_TEXTS), client=any_client(state, pick)
    )


def draw_start(state: SymbolicState, pick: Pick) -> Operation:
    """Start the process, or register a module if the program already has a start."""
    if state.has_started:
        return draw_register(state, pick)
    state.has_started = True
    known = (*state.modules, state.fresh_module()) if state.modules else (state.fresh_module(),)
    enabled = tuple(dict.fromkeys(each for each in known if pick(2)))
    modules = tuple(dict.fromkeys(each for each in known if pick(2)))
    return Start(enabled=enabled, modules=modules, client=any_client(state, pick))


def _module(state: SymbolicState, pick: Pick) -> ModuleName:
    return one(pick, state.modules) if state.modules and pick(4) < 3 else state.fresh_module()
