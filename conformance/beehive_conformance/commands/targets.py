"""`targets`: list the targets and whether they are available."""

from __future__ import annotations

import click

from beehive_conformance.deviations import OVERLAYS
from beehive_conformance.reports.schema import ExitCode
from beehive_conformance.targets.registry import description, limitation, readiness, unmeasured
from beehive_conformance.targets.spec import TargetSpec, known_specs


@click.command("targets")
@click.argument("names", metavar="[TARGET]...", nargs=-1)
def targets_command(names: tuple[str, ...]) -> ExitCode:
    """List the targets with their availability, and what would be downloaded or built before the first run.

    Downloads and builds nothing. A target is available, needs a download, or is not available; the last line of each
    entry says why, or what the target lacks. With names, such as that of a checkout, only these are listed.

    \b
    beehive-conformance targets
    beehive-conformance targets go:PATH
    """
    for spec in map(TargetSpec.parse, names) if names else known_specs():
        missing, download, text = readiness(spec)
        what = ", ".join(filter(None, (description(spec), unmeasured(spec))))
        word = "not available" if missing else "to download" if download else "available"
        click.echo(f"{spec!s:<16} {word:<14} {missing or what}")
        if note := download or text:
            click.echo(f"{'':<31} {note}")
        if lacking := limitation(spec):
            click.echo(f"{'':<31} {lacking}")
    for name, overlay in () if names else OVERLAYS.items():
        click.echo(f"{'model+' + name:<48} {overlay.title}")
    return ExitCode.AS_EXPECTED
