"""Checks the second model with TLC, compares it with the automaton, and says what was checked.

Usage: python tests/beehive_spec/tla_report.py [SET ...]

SET is the name of a set of answers; without any, all of them are used. Ends with 0 if everything holds, 1 if not,
2 if TLC cannot run here.
"""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tla_programs import FAMILIES, LIVELY, SETS, answers_of
from tlc import Run, missing
from two_models import compared, idle_checked, liveness_checked


def _line(name: str, what: str, done: Run, trouble: str) -> bool:
    ok = done.passed and not trouble
    print(f"{name}: {done.states:,} states, {what if ok else 'FAILED'}", flush=True)
    if not ok:
        print(trouble or done.output)
    return ok


def _checked(name: str) -> bool:
    answers = answers_of(name)
    with TemporaryDirectory() as folder:
        comparison = compared(Path(folder), answers, FAMILIES)
        idle = idle_checked(Path(folder), answers, FAMILIES)
        lives = liveness_checked(Path(folder), answers, [LIVELY])
    programs, behaviours = len(comparison.tla), sum(map(len, comparison.tla.values()))
    same = f"the invariants hold; {programs:,} programs have the same {behaviours:,} behaviours in both models"
    results = [
        _line(name, same, comparison.checked, comparison.explained()),
        _line(name, "a step is over exactly when nothing can happen", idle, ""),
        _line(name, "calls, sends and moves end", lives, ""),
    ]
    return all(results)


def main(names: list[str]) -> int:
    """Check the sets of answers of these names; return the exit code."""
    if reason := missing():
        print(f"TLC cannot run: {reason}", file=sys.stderr)
        return 2
    if unknown := [name for name in names if name not in SETS]:
        print(f"unknown set of answers: {unknown[0]!r}; the sets are {', '.join(SETS)}", file=sys.stderr)
        return 2
    results = [_checked(name) for name in names or SETS]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
