"""What the answers to the questions about a response that no call waits for say."""

from __future__ import annotations

from beehive_spec.vocabulary import Advance, ErrorKind, Level, SendResp, SendSync
from calls import RESPOND
from combinators import Check, at_once, changes_nothing, each, fails, new, returns
from moments import Call, Moment
from table import About, Setting, member, steps


def no_call_has_its_parent(moment: Moment, call: Call) -> bool:
    """The parent of the response is not in `anonChannels` when the step begins."""
    return call.operation.parent not in moment.before.anon_channels


def has_to_log(level: Level) -> Check:
    """Something of exactly this level, or of a higher one, has to be logged."""
    return lambda moment, _: moment.must_log is level


_STRAY = new(SendResp, no_call_has_its_parent)
_ALPHABET = (RESPOND, SendResp(parent="m2"), SendSync(module="a", id="m1", timeout=10), Advance(10))

PROPERTIES = {
    "response_unknown": About(
        {
            "returned": each(_STRAY, at_once, returns, changes_nothing),
            "refused": each(_STRAY, at_once, fails(ErrorKind.OTHER), changes_nothing),
        },
        Setting(_ALPHABET, steps(*member("a"))),
    ),
    "response_logged": About(
        {
            "error": each(_STRAY, has_to_log(Level.ERROR)),
            "lower": each(_STRAY, has_to_log(Level.INFO)),
        },
        Setting(_ALPHABET, steps(*member("a"))),
    ),
}
