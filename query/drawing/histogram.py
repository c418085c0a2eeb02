"""Counts over time as bars; each is a link that narrows the search to its time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from clew.schema.timestamps import format_rfc3339
from clew.store.protocols import Bucket
from clew.transaction.links import with_query
from clew.transaction.texts import counted, moment
from query.questions import SearchParameters


@dataclass(frozen=True, slots=True)
class Column:
    """Positions and sizes are percentages of the picture; `left` from its left edge."""

    left: float
    width: float
    height: float
    label: str
    href: str


@dataclass(frozen=True, slots=True)
class Picture:
    columns: list[Column]
    start: str
    end: str
    most: int


def draw(buckets: Sequence[Bucket], interval: int, parameters: SearchParameters) -> Picture | None:
    """The bars, or None where there is nothing to draw."""
    if not buckets:
        return None
    start, end = buckets[0].start, buckets[-1].start + interval
    share = 100 * interval / (end - start)
    most = max(bucket.count for bucket in buckets)
    columns = [
        Column(
            left=round(100 * (bucket.start - start) / (end - start) + share * 0.08, 3),
            width=round(share * 0.84, 3),
            # Below 2 % a bar would not be seen, and no bar means no line.
            height=round(max(2.0, 100 * bucket.count / most), 2),
            label=f"{moment(format_rfc3339(bucket.start))}: {counted(bucket.count, 'line')}",
            href=_narrowed(parameters, bucket.start, interval),
        )
        for bucket in buckets
    ]
    return Picture(columns, format_rfc3339(start), format_rfc3339(end), most)


def _narrowed(parameters: SearchParameters, start: int, interval: int) -> str:
    return with_query(
        "/search",
        query=parameters.query,
        since=format_rfc3339(start),
        until=format_rfc3339(start + interval),
        order=parameters.order if parameters.order != "newest" else None,
    )
