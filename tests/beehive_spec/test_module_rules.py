"""What the rules for modules leave open: the order in which a module leaves the maps."""

import pytest
from beehive_spec.automaton import NO_TAG, Automaton
from beehive_spec.model import Model
from beehive_spec.state import RETURNED
from beehive_spec.vocabulary import (
    AddModule,
    AddModuleGroup,
    CleanUp,
    ClientName,
    ErrorKind,
    GroupName,
    MessageId,
    ModuleName,
    Operation,
    Send,
    SendToGroup,
    Together,
)

A, G, C = ModuleName("a"), GroupName("g"), ClientName("c")
TO_MODULE = Send(module=A, id=MessageId("m"), client=C)
TO_GROUP = SendToGroup(group=G, id=MessageId("m"), client=C)


def seen_one_after_the_other(first: Operation, second: Operation) -> set[tuple[object, object]]:
    """Return the possible results of two operations of one client while a module is cleaned up."""
    automaton = Automaton(Model())
    node = automaton.root
    for step in (AddModule(module=A), AddModuleGroup(module=A, group=G)):
        (node,) = automaton.edges(node, step, (NO_TAG,)).values()
    edges = automaton.edges(node, Together((CleanUp(module=A), first, second)), (NO_TAG, 0, 1))
    results = [{rank: result for rank, result, _ in observation.returned} for observation in edges]
    return {(each[1], each[2]) for each in results}


@pytest.mark.parametrize(
    ("first", "second", "gone"),
    [
        pytest.param(TO_GROUP, TO_MODULE, ErrorKind.UNKNOWN_GROUP, id="groups first"),
        pytest.param(TO_MODULE, TO_GROUP, ErrorKind.UNKNOWN_MODULE, id="channels first"),
    ],
)
def test_a_module_leaves_its_groups_and_the_channels_in_any_order(
    first: Operation, second: Operation, gone: ErrorKind
) -> None:
    assert (gone, RETURNED) in seen_one_after_the_other(first, second)
