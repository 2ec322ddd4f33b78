"""`spec list`: what do the documents say, in our words?"""

from __future__ import annotations

import click
from beehive_spec.chapters import chapters


@click.group()
def spec() -> None:
    """Read the spec: clauses, questions and disputes drawn from the documents."""


@spec.command("list")
def list_() -> int:
    """Print every clause with its sources, every question with its answers, and the disputes.

    \b
    beehive-conformance spec list
    """
    for chapter in chapters():
        click.secho(chapter.title, bold=True)
        for clause in chapter.clauses:
            untested = f"; not tested: {clause.untested}" if clause.untested else ""
            click.echo(f"  {clause.id:<9} {clause.sentence}")
            click.echo(f"  {'':<9} {clause.sure}; {', '.join(map(str, clause.sources))}{untested}")
        for question in chapter.questions:
            click.echo(f"  {question.name}? {question.sentence}")
            for answer, meaning in question.answers.items():
                click.echo(f"      {answer}: {meaning}")
        for dispute in chapter.disputes:
            click.echo(f"  {dispute.id}: {dispute.text}")
        click.echo()
    return 0
