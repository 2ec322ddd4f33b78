"""One worker process: its pipes, its limits, what it writes to standard error, and how it ended."""

from __future__ import annotations

import fcntl
import os
import re
import resource
import select
import selectors
import signal
import subprocess
import time
from collections.abc import Mapping
from typing import IO, NoReturn

from beehive_go.build import Built
from beehive_go.errors import WorkerError
from beehive_go.protocol import BROKEN_STATUS, SIGNS_SIZE, Notes, frame, read_notes, take_frame

STDERR_KEPT = 256 * 1024
"""The number of bytes kept from the end of standard error: enough for Go's dump of all goroutines."""
TEXT_KEPT = 4000
"""The number of characters of standard error that become the text of a death."""
_PIPE = 1 << 20
"""Bytes that a pipe holds, so that a whole batch rarely has to wait."""
_CHUNK = 1 << 18
"""Bytes that are read from a pipe at once."""
MEMORY = 1 << 30
"""Bytes that a worker may use: ten times what it needs, and few enough to spare other processes."""
_OVER_LIMIT = 0.6
"""The share of `MEMORY` that a worker reaches only if Go cannot keep within its own limit, `GOMEMLIMIT`."""
_EXIT_WAIT_S = 10.0
"""Seconds of real time in which a process ends after it has closed its standard output."""
_SETTINGS = {"GOMAXPROCS": "1", "GOGC": "2000", "GOMEMLIMIT": "512MiB", "GOTRACEBACK": "single"}
"""For the Go runtime: settling is cheapest on one processor; histories are small, so garbage collection can wait."""


class Ended(Exception):
    """The process ended, or was terminated; `kind` is the kind of the death, as in a history.

    `by_others` says that the cause may lie outside it: a signal from another process, or a busy machine.
    """

    def __init__(self, kind: str, text: str, by_others: bool = False) -> None:
        super().__init__(f"{kind}: {text}")
        self.kind = kind
        self.text = text
        self.by_others = by_others


class WorkerProcess:
    """A running worker, to be used from one thread."""

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
        self._stderr = bytearray()
        self._closed = False

    def send(self, request: bytes) -> None:
        """Send a request; what does not fit into the pipe is sent by `receive`."""
        self._unsent += frame(request)
        self._write()

    def receive(self, silence_s: float) -> bytes:
        """Return the next reply.

        Raises Ended if the process ends, or shows no sign of life for `silence_s` seconds of real time.
        """
        deadline = time.monotonic() + silence_s
        signs = self._signs()
        while (reply := take_frame(self._unread)) is None:
            left = deadline - time.monotonic()
            if left <= 0:
                # A program may take long; it hangs when nothing changes any more.
                before, signs = signs, self._signs()
                if signs == before:
                    self._end(f"no sign of life for {silence_s:g} seconds")
                deadline = time.monotonic() + silence_s
                continue
            for key, _ in self._selector.select(left):
                if key.fd == self._in:
                    self._write()
                elif key.fd == self._err:
                    self._read_stderr()
                elif not self._read_stdout():
                    self._end()
        return reply

    def _signs(self) -> tuple[bytes, int, int]:
        """Return values of which at least one changes while the worker makes progress."""
        return os.pread(self._progress, SIGNS_SIZE, 0), os.fstat(self._progress).st_size, len(self._unread)

    def notes(self) -> Notes | None:
        """Return what the worker noted about the program that it runs, or None if it runs none."""
        return read_notes(os.pread(self._progress, os.fstat(self._progress).st_size, 0))

    def close(self) -> None:
        """End the process and free its resources; may be called again."""
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
            # Standard output and standard error show how it ended.
            self._unsent.clear()
        waiting = self._in in self._selector.get_map()
        if self._unsent and not waiting:
            self._selector.register(self._in, selectors.EVENT_WRITE)
        elif not self._unsent and waiting:
            self._selector.unregister(self._in)

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
        self._stderr += data
        del self._stderr[:-STDERR_KEPT]
        if not data:
            self._selector.unregister(self._err)
        return bool(data)

    def _end(self, hung: str = "") -> NoReturn:
        """Wait until the process has ended, killing it if it hangs, and raise Ended or WorkerError."""
        if hung:
            self._child.kill()
        handle = os.pidfd_open(self._child.pid)
        try:
            if not select.select([handle], [], [], _EXIT_WAIT_S)[0]:
                hung = "its standard output was closed, but it did not end"
                self._child.kill()
        finally:
            os.close(handle)
        _, status, usage = os.wait4(self._child.pid, 0)
        self._child.returncode = os.waitstatus_to_exitcode(status)
        os.set_blocking(self._err, True)
        while self._err in self._selector.get_map() and self._read_stderr():
            pass
        said = self._stderr.decode(errors="replace")
        if hung:
            raise Ended("hung", hung, by_others=True)
        if self._child.returncode == BROKEN_STATUS:
            raise WorkerError(f"the worker failed: {said.strip()[-TEXT_KEPT:]}")
        kind, text = end_of(self._child.returncode, said)
        # A Go runtime that runs out of memory does not always report it; its collector may crash first.
        share = usage.ru_maxrss * 1024 / MEMORY
        if kind != "memory" and share > (_OVER_LIMIT if kind == "fatal" else 0.9):
            kind = "memory"
            text = f"out of memory: it used {share:.0%} of its limit\n{text}"
        raise Ended(kind, text, by_others=kind == "memory" or -self._child.returncode in _SENT_BY_OTHERS)


def _number(pipe: IO[bytes] | None) -> int:
    assert pipe is not None
    return pipe.fileno()


_SENT_BY_OTHERS = (signal.SIGHUP, signal.SIGINT, signal.SIGKILL, signal.SIGTERM)

_CRASH = re.compile(
    r"^(panic|fatal error|runtime: out of memory|runtime: goroutine stack exceeds|SIG[A-Z]+(?=: ))\b", re.M
)


def end_of(status: int, said: str) -> tuple[str, str]:
    """Return the kind of an end and its text, from the exit status and from standard error."""
    crash = _CRASH.search(said)
    text = (said[crash.start() :] if crash else said[-TEXT_KEPT:]).strip()[:TEXT_KEPT]
    # Go exits with 2; as a library it aborts instead, so that its host process can dump core.
    if crash and status in (2, -signal.SIGABRT):
        if re.search(r"out of memory|cannot allocate memory", text):
            return "memory", text
        return ("panic" if crash[1] == "panic" else "fatal"), text
    if status == -signal.SIGKILL:
        return "memory", f"killed by signal 9, as the system does when memory runs out\n{text}".strip()
    if status < 0:
        return "fatal", f"killed by signal {-status}\n{text}".strip()
    return "exit", f"exit status {status}\n{text}".strip()
