"""A target is one value: it has a name that is read back, and everything else follows from it."""

from __future__ import annotations

import pickle

import pytest
from beehive_conformance.deviations import OVERLAYS
from beehive_conformance.errors import InputError
from beehive_conformance.targets.registry import description, limitation, open_target, readiness
from beehive_conformance.targets.spec import TargetKind, TargetSpec, known_specs
from beehive_conformance.targets.target import Readiness
from beehive_go.versions import NEWEST, versions

FIRST, SECOND, *_ = OVERLAYS
KNOWN = list(known_specs())
OTHERS = [
    TargetSpec(TargetKind.MODEL, overlays=(FIRST,)),
    TargetSpec(TargetKind.MODEL, overlays=(SECOND, FIRST)),
    TargetSpec(TargetKind.PYTHON, factory="package.module:Class.made"),
]


@pytest.mark.parametrize("spec", [*KNOWN, *OTHERS], ids=str)
def test_a_name_is_read_back_as_the_same_target(spec: TargetSpec) -> None:
    assert TargetSpec.parse(str(spec)) == spec
    assert pickle.loads(pickle.dumps(spec)) == spec


def test_the_listed_targets_are_of_every_kind_that_needs_no_name_from_outside() -> None:
    assert {spec.kind for spec in KNOWN} == set(TargetKind) - {TargetKind.PYTHON}
    assert [spec.version for spec in KNOWN if spec.kind is TargetKind.GO] == list(reversed(versions()))


@pytest.mark.parametrize(("alias", "name"), [("reference", "core"), ("go", f"go:{NEWEST}")])
def test_an_alias_is_another_name_of_a_target(alias: str, name: str) -> None:
    assert str(TargetSpec.parse(alias)) == name


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("", "'': unknown target; known are core, "),
        ("rabbit", "'rabbit': unknown target; known are core, "),
        ("core+", "'core+': unknown target; known are core, "),
        ("core:", "'core:': unknown target; known are core, "),
        (f"core+{FIRST}", f"'core+{FIRST}': unknown target; known are core, "),
        ("python", "'python': expected python:package.module:Class"),
        ("go:", "'go:': unknown target; known are core, "),
        ("go:v9.9", f"'go:v9.9': unknown target; known are .*, go:{NEWEST}, .*python:package.module:Class"),
        ("model+", "'model+': unknown overlay ''; known are "),
        ("model+rabbit", "'model+rabbit': unknown overlay 'rabbit'; known are "),
        (f"model+{FIRST}+rabbit", f"'model+{FIRST}+rabbit': unknown overlay 'rabbit'; known are "),
        ("python:", "'python:': expected python:package.module:Class"),
        ("python:package.module", "'python:package.module': expected python:package.module:Class"),
        ("python:my-bus:Target", "'python:my-bus:Target': expected python:package.module:Class"),
        ("python:.bus:Target", "'python:.bus:Target': expected python:package.module:Class"),
    ],
)
def test_a_name_that_is_no_target_is_refused_with_those_that_are(name: str, error: str) -> None:
    with pytest.raises(InputError, match=error.replace("+", r"\+")):
        TargetSpec.parse(name)


def test_two_external_targets_are_versions_of_one_thing() -> None:
    assert {spec.kind for spec in [*KNOWN, *OTHERS] if spec.is_external} == {TargetKind.GO, TargetKind.PYTHON}


@pytest.mark.parametrize("spec", [*KNOWN, *OTHERS[:2]], ids=str)
def test_a_target_is_opened_by_its_value_and_has_its_name(spec: TargetSpec) -> None:
    target = open_target(spec)
    target.close()
    assert target.name == str(spec)


@pytest.mark.parametrize("spec", [*KNOWN, *OTHERS], ids=str)
def test_a_target_has_a_description_of_its_own(spec: TargetSpec) -> None:
    assert [each for each in [*KNOWN, *OTHERS] if description(each) == description(spec)] == [spec]


def test_only_go_depends_on_what_is_installed_here_and_has_a_limitation() -> None:
    others = [spec for spec in [*KNOWN, *OTHERS] if spec.kind is not TargetKind.GO]
    assert {readiness(spec) for spec in others} == {Readiness()}
    assert {spec.kind for spec in [*KNOWN, *OTHERS] if limitation(spec)} == {TargetKind.GO}
