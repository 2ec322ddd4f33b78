"""Chooses the next operation beside the bus of a generated program: making messages, registering modules."""

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
    Step,
    Together,
)

from beehive_conformance.generation.operations import Make, Pick, any_client, any_group, any_parent, one, weighted
from beehive_conformance.generation.symbolic_state import World
from beehive_conformance.targets.target import Capability

TEXTS = ("", "", "x", "y")
"""What a part of a message may be."""


def make_message(world: World, pick: Pick) -> Operation:
    """Make a message, some of its parts empty."""
    return MakeMessage(
        parent=any_parent(world, pick) if pick(3) == 2 else MessageId(""),
        source=one(pick, TEXTS),
        group=any_group(world, pick) if pick(3) == 2 else GroupName(""),
        operation=one(pick, TEXTS),
        resource=one(pick, TEXTS),
        content=one(pick, TEXTS),
        client=any_client(world, pick),
    )


def make_response(world: World, pick: Pick) -> Operation:
    """Make a response, mostly to a request that waits."""
    return MakeResponse(id=any_parent(world, pick), content=one(pick, TEXTS), client=any_client(world, pick))


def register(world: World, pick: Pick) -> Operation:
    """Let a module register, often one that may have done so before."""
    return Register(module=_module(world, pick), implementation=one(pick, TEXTS), client=any_client(world, pick))


def start(world: World, pick: Pick) -> Operation:
    """Start the process; if it was started before, let a module register."""
    if world.has_started:
        return register(world, pick)
    world.has_started = True
    known = (*world.modules, world.fresh_module()) if world.modules else (world.fresh_module(),)
    enabled = tuple(dict.fromkeys(each for each in known if pick(2)))
    modules = tuple(dict.fromkeys(each for each in known if pick(2)))
    return Start(enabled=enabled, modules=modules, client=any_client(world, pick))


def beside(world: World, pick: Pick) -> Step:
    """Return a step beside the bus, now and then two operations at one instant."""
    makes = [make for capability in sorted(world.beside) for make in _MAKES[capability]]
    first = world.start(one(pick, makes)(world, pick))
    if pick(6) < 5:
        return first
    return Together((first, world.start(one(pick, makes)(world, pick))))


def _module(world: World, pick: Pick) -> ModuleName:
    return one(pick, world.modules) if world.modules and pick(4) < 3 else world.fresh_module()


_MAKES: dict[Capability, tuple[Make, ...]] = {
    Capability.MESSAGES: weighted({make_message: 3, make_response: 2}),
    Capability.REGISTRATION: weighted({register: 3, start: 2}),
}
BESIDE = frozenset(_MAKES)
"""The capabilities with which programs have operations beside the bus."""
