"""
End with the parent, however the parent ended.

The kernel kills the child when the thread that started it is gone (Linux), and the pipe on standard
input, which nobody writes to, reaches its end (everywhere).
"""

from __future__ import annotations

import asyncio
import ctypes
import signal
import sys

_PR_SET_PDEATHSIG = 1  # linux/prctl.h


def die_with_parent(stop: asyncio.Event) -> None:
    """Set `stop` when standard input ends. Called by the child, in its event loop."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    loop = asyncio.get_running_loop()

    def parent_gone() -> None:
        loop.remove_reader(sys.stdin)
        stop.set()

    loop.add_reader(sys.stdin, parent_gone)
