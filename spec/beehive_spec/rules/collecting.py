"""How a synchronous call to a group counts its responses, and when it notices that all have arrived."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from beehive_spec.answers import Answers
from beehive_spec.rules.requests import end_request, leave_unput, limit, stop_waiting
from beehive_spec.rules.spreading import has_closed
from beehive_spec.rules.turn import Turn
from beehive_spec.state import RETURNED, Process, State, move_to
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
    if isinstance(answers.group_sync_look, int) and answers.group_sync_look > 0:
        yield turn.with_process(replace(process, poll=answers.group_sync_look))
        yield turn.with_process(replace(process, poll=0))
    else:
        yield turn.with_process(process)


def is_complete(answers: Answers, state: State, process: Process) -> bool:
    """Return whether a process collects responses and has as many as the group has modules."""
    operation = process.operation
    return isinstance(operation, SendToGroupSync) and has_all(answers, state, process, operation)


def has_all(answers: Answers, state: State, process: Process, operation: SendToGroupSync) -> bool:
    """Return whether a call has all responses, as group_sync_count and group_sync_compare define it."""
    expected = process.expected
    if answers.group_sync_count != "at_start":
        expected = len(dict(state.groups).get(operation.group, ()))
    arrived = state.pool[process.channel].length
    return arrived == expected if answers.group_sync_compare == "equal" else arrived >= expected


def may_look_late(answers: Answers, process: Process) -> bool:
    """Return whether a process may find at its timeout that it has all responses."""
    if process.unseen or not isinstance(process.operation, SendToGroupSync):
        return False
    match process.place:
        case "collect":
            return _looks_at_timeout(answers)
        case "room":
            return answers.group_sync_unnoticed == "returned"
        case _:
            return False


def _looks_at_timeout(answers: Answers) -> bool:
    return answers.group_sync_look == "at_timeout" or answers.group_sync_unnoticed != "timeout"


def check_responses(turn: Turn[SendToGroupSync]) -> Iterable[State]:
    """Return if it is time to check and all responses have arrived; a message without room is taken back or left."""
    answers, process = turn.answers, turn.process
    arrived = turn.state.pool[process.channel].length
    if not _is_due(answers, process, arrived):
        return ()
    if has_all(answers, turn.state, process, turn.operation):
        left = leave_unput(turn, answers.group_sync_put, answers.group_sync_late)
        if process.members and leaves_unreached(answers, True):
            return (move_to(left, turn.pid, "done"),)
        return (end_request(turn.at(left), RETURNED),)
    interval = answers.group_sync_look
    if process.poll == 0 and isinstance(interval, int):
        return (turn.with_process(replace(process, poll=interval)),)
    if _checks_at_responses(answers) and arrived > process.looked:
        return (turn.with_process(replace(process, looked=arrived)),)
    return ()


def _is_due(answers: Answers, process: Process, arrived: int) -> bool:
    if process.poll == 0 or (process.timer == 0 and _looks_at_timeout(answers)):
        return True
    is_always_due = answers.group_sync_look in ("at_once", 0)
    return is_always_due and (arrived > process.looked or not _checks_at_responses(answers))


def _checks_at_responses(answers: Answers) -> bool:
    """Return whether the call checks when it starts to wait and at each response, but not when the group changes."""
    return answers.group_sync_count == "at_response" and answers.group_sync_look == "at_once"


def time_out_collecting(turn: Turn[SendToGroupSync]) -> Iterator[State]:
    """End with a timeout when the time is over; the entry of the id is gone."""
    answers, state, process = turn.answers, turn.state, turn.process
    if process.timer != 0:
        return
    for kind in errors_of_closed(turn):
        yield end_request(turn, kind)
    # A poll at this very instant may come after the timeout, unless the call looks once more in any case.
    is_looking = process.poll != 0 and _is_due(answers, process, state.pool[process.channel].length)
    if was_complete(turn) and (is_looking or _looks_at_timeout(answers)):
        return
    after = stop_waiting(turn, answers.group_sync_put, answers.group_sync_late)
    if process.members and leaves_unreached(answers, False):
        yield move_to(after, turn.pid, "late")
    else:
        yield end_request(turn.at(after), ErrorKind.TIMEOUT)


def leaves_unreached(answers: Answers, has_responses: bool) -> bool:
    """Return whether a call that ends leaves its message at the channels that it has not reached."""
    if has_responses and answers.group_sync_put != "waits":
        return answers.group_sync_put == "left"
    return answers.group_sync_late == "left"


def errors_of_closed(turn: Turn[SendToGroupSync]) -> tuple[ErrorKind, ...]:
    """Return the kind of the error about a module whose channel is closed, if there is one that was not reached."""
    answer = turn.answers.group_sync_closed
    return () if answer == "goes_on" or not has_closed(turn.state, turn.process.members) else (ErrorKind(answer),)


def was_complete(turn: Turn[SendToGroupSync]) -> bool:
    """Return whether all responses were there before this instant; those of this instant may be late."""
    return turn.process.in_time and has_all(turn.answers, turn.state, turn.process, turn.operation)
