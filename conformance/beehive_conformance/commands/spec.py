"""`spec`: list the clauses, compare them with a document, and the commands `matrix` and `render`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import click
from beehive_spec.chapters import chapters
from beehive_spec.document import Sentence, sentences
from beehive_spec.document_diff import ChangedSentence, changes
from beehive_spec.traceability import drawn_from

from beehive_conformance.commands.options import need_command
from beehive_conformance.commands.spec_matrix import spec_matrix_command
from beehive_conformance.commands.spec_render import spec_render_command
from beehive_conformance.errors import InputError
from beehive_conformance.regular_file import content_of
from beehive_conformance.reports.schema import ExitCode

LARGEST_DOCUMENT = 4_000_000
"""The maximum size in bytes; the documents are far smaller."""


@click.group("spec", invoke_without_command=True)
@click.pass_context
def spec_group(context: click.Context) -> None:
    """Show the spec: the clauses, questions and disputes drawn from the documents."""
    need_command(context)


spec_group.add_command(spec_matrix_command)
spec_group.add_command(spec_render_command)


@spec_group.command("list")
def spec_list_command() -> ExitCode:
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
                marks = ["literal"] if answer == question.literal else []
                marks += ["loses messages"] if question.loses_messages(answer) else []
                shown = f" ({', '.join(marks)})" if marks else ""
                click.echo(f"      {answer}{shown}: {meaning}")
            for case in question.void_if:
                click.echo(f"      void if {case}")
        for dispute in chapter.disputes:
            click.echo(f"  {dispute.id}: {dispute.text}")
        click.echo()
    return ExitCode.AS_EXPECTED


@spec_group.command("check")
@click.option("--document", type=click.Path(path_type=Path), required=True, help="The documents as a text file.")
def spec_check_command(document: Path) -> ExitCode:
    """Compare the sentences that the spec cites with those of a document.

    Exits with 1 if a sentence has changed, was removed, or is not cited.

    \b
    beehive-conformance spec check --document beehive_introduction.zh.txt
    """
    try:
        there = list(sentences(content_of(document, LARGEST_DOCUMENT).decode("utf-8-sig")))
    except UnicodeDecodeError as error:
        raise InputError(f"{document}: byte {error.start} is not UTF-8; save it as UTF-8") from None
    if not there:
        raise InputError(f"{document}: no heading of the documents was found")
    cited = _cited()
    lines = [_text(each, cited) for each in changes(cited, there)]
    for line in lines:
        click.echo(line)
    click.echo(f"{len(there)} sentences, {len(lines)} differences")
    return ExitCode.NOT_AS_EXPECTED if lines else ExitCode.AS_EXPECTED


def _text(changed: ChangedSentence, cited: Mapping[Sentence, list[str]]) -> str:
    before, after = changed
    if before is None:
        assert after is not None, "a change has at least one side"
        return f"{changed.change}: {after.section} {after.number} ({after.hash})"
    now = f" (now {after.hash})" if after is not None else ""
    return f"{changed.change}: {before.section} {before.number}{now}, cited by {', '.join(cited[before])}"


def _cited() -> dict[Sentence, list[str]]:
    cited: dict[Sentence, list[str]] = {}
    for source, names in drawn_from(chapters()).items():
        place = Sentence(source.section, source.number, source.hash)
        cited.setdefault(place, []).extend(names or ("descriptive",))
    return cited
