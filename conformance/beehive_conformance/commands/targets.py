"""`targets`: list the targets and whether they are available."""

from __future__ import annotations

import click

from beehive_conformance.deviations import OVERLAYS
from beehive_conformance.targets.registry import entries


@click.command("targets")
def targets_command() -> int:
    """List the targets with their availability, and what would be downloaded or built before the first run.

    Downloads and builds nothing. A target is available, needs a download, or is not available; the last line of
    each says why or what it lacks.

    \b
    beehive-conformance targets
    """
    for entry in entries():
        missing, download, text = entry.readiness()
        word = "not available" if missing else "to download" if download else "available"
        click.echo(f"{entry.name:<16} {word:<14} {missing or entry.description}")
        if told := download or text:
            click.echo(f"{'':<31} {told}")
        if entry.lacks:
            click.echo(f"{'':<31} {entry.lacks}")
    for name, overlay in OVERLAYS.items():
        click.echo(f"{'model+' + name:<48} {overlay.title}")
    return 0
