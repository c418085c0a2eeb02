"""
The lines of a chunk as columns: one list for each thing that is known of a line.

Keeps true: a place means the same line in all columns, and lines stand in the order in which they
end. Whatever takes lines out or joins some does it in every column.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import msgspec

from clew.schema.rejection import Rejection


class Origin(msgspec.Struct, frozen=True):
    """An earlier file of the same container: its generation, and the path it had."""

    generation: str
    path: str


@dataclass(slots=True)
class Oddity:
    """
    What is to be said of a line that few lines have; with an `origin` it begins in an earlier file
    than it ends in, and its offset is one of that file.
    """

    pieces: int = 1
    flags: int = 0
    rejection: Rejection | None = None
    origin: Origin | None = None


@dataclass(slots=True)
class FramedLines:
    """
    Of each line where its first piece begins in the file, the runtime's Unix nanoseconds, the
    output (1 is stderr) and what the application wrote, without newline.

    `odd` has an entry, by its place in the columns, for each line that was joined from pieces, has
    flags or is rejected.
    """

    offsets: list[int] = field(default_factory=list)
    times: list[int] = field(default_factory=list)
    outputs: list[int] = field(default_factory=list)
    contents: list[bytes] = field(default_factory=list)
    odd: dict[int, Oddity] = field(default_factory=dict)
