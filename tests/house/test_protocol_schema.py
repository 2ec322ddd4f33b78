"""The JSON Schema of the protocol is the one that its definitions give."""

from __future__ import annotations

from inspect import cleandoc

import msgspec
from beehive_conformance.targets.protocol import SCHEMA_FILE, schema_text
from sources import ROOT


def comparable(schema: object) -> object:
    """Return a schema without what differs between versions of Python and of msgspec: indentation and order."""
    match schema:
        case dict():
            return {
                str(key): cleandoc(value) if key == "description" else comparable(value)
                for key, value in schema.items()
            }
        case list():
            return sorted((comparable(each) for each in schema), key=str)
        case _:
            return schema


def test_the_schema_that_is_shipped_is_the_one_of_the_definitions() -> None:
    shipped = msgspec.json.decode(SCHEMA_FILE.read_bytes())
    renew = f"python -m beehive_conformance.targets.protocol > {SCHEMA_FILE.relative_to(ROOT)}"
    assert comparable(shipped) == comparable(msgspec.json.decode(schema_text())), f"renew it: {renew}"
