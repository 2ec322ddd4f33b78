"""The text forms of steps, outcomes and histories that reports print, each on one line."""

from __future__ import annotations

from collections.abc import Iterable
from typing import assert_never

from beehive_spec.vocabulary import (
    Advance,
    Died,
    ErrorKind,
    Failed,
    Fields,
    GotMessage,
    InspectFields,
    Level,
    Made,
    Operation,
    Outcome,
    Repeat,
    Return,
    Returned,
    Seen,
    Step,
    Together,
)

from beehive_conformance.programs.operation_table import MESSAGE_PARTS, type_of

_ERRORS = {
    ErrorKind.UNKNOWN_MODULE: "unknown module",
    ErrorKind.UNKNOWN_GROUP: "unknown group",
    ErrorKind.TIMEOUT: "timeout",
    ErrorKind.CLOSED: "closed",
    ErrorKind.OTHER: "another error",
}


def name_of(operation: Operation) -> str:
    """Return the name that an operation has in programs."""
    return type_of(operation).name


def step_text(step: Step) -> str:
    """Return the text of a step on one line."""
    match step:
        case Together():
            return "together: " + " | ".join(map(operation_text, step.operations))
        case Repeat():
            return f"{step.times} times: {operation_text(step.operation)}"
        case Advance():
            return f"advance {step.ms} ms"
        case InspectFields():
            return "inspect fields"
        case _:
            return operation_text(step)


def operation_text(operation: Operation) -> str:
    """Return the text of an operation on one line: its name, its arguments, and its client unless that is empty."""
    row = type_of(operation)
    values = {field: _value(getattr(operation, field)) for field in row.fields}
    text = " ".join(filter(None, (row.name, row.wording.format_map(values))))
    text += _given(operation, *(field for field in row.optional if f"{{{field}}}" not in row.wording))
    return f"{text} (client {values['client']})" if operation.client else text


def _value(value: str | int | tuple[str, ...]) -> str:
    if isinstance(value, tuple):
        return _names(value)
    return _name(value) if isinstance(value, str) else str(value)


def outcome_text(outcome: Outcome) -> str:
    """Return the text of an outcome."""
    match outcome:
        case Returned():
            return "returned"
        case Failed():
            text = f" ({outcome.text})" if outcome.kind is ErrorKind.OTHER and outcome.text else ""
            return f"error: {_ERRORS[outcome.kind]}{text}"
        case GotMessage():
            more = ", sync" if outcome.sync else ""
            if outcome.changed:
                more += f", changed: {', '.join(outcome.changed)}"
            if outcome.sent_by is None:
                return f"a message that nobody sent{more}"
            return f"message of {outcome.sent_by}{more}"
        case Made():
            what = "made a message" if outcome.is_new else "made a message whose id is not new"
            flag = ", sync" if outcome.sync else ""
            return what + _given(outcome, *MESSAGE_PARTS) + flag + f", timestamp +{outcome.timestamp}"
        case _:
            assert_never(outcome)


def kind_text(outcome: Outcome) -> str:
    """Return the text of the kind of an outcome, without numbers, by which failures are grouped."""
    match outcome:
        case GotMessage(sent_by=None):
            return "returned a message that nobody sent"
        case GotMessage(changed=changed) if changed:
            return "returned a message that was changed"
        case GotMessage():
            return "returned a message"
        case Made():
            return "made a message"
        case Failed():
            return f"ended with the error {_ERRORS[outcome.kind]}"
        case Returned():
            return "returned"
        case _:
            assert_never(outcome)


def seen_text(seen: Seen) -> str:
    """Return the text of what was seen in a step on one line; operations are given by their numbers."""
    parts = [_return_text(each) for each in seen.returned]
    if seen.fields is not None:
        parts.append(fields_text(seen.fields))
    if seen.logged is not Level.NOTHING:
        parts.append(f"logged: {seen.logged}")
    text = "; ".join(parts) or "nothing returned"
    return text if seen.times == 1 else f"{text} ({seen.times} times)"


def rounds_text(rounds: Iterable[Seen]) -> str:
    """Return the text of what was seen in a step, the rounds of a repeat one after another."""
    return ", then ".join(map(seen_text, rounds))


def fields_text(fields: Fields) -> str:
    """Return the keys of the three maps on one line, followed by the registered modules, if there are any."""
    groups = ", ".join(f"{_name(group)}: [{_names(members)}]" for group, members in fields.type_channels)
    channels, requests = _names(fields.channels), _names(fields.anon_channels)
    return f"channels [{channels}], groups {{{groups}}}, requests [{requests}]" + _registered(fields)


def _registered(fields: Fields) -> str:
    maps = (("modules", fields.modules), ("disabled modules", fields.disabled_modules))
    found = ((name, ", ".join(f"{_name(key)}: {_name(value)}" for key, value in pairs)) for name, pairs in maps)
    return "".join(f", {name} {{{text}}}" for name, text in found if text)


def _given(value: Operation | Made, *parts: str) -> str:
    """Return the parts that are not empty, each after its name."""
    return "".join(f", {part} {_name(getattr(value, part))}" for part in parts if getattr(value, part))


def died_text(died: Died) -> str:
    """Return how a process died on one line, with the first line of its last output."""
    said = next((line.strip() for line in died.text.splitlines() if line.strip()), "")
    return f"the process died ({died.kind})" + (f": {said}" if said else "")


def _return_text(each: Return) -> str:
    when = f" at {each.ms} ms" if each.ms else ""
    return f"{each.operation} {outcome_text(each.outcome)}{when}"


def _names(names: Iterable[str]) -> str:
    return ", ".join(map(_name, names))


def _name(name: str) -> str:
    if name.isprintable():
        return name if name and " " not in name else f'"{name}"'
    return ascii(name)
