"""Which package may import which, and that no circle exists."""

import sys
from graphlib import CycleError, TopologicalSorter

import pytest
from sources import FOLDERS, imports, modules

MAY_IMPORT = {
    "beehive": set(),
    "beehive_spec": set(),
    "beehive_conformance": {"beehive_spec"},
    "beehive_go": set(),
}
"""The packages of the project that each may import; the suite reaches implementations only in its targets."""
TARGETS = "beehive_conformance.targets"
ROOMS = (
    "errors",
    "atomic_file",
    "regular_file",
    "programs",
    "scenarios",
    "generation",
    "shrinking",
    "deviations",
    "checking",
    "targets",
    "judging",
    "measuring",
    "runs",
    "trust",
    "reports",
    "testing",
    "commands",
    "__main__",
)
"""The rooms of the suite in the order of the road: each imports from its own room and from those before it."""


@pytest.mark.parametrize("name", sorted(modules()))
def test_a_module_imports_only_the_packages_that_it_may(name: str) -> None:
    package = name.partition(".")[0]
    allowed = MAY_IMPORT[package] | {package}
    if name.startswith(TARGETS):
        allowed = allowed | {"beehive", "beehive_go"}
    assert {imported.partition(".")[0] for imported in imports(modules()[name])} & set(FOLDERS) <= allowed


@pytest.mark.parametrize("name", sorted(name for name in modules() if name.startswith("beehive_conformance.")))
def test_a_room_of_the_suite_imports_only_from_rooms_before_it(name: str) -> None:
    place = ROOMS.index(name.split(".")[1])
    later = {
        imported
        for imported in imports(modules()[name])
        if imported.startswith("beehive_conformance.") and ROOMS.index(imported.split(".")[1]) > place
    }
    assert later == set()


def test_the_reference_needs_the_standard_library_only() -> None:
    outside = {
        (name, imported)
        for name, module in modules().items()
        if name.partition(".")[0] == "beehive"
        for imported in imports(module)
        if (top := imported.partition(".")[0]) not in sys.stdlib_module_names and top not in ("beehive", "yaml")
        # Imported by pytest itself, for tests of those who use the bus.
        if (name, top) != ("beehive.pytest_plugin", "pytest")
    }
    assert outside == set()


def test_the_command_can_say_what_is_missing_before_it_imports_anything() -> None:
    tree = modules()["beehive_conformance.__main__"].tree
    outside = [
        node.module
        for node in tree.body
        if type(node).__name__ == "ImportFrom"
        if (node.module or "").partition(".")[0] not in sys.stdlib_module_names
    ]
    assert outside == []


def test_no_modules_import_each_other_in_a_circle() -> None:
    graph = {name: set(imports(module)) & set(modules()) for name, module in modules().items()}
    circle = []
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        circle = error.args[1]
    assert circle == []


def test_no_module_is_named_for_what_it_is_not() -> None:
    names = {name.rpartition(".")[2] for name in modules()}
    assert names & {"util", "utils", "helper", "helpers", "common", "misc"} == set()
