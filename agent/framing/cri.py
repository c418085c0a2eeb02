"""
CRI: what containerd and CRI-O write.

    2023-01-29T08:42:09.736442008Z stdout F the line
    2023-01-29T08:42:09.73Z stderr P a piece of a line, its end to follow

The first of the `:`-separated tags is P for a piece and F for the last, or only, one (Kubernetes,
pkg/kubelet/kuberuntime/logs). containerd writes the last piece of a stream that ended without a
newline with P, so an F may never come.

A chunk is taken apart as a whole where every line of it looks as above, and one by one where a
single one does not: both ways give the same.
"""

from __future__ import annotations

import re
from itertools import accumulate, count
from operator import add

from agent.framing.framed import FramedLines
from agent.framing.joining import (
    STDERR,
    STDOUT,
    Framed,
    Position,
    add_piece,
    bad_frame,
    columns_of,
    join,
)
from agent.framing.times import runtime_time, runtime_times

_LINE = re.compile(rb"([^ \n]{20,40}) (stdout|stderr) ([FP](?::[^ \n]*)?) ([^\n]*)")
# `.{19}` takes anything: whether it is a second, whoever looks it up finds out.
_LINES = re.compile(rb"(.{19})\.(\d{1,9})((?:Z|[+-]\d\d:\d\d) std(?:out|err) [FP]) (.*)\n")
_GROUPS = _LINES.groups + 1
_OUTPUTS = {b"stdout": STDOUT, b"stderr": STDERR}
_FIXED_BYTES = len(b"2023-01-29T08:42:09." + b" " + b"\n")


def frame(chunk: bytes, position: Position) -> FramedLines:
    """
    The lines that end in a chunk; moves `position` behind it.

    `chunk` is what stands at `position.offset`, whole physical lines only.
    """
    lines = _frame_columns(chunk, position)
    return columns_of(frame_one_by_one(chunk, position)) if lines is None else lines


def _frame_columns(chunk: bytes, position: Position) -> FramedLines | None:
    """None, and nothing moved, where a line is not written in the usual way."""
    fields = _LINES.split(chunk)
    seconds, fractions, tails, contents = (fields[group::_GROUPS] for group in range(1, _GROUPS))
    kinds = {tail: tail.split(b" ") for tail in set(tails)}
    zones = {zone for zone, _, _ in kinds.values()}
    # What stands between the lines that were found is in none of them.
    if any(fields[::_GROUPS]) or len(zones) != 1:
        return None
    try:
        times = runtime_times(seconds, fractions, zones.pop())
    except ValueError:
        return None
    lengths = map(add, map(len, fractions), map(len, contents))
    shared = _FIXED_BYTES + len(tails[0])
    ends = accumulate(lengths, initial=position.offset)
    offsets = list(map(add, ends, count(0, shared)))
    end = offsets.pop()
    known = {tail: _OUTPUTS[stream] for tail, (_, stream, _) in kinds.items()}
    alike = len(known) == 1  # most often, and looking each up would tell the same
    outputs = [*known.values()] * len(tails) if alike else list(map(known.__getitem__, tails))
    lines = FramedLines(offsets, times, outputs, contents)
    if position.open or any(tag == b"P" for _, _, tag in kinds.values()):
        lasts = {tail: tag == b"F" for tail, (_, _, tag) in kinds.items()}
        lines = join(lines, bytes(map(lasts.__getitem__, tails)), position, add_piece)
    position.offset, position.time = end, times[-1]
    return lines


def frame_one_by_one(chunk: bytes, position: Position) -> list[Framed]:
    """The same for lines of any kind."""
    lines: list[Framed] = []
    for physical in chunk.split(b"\n")[:-1]:
        lines += _frame_line(physical, position)
        position.offset += len(physical) + 1
    return lines


def _frame_line(physical: bytes, position: Position) -> list[Framed]:
    match = _LINE.fullmatch(physical)
    if match is None:
        return [_unframed(physical, position, "time, stream, tag and text were expected")]
    stamp, stream, tag, content = match.groups()
    try:
        time = runtime_time(stamp)
    except ValueError as error:
        return [_unframed(physical, position, str(error))]
    position.time = time
    return add_piece(position, _OUTPUTS[stream], time, content, last=tag[:1] == b"F")


def _unframed(physical: bytes, position: Position, detail: str) -> Framed:
    return bad_frame(position, physical, f"not a CRI line: {detail}")
