"""
What was left out on purpose, as a record of it: spans of time with counts.

Keeps true: every line that was left out lies within one span, and the sums of all spans are exact,
however long it goes on. Their number is bounded: when there are too many, the older ones are put
together two by two, so that what is long past is told more roughly, and never forgotten.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

import msgspec

from agent.shedding.kinds import Kind
from clew.schema.timestamps import SECOND

SPAN = 60 * SECOND
"""As long as a span grows by itself; a transaction is told what was left out in its minute."""
SPANS_KEPT = 100
"""Some 20 KiB in each report of an agent that sheds, and none in that of any other."""


class ShedSpan(msgspec.Struct, frozen=True):
    """
    Lines of one container that a rung left out; `first` and `last` are the runtime's Unix ns.

    `bytes` are those of their contents. Empty names are those of several, put together.
    """

    container: str
    path: str
    rung: str
    kind: Kind
    first: int
    last: int
    lines: int
    bytes: int


def fold(spans: Sequence[ShedSpan], fresh: Iterable[ShedSpan]) -> list[ShedSpan]:
    """The spans with fresh ones among them, at most SPANS_KEPT; a new list."""
    folded = list(spans)
    for span in fresh:
        place = _find(folded, span)
        if place is None:
            folded.append(span)
        else:
            folded[place] = _join(folded[place], span)
        if len(folded) > SPANS_KEPT:
            folded = _coarsen(folded)
    return folded


def _find(spans: list[ShedSpan], span: ShedSpan) -> int | None:
    """The place of a span that goes on with this one."""
    for place in range(len(spans) - 1, -1, -1):
        other = spans[place]
        same = other.container == span.container and other.path == span.path
        if same and other.rung == span.rung and other.kind is span.kind:
            length = max(span.last, other.last) - min(span.first, other.first)
            return place if length <= SPAN else None
    return None


def _coarsen(spans: list[ShedSpan]) -> list[ShedSpan]:
    """The older half put together two by two, neighbours in time, each kind by itself."""
    middle = len(spans) // 2
    older = sorted(spans[:middle], key=lambda span: (span.kind, span.first))
    joined: list[ShedSpan] = []
    for _, group in groupby(older, key=lambda span: span.kind):
        same = list(group)
        joined += [_join(*pair) for pair in zip(same[::2], same[1::2], strict=False)]
        joined += same[len(same) & ~1 :]
    return [*sorted(joined, key=lambda span: span.first), *spans[middle:]]


def _join(one: ShedSpan, other: ShedSpan) -> ShedSpan:
    return ShedSpan(
        container=one.container if one.container == other.container else "",
        path=one.path if one.path == other.path else "",
        rung=one.rung if one.rung == other.rung else "",
        kind=one.kind,
        first=min(one.first, other.first),
        last=max(one.last, other.last),
        lines=one.lines + other.lines,
        bytes=one.bytes + other.bytes,
    )
