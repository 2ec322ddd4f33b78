"""JSON as Go's `encoding/json` writes it."""

from __future__ import annotations

import base64
import math
from json.encoder import encode_basestring
from typing import Any

from beehive.errors import BadMessage

_ESCAPED = {ord(each): f"\\u{ord(each):04x}" for each in "<>&\u2028\u2029"}
"""The characters that Go escapes although JSON does not require it, so that the text is safe in HTML."""
_FIXED = range(-6, 21)
"""The decimal exponents of numbers that are written without an exponent."""


def json_text(value: Any) -> str:
    """Return a value as JSON.

    Raises TypeError for types without a JSON form, and BadMessage for values that JSON cannot represent.
    """
    try:
        text = _any(value)
        text.encode()
    except RecursionError as error:
        raise BadMessage("the content is nested too deeply or contains itself") from error
    except UnicodeEncodeError as error:
        raise BadMessage(
            f"a string has a lone surrogate, {error.object[error.start]!a}, which JSON cannot represent"
        ) from error
    return text


def _any(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case str():
            return _string(value)
        case int():
            return int.__repr__(value)
        case float():
            return _float(value)
        case bytes() | bytearray() | memoryview():
            return f'"{base64.b64encode(value).decode()}"'
        case list() | tuple():
            return "[" + ",".join([_any(each) for each in value]) + "]"
        case dict():
            return "{" + ",".join([f"{_string(key)}:{_any(value[key])}" for key in _sorted_keys(value)]) + "}"
        case _:
            raise TypeError(
                f"{type(value).__name__} has no JSON form; use None, bool, int, float, str, bytes, list, dict"
            )


def _sorted_keys(value: dict[Any, Any]) -> list[str]:
    for key in value:
        if not isinstance(key, str):
            raise TypeError(f"the key {key!r} is not a string; JSON keys must be strings")
    return sorted(value)


def _string(value: str) -> str:
    return encode_basestring(value).translate(_ESCAPED)


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
