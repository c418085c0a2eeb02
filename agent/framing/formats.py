"""Which runtime wrote a file: told once, by its first line."""

from __future__ import annotations

from collections.abc import Callable

from agent.framing import cri, docker
from agent.framing.framed import FramedLines
from agent.framing.joining import Position

Frame = Callable[[bytes, Position], FramedLines]


def choose(first_line: bytes) -> Frame:
    """Docker's lines are JSON objects; CRI's begin with a time."""
    # A file that was truncated under a writer who kept his offset begins with NULs.
    return docker.frame if first_line.lstrip(b"\0").startswith(b"{") else cri.frame
