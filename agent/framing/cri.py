"""
CRI: what containerd and CRI-O write.

    2023-01-29T08:42:09.736442008Z stdout F the line
    2023-01-29T08:42:09.73Z stderr P a piece of a line, its end to follow

The first of the `:`-separated tags is P for a piece and F for the last, or only, one (Kubernetes,
pkg/kubelet/kuberuntime/logs). containerd writes the last piece of a stream that ended without a
newline with P, so an F may never come.
"""

from __future__ import annotations

import re
from functools import lru_cache

from agent.framing.joining import (
    STDERR,
    STDOUT,
    Framed,
    Position,
    add_piece,
    bad_frame,
)
from clew.schema.timestamps import SECOND, parse_rfc3339

_LINES = re.compile(rb"(?m)^([^ \n]{20,40}) (stdout|stderr) ([FP](?::[^ \n]*)?) ([^\n]*)\n")
_OUTPUTS = {b"stdout": STDOUT, b"stderr": STDERR}
_SPACES_AND_NEWLINE = 4
_STREAM_BYTES = 6


def frame(chunk: bytes, position: Position) -> list[Framed]:
    """
    The lines that end in a chunk; moves `position` behind it.

    `chunk` is what stands at `position.offset`, whole physical lines only.
    """
    rows = _LINES.findall(chunk)
    if len(rows) != chunk.count(b"\n"):
        return _frame_one_by_one(chunk, position)
    try:
        return _frame_rows(rows, position)
    except ValueError:  # a time that is none; nothing was taken in yet
        return _frame_one_by_one(chunk, position)


def _frame_rows(rows: list[tuple[bytes, bytes, bytes, bytes]], position: Position) -> list[Framed]:
    times = [runtime_time(row[0]) for row in rows]
    lines: list[Framed] = []
    append, is_open = lines.append, position.open
    for time, (stamp, stream, tag, content) in zip(times, rows, strict=True):
        output = _OUTPUTS[stream]
        if tag == b"F" and output not in is_open:
            append(Framed(position.offset, time, output, 1, content))
        else:
            last = tag[:1] == b"F"
            lines += add_piece(position, output, time, content, last=last)
        taken = len(stamp) + _STREAM_BYTES + len(tag) + len(content) + _SPACES_AND_NEWLINE
        position.offset += taken
    if times:
        position.time = times[-1]
    return lines


def _frame_one_by_one(chunk: bytes, position: Position) -> list[Framed]:
    lines: list[Framed] = []
    for content in chunk.split(b"\n")[:-1]:
        rows = _LINES.findall(content + b"\n")
        try:
            lines += _frame_rows(rows, position) if rows else [_unframed(content, position)]
        except ValueError as error:
            lines.append(_unframed(content, position, str(error)))
    return lines


def _unframed(
    content: bytes, position: Position, detail: str = "time, stream, tag and text were expected"
) -> Framed:
    line = bad_frame(position, content, f"not a CRI line: {detail}")
    position.offset += len(content) + 1
    return line


@lru_cache(maxsize=4096)
def _second(stamp: bytes) -> int:
    return _in_range(parse_rfc3339(stamp.decode("ascii") + "Z"))


def runtime_time(stamp: bytes) -> int:
    """Unix nanoseconds of a runtime's timestamp. Raises ValueError."""
    if stamp[-1:] == b"Z" and stamp[19:20] == b".":
        fraction = stamp[20:-1]
        if len(fraction) <= 9 and fraction.isdigit():
            return _second(stamp[:19]) + int(fraction.ljust(9, b"0"))
    return _in_range(parse_rfc3339(stamp.decode("ascii", "replace")))


def _in_range(nanoseconds: int) -> int:
    """Stores keep signed 64 bits of nanoseconds, and no time before 1970."""
    if not 0 <= nanoseconds // SECOND < 2**63 // SECOND:
        raise ValueError("a time out of range")
    return nanoseconds
