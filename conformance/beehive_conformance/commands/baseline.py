"""The option `--baseline`: under which answers and records targets are judged."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from beehive_conformance.deviations.baselines import Baseline, baselines, read_baseline
from beehive_conformance.errors import InputError
from beehive_conformance.regular_file import check_regular
from beehive_conformance.runs.basis import Basis, Chosen
from beehive_conformance.targets.registry import recorded_baseline
from beehive_conformance.targets.spec import TargetSpec

F = TypeVar("F", bound=Callable[..., Any])
_OPTION = "--baseline"


def baseline_option(command: F) -> F:
    """Add the option that chooses baselines."""
    option = click.option(
        _OPTION,
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
        if not _is_file(text):
            if other is not None:
                raise InputError(f"{_OPTION} {text}: a second target; give one, and files for the others")
            other = _of_target(text, _OPTION)
            continue
        found = read_baseline(Path(text))
        names = [str(each) for each in judged]
        if found.target not in names:
            raise InputError(f"{text}: the baseline of {found.target}; expected one of {', '.join(names)}")
        if found.target in by_target:
            raise InputError(f"{text}: a second baseline of {found.target}; give one for each target")
        by_target[found.target] = Basis(found, f"answers from {text}")
    return Chosen(by_target, other)


def chosen_baseline(text: str) -> Baseline:
    """Return the baseline in a file, or of a target; raises InputError if it is neither."""
    if _is_file(text):
        return read_baseline(Path(text))
    return baselines().get(text) or _of_target(text, _OPTION).baseline


def only_answers(target: str, option: str) -> Chosen:
    """Return the answers of a target, without its records; raises InputError naming the option if it has none."""
    found = _of_target(target, option)
    return Chosen(other=found._replace(baseline=found.baseline._replace(records=())))


def _is_file(text: str) -> bool:
    """Return whether an option names a file; a directory may have the name of a target."""
    if not text:
        raise InputError(f"{_OPTION} '': the name is empty; give a file or a target")
    try:
        return Path(text).is_file()
    except OSError:
        # The name of a target may be longer than that of a file; what is neither is refused with its reason.
        return False


def _of_target(text: str, option: str) -> Basis:
    known = ", ".join(baselines())
    try:
        spec = TargetSpec.parse(text)
    except InputError as error:
        if option == _OPTION:
            check_regular(Path(text))
        kind = "no target" if option != _OPTION else "no such file, and no target"
        raise InputError(f"{option} {text}: {kind}: {error}") from None
    found = recorded_baseline(spec)
    if found is None:
        raise InputError(f"{option} {text}: {spec} has no baseline; measured are {known}")
    return Basis(found, f"answers of {'reference' if text == 'reference' else found.target}")
