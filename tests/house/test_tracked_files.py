"""What must not stand in a file of the repository, and how long a file may get before a second room is due."""

import re

from sources import ROOT, modules, tracked

# Written so that this file does not find itself.
REGISTRIES = re.compile(
    "|".join((r"pypi\.(?:org|io)", r"pythonho[s]ted", r"(?:proxy|sum)[.]golang[.]", r"index-[u]rl"))
)
PLACES = re.compile(r"(?<![\w.])/(?:root|work|home/\w+|Users/\w+|opt/\w+|tmp)/\w")
LONGEST = 330
"""Lines: about 300 is where to look for a second room."""


def found(pattern: re.Pattern[str]) -> list[str]:
    places = []
    for path in tracked():
        text = path.read_bytes().decode("utf-8", "replace")
        for number, line in enumerate(text.splitlines(), 1):
            if pattern.search(line):
                places.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()[:80]}")
    return places


def test_no_file_names_a_registry() -> None:
    assert found(REGISTRIES) == []


def test_no_file_names_a_place_on_somebodys_machine() -> None:
    assert found(PLACES) == []


def test_no_module_is_too_long_to_read_in_one_go() -> None:
    lengths = {
        name: count
        for name, module in modules().items()
        if (count := len(module.path.read_text(encoding="utf-8").splitlines())) > LONGEST
    }
    assert lengths == {}


def test_text_files_end_with_one_line_end_and_have_no_trailing_blanks() -> None:
    wrong = []
    for path in tracked():
        content = path.read_bytes()
        if content and b"\0" not in content and (not content.endswith(b"\n") or content.endswith(b"\n\n")):
            wrong.append(str(path.relative_to(ROOT)))
    assert wrong == []
