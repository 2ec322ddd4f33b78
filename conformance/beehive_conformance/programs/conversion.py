"""Converts plain data, as read from a file, into the structs that describe it; errors say where it does not fit.

Scalars are texts unless a type asks for a whole number. Only the kinds of types that the files of the suite need are
supported: structs, unions, tuples of any length, mappings, texts and whole numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any, TypeAlias, TypeVar

import msgspec
from msgspec import inspect

Data: TypeAlias = "str | list[Data] | dict[str, Data]"
Place: TypeAlias = "tuple[str | int, ...]"
"""The keys and indexes that lead from the whole data to a part of it."""
S = TypeVar("S", bound=msgspec.Struct)

MOST_DIGITS = 18
"""Digits of the longest whole number; any such number fits into 64 bits."""

_WHOLE_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)")


class Misfit(Exception):
    """A part of the data that does not fit its type: where it is, and what is wrong with it.

    With `key`, the key at `place` is wrong, not its value.
    """

    def __init__(self, place: Place, problem: str, *, key: bool = False) -> None:
        super().__init__(place, problem)
        self.place = place
        self.problem = problem
        self.key = key


def convert(data: Data, type_: type[S]) -> S:
    """Return the data as a value of `type_`; raise Misfit at the first part that does not fit."""
    value: S = _converted(_type_info(type_), data, ())
    return value


def shown(value: object) -> str:
    """Return a value as it can stand in a message of one line: quoted, and cut if it is long."""
    text = ascii(value) if isinstance(value, str) and not value.isprintable() else repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


@cache
def _type_info(type_: type) -> inspect.Type:
    return inspect.type_info(type_)


def _converted(info: inspect.Type, data: Data, place: Place) -> Any:
    alternatives = info.types if isinstance(info, inspect.UnionType) else (info,)
    for each in alternatives:
        match each:
            case inspect.StructType() if isinstance(data, dict):
                structs = [each for each in alternatives if isinstance(each, inspect.StructType)]
                return _struct(_named(structs, data, place), data, place)
            case inspect.DictType() if isinstance(data, dict):
                return {key: _converted(each.value_type, value, (*place, key)) for key, value in data.items()}
            case inspect.VarTupleType() if isinstance(data, list):
                return tuple(_converted(each.item_type, item, (*place, i)) for i, item in enumerate(data))
            case inspect.IntType() if isinstance(data, str) and _WHOLE_NUMBER.fullmatch(data):
                if len(data.lstrip("-")) > MOST_DIGITS:
                    raise Misfit(place, f"{shown(data)}{_at(place)}; a number has at most {MOST_DIGITS} digits")
                return int(data)
            case inspect.StrType() if isinstance(data, str):
                return data
    needed = dict.fromkeys(_kind(each) for each in alternatives if not isinstance(each, inspect.NoneType))
    raise Misfit(place, f"{shown(data)}{_at(place)}; expected {' or '.join(needed)}")


def _named(structs: Sequence[inspect.StructType], data: dict[str, Data], place: Place) -> inspect.StructType:
    """Return the struct that the data names by its tag; every tagged struct of a file is an operation."""
    tag_field = structs[0].tag_field
    if tag_field is None:
        return structs[0]
    tags = ", ".join(str(each.tag) for each in structs)
    if tag_field not in data:
        raise Misfit(place, f"missing field {shown(tag_field)}{_at(place)}; needed: one of {tags}")
    for each in structs:
        if each.tag == data[tag_field]:
            return each
    place = (*place, tag_field)
    raise Misfit(place, f"unknown operation {shown(data[tag_field])}{_at(place)}; known operations: {tags}")


def _struct(info: inspect.StructType, data: dict[str, Data], place: Place) -> Any:
    fields = {field.encode_name: field for field in info.fields}
    values = {}
    for key, value in data.items():
        if key in fields:
            values[fields[key].name] = _converted(fields[key].type, value, (*place, key))
        elif key != info.tag_field:
            known = _field_names(info, sorted(info.fields, key=lambda field: not field.required))
            raise Misfit((*place, key), f"unknown field {shown(key)}{_at(place)}; known fields: {known}", key=True)
    required = [field for field in info.fields if field.required]
    for field in required:
        if field.name not in values:
            needed = _field_names(info, required)
            raise Misfit(place, f"missing field {shown(field.encode_name)}{_at(place)}; needed: {needed}")
    return info.cls(**values)


def _field_names(info: inspect.StructType, fields: Iterable[inspect.Field]) -> str:
    tag_field = [] if info.tag_field is None else [info.tag_field]
    return ", ".join([*tag_field, *(field.encode_name for field in fields)])


def _kind(info: inspect.Type) -> str:
    match info:
        case inspect.StructType() | inspect.DictType():
            return "a mapping"
        case inspect.VarTupleType():
            return "a list"
        case inspect.IntType():
            return "a whole number"
        case inspect.StrType():
            return "a text"
        case _:
            raise TypeError(f"files cannot hold a value of type {info}")


def _at(place: Place) -> str:
    """Return the place as it is written in a message; empty for the whole data."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place).removeprefix(".")
    return f" in {text}" if text else ""
