"""The process that loads the library: requests on standard input, replies on standard output.

It is started by its path and without the site packages, which takes a third of the time of a normal start.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import Any

if __name__ == "__main__":
    sys.path.append(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from beehive_go.protocol import BROKEN_STATUS, frame_header, read_frame


def serve(library: str, abi: str, backend_folder: str, progress: str) -> None:
    """Reply to requests until there are no more."""
    # Ctrl-C is for the parent, which then ends this process.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # What Go code prints must not end up among the replies.
    replies = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    requests = os.fdopen(os.dup(0), "rb")
    sys.path.append(backend_folder)
    # Not imported: that would leave a compiled copy beside it, which the manifest does not cover.
    names: dict[str, Any] = {}
    with open(abi, "rb") as file:
        exec(compile(file.read(), abi, "exec"), names)
    ffi = names["ffi"]
    go: Any = ffi.dlopen(library)
    if go.BeehiveStart(int(progress)) != 0:
        sys.exit(BROKEN_STATUS)
    size = ffi.new("size_t *")
    while request := read_frame(requests):
        reply = go.BeehiveReply(ffi.from_buffer(request), len(request), size)
        try:
            _write(replies, frame_header(size[0]))
            _write(replies, ffi.buffer(reply, size[0]))
        finally:
            go.BeehiveFree(reply)


def _write(replies: Any, data: Any) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[replies.write(rest) :]


if __name__ == "__main__":
    try:
        serve(*sys.argv[1:])
    except Exception:
        import traceback

        traceback.print_exc()
        sys.exit(BROKEN_STATUS)
