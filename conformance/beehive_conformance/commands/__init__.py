"""The command line: `beehive-conformance`."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click
from beehive_spec.chapter_text import ChapterError

from beehive_conformance.commands.answers import answers_command
from beehive_conformance.commands.compare import compare_command
from beehive_conformance.commands.explore import explore_command
from beehive_conformance.commands.merge import merge_command
from beehive_conformance.commands.options import need_command
from beehive_conformance.commands.replay import replay_command
from beehive_conformance.commands.report import report_command
from beehive_conformance.commands.run import run_command
from beehive_conformance.commands.spec import spec_group
from beehive_conformance.commands.targets import targets_command
from beehive_conformance.errors import InputError
from beehive_conformance.targets.target import TargetError

COMMANDS = (
    targets_command,
    run_command,
    compare_command,
    explore_command,
    merge_command,
    report_command,
    replay_command,
    answers_command,
    spec_group,
)


@click.group(
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    epilog="Exit codes: 0 as expected, 1 not as expected, 2 usage, input or harness error, or not judged.",
)
@click.version_option(package_name="beehive-conformance", message="%(prog)s %(version)s")
@click.pass_context
def cli(context: click.Context) -> None:
    """Judge implementations of beehive, the message bus of KubeEdge, against its documentation.

    \b
    beehive-conformance compare reference go     report the deviations of the newest Go version
    beehive-conformance run threads --quick      judge one target
    beehive-conformance replay found.yaml go     run one program and judge its history
    """
    need_command(context)


for _command in COMMANDS:
    cli.add_command(_command)


def command_line(arguments: Sequence[str]) -> int:
    """Run the command line with these arguments and return the exit code."""
    try:
        # Not `cli.main`: it ends the process with 1 if the reader of the output has gone.
        with cli.make_context("beehive-conformance", list(arguments)) as context:
            code = cli.invoke(context)
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.ClickException as error:
        return _wrong(error.format_message())
    except (InputError, TargetError, ChapterError) as error:
        return _wrong(str(error))
    return code if isinstance(code, int) else 0


def _wrong(text: str) -> int:
    print(f"beehive-conformance: {' '.join(text.split())}", file=sys.stderr)
    return 2
