"""The option `--baseline`: under which answers and records targets are judged."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from beehive_conformance.deviations.baselines import baselines, read_baseline
from beehive_conformance.errors import InputError
from beehive_conformance.runs.basis import Basis, Chosen
from beehive_conformance.targets.registry import recorded_baseline
from beehive_conformance.targets.spec import TargetSpec

F = TypeVar("F", bound=Callable[..., Any])


def baseline_option(command: F) -> F:
    """Add the option that chooses baselines."""
    option = click.option(
        "--baseline",
        "chosen",
        metavar="FILE|TARGET",
        multiple=True,
        help="Judge the target that FILE is about under the baseline in FILE, or every other target under that of "
        "TARGET. May be repeated.",
    )
    return option(command)


def chosen_baselines(texts: Sequence[str], judged: Sequence[TargetSpec]) -> Chosen:
    """Return the baselines that the option names; raises InputError if one is invalid or has no target to judge."""
    by_target: dict[str, Basis] = {}
    other: Basis | None = None
    for text in texts:
        path = Path(text)
        if not path.is_file():
            if other is not None:
                raise InputError(f"--baseline {text}: a second target; give one, and files for the others")
            other = _of_target(text)
            continue
        found = read_baseline(path)
        names = [str(each) for each in judged]
        if found.target not in names:
            raise InputError(f"{text}: the baseline of {found.target}; expected one of {', '.join(names)}")
        if found.target in by_target:
            raise InputError(f"{text}: a second baseline of {found.target}; give one for each target")
        by_target[found.target] = Basis(found, f"answers from {text}")
    return Chosen(by_target, other)


def only_answers(target: str) -> Chosen:
    """Return the answers of a target, without its records; raises InputError if it has none."""
    found = _of_target(target)
    return Chosen(other=found._replace(baseline=found.baseline._replace(records=())))


def _of_target(text: str) -> Basis:
    known = ", ".join(baselines())
    try:
        spec = TargetSpec.parse(text)
    except InputError as error:
        raise InputError(f"--baseline {text}: no such file, and no target: {error}") from None
    found = recorded_baseline(spec)
    if found is None:
        raise InputError(f"--baseline {text}: {spec} has no baseline; measured are {known}")
    return Basis(found, f"answers of {'reference' if text == 'reference' else found.target}")
