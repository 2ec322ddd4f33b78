"""What becomes of a synchronous message that has found no room, by how its call ends and by its answers."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, StrEnum
from typing import NamedTuple


class Fate(StrEnum):
    """What becomes of the message in each channel that it was not put into."""

    PUT = "there is none: the call cannot end so before its message is in every channel"
    TAKEN_BACK = "taken back"
    UNTIL_TIMEOUT = "waits for room without the call, until the timeout would have been over; then taken back"
    LEFT = "waits for room without the call, as long as the channel is open"


class Waits(NamedTuple):
    """How a call waits for room, and what becomes of its message when the timeout is over.

    `put` is an answer to `sync_put` or `group_sync_put`, `late` one to `sync_late` or `group_sync_late`.
    """

    put: str
    late: str


class Ending(Enum):
    """How the call ends."""

    RESPONSES = "with its responses, before the timeout is over"
    RESPONSES_LATE = "with its responses, when the timeout is over (send_to_group_sync only)"
    TIMEOUT = "with a timeout; with a timeout of zero too, if that is over at once"
    OTHER = "with another error before the timeout is over, because a module was cleaned up"


WAITS = tuple(Waits(put, late) for put in ("waits", "withdrawn", "left") for late in ("taken_back", "left"))
_AT_THE_TIMEOUT = (Fate.TAKEN_BACK, Fate.LEFT)

UNPUT: Mapping[Ending, Mapping[Waits, Fate]] = {
    ending: dict(zip(WAITS, fates, strict=True))
    for ending, fates in {
        Ending.RESPONSES: (
            *(Fate.PUT, Fate.PUT),
            *(Fate.TAKEN_BACK, Fate.TAKEN_BACK),
            *(Fate.UNTIL_TIMEOUT, Fate.LEFT),
        ),
        Ending.RESPONSES_LATE: (*_AT_THE_TIMEOUT, Fate.TAKEN_BACK, Fate.TAKEN_BACK, *_AT_THE_TIMEOUT),
        Ending.TIMEOUT: (*_AT_THE_TIMEOUT, *_AT_THE_TIMEOUT, *_AT_THE_TIMEOUT),
        Ending.OTHER: (Fate.TAKEN_BACK,) * len(WAITS),
    }.items()
}
"""One cell for each way to end and each pair of answers; a test runs the model for every cell."""
UNPUT_NOTES = (
    "With `sync_order` put_first, a send_sync has no entry while it waits for room: `waits` holds, whatever"
    " `sync_put` says.",
    "With `sync_timer` or `group_sync_timer` waiting and `waits`, the timeout does not begin before the message is in"
    " every channel. So the call waits for room without a limit, even with a timeout of zero.",
    "A channel that is closed has no message waiting any more. With `goes_on` (`sync_closed`, `group_sync_closed`)"
    " the call continues, and the table holds for its other channels.",
    "If a call to a group times out and meets a closed channel that it had not reached, either reason may decide with"
    " which error it ends; the row of the timeout holds then.",
    "With the answers skips, none and stops to `group_sync_put`, and with `full` refused, nothing waits for room.",
)
"""What the table does not show."""
