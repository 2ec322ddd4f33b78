"""What the answers to the questions about the format of messages say."""

from __future__ import annotations

from beehive_spec.answers import UNBOUNDED
from beehive_spec.vocabulary import (
    Advance,
    Level,
    Made,
    MakeMessage,
    MakeResponse,
    Receive,
    Send,
    SendResp,
    SendSync,
    SendToGroup,
    SendToGroupSync,
)
from combinators import Property, at_once, changes_nothing, each, every, fails, has_no_name, new, under_way, waits
from moments import Call, Got, Moment, Situation
from renaming import same_as_with_another
from table import About, Setting, member, steps

SYNC = (SendSync, SendToGroupSync)


def counts(per_millisecond: int) -> Property:
    """Timestamps differ by the time between them, in units of which a millisecond has so many."""

    def holds(situation: Situation) -> bool:
        return all(stamp == time * per_millisecond for moment in situation.options for time, stamp in _made(moment))

    return holds


def counts_seconds(situation: Situation) -> bool:
    """The timestamps are those of one clock that shows whole seconds, wherever in a second it began."""
    # The times of the programs are multiples of 50 ms, so no phase between these shows anything else.
    return all(
        any(all(stamp == (phase + time) // 1000 for time, stamp in made) for phase in range(0, 1000, 50))
        for made in map(_made, situation.options)
    )


def _made(moment: Moment) -> list[tuple[int, int]]:
    """Return when messages were made and their timestamps, both less those of the first one."""
    made = [(end.at, end.result.timestamp) for _, end in sorted(moment.ended.items()) if isinstance(end.result, Made)]
    return [(at - made[0][0], stamp) for at, stamp in made]


def is_logged(moment: Moment, call: Call) -> bool:
    """Something has to be logged."""
    return moment.must_log is not Level.NOTHING


def enters_its_id(moment: Moment, call: Call) -> bool:
    """The id is in `anonChannels` when the step has settled, if the call still waits."""
    return moment.end(call) is not None or call.operation.id in moment.after.anon_channels


def arrives_as_it_was_sent(moment: Moment, call: Call) -> bool:
    """If the operation returns a message, no part of it differs from what was sent."""
    end = moment.end(call)
    return end is None or end.changed == ()


def has_the_group_to_which_it_was_sent(moment: Moment, call: Call) -> bool:
    """If the operation returns a message, its group is another one if it was sent to a group, and nothing else is."""
    end = moment.end(call)
    if end is None or not isinstance(end.result, Got) or end.result.sender is None:
        return True
    sent = moment.calls[end.result.sender - 1].operation
    return end.changed == (("group",) if isinstance(sent, SendToGroup | SendToGroupSync) else ())


_RECEIVERS = (Receive, SendSync)

PROPERTIES = {
    "route_group": About(
        {
            "kept": each(under_way(_RECEIVERS), arrives_as_it_was_sent),
            "set": each(under_way(_RECEIVERS), has_the_group_to_which_it_was_sent),
        },
        Setting(
            (
                Send(module="a", id="m1"),
                SendToGroup(group="g", id="m1"),
                SendToGroupSync(group="g", id="m2", timeout=10),
                SendSync(module="a", id="m1", timeout=10),
                SendResp(parent="m1"),
                Receive(module="a"),
            ),
            steps(*member("a")),
            {"capacity": (UNBOUNDED,)},
        ),
    ),
    "timestamp_unit": About(
        {
            "seconds": counts_seconds,
            "milliseconds": counts(1),
            "microseconds": counts(1_000),
            "nanoseconds": counts(1_000_000),
        },
        Setting((MakeMessage(), MakeResponse(id="m1"), Advance(350), Advance(2000)), steps(MakeMessage())),
    ),
    "empty_id": About(
        {
            "accepted": same_as_with_another("id"),
            "unanswered": every(
                each(new(SYNC, has_no_name("id")), waits, enters_its_id),
                each(new(SendResp, has_no_name("parent")), at_once, changes_nothing, is_logged),
            ),
            "refused": each(new(SYNC, has_no_name("id")), fails(), changes_nothing),
        },
        Setting(
            (
                SendSync(module="a", id="", timeout=10),
                SendToGroupSync(group="g", id="", timeout=10),
                SendResp(parent=""),
                Receive(module="a"),
                Advance(10),
            ),
            steps(*member("a")),
            {"capacity": (UNBOUNDED,), "sync_same_id": ("replaced_own", "replaced_any")},
        ),
    ),
}
