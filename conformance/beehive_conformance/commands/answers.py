"""`answers TARGET`: what does it do where the documents are silent?"""

from __future__ import annotations

import click
from beehive_spec.chapters import NUMBER, questions

from beehive_conformance.deviations import OVERLAYS
from beehive_conformance.deviations.records import not_asked_of
from beehive_conformance.judging.known import known_answers, known_records
from beehive_conformance.measure import measure
from beehive_conformance.targets import registry

NOT_ASKED = "not asked"
"""Where the target lacks what a question is about."""


@click.command()
@click.argument("target")
@click.option(
    "--measure", "anew", is_flag=True, help="Measure them now, by probes, instead of printing the known ones."
)
def answers(target: str, anew: bool) -> int:
    """Print the answers of TARGET to the questions that the documents leave open.

    With --measure, ends with 1 if what was seen fits no allowed answer or another one than is known.

    \b
    beehive-conformance answers go
    """
    entry = registry.find(target)
    known = known_answers(entry.name)
    if not anew:
        for name in questions():
            _print(name, NOT_ASKED if name in not_asked_of(entry.name) else getattr(known, name))
        return 0
    opened = entry.open()
    try:
        measured = measure(opened, [OVERLAYS[each.overlay] for each in known_records(entry.name)])
    finally:
        opened.close()
    for each in measured.table:
        answer = "none that is allowed" if each.answer is None else each.answer
        _print(each.question, answer if each.is_asked else NOT_ASKED)
        if each.untold:
            click.echo(f"{'':<22} no probe tells it from: {', '.join(map(str, each.untold))}")
    return 0 if measured.answers == known and not measured.outside else 1


def _print(name: str, answer: str | int) -> None:
    question = questions()[name]
    meaning = question.answers.get(str(answer), question.answers.get(NUMBER, ""))
    if answer == NOT_ASKED:
        meaning = "the target lacks what the question is about"
    click.echo(f"{name:<22} {answer!s:<16} {question.sentence}")
    click.echo(f"{'':<22} {'':<16} {meaning}")
