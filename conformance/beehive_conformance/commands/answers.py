"""`answers TARGET`: what does it do where the documents are silent?"""

from __future__ import annotations

import click
from beehive_spec.chapters import questions

from beehive_conformance.judging.known import known_answers
from beehive_conformance.targets import registry


@click.command()
@click.argument("target")
def answers(target: str) -> int:
    """Print the answers of TARGET to the questions that the documents leave open.

    \b
    beehive-conformance answers go
    """
    given = known_answers(registry.find(target).name)._asdict()
    for name, question in questions().items():
        answer = given[name]
        meaning = question.answers.get(str(answer), question.answers.get("number", ""))
        click.echo(f"{name:<22} {answer!s:<16} {question.sentence}")
        click.echo(f"{'':<22} {'':<16} {meaning}")
    return 0
