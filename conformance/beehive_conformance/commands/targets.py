"""`targets`: what can be judged here?"""

from __future__ import annotations

import click

from beehive_conformance.deviations import OVERLAYS
from beehive_conformance.targets.registry import entries


@click.command()
def targets() -> int:
    """List the targets, and say of each whether it can be had here; builds nothing.

    \b
    beehive-conformance targets
    """
    for entry in entries():
        why = entry.missing()
        click.echo(f"{entry.name:<16} {'NOT AVAILABLE' if why else 'available':<14} {why or entry.description}")
        if entry.lacks:
            click.echo(f"{'':<31} {entry.lacks}")
    for name, overlay in OVERLAYS.items():
        click.echo(f"{'model+' + name:<48} {overlay.title}")
    return 0
