"""One worker process: frames to it and from it, what it says on stderr, and how it ended."""

from __future__ import annotations

import fcntl
import os
import re
import resource
import select
import selectors
import signal
import struct
import subprocess
import time
from collections.abc import Mapping
from typing import IO, NamedTuple, NoReturn

from beehive_go.build import Built
from beehive_go.worker import BROKEN

STDERR_KEPT = 256 * 1024
"""Bytes, the last ones: room for what Go says about all goroutines."""
TEXT_KEPT = 4000
"""Characters of it that go into the text of a death."""
_PIPE = 1 << 20
"""Bytes that a pipe may hold, so that a whole batch rarely has to wait in it."""
_NOTES = struct.Struct(">IBI")
"""What the worker notes before the steps: the program's index, its stage, signs of life."""
_NO_PROGRAM, _, _ENDING = range(3)
_CHUNK = 1 << 18
MEMORY = 1 << 30
"""Bytes that a worker may use: ten times what it does, and not so many that others suffer."""
_MORE_THAN_WANTED = 0.6
"""The share of it that a worker has only if it cannot keep to the limit that Go is told below."""
_SETTINGS = {"GOMAXPROCS": "1", "GOGC": "2000", "GOMEMLIMIT": "512MiB", "GOTRACEBACK": "single"}
"""For the Go runtime: with one processor settling is cheapest; histories are small, so garbage can wait."""


class WorkerError(Exception):
    """The worker does not do its work, which says nothing about the implementation in it."""


class Ended(Exception):
    """The process ended, or was ended; `kind` is the word for how, as in a history.

    `by_others` says that it need not have been its own doing: somebody killed it, or the machine was busy.
    """

    def __init__(self, kind: str, text: str, by_others: bool = False) -> None:
        super().__init__(f"{kind}: {text}")
        self.kind = kind
        self.text = text
        self.by_others = by_others


class Noted(NamedTuple):
    """Which program of a request ran, from 0; whether it was over but for what still waited; its steps."""

    program: int
    ending: bool
    steps: tuple[bytes, ...]


class WorkerProcess:
    """A running worker. Not for several threads."""

    def __init__(self, built: Built, settings: Mapping[str, str] = _SETTINGS) -> None:
        self._progress = os.memfd_create("beehive-progress", 0)
        try:
            self._child = subprocess.Popen(
                built.command(self._progress),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                pass_fds=[self._progress],
                env={**os.environ, **settings},
                bufsize=0,
            )
        except BaseException:
            os.close(self._progress)
            raise
        child = self._child
        resource.prlimit(child.pid, resource.RLIMIT_DATA, (MEMORY, MEMORY))
        resource.prlimit(child.pid, resource.RLIMIT_CORE, (0, 0))
        self._in, self._out, self._err = _number(child.stdin), _number(child.stdout), _number(child.stderr)
        for end in (self._in, self._out, self._err):
            os.set_blocking(end, False)
        for end in (self._in, self._out):
            fcntl.fcntl(end, fcntl.F_SETPIPE_SZ, _PIPE)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._out, selectors.EVENT_READ)
        self._selector.register(self._err, selectors.EVENT_READ)
        self._unsent = bytearray()
        self._unread = bytearray()
        self._said = bytearray()
        self._closed = False

    def send(self, request: bytes) -> None:
        """Hand over a request; what does not fit into the pipe follows while answers are awaited."""
        self._unsent += struct.pack(">I", len(request)) + request
        self._write()

    def receive(self, patience: float) -> bytes:
        """Return the next answer; raise Ended if nothing goes on for `patience` seconds of real time."""
        deadline = time.monotonic() + patience
        signs = self._signs()
        while (answer := self._take()) is None:
            left = deadline - time.monotonic()
            if left <= 0:
                # A program may have very much to do; it hangs when it does nothing.
                before, signs = signs, self._signs()
                if signs == before:
                    self._end(f"nothing went on for {patience:g} seconds")
                deadline = time.monotonic() + patience
                continue
            for key, _ in self._selector.select(left):
                if key.fd == self._in:
                    self._write()
                elif key.fd == self._err:
                    self._read_stderr()
                elif not self._read_stdout():
                    self._end()
        return answer

    def _signs(self) -> tuple[bytes, int, int]:
        """Return what changes while the worker works."""
        return os.pread(self._progress, _NOTES.size, 0), os.fstat(self._progress).st_size, len(self._unread)

    def noted(self) -> Noted | None:
        """Return what the worker noted of the program that it runs, or None if it runs none."""
        notes = os.pread(self._progress, os.fstat(self._progress).st_size, 0)
        if len(notes) < _NOTES.size:
            return None
        index, stage, _ = _NOTES.unpack_from(notes)
        if stage == _NO_PROGRAM:
            return None
        steps: list[bytes] = []
        at = _NOTES.size
        while at + 4 <= len(notes):
            (size,) = struct.unpack_from(">I", notes, at)
            if at + 4 + size > len(notes):
                break
            steps.append(notes[at + 4 : at + 4 + size])
            at += 4 + size
        return Noted(index, stage == _ENDING, tuple(steps))

    def close(self) -> None:
        """End the process and free what belongs to it; may be called again."""
        if self._closed:
            return
        self._closed = True
        self._child.kill()
        self._child.wait()
        self._selector.close()
        for pipe in (self._child.stdin, self._child.stdout, self._child.stderr):
            if pipe is not None:
                pipe.close()
        os.close(self._progress)

    def _write(self) -> None:
        try:
            while self._unsent:
                del self._unsent[: os.write(self._in, self._unsent)]
        except BlockingIOError:
            pass
        except BrokenPipeError:
            # How it ended is told by the other pipes.
            self._unsent.clear()
        waiting = self._in in self._selector.get_map()
        if self._unsent and not waiting:
            self._selector.register(self._in, selectors.EVENT_WRITE)
        elif not self._unsent and waiting:
            self._selector.unregister(self._in)

    def _take(self) -> bytes | None:
        if len(self._unread) < 4:
            return None
        (size,) = struct.unpack_from(">I", self._unread)
        if len(self._unread) < 4 + size:
            return None
        answer = bytes(self._unread[4 : 4 + size])
        del self._unread[: 4 + size]
        return answer

    def _read_stdout(self) -> bool:
        try:
            data = os.read(self._out, _CHUNK)
        except BlockingIOError:
            return True
        self._unread += data
        return bool(data)

    def _read_stderr(self) -> bool:
        try:
            data = os.read(self._err, _CHUNK)
        except BlockingIOError:
            return True
        self._said += data
        del self._said[:-STDERR_KEPT]
        if not data:
            self._selector.unregister(self._err)
        return bool(data)

    def _end(self, hung: str = "") -> NoReturn:
        """Wait for the end of the process, or bring it about if it hangs, and raise what it was."""
        if hung:
            self._child.kill()
        handle = os.pidfd_open(self._child.pid)
        try:
            if not select.select([handle], [], [], 10)[0]:
                hung = "its standard output was closed, but it did not end"
                self._child.kill()
        finally:
            os.close(handle)
        _, status, usage = os.wait4(self._child.pid, 0)
        self._child.returncode = os.waitstatus_to_exitcode(status)
        os.set_blocking(self._err, True)
        while self._err in self._selector.get_map() and self._read_stderr():
            pass
        said = self._said.decode(errors="replace")
        if hung:
            raise Ended("hung", hung, by_others=True)
        if self._child.returncode == BROKEN:
            raise WorkerError(f"the worker failed: {said.strip()[-TEXT_KEPT:]}")
        kind, text = end_of(self._child.returncode, said)
        # A Go runtime that gets no more memory does not always live to say so; its collector may just crash.
        share = usage.ru_maxrss * 1024 / MEMORY
        if kind != "memory" and share > (_MORE_THAN_WANTED if kind == "fatal" else 0.9):
            kind = "memory"
            text = f"out of memory: it had {share:.0%} of what a worker may have\n{text}"
        raise Ended(kind, text, by_others=kind == "memory" or -self._child.returncode in _SENT_BY_OTHERS)


def _number(pipe: IO[bytes] | None) -> int:
    assert pipe is not None
    return pipe.fileno()


_SENT_BY_OTHERS = (signal.SIGHUP, signal.SIGINT, signal.SIGKILL, signal.SIGTERM)

_FIRST_WORDS = re.compile(
    r"^(panic|fatal error|runtime: out of memory|runtime: goroutine stack exceeds|SIG[A-Z]+(?=: ))\b", re.M
)


def end_of(status: int, said: str) -> tuple[str, str]:
    """Return the kind of an end and its text, from the exit status and from what was said on stderr."""
    words = _FIRST_WORDS.search(said)
    text = (said[words.start() :] if words else said[-TEXT_KEPT:]).strip()[:TEXT_KEPT]
    # A program of its own exits with 2; a library aborts, so that the one who loaded it can have a core.
    if words and status in (2, -signal.SIGABRT):
        if re.search(r"out of memory|cannot allocate memory", text):
            return "memory", text
        return ("panic" if words[1] == "panic" else "fatal"), text
    if status == -signal.SIGKILL:
        return "memory", f"killed by signal 9, as the system does when memory runs out\n{text}".strip()
    if status < 0:
        return "fatal", f"killed by signal {-status}\n{text}".strip()
    return "exit", f"exit status {status}\n{text}".strip()
