"""
What stands round the lines of a file, taken off; and what belongs together, joined: as an agent
does it (agent.framing).

    cri      what containerd and CRI-O write: /var/log/pods
    docker   Docker's json-file
    plain    nothing: what a program printed, `kubectl logs`, `docker logs`

Keeps true: each line has the number of its first line in the file. Of lines without a runtime's
time none is later than another, so that what is joined depends on the bytes, and not on how fast
they came; only where nothing comes any more is nothing waited for.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from itertools import accumulate
from typing import Any

import msgspec

from agent.framing import cri, docker, plain
from agent.framing.framed import FramedLines
from agent.framing.groups import group
from agent.framing.joining import Framed, Position, close_unfinished, put

LAYOUTS = ("plain", "cri", "docker")
_LOOKED_AT = 20
"""So many lines tell how a file is written, with damaged ones among them."""
_DOCKER_KEYS = frozenset({"log", "stream", "time", "attrs"})

_Frame = Callable[[bytes, Position], FramedLines]
_decode = msgspec.json.Decoder(dict[str, Any]).decode


class Lines:
    """The lines of one file, block by block; their `offsets` are the numbers of lines."""

    def __init__(self, layout: str | None = None) -> None:
        """Without a layout, the first block tells."""
        self.layout = layout
        self.physical = 0
        """How many lines were taken in."""
        self.torn = False
        """Whether a runtime's last line has no end, as where it is just being written."""
        self._position = Position()
        self._begun: dict[int, int] = {}
        """Where the lines begin whose other pieces are still to come -> their numbers."""

    def take(self, block: bytes) -> FramedLines:
        """What ends in a block of whole lines; in the last of a file one may have no newline."""
        if self.layout is None:
            self.layout = find_layout(block)
        if self.layout != "plain" and not block.endswith(b"\n"):
            self.torn = True
            block = block[: block.rfind(b"\n") + 1]
        if not block:
            return FramedLines()
        start = self._position.offset
        lines = _FRAMES[self.layout](block, self._position)
        self._number(lines, block, start)
        return group(lines, self._position.groups)

    def quiet(self) -> FramedLines:
        """What was kept back because more could belong to it."""
        return group(FramedLines(), self._position.groups, close=True)

    def end(self) -> FramedLines:
        """The same, and lines whose last piece never came."""
        lines, position = FramedLines(), self._position
        put(lines, [self._unfinished(output) for output in sorted(position.open)])
        return group(lines, position.groups, close=True)

    def _unfinished(self, output: int) -> Framed:
        line = close_unfinished(self._position, output)
        return line._replace(offset=self._begun.get(line.offset, self.physical))

    def _number(self, lines: FramedLines, block: bytes, start: int) -> None:
        """Numbers in the place of offsets."""
        physical = block.split(b"\n")
        if not physical[-1]:
            physical.pop()
        first = self.physical + 1
        self.physical += len(physical)
        lengths = (len(line) + 1 for line in physical)
        starts = list(accumulate(lengths, initial=start))
        starts.pop()
        begun = self._begun

        def number(offset: int) -> int:
            if offset < start:
                return begun.get(offset, first)
            return first - 1 + bisect_right(starts, offset)  # behind NULs is the same line

        if lines.offsets == starts:
            lines.offsets = list(range(first, first + len(starts)))
        else:
            lines.offsets = list(map(number, lines.offsets))
        still_open = [line.offset for line in self._position.open.values()]
        self._begun = {offset: number(offset) for offset in still_open}


def find_layout(block: bytes) -> str:
    """By the most of the first lines."""
    lines = [line for line in block.split(b"\n", _LOOKED_AT)[:_LOOKED_AT] if line.strip(b"\0\r ")]
    for layout, is_framed in (("cri", _is_cri), ("docker", _is_docker)):
        if lines and 2 * sum(map(is_framed, lines)) > len(lines):
            return layout
    return "plain"


def _is_cri(line: bytes) -> bool:
    framed = cri.frame_one_by_one(line.lstrip(b"\0") + b"\n", Position())
    return all(each.rejection is None for each in framed)


def _is_docker(line: bytes) -> bool:
    try:
        found = _decode(line.lstrip(b"\0"))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return False
    return {"log", "time"} <= found.keys() <= _DOCKER_KEYS


def _frame_plain(block: bytes, position: Position) -> FramedLines:
    return plain.frame(block, position, time=0)


_FRAMES: dict[str, _Frame] = {"plain": _frame_plain, "cri": cri.frame, "docker": docker.frame}
