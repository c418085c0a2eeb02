r"""
Plain files: nothing stands round the lines.

No time stands beside a line but what the application wrote into it: that of reading is given, and
counts where it wrote none. Windows' `\r\n` ends a line as `\n` does. A file that was truncated
under a writer who kept his offset begins with NULs, as many as he had written before: no text.
"""

from __future__ import annotations

from agent.framing.framed import FramedLines
from agent.framing.joining import Position

_NUL = b"\0"


def frame(chunk: bytes, position: Position, time: int, output: int = 0) -> FramedLines:
    """
    The lines that end in a chunk; moves `position` behind it.

    `chunk` is what stands at `position.offset`, whole lines only; a last one without a newline is a
    line, too, if its file will have no more. `time` (Unix nanoseconds) is when it was read.
    """
    contents = chunk.split(b"\n")
    if not contents[-1]:
        contents.pop()
    offsets, offset = [], position.offset
    for content in contents:
        offsets.append(offset)
        offset += len(content) + 1
    if b"\r" in chunk:
        contents = [content.removesuffix(b"\r") for content in contents]
    if _NUL in chunk:
        _skip_nuls(offsets, contents)
    position.offset, position.time = position.offset + len(chunk), time
    count = len(contents)
    return FramedLines(offsets, [time] * count, [output] * count, contents)


def leading_nuls(chunk: bytes) -> int:
    """How many NULs a chunk begins with: bytes to pass over where there is no line yet."""
    return len(chunk) - len(chunk.lstrip(_NUL))


def _skip_nuls(offsets: list[int], contents: list[bytes]) -> None:
    """A line begins behind the NULs before it."""
    for place, content in enumerate(contents):
        nuls = leading_nuls(content)
        if nuls:
            offsets[place] += nuls
            contents[place] = content[nuls:]
