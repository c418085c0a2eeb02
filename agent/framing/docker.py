r"""
Docker's json-file driver.

    {"log":"the line\n","stream":"stdout","time":"2023-01-29T08:42:09.736442008Z"}

A line of more than 16 KiB is cut; all pieces but the last lack the `\n`. Since Docker 18.06 every
piece carries the time of the first (moby, daemon/logger/copier.go, partialTS), so a piece after
which its stream goes on at another time has lost the others: it ends there, instead of swallowing
the next line.

A chunk is taken apart as a whole where Docker wrote every line of it, and one by one where it did
not: both ways give the same.
"""

from __future__ import annotations

from itertools import accumulate, count, repeat
from operator import add, attrgetter

import msgspec

from agent.framing.framed import FramedLines
from agent.framing.joining import (
    STDERR,
    STDOUT,
    Framed,
    Position,
    add_piece,
    bad_frame,
    close_unfinished,
    columns_of,
    join,
)
from agent.framing.times import are_fractions, runtime_time, runtime_times


class _DockerLine(msgspec.Struct, gc=False):
    log: str
    time: str
    stream: str = "stdout"


_decode = msgspec.json.Decoder(_DockerLine).decode
_get_log, _get_time, _get_stream = map(attrgetter, ("log", "time", "stream"))
_OUTPUTS = {"stderr": STDERR}
_REFUSED = (msgspec.MsgspecError, ValueError, RecursionError)


def frame(chunk: bytes, position: Position) -> FramedLines:
    """
    The lines that end in a chunk; moves `position` behind it.

    `chunk` is what stands at `position.offset`, whole physical lines only.
    """
    physical = chunk.split(b"\n")
    physical.pop()
    try:
        rows = list(map(_decode, physical))
        times = _times(list(map(_get_time, rows)))
    except _REFUSED:
        return columns_of(frame_one_by_one(chunk, position))
    logs = list(map(_get_log, rows))
    lasts = bytes(map(str.endswith, logs, repeat("\n")))
    outputs = list(map(_OUTPUTS.get, map(_get_stream, rows), repeat(STDOUT)))
    contents = list(map(str.encode, map(str.removesuffix, logs, repeat("\n"))))
    ends = accumulate(map(len, physical), initial=position.offset)
    offsets = list(map(add, ends, count()))  # with the newlines, which are in no line
    end = offsets.pop()
    lines = FramedLines(offsets, times, outputs, contents)
    if position.open or 0 in lasts:
        lines = join(lines, lasts, position, _add_piece)
    position.offset = end
    position.time = times[-1] if times else position.time
    return lines


def _times(stamps: list[str]) -> list[int]:
    """Raises ValueError also for a time that is written in another way than Docker's."""
    parts = "\n".join([*stamps, ""]).encode().replace(b"Z\n", b".").split(b".")
    seconds, fractions = parts[:-1:2], parts[1::2]
    if len(parts) != 2 * len(stamps) + 1 or not are_fractions(fractions):
        raise ValueError("another way to write a time")
    return runtime_times(seconds, fractions, b"Z")


def frame_one_by_one(chunk: bytes, position: Position) -> list[Framed]:
    """The same for lines of any kind."""
    lines: list[Framed] = []
    for physical in chunk.split(b"\n")[:-1]:
        try:
            lines += _frame_line(_decode(physical), position)
        except _REFUSED as error:
            lines.append(bad_frame(position, physical, f"not a json-file line: {error}"))
        position.offset += len(physical) + 1
    return lines


def _frame_line(line: _DockerLine, position: Position) -> list[Framed]:
    time = runtime_time(line.time.encode())
    content = line.log.encode()
    last = content.endswith(b"\n")
    position.time = time
    output = _OUTPUTS.get(line.stream, STDOUT)
    return _add_piece(position, output, time, content[:-1] if last else content, last=last)


def _add_piece(
    position: Position, output: int, time: int, content: bytes, *, last: bool
) -> list[Framed]:
    waiting = position.open.get(output)
    lost = waiting is not None and waiting.time != time
    before = [close_unfinished(position, output)] if lost else []
    return before + add_piece(position, output, time, content, last=last)
