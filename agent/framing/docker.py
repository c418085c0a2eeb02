r"""
Docker's json-file driver.

    {"log":"the line\n","stream":"stdout","time":"2023-01-29T08:42:09.736442008Z"}

A line of more than 16 KiB is cut; all pieces but the last lack the `\n`. Since Docker 18.06 every
piece carries the time of the first (moby, daemon/logger/copier.go, partialTS), so a piece after
which its stream goes on at another time has lost the others: it ends there, instead of swallowing
the next line.
"""

from __future__ import annotations

import msgspec

from agent.framing.cri import runtime_time
from agent.framing.joining import (
    STDERR,
    STDOUT,
    Framed,
    Position,
    add_piece,
    bad_frame,
    close_unfinished,
)


class _DockerLine(msgspec.Struct):
    log: str
    time: str
    stream: str = "stdout"


_decode = msgspec.json.Decoder(_DockerLine).decode


def frame(chunk: bytes, position: Position) -> list[Framed]:
    """
    The lines that end in a chunk; moves `position` behind it.

    `chunk` is what stands at `position.offset`, whole physical lines only.
    """
    lines: list[Framed] = []
    for physical in chunk.split(b"\n")[:-1]:
        try:
            _take(_decode(physical), position, lines)
        except (msgspec.MsgspecError, ValueError, RecursionError) as error:
            lines.append(bad_frame(position, physical, f"not a json-file line: {error}"))
        position.offset += len(physical) + 1
    return lines


def _take(line: _DockerLine, position: Position, lines: list[Framed]) -> None:
    time = runtime_time(line.time.encode())
    content = line.log.encode()
    output = STDERR if line.stream == "stderr" else STDOUT
    last = content.endswith(b"\n")
    position.time = time
    if position.open:
        waiting = position.open.get(output)
        if waiting is not None and waiting.time != time:
            lines.append(close_unfinished(position, output))
    elif last:
        lines.append(Framed(position.offset, time, output, 1, content[:-1]))
        return
    lines += add_piece(position, output, time, content[:-1] if last else content, last=last)
