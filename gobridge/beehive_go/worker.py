"""The process in which the library runs: requests on standard input, answers on standard output.

Started as a program of its own and without the site's packages, so it imports nothing of this package.
"""

from __future__ import annotations

import os
import signal
import struct
import sys
import traceback
from typing import Any, BinaryIO

BROKEN = 70
"""The exit status that says that this program is at fault, not the library."""


def main(library: str, abi: str, backend_folder: str, progress: str) -> None:
    """Reply requests until there are no more."""
    # An interrupt from the terminal is for the parent, which then ends this process.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # What Go code prints must not end up among the answers.
    answers = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    requests = os.fdopen(os.dup(0), "rb")
    sys.path.append(backend_folder)
    # Not imported: that would leave a compiled copy beside it, and nobody compares that with the manifest.
    names: dict[str, Any] = {}
    with open(abi, "rb") as file:
        exec(compile(file.read(), abi, "exec"), names)
    ffi = names["ffi"]
    go: Any = ffi.dlopen(library)
    if go.BeehiveStart(int(progress)) != 0:
        sys.exit(BROKEN)
    size = ffi.new("size_t *")
    while request := _read(requests):
        answer = go.BeehiveReply(ffi.from_buffer(request), len(request), size)
        try:
            _write(answers, struct.pack(">I", size[0]))
            _write(answers, ffi.buffer(answer, size[0]))
        finally:
            go.BeehiveFree(answer)


def _read(requests: BinaryIO) -> bytes:
    header = requests.read(4)
    if len(header) < 4:
        return b""
    (size,) = struct.unpack(">I", header)
    return requests.read(size)


def _write(answers: Any, data: Any) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[answers.write(rest) :]


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except Exception:
        traceback.print_exc()
        sys.exit(BROKEN)
