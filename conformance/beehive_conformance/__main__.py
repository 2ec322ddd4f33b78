"""The command `beehive-conformance`: checks that its dependencies are installed before it imports them."""

from __future__ import annotations

import errno
import os
import sys
from importlib.util import find_spec

NEEDED = {
    "click": "click",
    "msgspec": "msgspec",
    "yaml": "PyYAML",
    "rich": "rich",
    "hypothesis": "hypothesis",
    "jinja2": "Jinja2",
}
"""Modules that the command needs, and the distributions that provide them."""
NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""Error numbers that mean that there is no room for the output."""
TRACEBACK = "BEEHIVE_TRACEBACK"
"""The environment variable that makes an unexpected error show its traceback."""


def main() -> None:
    """Run the command line and exit: 0 as expected, 1 not as expected, 2 usage, input or harness error."""
    if sys.stdout is None:
        _say("standard output is closed; there is nowhere to write to")
        sys.exit(2)
    missing = [name for module, name in NEEDED.items() if find_spec(module) is None]
    if missing:
        _say(f"{', '.join(missing)} missing: install beehive-conformance with its dependencies")
        sys.exit(2)
    try:
        from beehive_conformance.commands import command_line

        code = command_line(sys.argv[1:])
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader of the output has gone; nothing more can be reported.
        _end_output()
        code = 2
    except KeyboardInterrupt:
        _say("interrupted")
        code = 2
    except Exception as error:
        if os.environ.get(TRACEBACK):
            raise SystemExit(_with_traceback()) from None
        if isinstance(error, OSError) and error.errno in NO_ROOM:
            _say(f"{error.filename or 'standard output'} cannot be written: {error.strerror}")
            _end_output()
            sys.exit(2)
        text = " ".join(str(error).split())
        _say(f"{type(error).__name__}: {text} (a fault of the suite; {TRACEBACK}=1 shows where)")
        code = 2
    sys.exit(code)


def _end_output() -> None:
    # Python would try again, and fail, when it flushes at the end.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _with_traceback() -> int:
    import traceback

    traceback.print_exc()
    return 2


def _say(text: str) -> None:
    print(f"beehive-conformance: {text}", file=sys.stderr)


if __name__ == "__main__":
    main()
