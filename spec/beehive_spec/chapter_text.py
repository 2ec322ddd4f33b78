"""The form of a chapter in Markdown: its title, its parts, and in each part entries with keys, or bullets."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import takewhile


class ChapterError(ValueError):
    """A chapter is malformed; the text names the file and the line."""


class Entry:
    """One `### name` with its text and its `- key: value` lines, each with the number of its line."""

    def __init__(self, name: str, line: int) -> None:
        self.name = name
        self.line = line
        self.text: list[str] = []
        self.items: dict[str, tuple[int, str]] = {}


class ChapterText:
    """One chapter, split into its parts; `keys` has the keys that an entry of each part may have, None for bullets.

    Errors call the file `name`. Raises ChapterError if a part is unknown or comes twice.
    """

    def __init__(self, text: str, name: str, keys: Mapping[str, re.Pattern[str] | None]) -> None:
        self._name = name
        self._keys = keys
        self._lines = text.splitlines()
        self._seen: set[str] = set()
        self._parts = self._split()

    def error(self, line: int, what: str) -> ChapterError:
        """Return the error about a line."""
        return ChapterError(f"{self._name}:{line}: {what}")

    def title(self) -> str:
        """Return the title; raises ChapterError if there is none."""
        if not self._lines or not self._lines[0].startswith("# "):
            raise self.error(1, "a chapter starts with `# ` and its title")
        return self._lines[0][2:].strip()

    def intro(self) -> str:
        """Return the text between the title and the first part."""
        before = takewhile(lambda line: not line.startswith("## "), self._lines[1:])
        return " ".join(line.strip() for line in before if line.strip())

    def entries(self, part: str) -> Iterator[Entry]:
        """Yield the entries of a part; raises ChapterError if one is malformed or its name was used before."""
        entry: Entry | None = None
        for number, line in self._parts.get(part, ()):
            if line.startswith("### "):
                if entry is not None:
                    yield entry
                entry = Entry(line[4:].strip(), number)
                if entry.name in self._seen:
                    raise self.error(number, f"{entry.name} is defined twice")
                self._seen.add(entry.name)
            elif entry is None:
                raise self.error(number, "text before the first `### ` heading of this part")
            elif line.startswith("- "):
                key, value = self._item(entry, number, line, self._keys[part])
                entry.items[key] = (number, value)
            else:
                entry.text.append(line)
        if entry is not None:
            yield entry

    def bullets(self, part: str) -> Iterator[tuple[int, str]]:
        """Yield the lines of a list with their numbers; raises ChapterError if a part is no list."""
        for number, line in self._parts.get(part, ()):
            if not line.startswith("- "):
                raise self.error(number, f"expected a list in the part {part}")
            yield number, line[2:]

    def _item(self, entry: Entry, number: int, line: str, keys: re.Pattern[str] | None) -> tuple[str, str]:
        key, found, value = line[2:].partition(":")
        if not found or not value.strip():
            raise self.error(number, "expected `- key: value`")
        if key in entry.items or keys is None or not keys.fullmatch(key):
            raise self.error(number, f"unknown or repeated key {key!r} in {entry.name}")
        return key, value.strip()

    def _split(self) -> dict[str, list[tuple[int, str]]]:
        parts: dict[str, list[tuple[int, str]]] = {}
        current: list[tuple[int, str]] = []
        for number, line in enumerate(self._lines, 1):
            if line.startswith("## "):
                name = line[3:].strip()
                if name not in self._keys or name in parts:
                    raise self.error(
                        number, f"unknown or repeated part {name!r}; the parts are {', '.join(self._keys)}"
                    )
                current = parts[name] = []
            elif line.strip():
                current.append((number, line.strip()))
        return parts
