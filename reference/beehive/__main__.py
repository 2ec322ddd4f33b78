"""`python -m beehive modules.yaml` runs the modules that the file enables.

Modules are found through entry points of the group `beehive.modules`. Each entry point refers to a callable that
takes no arguments and returns a module.
"""

from __future__ import annotations

import argparse
import logging
import sys
from importlib.metadata import entry_points

from beehive.errors import BeehiveError, NotAModule
from beehive.host.module import AnyModule, check_module
from beehive.host.modules_file import read_modules_file
from beehive.host.registration import GRACE, ModuleCore, Report

GROUP = "beehive.modules"


def main(arguments: list[str] | None = None) -> int:
    """Run the command, and return its exit code.

    The exit code is 0 if all modules stopped, 1 if one failed or did not stop in time, and 2 for bad input.
    """
    parser = argparse.ArgumentParser(
        prog="python -m beehive", description="Run the modules that a modules.yaml enables."
    )
    parser.add_argument(
        "file", metavar="modules.yaml", help="file that lists the enabled modules as modules: {enabled: [name, ...]}"
    )
    parser.add_argument(
        "--grace",
        type=float,
        default=GRACE,
        metavar="SECONDS",
        help="time for modules to stop (default %(default)g)",
    )
    options = parser.parse_args(arguments)
    if not options.grace >= 0:
        parser.error(f"--grace is {options.grace}; it must be 0 or more seconds")
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    try:
        core = ModuleCore(read_modules_file(options.file))
        for module in _installed_modules():
            core.register(module)
        report = core.run(options.grace)
    except (BeehiveError, ImportError, _Unloadable) as error:
        print(f"beehive: {error}", file=sys.stderr)
        return 2
    _print_problems(report)
    return 0 if report.is_clean else 1


class _Unloadable(Exception):
    """An entry point cannot be loaded or does not return a module."""


def _installed_modules() -> list[AnyModule]:
    modules: list[AnyModule] = []
    for entry in entry_points(group=GROUP):
        try:
            module = entry.load()()
        except Exception as error:
            raise _Unloadable(
                f"the entry point {entry.name!r} ({entry.value}) cannot be loaded: {error!r}"
            ) from error
        try:
            check_module(module)
        except NotAModule as error:
            raise _Unloadable(
                f"the entry point {entry.name!r} ({entry.value}) does not return a module: {error}"
            ) from error
        modules.append(module)
    return modules


def _print_problems(report: Report) -> None:
    for name, error in report.failed.items():
        print(f"beehive: {name!r} failed: {error!r}", file=sys.stderr)
    for name in report.running:
        print(f"beehive: {name!r} did not stop in time", file=sys.stderr)
    for name, messages in report.left.items():
        print(f"beehive: {name!r} left {len(messages)} messages unreceived", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
