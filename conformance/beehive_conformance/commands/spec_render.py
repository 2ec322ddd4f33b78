"""`spec render`: the spec as an HTML page or as JSON."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import assert_never

import click

from beehive_conformance.atomic_file import complete_file
from beehive_conformance.commands.baseline import chosen_baseline
from beehive_conformance.commands.options import OUTPUT_FILE, check_output
from beehive_conformance.deviations.baselines import Baseline
from beehive_conformance.errors import InputError
from beehive_conformance.reports.schema import ExitCode


class SpecFormat(StrEnum):
    """The form in which the spec is written."""

    HTML = "html"
    JSON = "json"
    SCHEMA = "json-schema"


@click.command("render")
@click.option(
    "--format",
    "spec_format",
    type=click.Choice([each.value for each in SpecFormat]),
    default=SpecFormat.HTML.value,
    show_default=True,
    help="A page for people, a document for programs, or the schema of that document.",
)
@click.option(
    "--baseline",
    "given",
    metavar="FILE|TARGET",
    multiple=True,
    help="Render the spec for one implementation: a baseline file, or a measured target.",
)
@click.option(
    "--output",
    metavar="FILE",
    type=OUTPUT_FILE,
    callback=check_output,
    help="Write to FILE instead of standard output.",
)
def spec_render_command(spec_format: str, given: tuple[str, ...], output: Path | None) -> ExitCode:
    """Print the spec as one self-contained HTML page, or as JSON.

    The page has the operations and the parts of a message as tables, the clauses by chapter, the questions with the
    answers of every measured target, the disputes, and a state diagram of each operation, drawn from the rules of the
    model. With --baseline, the answers of one implementation decide the questions: the page says what it must do.

    \b
    beehive-conformance spec render --output spec.html
    beehive-conformance spec render --baseline go:v1.13.0 --output go.html
    beehive-conformance spec render --format json
    """
    rendered = _rendered(SpecFormat(spec_format), _baseline(given))
    if output is None:
        sys.stdout.write(rendered.decode())
        return ExitCode.AS_EXPECTED
    with complete_file(output) as file:
        file.write(rendered)
    click.echo(f"{output}: {len(rendered) // 1024} KiB")
    return ExitCode.AS_EXPECTED


def _rendered(spec_format: SpecFormat, baseline: Baseline | None) -> bytes:
    from beehive_conformance.reports.spec_page.data import spec_json, spec_schema
    from beehive_conformance.reports.spec_page.page import spec_page

    match spec_format:
        case SpecFormat.HTML:
            return spec_page(baseline).encode()
        case SpecFormat.JSON:
            return spec_json(baseline)
        case SpecFormat.SCHEMA if baseline is not None:
            raise InputError("--baseline: the schema is the same for every implementation; leave the option out")
        case SpecFormat.SCHEMA:
            return spec_schema()
        case _:
            assert_never(spec_format)


def _baseline(given: Sequence[str]) -> Baseline | None:
    if len(given) > 1:
        raise InputError(f"--baseline {given[1]}: a second baseline; the spec is rendered for one implementation")
    return chosen_baseline(given[0]) if given else None
