"""Invariants of the model, and the exploration that checks them move by move."""

from beehive_spec.invariants.calls import (
    a_call_is_limited_as_a_whole,
    a_limit_runs_from_the_start,
    calls_end_by_their_timeout,
    calls_have_their_entries,
    entries_belong_to_calls,
    no_entry_is_taken_over,
    no_timer_is_due,
    results_never_change,
)
from beehive_spec.invariants.conservation import (
    no_answer_leaves_messages,
    no_channel_has_a_message_twice,
    nothing_is_doubled,
    nothing_is_left_on_the_way,
    nothing_is_lost,
    what_was_put_stays,
)
from beehive_spec.invariants.exploration import Explored, Violation, explore_model
from beehive_spec.invariants.invariant import Invariant, Invariants, MoveTaken, Situation, StepTaken
from beehive_spec.invariants.moves import local_moves_hide_nothing, moves_end
from beehive_spec.invariants.order import (
    first_in_first_out,
    receivers_are_in_order,
    receivers_are_served_in_order,
    senders_are_in_order,
    senders_are_served_in_order,
)
from beehive_spec.invariants.waiting import (
    closing_wakes_who_waits,
    entries_are_changed_by_their_own_operations,
    no_channel_holds_too_much,
    no_closed_channel_in_a_map,
    nobody_is_stuck,
    nobody_waits_at_a_closed_channel,
    nobody_waits_for_a_message_that_is_there,
    nobody_waits_for_room_that_is_there,
    who_waits_is_under_way,
)

INVARIANTS = Invariants(
    of_moves=(
        Invariant(what_was_put_stays),
        Invariant(nothing_is_doubled),
        Invariant(nothing_is_lost),
        Invariant(nothing_is_left_on_the_way, no_answer_leaves_messages),
        Invariant(first_in_first_out),
        Invariant(receivers_are_served_in_order, receivers_are_in_order),
        Invariant(senders_are_served_in_order, senders_are_in_order),
        Invariant(results_never_change),
        Invariant(closing_wakes_who_waits),
        Invariant(no_closed_channel_in_a_map),
        Invariant(entries_are_changed_by_their_own_operations),
        Invariant(a_limit_runs_from_the_start, a_call_is_limited_as_a_whole),
    ),
    of_states=(
        Invariant(nobody_waits_for_a_message_that_is_there),
        Invariant(nobody_waits_for_room_that_is_there),
        Invariant(no_channel_has_a_message_twice),
        Invariant(no_channel_holds_too_much),
        Invariant(nobody_waits_at_a_closed_channel),
        Invariant(who_waits_is_under_way),
        Invariant(entries_belong_to_calls),
        Invariant(calls_have_their_entries, no_entry_is_taken_over),
    ),
    of_settled_states=(Invariant(no_timer_is_due), Invariant(nobody_is_stuck)),
    of_steps=(
        Invariant(calls_end_by_their_timeout, a_call_is_limited_as_a_whole),
        Invariant(moves_end),
        Invariant(local_moves_hide_nothing),
    ),
)
"""The invariants of the model, each for the answers under which it holds."""

__all__ = [
    "INVARIANTS",
    "Explored",
    "Invariant",
    "Invariants",
    "MoveTaken",
    "Situation",
    "StepTaken",
    "Violation",
    "explore_model",
]
