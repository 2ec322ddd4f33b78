"""Writes baselines as the files that `read_baseline` reads."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from beehive_spec.chapters import SPEC_VERSION

from beehive_conformance.atomic_file import complete_file
from beehive_conformance.deviations.baselines import BASELINE_FORMAT, Baseline, Record, target_of
from beehive_conformance.errors import InputError
from beehive_conformance.programs.program_file import inline, scalar
from beehive_conformance.regular_file import check_regular


def check_replaceable(path: Path, target: str) -> None:
    """Raise InputError if there is a file that is not a baseline of this target."""
    check_regular(path)
    if not path.exists():
        return
    try:
        found = target_of(path)
    except InputError as error:
        raise InputError(f"{path}: exists and is not a baseline; give another file: {error}") from None
    if found != target:
        raise InputError(f"{path}: the baseline of {found}, not of {target}; give another file")


def write_baseline(path: Path, baseline: Baseline) -> None:
    """Write a baseline; the file is replaced as a whole. Raises InputError if it cannot be written."""
    check_replaceable(path, baseline.target)
    with complete_file(path) as file:
        file.write(baseline_text(baseline).encode())


def baseline_text(baseline: Baseline) -> str:
    """Return a baseline as YAML that `read_baseline` reads."""
    return "\n".join(_lines(baseline)) + "\n"


def _lines(baseline: Baseline) -> Iterator[str]:
    yield f"format: {BASELINE_FORMAT}"
    yield f"spec: {SPEC_VERSION}"
    yield f"target: {scalar(baseline.target)}"
    yield "answers:"
    answerless = {*baseline.not_asked, *baseline.unexplained}
    for name, answer in baseline.answers._asdict().items():
        if name not in answerless:
            yield f"  {name}: {answer}"
    for part, names in (("not_asked", baseline.not_asked), ("unexplained", baseline.unexplained)):
        if names:
            yield f"{part}: [{', '.join(names)}]"
    if baseline.ambiguity:
        yield "ambiguity:"
    for name, others in baseline.ambiguity.items():
        yield f"  {name}: {{{', '.join(f'{each.answer}: {each.why}' for each in others)}}}"
    if baseline.records:
        yield "records:"
    for record in baseline.records:
        yield from _record_lines(record)


def _record_lines(record: Record) -> Iterator[str]:
    yield f"  - overlay: {record.overlay}"
    for key, text in (("found", record.found), ("often", record.often), ("upstream", record.upstream)):
        if text or key == "found":
            yield f"    {key}: {scalar(text)}"
    yield f"    versions: [{', '.join(map(scalar, record.versions))}]"
    yield "    program:"
    for step in record.program.steps:
        yield f"      - {inline(step)}"
