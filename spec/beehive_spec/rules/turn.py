"""A turn: one operation in one state, as a rule sees it."""

from __future__ import annotations

from typing import Generic, TypeVar

from msgspec import Struct

from beehive_spec.answers import Answers
from beehive_spec.state import OperationResult, Process, State, finish, move_to, move_to_channel, with_process
from beehive_spec.vocabulary import Operation

OperationT_co = TypeVar("OperationT_co", bound=Operation, covariant=True)


class Turn(Struct, Generic[OperationT_co], frozen=True, gc=False):
    """What a rule is given: the state, and the operation that may move in it.

    `process` is the process `pid` of `state`, and `operation` is what it runs. The methods return the state in
    which this operation has moved and nothing else has changed.
    """

    answers: Answers
    state: State
    pid: int
    process: Process
    operation: OperationT_co

    def at(self, state: State) -> Turn[OperationT_co]:
        """Return the turn of the same operation in another state."""
        return Turn(self.answers, state, self.pid, state.processes[self.pid], self.operation)

    def with_process(self, process: Process) -> State:
        """Return the state with the process of the operation replaced."""
        return with_process(self.state, self.pid, process)

    def move_to(self, place: str) -> State:
        """Return the state with the operation in another place."""
        return move_to(self.state, self.pid, place)

    def move_to_channel(self, place: str, channel: int) -> State:
        """Return the state with the operation in another place, at a channel."""
        return move_to_channel(self.state, self.pid, place, channel)

    def finish(self, result: OperationResult) -> State:
        """Return the state in which the operation has ended."""
        return finish(self.state, self.pid, result)
