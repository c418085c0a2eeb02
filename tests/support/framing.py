"""Framed lines as rows, which are easier to name in a test than columns are."""

from __future__ import annotations

from agent.framing.framed import FramedLines, Oddity
from agent.framing.joining import Framed


def rows_of(lines: FramedLines) -> list[Framed]:
    """The lines; all columns have to be of one length, and nothing odd stands beside no line."""
    rows = []
    for place, (offset, time, output, content) in enumerate(
        zip(lines.offsets, lines.times, lines.outputs, lines.contents, strict=True)
    ):
        odd = lines.odd.get(place, Oddity())
        row = Framed(offset, time, output, odd.pieces, content, odd.flags, odd.rejection)
        rows.append(row)
    assert set(lines.odd) <= set(range(len(rows)))
    return rows
