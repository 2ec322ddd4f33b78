"""Calls and their entries, timers and results."""

from __future__ import annotations

from collections.abc import Iterator

from beehive_spec.answers import Answers
from beehive_spec.invariants.invariant import MoveTaken, Situation, StepTaken
from beehive_spec.rules.requests import SyncOperation, limit
from beehive_spec.state import DELIVERY, NO_CHANNEL, Process, State, lookup
from beehive_spec.vocabulary import Advance, Operation, SendSync, SendToGroupSync


def results_never_change(taken: MoveTaken) -> bool:
    """An operation that has ended keeps its result and the time of its end."""
    before, after = taken.turn.state.processes, taken.after.processes
    return all(old == new for old, new in zip(before, after, strict=False) if old.result is not None)


def entries_belong_to_calls(situation: Situation) -> bool:
    """Each entry in `anonChannels` belongs to a call with this id that has not ended."""
    calls = {(operation.id, process.channel) for operation, process in _calls(situation.state)}
    return all(entry in calls for entry in situation.state.requests)


def calls_have_their_entries(situation: Situation) -> bool:
    """A call that has entered its id has its entry in `anonChannels` until it ends."""
    requests = situation.state.requests
    return all(
        process.channel == NO_CHANNEL or lookup(requests, operation.id) == process.channel
        for operation, process in _calls(situation.state)
    )


def no_entry_is_taken_over(answers: Answers) -> bool:
    """Return whether no call takes over the entry of another."""
    return answers.sync_same_id == "refused"


def no_timer_is_due(situation: Situation) -> bool:
    """When everything has settled, no timer and no poll of an operation is due."""
    times = [time for process in situation.state.processes for time in (process.timer, process.poll)]
    return bool(situation.state.died) or all(time is None or time > 0 for time in times)


def a_limit_runs_from_the_start(taken: MoveTaken) -> bool:
    """The time of a call runs from its start if its timeout limits the whole call: no later move sets its timer."""
    answers, before = taken.turn.answers, taken.turn.process
    after = taken.after.processes[taken.turn.pid]
    is_over = after.result is not None or before.timer == 0
    if is_over or before.unseen or not _is_limited_as_a_whole(answers, before.operation):
        return True
    return after.timer == (limit_of(answers, before.operation) if before.place == "start" else before.timer)


def calls_end_by_their_timeout(taken: StepTaken) -> bool:
    """A call whose timeout limits the whole call has ended when as much time has passed."""
    return not isinstance(taken.step, Advance) or all(
        _has_ended_within(time, process)
        for pid, time in _limits(taken, taken.step.ms)
        for process in (after.processes[pid] for after in taken.ended if not after.died)
    )


def a_call_is_limited_as_a_whole(answers: Answers) -> bool:
    """Return whether the timeout of a call to a module, or of one to a group, limits the whole call."""
    return "whole" in (answers.sync_timer, answers.group_sync_timer)


def limit_of(answers: Answers, operation: Operation) -> int | None:
    """Return the time limit of a call in milliseconds, or None if it has none or the operation is no call."""
    match operation:
        case SendSync():
            return limit(operation.timeout, answers.sync_zero, answers.sync_negative)
        case SendToGroupSync():
            return limit(operation.timeout, answers.group_sync_zero, answers.group_sync_negative)
        case _:
            return None


def _calls(state: State) -> Iterator[tuple[SyncOperation, Process]]:
    for process in state.processes:
        operation = process.operation
        if process.result is None and process.name != DELIVERY and isinstance(operation, SendSync | SendToGroupSync):
            yield operation, process


def _is_limited_as_a_whole(answers: Answers, operation: Operation) -> bool:
    match operation:
        case SendSync():
            return answers.sync_timer == "whole"
        case SendToGroupSync():
            return answers.group_sync_timer == "whole"
        case _:
            return False


def _limits(taken: StepTaken, most: int) -> Iterator[tuple[int, int]]:
    """Yield each call that started before the step and is limited to `most` milliseconds at most, with its limit."""
    answers = taken.model.answers
    for pid, process in enumerate(taken.before.processes):
        if process.place != "turn" and not process.unseen and _is_limited_as_a_whole(answers, process.operation):
            time = limit_of(answers, process.operation)
            if time is not None and time <= most:
                yield pid, time


def _has_ended_within(time: int, process: Process) -> bool:
    return process.result is not None and process.at <= time
