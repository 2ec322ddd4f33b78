"""The answers of one implementation to the questions that the documents leave open."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

UNBOUNDED = "unbounded"
"""The answer to `capacity` and `response_room` that sets no limit."""


class Answers(NamedTuple):
    """One answer to each question; the chapters define what each question and each answer means.

    An answer is a number where the chapters allow `number`. The order of the fields is the order in which the answers
    are measured: a probe of one question may rely on the answers to the questions above it.
    """

    send_unknown: str = "refused"
    add_again: str = "refused"
    group_unknown_module: str = "refused"
    clean_up_unknown: str = "refused"
    empty_group: str = "removed"
    capacity: str | int = UNBOUNDED
    full: str = "waits"
    receivers: str = "fifo"
    senders: str = "fifo"
    receive_unknown: str = "refused"
    receive_closed: str = "closed"
    send_closed: str = "refused"
    broadcast_unknown: str = "refused"
    broadcast_empty: str = "returned"
    broadcast_full: str = "waits"
    broadcast_closed: str = "goes_on"
    response_unknown: str = "returned"
    response_logged: str = "error"
    sync_unknown: str = "refused"
    sync_zero: str | int = "at_once"
    sync_negative: str | int = "refused"
    sync_same_id: str = "refused"
    sync_full: str = "waits"
    sync_order: str = "register_first"
    sync_put: str = "waits"
    sync_timer: str = "whole"
    sync_late: str = "taken_back"
    sync_closed: str = "closed"
    response_room: str | int = 1
    response_full: str = "dropped"
    response_left: str = "released"
    group_sync_unknown: str = "refused"
    group_sync_empty: str = "returned"
    group_sync_zero: str | int = "at_once"
    group_sync_negative: str | int = "refused"
    group_sync_look: str | int = "at_once"
    group_sync_count: str = "at_start"
    group_sync_put: str = "withdrawn"
    group_sync_late: str = "taken_back"
    group_sync_closed: str = "goes_on"
    group_sync_timer: str = "whole"
    unnamed_module: str = "accepted"
    unnamed_group: str = "accepted"
    empty_id: str = "accepted"
    route_group: str = "kept"
    timestamp_unit: str = "milliseconds"
    register_without_file: str = "refused"
    register_again: str = "refused"
    register_unnamed: str = "accepted"
    registered_channel: str = "none"
    clean_up_registration: str = "kept"
    group_sync_unnoticed: str = "returned_if_looking"
    group_sync_compare: str = "at_least"

    def with_answers(self, others: Mapping[str, str | int]) -> Answers:
        """Return these answers with others in their places, by question; whether they are allowed is not checked."""
        return self._replace(**others)  # type: ignore[arg-type]  # the fields differ in their types

    @property
    def bound(self) -> int | None:
        """The number of messages that a channel holds, or None if it holds any number."""
        return self.capacity if isinstance(self.capacity, int) else None
