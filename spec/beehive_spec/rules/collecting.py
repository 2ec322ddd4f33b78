"""How a synchronous call to a group counts its responses, and when it notices that all have arrived."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from beehive_spec.answers import Answers
from beehive_spec.rules.requests import end_request, limit, stop_waiting
from beehive_spec.rules.turn import Turn
from beehive_spec.state import RETURNED, Process, State
from beehive_spec.vocabulary import ErrorKind, SendToGroupSync


def limit_of_group(turn: Turn[SendToGroupSync]) -> int | None:
    """Return the time that a call to a group has in milliseconds, or None if it has no limit."""
    return limit(turn.operation.timeout, turn.answers.group_sync_zero, turn.answers.group_sync_negative)


def start_collecting(turn: Turn[SendToGroupSync]) -> Iterator[State]:
    """Start to wait for the responses."""
    answers = turn.answers
    process = replace(turn.process, place="collect")
    if answers.group_sync_timer != "whole":
        process = replace(process, timer=limit_of_group(turn))
    if isinstance(answers.group_sync_look, int):
        yield turn.with_process(replace(process, poll=answers.group_sync_look))
        yield turn.with_process(replace(process, poll=0))
    else:
        yield turn.with_process(process)


def is_complete(answers: Answers, state: State, process: Process) -> bool:
    """Return whether a process collects responses and has as many as the group has modules."""
    operation = process.operation
    return isinstance(operation, SendToGroupSync) and has_all(answers, state, process, operation)


def has_all(answers: Answers, state: State, process: Process, operation: SendToGroupSync) -> bool:
    """Return whether as many responses have arrived as the group has modules."""
    expected = process.expected
    if answers.group_sync_count != "at_start":
        expected = len(dict(state.groups).get(operation.group, ()))
    return state.pool[process.channel].length >= expected


def check_responses(turn: Turn[SendToGroupSync]) -> Iterable[State]:
    """Return if it is time to check and all responses have arrived; a message without room is taken back or left."""
    answers, process = turn.answers, turn.process
    arrived = turn.state.pool[process.channel].length
    if not _is_due(answers, process, arrived):
        return ()
    if has_all(answers, turn.state, process, turn.operation):
        return (end_request(turn, RETURNED),)
    interval = answers.group_sync_look
    if process.poll == 0 and isinstance(interval, int):
        return (turn.with_process(replace(process, poll=interval)),)
    if _checks_at_responses(answers) and arrived > process.looked:
        return (turn.with_process(replace(process, looked=arrived)),)
    return ()


def _is_due(answers: Answers, process: Process, arrived: int) -> bool:
    if process.timer == 0 or process.poll == 0:
        return True
    return answers.group_sync_look == "at_once" and (arrived > process.looked or not _checks_at_responses(answers))


def _checks_at_responses(answers: Answers) -> bool:
    """Return whether the call checks when it starts to wait and at each response, but not when the group changes."""
    return answers.group_sync_count == "at_response" and answers.group_sync_look == "at_once"


def time_out_collecting(turn: Turn[SendToGroupSync]) -> Iterable[State]:
    """End with a timeout when the time is over; the entry of the id is gone."""
    process = turn.process
    # The last check finds responses that were complete at an earlier instant. Those of this instant may be late.
    if process.timer != 0 or (process.expected == 0 and has_all(turn.answers, turn.state, process, turn.operation)):
        return ()
    return (end_request(turn.at(stop_waiting(turn, turn.answers.group_sync_late)), ErrorKind.TIMEOUT),)
