"""The places in the bus at which the interpreter may run a signal handler or a finalizer, and calls made there."""

from __future__ import annotations

import dis
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import beehive

FOLDER = str(Path(beehive.__file__).parent)
_CALLS = {"CALL", "CALL_KW", "CALL_FUNCTION_EX", "RESUME"}


@cache
def places(code: CodeType) -> frozenset[int]:
    """Return the offsets at which signals are handled: after a call, at a start, at a jump back."""
    if not code.co_filename.startswith(FOLDER):
        return frozenset()
    found: set[int] = set()
    is_after_call = False
    for each in dis.get_instructions(code):
        if is_after_call:
            found.add(each.offset)
        is_after_call = each.opname in _CALLS
        if each.opname == "JUMP_BACKWARD":
            found.add(each.argval)
    return frozenset(found)


class AtPlace:
    """Calls a function at one of the places that the calling thread passes, counted from 1."""

    def __init__(self, number: int, act: Callable[[], object]) -> None:
        self.passed = 0
        self.where = "nowhere"
        self._number = number
        self._act = act
        self._is_acting = False

    def _pass(self, code: CodeType, offset: int) -> None:
        if self._is_acting or offset not in places(code):
            return
        self.passed += 1
        if self.passed == self._number:
            self.where = f"{Path(code.co_filename).name}, {code.co_qualname}, offset {offset}"
            self._is_acting = True
            try:
                self._act()
            finally:
                self._is_acting = False

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Watch the block."""
        if sys.version_info >= (3, 12):
            # Tracing of instructions gives no events in some releases.
            tool, events = sys.monitoring.DEBUGGER_ID, sys.monitoring.events
            sys.monitoring.use_tool_id(tool, "places")
            sys.monitoring.register_callback(tool, events.INSTRUCTION, self._pass)
            sys.monitoring.set_events(tool, events.INSTRUCTION)
            try:
                yield
            finally:
                sys.monitoring.set_events(tool, 0)
                sys.monitoring.free_tool_id(tool)
        else:
            before = sys.gettrace()
            sys.settrace(self._called)
            try:
                yield
            finally:
                sys.settrace(before)

    def _called(self, frame: FrameType, event: str, argument: Any) -> Callable[..., Any] | None:
        if not places(frame.f_code):
            return None
        frame.f_trace_opcodes = True
        return self._traced

    def _traced(self, frame: FrameType, event: str, argument: Any) -> Callable[..., Any]:
        if event == "opcode":
            self._pass(frame.f_code, frame.f_lasti)
        return self._traced
