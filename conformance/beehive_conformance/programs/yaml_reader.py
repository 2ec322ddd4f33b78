"""Reads a YAML file into a typed value; any error is one line with the file, the line and the column.

Scalars stay texts until a type asks for a number, so `module: no` is a module called "no". The file is read
from the parser's events, not from its nodes: only events show anchors and tags, and reading them does not recurse.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TypeAlias, TypeVar

import msgspec
import yaml

from beehive_conformance.errors import InputError
from beehive_conformance.programs.conversion import Data, Misfit, Place, convert, shown
from beehive_conformance.regular_file import content_of

LARGEST_FILE = 4_000_000
"""The maximum size in bytes; the largest exported program is far smaller."""
DEEPEST = 30
"""How deep lists and mappings may be nested; a program needs five levels."""
TOO_DEEP = f"nested more than {DEEPEST} deep"

Mark: TypeAlias = tuple[int, int]
"""Line and column, from 1."""
S = TypeVar("S", bound=msgspec.Struct)

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NOT_YAML = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class YamlFile:
    """The data of one YAML file, and the position of each part in the file."""

    def __init__(self, path: Path) -> None:
        """Read the file; raise InputError if it cannot be read or is not plain YAML."""
        self.name = str(path) if str(path).isprintable() else ascii(str(path))
        self._values: dict[Place, Mark] = {}
        self._keys: dict[Place, Mark] = {}
        self._quoted: set[Place] = set()
        self.data = self._build(self._text(path))

    def error(self, place: Place, problem: str, *, key: bool = False) -> InputError:
        """Return an error about the value at `place`, or, with `key`, about its key."""
        if key and place in self._keys:
            return self._at(self._keys[place], problem)
        while place and place not in self._values:
            place = place[:-1]
        return self._at(self._values[place], problem)

    def is_quoted(self, place: Place) -> bool:
        """Return whether the value at `place` is written in quotes or as a block."""
        return place in self._quoted

    def convert(self, type_: type[S]) -> S:
        """Return the data as a value of `type_`; raise InputError at the first part that does not fit."""
        try:
            return convert(self.data, type_)
        except Misfit as misfit:
            raise self.error(misfit.place, misfit.problem, key=misfit.key) from None

    def _at(self, mark: Mark, problem: str) -> InputError:
        return InputError(f"{self.name}:{mark[0]}:{mark[1]}: {problem}")

    def _text(self, path: Path) -> str:
        content = content_of(path, LARGEST_FILE)
        try:
            text = content.decode()
        except UnicodeDecodeError as error:
            mark = _mark(content[: error.start].decode())
            raise self._at(mark, f"byte {content[error.start]:#04x} is not UTF-8; save it as UTF-8") from None
        if found := _NOT_YAML.search(text):
            mark = _mark(text[: found.start()])
            raise self._at(mark, f'character {ord(found[0]):#x} is not allowed in YAML; write it as "\\x.."')
        return text

    def _build(self, text: str) -> Data:
        try:
            data = self._data(yaml.parse(text, Loader=_LOADER))
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            where = (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)
            # The scanner looks ahead, so it can reach its own limit before the event that exceeds ours arrives.
            if mark is not None and (deep := _too_deep(text[: mark.index])):
                raise self._at(deep, TOO_DEEP) from None
            context = f" ({error.context})" if error.context else ""
            raise self._at(where, f"not YAML: {error.problem}{context}") from None
        except yaml.YAMLError as error:
            raise self._at((1, 1), f"not YAML: {' '.join(str(error).split())}") from None
        if data is None:
            raise self._at((1, 1), "the file is empty")
        return data

    def _data(self, events: Iterator[yaml.Event]) -> Data | None:
        root: Data | None = None
        open_: list[tuple[Place, list[Data] | dict[str, Data]]] = []
        key: str | None = None
        for event in events:
            if isinstance(event, yaml.CollectionEndEvent):
                open_.pop()
                continue
            if not isinstance(event, yaml.NodeEvent) or event.start_mark is None:
                continue
            mark = (event.start_mark.line + 1, event.start_mark.column + 1)
            self._plain(event, mark)
            if root is not None and not open_:
                raise self._at(mark, "a second document; expected only one")
            place, parent = open_[-1] if open_ else ((), None)
            if isinstance(parent, dict) and key is None:
                key = self._key(event, mark, place)
                continue
            value: Data = (
                [] if isinstance(event, yaml.SequenceStartEvent)
                else {} if isinstance(event, yaml.MappingStartEvent)
                else self._scalar(event, mark)
            )  # fmt: skip
            if isinstance(parent, dict):
                assert key is not None
                place, parent[key], key = (*place, key), value, None
            elif isinstance(parent, list):
                place = (*place, len(parent))
                parent.append(value)
            else:
                root = value
            self._values[place] = mark
            if isinstance(event, yaml.ScalarEvent) and not event.implicit[0]:
                self._quoted.add(place)
            if not isinstance(value, str):
                if len(open_) == DEEPEST:
                    raise self._at(mark, TOO_DEEP)
                open_.append((place, value))
        return root

    def _plain(self, event: yaml.NodeEvent, mark: Mark) -> None:
        if isinstance(event, yaml.AliasEvent):
            raise self._at(mark, f"alias `*{event.anchor}`; write the value out")
        if event.anchor is not None:
            raise self._at(mark, f"anchor `&{event.anchor}`; write the value without it")
        if isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent) and event.tag is not None:
            raise self._at(mark, f"tag `{event.tag}`; write the value without it")

    def _scalar(self, event: yaml.NodeEvent, mark: Mark) -> str:
        assert isinstance(event, yaml.ScalarEvent)
        if not event.value and event.implicit[0]:
            raise self._at(mark, 'a value is missing; for an empty text write ""')
        return str(event.value)

    def _key(self, event: yaml.NodeEvent, mark: Mark, place: Place) -> str:
        if not isinstance(event, yaml.ScalarEvent):
            raise self._at(mark, "a list or a mapping as a key; a key must be a text")
        key = str(event.value)
        if (*place, key) in self._keys:
            first = self._keys[(*place, key)][0]
            raise self._at(mark, f"{shown(key)} occurs twice; the first is in line {first}")
        self._keys[(*place, key)] = mark
        return key


def _too_deep(text: str) -> Mark | None:
    """Return where a text, which may end anywhere, first nests deeper than DEEPEST; None if it does not."""
    depth = 0
    with suppress(yaml.YAMLError):
        for event in yaml.parse(text, Loader=_LOADER):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > DEEPEST and event.start_mark is not None:
                return event.start_mark.line + 1, event.start_mark.column + 1
    return None


def _mark(before: str) -> Mark:
    lines = re.split("\r\n|\r|\n", before)
    return len(lines), len(lines[-1]) + 1
