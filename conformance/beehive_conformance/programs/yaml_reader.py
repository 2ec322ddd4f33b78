"""Reads a YAML file into a typed value; whatever is wrong with it is said in one line with its place.

Scalars stay the text that was written until the type asks for something else, so that `module: no` is a
module called "no". The file is read from the parser's events, not from its nodes: only the events show an
anchor or a tag, and no nesting can be too deep for them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypeAlias, TypeVar

import msgspec
import yaml
from msgspec import inspect

from beehive_conformance.errors import InputError

LARGEST_FILE = 4_000_000
"""Bytes; the largest exported program is far below."""
DEEPEST = 30
"""Lists and mappings inside one another; a program needs five."""

Data: TypeAlias = "str | list[Data] | dict[str, Data]"
Place: TypeAlias = "tuple[str | int, ...]"
Mark: TypeAlias = tuple[int, int]
"""Line and column, from 1."""
T = TypeVar("T")

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NOT_YAML = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_AT = re.compile(r"(?P<problem>.*) - at `(?:key` in `)?\$(?P<place>.*)`$", re.DOTALL)
_UNKNOWN = re.compile("Object contains unknown field `(?P<name>.*)`", re.DOTALL)
_MISSING = re.compile(r"Object missing required field `(?P<name>\w+)`")
_EXPECTED = re.compile("Expected `(?P<types>[^`]*)`")
_PART = re.compile(r"\.(?P<field>\w+)|\[(?P<index>\d+)\]|(?P<any>\[\.\.\.\])")
_WORDS = {"int": "a whole number", "str": "a text", "array": "a list", "object": "a mapping"}


class YamlFile:
    """The data of one YAML file, and where in the file each part of it stands."""

    def __init__(self, path: Path) -> None:
        """Read the file; raise InputError if it cannot be read or is not plain YAML."""
        self.name = str(path) if str(path).isprintable() else ascii(str(path))
        self._values: dict[Place, Mark] = {}
        self._keys: dict[Place, Mark] = {}
        self.data = self._build(self._text(path))

    def error(self, place: Place, problem: str, *, key: bool = False) -> InputError:
        """Return an error about what stands at `place`, or, with `key`, about its key."""
        if key and place in self._keys:
            return self._at(self._keys[place], problem)
        while place and place not in self._values:
            place = place[:-1]
        return self._at(self._values[place], problem)

    def convert(self, type_: type[T]) -> T:
        """Return the data as a value of `type_`; raise InputError at the first thing that does not fit."""
        try:
            return msgspec.convert(self.data, type_, strict=False)
        except msgspec.ValidationError as error:
            raise self._misfit(type_, str(error)) from None

    def _at(self, mark: Mark, problem: str) -> InputError:
        return InputError(f"{self.name}:{mark[0]}:{mark[1]}: {problem}")

    def _text(self, path: Path) -> str:
        try:
            with path.open("rb") as file:
                content = file.read(LARGEST_FILE + 1)
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else str(error)
            raise InputError(f"{self.name}: cannot be read: {reason}; a YAML file is needed") from None
        if len(content) > LARGEST_FILE:
            raise InputError(f"{self.name}: is larger than {LARGEST_FILE} bytes")
        try:
            text = content.decode()
        except UnicodeDecodeError as error:
            mark = _mark(content[: error.start].decode())
            raise self._at(mark, f"byte {content[error.start]:#04x} is not UTF-8; save it as UTF-8") from None
        if found := _NOT_YAML.search(text):
            mark = _mark(text[: found.start()])
            raise self._at(mark, f'character {ord(found[0]):#x} cannot stand in YAML; write it as "\\x.."')
        return text

    def _build(self, text: str) -> Data:
        try:
            data = self._data(yaml.parse(text, Loader=_LOADER))
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            where = (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)
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
                raise self._at(mark, "a second document; one is needed")
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
            if not isinstance(value, str):
                if len(open_) == DEEPEST:
                    raise self._at(mark, f"nested more than {DEEPEST} deep")
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
            raise self._at(mark, "a list or a mapping as a key; a key is a text")
        key = str(event.value)
        if (*place, key) in self._keys:
            first = self._keys[(*place, key)][0]
            raise self._at(mark, f"{shown(key)} is there twice; the first is in line {first}")
        self._keys[(*place, key)] = mark
        return key

    def _misfit(self, type_: type, text: str) -> InputError:
        found = _AT.match(text)
        problem, place = (found["problem"], self._place(type_, found["place"])) if found else (text, ())
        where = f" in {_written(place)}" if place else ""
        if unknown := _UNKNOWN.match(problem):
            known = ", ".join(_fields(type_, self.data, place))
            text = f"unknown field {shown(unknown['name'])}{where}; known fields: {known}"
            return self.error((*place, unknown["name"]), text, key=True)
        if missing := _MISSING.match(problem):
            known = ", ".join(_fields(type_, self.data, place, required=True))
            if missing["name"] == "op":
                known = "one of " + ", ".join(_tags(type_, self.data, place))
            return self.error(place, f"missing field {shown(missing['name'])}{where}; needed: {known}")
        value = _at(self.data, place)
        if problem.startswith("Invalid value") and place[-1:] == ("op",):
            known = ", ".join(_tags(type_, self.data, place[:-1]))
            return self.error(place, f"unknown operation {shown(value)}{where}; known operations: {known}")
        if expected := _EXPECTED.match(problem):
            wanted = " or ".join(_WORDS.get(each, each) for each in expected["types"].split(" | "))
            return self.error(place, f"{shown(value)}{where}; {wanted} is needed")
        return self.error(place, f"{shown(value)}{where}: {problem}")

    def _place(self, type_: type, text: str) -> Place:
        """Turn a path of msgspec into a place; where it does not say which key, find the one at fault."""
        place: Place = ()
        for part in _PART.finditer(text):
            keys: list[str | int] = [part["field"] or int(part["index"])] if part["any"] is None else []
            mapping = _at(self.data, place)
            if not keys and isinstance(mapping, dict):
                keys += [key for key in mapping if not _fits(_only(self.data, place, key), type_)]
            if not keys:
                break
            place = (*place, keys[0])
        return place


def shown(value: object) -> str:
    """Return a value as it can stand in a message of one line: quoted, and cut if it is long."""
    text = ascii(value) if isinstance(value, str) and not value.isprintable() else repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _at(data: Data, place: Place) -> Data:
    for part in place:
        data = data[part]  # type: ignore[index]  # the place says which of the two it is
    return data


def _fits(data: Data, type_: type) -> bool:
    try:
        msgspec.convert(data, type_, strict=False)
    except msgspec.ValidationError:
        return False
    return True


def _mark(before: str) -> Mark:
    lines = re.split("\r\n|\r|\n", before)
    return len(lines), len(lines[-1]) + 1


def _written(place: Place) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place).lstrip(".")


def _only(data: Data, place: Place, key: str) -> Data:
    """Return the data with nothing but `key` in the mapping at `place`."""
    if not place:
        assert isinstance(data, dict)
        return {key: data[key]}
    if isinstance(data, dict):
        return {each: _only(v, place[1:], key) if each == place[0] else v for each, v in data.items()}
    return [_only(v, place[1:], key) if i == place[0] else v for i, v in enumerate(data)]


def _structs(type_: type, data: Data, place: Place) -> Sequence[inspect.StructType]:
    """Return the structs that may stand at a place; of several, the one that the data names by its tag."""
    info: inspect.Type = inspect.type_info(type_)
    for part in (*place, None):
        if isinstance(info, inspect.UnionType):
            structs = [each for each in info.types if isinstance(each, inspect.StructType)]
            named = [each for each in structs if isinstance(data, dict) and data.get(str(each.tag_field)) == each.tag]
            if part is None or not named:
                return named or structs
            info = named[0]
        if part is None:
            break
        if isinstance(info, inspect.StructType):
            info = next(each.type for each in info.fields if each.encode_name == part)
        elif isinstance(info, inspect.VarTupleType):
            info = info.item_type
        elif isinstance(info, inspect.DictType):
            info = info.value_type
        data = _at(data, (part,))
    return [info] if isinstance(info, inspect.StructType) else []


def _fields(type_: type, data: Data, place: Place, required: bool = False) -> Iterator[str]:
    for struct in _structs(type_, data, place)[:1]:
        if struct.tag_field is not None:
            yield struct.tag_field
        for field in sorted(struct.fields, key=lambda field: not field.required):
            if field.required or not required:
                yield field.encode_name


def _tags(type_: type, data: Data, place: Place) -> Iterator[str]:
    for struct in _structs(type_, data, place):
        yield str(struct.tag)
