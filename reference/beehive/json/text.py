"""JSON as Go's `encoding/json` writes it."""

from __future__ import annotations

import base64
import math
from json.encoder import encode_basestring
from operator import itemgetter
from typing import Any

from beehive.arguments import described
from beehive.errors import BadMessage

_ESCAPED = {ord(each): f"\\u{ord(each):04x}" for each in "<>&\u2028\u2029"}
"""The characters that Go escapes although JSON does not require it, so that the text is safe in HTML."""
_FIXED = range(-6, 21)
"""The decimal exponents of numbers that are written without an exponent."""


def json_text(value: object) -> str:
    """Return a value as JSON; raises BadMessage for types without a JSON form and for values that JSON cannot hold.

    Instances of subclasses are written as what they are beside their own methods, none of which is called.
    """
    try:
        text = _any(value)
        text.encode()
    except RecursionError:
        raise BadMessage("the content is nested too deeply or contains itself") from None
    except UnicodeEncodeError as error:
        raise BadMessage(
            f"a string has a lone surrogate, {error.object[error.start]!a}, which JSON cannot represent"
        ) from None
    return text


def _any(value: Any) -> str:
    # Not isinstance(), which asks the value; a proxy or a mock may answer anything.
    kind = type(value)
    if value is None:
        return "null"
    if kind is bool:
        return "true" if value else "false"
    if issubclass(kind, str):
        return _string(str.__str__(value))
    if issubclass(kind, int):
        return _int(int.__index__(value))
    if issubclass(kind, float):
        return _float(float.__pos__(value))
    if issubclass(kind, (bytes, bytearray, memoryview)):
        return _bytes(value)
    if issubclass(kind, list):
        return "[" + ",".join([_any(each) for each in list.__iter__(value)]) + "]"
    if issubclass(kind, tuple):
        return "[" + ",".join([_any(each) for each in tuple.__iter__(value)]) + "]"
    if issubclass(kind, dict):
        return "{" + ",".join([f"{_string(key)}:{_any(each)}" for key, each in _sorted_items(value)]) + "}"
    raise BadMessage(f"{kind.__name__} has no JSON form; use None, bool, int, float, str, bytes, list, dict")


def _sorted_items(value: dict[Any, Any]) -> list[tuple[str, Any]]:
    found: dict[str, Any] = {}
    for key, each in dict.items(value):
        if not issubclass(type(key), str):
            raise BadMessage(f"the key {described(key)} is not a string; JSON keys must be strings")
        exact = str.__str__(key)
        if exact in found:
            raise BadMessage(f"the key {exact!r} occurs twice")
        found[exact] = each
    return sorted(found.items(), key=itemgetter(0))


def _string(value: str) -> str:
    return encode_basestring(value).translate(_ESCAPED)


def _int(value: int) -> str:
    try:
        float(value)
    except OverflowError:
        # As in Go, which reads numbers as floats. Writing the digits would take quadratic time.
        raise BadMessage(f"an integer of {value.bit_length()} bits is too large for a number in Go") from None
    return int.__repr__(value)


def _bytes(value: bytes | bytearray | memoryview) -> str:
    try:
        return f'"{base64.b64encode(memoryview(value).tobytes()).decode()}"'
    except ValueError as error:
        raise BadMessage(f"the bytes cannot be read: {error}") from None


def _float(value: float) -> str:
    if not math.isfinite(value):
        raise BadMessage(f"{value!r} is not a JSON number")
    sign = "-" if math.copysign(1, value) < 0 else ""
    digits, exponent = _decimal(abs(value))
    if not digits:
        return f"{sign}0"
    if exponent not in _FIXED:
        fraction = f".{digits[1:]}" if len(digits) > 1 else ""
        return f"{sign}{digits[0]}{fraction}e{exponent:+d}"
    point = exponent + 1
    if point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    digits = digits.ljust(point, "0")
    return f"{sign}{digits[:point]}.{digits[point:]}".rstrip(".")


def _decimal(value: float) -> tuple[str, int]:
    """Return the significant digits of a number and the decimal exponent of the first."""
    mantissa, _, exponent = repr(value).partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = whole + fraction
    significant = digits.lstrip("0")
    return significant.rstrip("0"), int(exponent or 0) + len(whole) - 1 - (len(digits) - len(significant))
