"""Runs the tests of the reference on every CPython from 3.11 that is found on this machine.

Usage: python tests/every_python.py [argument of pytest ...]

Looks on the path, among the versions of pyenv, and in the usual folders. Each Python gets an environment of its own
below build/pythons. Ends with 0 if all tests passed on all of them, 1 if not, 2 if on none they could be run.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
PINS = "requirements/pins.txt"
ENVIRONMENTS = ROOT / "build" / "pythons"
QUESTION = (
    "import sys, sysconfig; print(sys.implementation.name, '%d.%d.%d' % sys.version_info[:3],"
    " 't' if sysconfig.get_config_var('Py_GIL_DISABLED') else '', sep=',')"
)


class Python(NamedTuple):
    """One Python: its version, with a t behind it if it has no lock of the interpreter, and its file."""

    version: str
    path: Path


def found() -> list[Python]:
    """Return one Python for each version, the oldest first."""
    answers: dict[str, Python] = {}
    for path in _candidates():
        done = subprocess.run([path, "-c", QUESTION], capture_output=True, text=True, check=False)
        name, _, rest = done.stdout.strip().partition(",")
        version, _, suffix = rest.partition(",")
        if done.returncode == 0 and name == "cpython" and _number(version) >= (3, 11):
            answers.setdefault(version + suffix, Python(version + suffix, path))
    return sorted(answers.values(), key=lambda each: (_number(each.version.rstrip("t")), each.version))


def _candidates() -> Iterator[Path]:
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    folders = [
        *map(Path, os.environ.get("PATH", "").split(os.pathsep)),
        Path("/usr/bin"),
        Path("/usr/local/bin"),
        *sorted(pyenv.glob("versions/*/bin")),
        *sorted(Path("/opt").glob("python*/bin")),
    ]
    seen: set[Path] = set()
    for folder in folders:
        for path in sorted(folder.glob("python3*")):
            if path.name.removeprefix("python3").strip(".0123456789t") or not os.access(path, os.X_OK):
                continue
            if (real := path.resolve()) not in seen:
                seen.add(real)
                yield path


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def environment(python: Python) -> Path:
    """Return the Python of an environment in which the tests can run; raises CalledProcessError if there is none."""
    folder = ENVIRONMENTS / python.version
    inside = folder / "bin" / "python"
    ready = folder / ".ready"
    made_from = max(
        ROOT.joinpath(name).stat().st_mtime for name in ("pyproject.toml", "conformance/pyproject.toml", PINS)
    )
    if not ready.exists() or ready.stat().st_mtime < made_from:
        subprocess.run([python.path, "-m", "venv", "--clear", folder], check=True)
        install = [inside, "-m", "pip", "install", "--quiet"]
        subprocess.run([*install, "-r", ROOT / PINS], check=True)
        subprocess.run(
            [*install, "--no-deps", "--no-build-isolation", "-e", ROOT, "-e", ROOT / "conformance"], check=True
        )
        ready.touch()
    return inside


def main() -> int:
    """Run the tests everywhere, say how they ended, and return the exit code."""
    endings: dict[str, str] = {}
    for python in found():
        print(f"== {python.version} ({python.path})", flush=True)
        try:
            inside = environment(python)
        except subprocess.CalledProcessError:
            endings[python.version] = "not judged: no environment"
            continue
        command = [inside, "-m", "pytest", "-q", "-n", "2", *(sys.argv[1:] or ["tests/beehive"])]
        done = subprocess.run(command, cwd=ROOT, check=False)
        endings[python.version] = "failed" if done.returncode else "passed"
    print(*(f"{version}: {ending}" for version, ending in endings.items()), sep="\n")
    if "failed" in endings.values():
        return 1
    return 0 if "passed" in endings.values() else 2


if __name__ == "__main__":
    sys.exit(main())
