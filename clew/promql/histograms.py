"""
Quantiles of classic histograms: series that count what was at most `le`.

https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile: within a bucket
values are taken to be spread evenly, and the lowest bucket to begin at 0.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Hashable
from itertools import accumulate

from clew.promql.arithmetic import divide
from clew.promql.labels import Grouping, without_name
from clew.promql.values import Value

BOUND = "le"

_NUMBER = re.compile(r"[-+]?(?:inf(?:inity)?|nan|(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?)", re.IGNORECASE)
_ROUNDING = 1e-12
"""Relative; the smallDeltaTolerance of newer releases of Prometheus, 2.42 has none."""

_ALL_BUT_BOUND = Grouping((BOUND,), excluded=True)


def histogram_quantile(share: float, vector: list[Value]) -> list[Value]:
    """One value for each histogram in the vector; what has no readable `le` is left out."""
    histograms: dict[Hashable, list[tuple[float, float]]] = defaultdict(list)
    labels = {}
    for value in vector:
        bound = value.labels.get(BOUND, "")
        if _NUMBER.fullmatch(bound):
            key = _ALL_BUT_BOUND.key(value.labels)
            labels[key] = value.labels
            histograms[key].append((float(bound), value.value))
    return [
        Value(without_name(_ALL_BUT_BOUND.kept(labels[key])), bucket_quantile(share, buckets))
        for key, buckets in histograms.items()
    ]


def bucket_quantile(share: float, buckets: list[tuple[float, float]]) -> float:
    """
    The value below which this share of all lies; buckets are bounds, and counts of up to them.

    NaN for an empty histogram, and for one that has no bucket for everything (`+Inf`).
    """
    if math.isnan(share):
        return math.nan
    if not 0 <= share <= 1:
        return math.copysign(math.inf, share)
    bounds, counts = _in_order(buckets)
    if len(bounds) < 2 or bounds[-1] != math.inf or counts[-1] == 0:
        return math.nan
    return _interpolated(share * counts[-1], bounds, counts)


def _in_order(buckets: list[tuple[float, float]]) -> tuple[list[float], list[float]]:
    """Buckets of one bound as one, and counts that never fall, whatever was scraped when."""
    merged: dict[float, float] = defaultdict(float)
    for bound, count in sorted(buckets):
        merged[bound] += count
    return list(merged), list(accumulate(merged.values(), _not_less))


def _not_less(before: float, count: float) -> float:
    # What differs in the last digits only comes from rates and sums. A bucket of such a difference
    # holds nothing, and a quantile would be sought in it.
    same = math.isclose(before, count, rel_tol=_ROUNDING)
    return before if same or count < before else count


def _interpolated(rank: float, bounds: list[float], counts: list[float]) -> float:
    last = len(bounds) - 1
    found = bisect_left(range(last), True, key=lambda index: counts[index] >= rank)
    if found == last:
        return bounds[last - 1]  # all we know is that it is more
    if found == 0 and bounds[0] <= 0:
        return bounds[0]
    start, below = (bounds[found - 1], counts[found - 1]) if found else (0.0, 0.0)
    return start + (bounds[found] - start) * divide(rank - below, counts[found] - below)
